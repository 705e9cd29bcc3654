//! Watchers and what all of them share.

use core::time::Duration;

use super::{
    Archive, CcmManifest, Exec, Expression, File, ForeignState, Gossip, HttpSwitch, Kv, Metric,
    Nagios, Plugins, Schedule, Timer,
};

/// What observes or acts in some states of a machine, and fires transitions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watcher {
    /// The name of the watcher, unique in the machine.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What sort of watcher it is.
    pub kind: Option<Kind>,
    /// The states in which it is active; every state if there are none.
    pub state_match: Vec<Option<String>>,
    /// Other machines on the same node that must be in a given state for it to be active.
    pub foreign_state_required: Vec<ForeignState>,
    /// The transition that it fires when it succeeds.
    pub success_transition: Option<String>,
    /// The transition that it fires when it fails.
    pub fail_transition: Option<String>,
    /// The time between two runs.
    pub interval: Option<Duration>,
    /// The time between two publications of its state, in every state of the machine.
    pub announce_interval: Option<Duration>,
    /// The settings of its type.
    pub properties: Option<Properties>,
}

/// The settings of a watcher, by type.
#[derive(Clone, Debug, PartialEq)]
pub enum Properties {
    /// Of an `archive` watcher.
    Archive(Archive),
    /// Of a `ccm_manifest` watcher.
    CcmManifest(CcmManifest),
    /// Of an `exec` watcher.
    Exec(Exec),
    /// Of an `expression` watcher.
    Expression(Expression),
    /// Of a `file` watcher.
    File(File),
    /// Of a `gossip` watcher.
    Gossip(Gossip),
    /// Of an `httpswitch` watcher.
    HttpSwitch(HttpSwitch),
    /// Of a `kv` watcher.
    Kv(Kv),
    /// Of a `metric` watcher.
    Metric(Metric),
    /// Of a `nagios` watcher.
    Nagios(Nagios),
    /// Of a `plugins` watcher.
    Plugins(Plugins),
    /// Of a `schedule` watcher.
    Schedule(Schedule),
    /// Of a `timer` watcher.
    Timer(Timer),
}

/// The type of a watcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Keeps an unpacked archive in place.
    Archive,
    /// Applies a manifest of Choria Configuration Manager.
    CcmManifest,
    /// Runs a command; its exit status decides.
    Exec,
    /// Decides by an expression over facts and machine data.
    Expression,
    /// Looks at a file, or keeps its content.
    File,
    /// Publishes a message again and again.
    Gossip,
    /// A switch that people turn over HTTP.
    HttpSwitch,
    /// Follows a key of a key-value bucket.
    Kv,
    /// Runs a command that prints a measurement.
    Metric,
    /// Runs a check as Nagios knows it.
    Nagios,
    /// Keeps other machines in place.
    Plugins,
    /// Is on in windows that begin by the calendar.
    Schedule,
    /// Fires after a time in a state.
    Timer,
}

/// Whether this release runs watchers of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It does.
    Now,
    /// It is not planned.
    Never,
}

impl Kind {
    /// Every type.
    pub const ALL: [Self; 13] = [
        Self::Archive,
        Self::CcmManifest,
        Self::Exec,
        Self::Expression,
        Self::File,
        Self::Gossip,
        Self::HttpSwitch,
        Self::Kv,
        Self::Metric,
        Self::Nagios,
        Self::Plugins,
        Self::Schedule,
        Self::Timer,
    ];

    /// The name that authors write.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::CcmManifest => "ccm_manifest",
            Self::Exec => "exec",
            Self::Expression => "expression",
            Self::File => "file",
            Self::Gossip => "gossip",
            Self::HttpSwitch => "httpswitch",
            Self::Kv => "kv",
            Self::Metric => "metric",
            Self::Nagios => "nagios",
            Self::Plugins => "plugins",
            Self::Schedule => "schedule",
            Self::Timer => "timer",
        }
    }

    /// The type of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Whether this release runs watchers of the type.
    #[must_use]
    pub const fn support(self) -> Support {
        match self {
            Self::Archive
            | Self::Exec
            | Self::Expression
            | Self::File
            | Self::Gossip
            | Self::HttpSwitch
            | Self::Kv
            | Self::Metric
            | Self::Nagios
            | Self::Plugins
            | Self::Schedule
            | Self::Timer => Support::Now,
            Self::CcmManifest => Support::Never,
        }
    }
}
