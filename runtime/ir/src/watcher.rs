//! Watchers: what observes and acts in some states of a machine.

mod network;

use core::time::Duration;

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;
use chorister_lang::cron::Cron;
use chorister_lang::expr::Program;
use chorister_lang::template::Template;

use crate::{List, StateSet, Text, TransitionId};
pub use network::{Gossip, Governor, Kv, Plugins, Registration, Rumour};

/// A watcher of any kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Watcher {
    /// Unique in the machine.
    pub name: Text,
    /// The states in which it runs.
    pub active_in: StateSet,
    /// Other machines of this node that must be in a given state for it to run.
    pub foreign: List<ForeignState>,
    /// Fired when it succeeds.
    pub on_success: Option<TransitionId>,
    /// Fired when it fails.
    pub on_failure: Option<TransitionId>,
    /// Time between two runs; `None` runs on entering an active state only (`archive`: and at start).
    pub interval: Option<Duration>,
    /// Time between two publications of its state, in every state of the machine.
    pub announce_interval: Option<Duration>,
    /// What it does.
    pub kind: WatcherKind,
}

/// Another machine of this node and the state it has to be in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct ForeignState {
    /// Name of the machine.
    pub machine: Text,
    /// Name of the state.
    pub state: Text,
}

/// What a watcher does.
#[derive(Clone, Debug, PartialEq)]
pub enum WatcherKind {
    /// Runs a command; its exit status decides.
    Exec(Exec),
    /// Looks at a file, or keeps its content.
    File(File),
    /// Is on in windows that begin by the calendar.
    Schedule(Schedule),
    /// Fires after a time in a state.
    Timer(Timer),
    /// Runs a command that prints a measurement.
    Metric(Metric),
    /// Decides by a formula over facts and machine data.
    Expression(Expression),
    /// Keeps an unpacked archive in place.
    Archive(Archive),
    /// A switch that people turn over HTTP.
    HttpSwitch(HttpSwitch),
    /// Runs a check; the transition that is fired has the name of its status.
    Nagios(Nagios),
    /// Follows a key of a key-value bucket of the network.
    Kv(Kv),
    /// Publishes a message again and again.
    Gossip(Gossip),
    /// Keeps other machines in place.
    Plugins(Plugins),
}

/// Properties of an `exec` watcher.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Exec::DEFAULT))]
pub struct Exec {
    /// The command line, split into words after expansion; no shell.
    pub command: Template,
    /// `NAME=value` entries added to the clean environment.
    pub environment: List<Template>,
    /// How long a run may take before its process group is ended.
    pub timeout: Duration,
    /// Whether the output is a JSON object whose keys become machine data.
    pub parse_as_data: bool,
    /// Whether a success is not published.
    pub suppress_success_announce: bool,
    /// Whether to run soon after start, even before the first interval is over.
    pub gather_initial_state: bool,
    /// Whether the command is left running with no deadline.
    pub disown: bool,
    /// Whether it runs the remedy of the machine's check instead of `command`.
    pub remedies: bool,
    /// What limits how many nodes run it at once.
    pub governor: Option<Governor>,
}

/// Properties of a `file` watcher.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = File::DEFAULT))]
pub struct File {
    /// The file; a relative path is one in the machine's directory.
    pub path: Text,
    /// Whether the first look is the reference and not a change.
    pub gather_initial_state: bool,
    /// What the file has to hold, if its content is managed.
    pub content: Option<ManagedContent>,
}

/// The wanted content and ownership of a managed file.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct ManagedContent {
    /// The text.
    pub contents: Template,
    /// Name of the owner; nothing is changed if it expands to nothing.
    pub owner: Template,
    /// Name of the group; nothing is changed if it expands to nothing.
    pub group: Template,
    /// Permissions in octal.
    pub mode: Template,
}

/// Properties of a `schedule` watcher.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Schedule::DEFAULT))]
pub struct Schedule {
    /// When windows begin.
    pub schedules: List<Cron>,
    /// How long a window is.
    pub duration: Duration,
    /// A window begins a random time below this one late; at most half of `duration`.
    pub start_splay: Duration,
    /// Whether entering an active state while on does not fire again.
    pub skip_trigger_on_reenter: bool,
    /// IANA name of the time zone; `None` is the node's own.
    pub timezone: Option<Text>,
}

/// Properties of a `timer` watcher.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Timer {
    /// How long it runs.
    pub timer: Duration,
    /// Whether the length is drawn once for a machine, from nothing up to `timer`.
    pub splay: bool,
}

/// Properties of a `metric` watcher.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Metric::DEFAULT))]
pub struct Metric {
    /// The command line, split into words after expansion; no shell.
    pub command: Template,
    /// How long a run may take before its process group is ended.
    pub timeout: Duration,
    /// Labels added to each measurement.
    pub labels: List<Pair>,
    /// Whether the measurement is kept out of the Prometheus text file.
    pub skip_prometheus: bool,
    /// Whether the measurement becomes machine data.
    pub store: bool,
    /// Whether the measurement is offered over HTTP.
    pub http: bool,
    /// Where measurements are sent as well.
    pub graphite: Option<Graphite>,
}

/// A Graphite server that receives measurements.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Graphite {
    /// Host name or address.
    pub host: Template,
    /// TCP port.
    pub port: Template,
    /// What names begin with.
    pub prefix: Template,
}

/// Properties of an `expression` watcher.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Expression {
    /// True means success; asked first.
    pub success_when: Option<Program>,
    /// True means failure.
    pub fail_when: Option<Program>,
}

/// Properties of an `archive` watcher.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Archive::DEFAULT))]
pub struct Archive {
    /// URL of the gzipped tar file.
    pub source: Template,
    /// SHA-256 of the file, in hexadecimal.
    pub checksum: Template,
    /// The directory that the archive holds.
    pub creates: Text,
    /// Where it is unpacked.
    pub target: Text,
    /// The file of checksums in the archive that is verified on each run.
    pub verify: Option<Verify>,
    /// User name for the download.
    pub username: Option<Template>,
    /// Password for the download.
    pub password: Option<Template>,
    /// Whether the server's certificate is not verified.
    pub insecure: bool,
    /// How long the download may take.
    pub timeout: Duration,
    /// What limits how many nodes download at once.
    pub governor: Option<Governor>,
}

/// A file of checksums in an archive.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Verify {
    /// Its name below the created directory.
    pub sums: Text,
    /// Its own SHA-256, in hexadecimal.
    pub checksum: Template,
}

/// Properties of an `httpswitch` watcher.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpSwitch {
    /// States in which the switch shows as on; `None` for none.
    pub on_when: Option<StateSet>,
    /// States in which the switch shows as off; `None` for none.
    pub off_when: Option<StateSet>,
    /// States in which it cannot be turned; `None` for none.
    pub disable_when: Option<StateSet>,
    /// Free text for those who show the switch.
    pub annotations: List<Pair>,
}

/// Properties of a `nagios` watcher.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Nagios::DEFAULT))]
pub struct Nagios {
    /// What is run.
    pub probe: Probe,
    /// How long a run may take before it is ended.
    pub timeout: Duration,
    /// Free text for those who show the check.
    pub annotations: List<Pair>,
}

/// What a `nagios` watcher runs.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Probe {
    /// What the machine's check says.
    Check,
    /// The command line of a monitoring plugin, split into words after expansion; no shell.
    Plugin(Template),
    /// Nothing: it is OK as long as the node runs.
    Heartbeat,
    /// What the node says about itself.
    NodeStatus(NodeStatus),
    /// The goss file of this path; a relative one is in the machine's directory.
    Goss(Text),
}

/// What the node may not fall behind of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct NodeStatus {
    /// The greatest age of the last message received.
    pub last_message: Duration,
    /// How long before its end a certificate is a problem; zero never.
    pub certificate: Duration,
    /// How long before its end a token is a problem; zero never.
    pub token: Duration,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Pair {
    /// The key.
    pub key: Text,
    /// Its value.
    pub value: Text,
}

// === impl WatcherKind ===

impl WatcherKind {
    /// Its `type` in a specification.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Exec(_) => "exec",
            Self::File(_) => "file",
            Self::Schedule(_) => "schedule",
            Self::Timer(_) => "timer",
            Self::Metric(_) => "metric",
            Self::Expression(_) => "expression",
            Self::Archive(_) => "archive",
            Self::HttpSwitch(_) => "httpswitch",
            Self::Nagios(_) => "nagios",
            Self::Kv(_) => "kv",
            Self::Gossip(_) => "gossip",
            Self::Plugins(_) => "plugins",
        }
    }

    /// Whether it has nothing to do on a node that is in no network.
    #[must_use]
    pub const fn needs_network(&self) -> bool {
        match self {
            Self::Kv(_) | Self::Gossip(_) => true,
            Self::Exec(it) => it.governor.is_some(),
            Self::Archive(it) => it.governor.is_some(),
            _ => false,
        }
    }
}

// === defaults ===

impl Exec {
    /// A watcher without a command, with every other property as if it were not written.
    pub const DEFAULT: Self = Self {
        command: Template::EMPTY,
        environment: List::EMPTY,
        timeout: Duration::from_secs(10),
        parse_as_data: false,
        suppress_success_announce: false,
        gather_initial_state: false,
        disown: false,
        remedies: false,
        governor: None,
    };
}

impl File {
    /// A watcher without a path, with every other property as if it were not written.
    pub const DEFAULT: Self = Self {
        path: Text::Borrowed(""),
        gather_initial_state: false,
        content: None,
    };
}

impl Schedule {
    /// A watcher without schedules, with every other property as if it were not written.
    pub const DEFAULT: Self = Self {
        schedules: List::EMPTY,
        duration: Duration::from_secs(60),
        start_splay: Duration::ZERO,
        skip_trigger_on_reenter: false,
        timezone: None,
    };
}

impl Metric {
    /// A watcher without a command, with every other property as if it were not written.
    pub const DEFAULT: Self = Self {
        command: Template::EMPTY,
        timeout: Duration::from_secs(10),
        labels: List::EMPTY,
        skip_prometheus: false,
        store: false,
        http: false,
        graphite: None,
    };
}

impl Archive {
    /// A watcher without a source, with every other property as if it were not written.
    pub const DEFAULT: Self = Self {
        source: Template::EMPTY,
        checksum: Template::EMPTY,
        creates: Text::Borrowed(""),
        target: Text::Borrowed(""),
        verify: None,
        username: None,
        password: None,
        insecure: false,
        timeout: Duration::from_secs(10),
        governor: None,
    };
}

impl Nagios {
    /// The check of its machine, with every other property as if it were not written.
    pub const DEFAULT: Self = Self {
        probe: Probe::Check,
        timeout: Duration::from_secs(10),
        annotations: List::EMPTY,
    };
}

impl HttpSwitch {
    /// A switch that shows no state and cannot be disabled.
    pub const DEFAULT: Self = Self {
        on_when: None,
        off_when: None,
        disable_when: None,
        annotations: List::EMPTY,
    };
}
