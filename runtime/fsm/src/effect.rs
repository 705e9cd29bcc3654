//! What the engine asks of the world.

use core::time::Duration;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chorister_ir::{StateId, TransitionId, WatcherId};
use chorister_lang::nagios::Status;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CheckState, Job, JobId, Listening, MachineKey, Record};

/// One thing that has to happen outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell whoever listens.
    Publish(Notice),
    /// Take note for whoever keeps a picture of the node; it is not told to others.
    Observe(Notice),
    /// Start a job and report its end with [`Fleet::finish`](crate::Fleet::finish).
    Start(Box<Job>),
    /// End a job; its result is no longer wanted.
    Cancel(JobId),
    /// Keep what is remembered of a machine, which has changed; [`Fleet::snapshot`](crate::Fleet::snapshot) has it.
    Save {
        /// The machine.
        machine: MachineKey,
        /// What would be lost without.
        weight: Weight,
    },
    /// Something was decided; for those who want to know why.
    Record(Record),
    /// Send a measurement to a Graphite server.
    Relay(Box<Relay>),
    /// Listen to what a stream publishes again, and hand it to
    /// [`Fleet::republished`](crate::Fleet::republished), until the machine is removed.
    Listen(Box<Listening>),
    /// Something an operator may want to know.
    Log(Remark),
}

/// What would be lost if an [`Effect::Save`] were not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// When watchers ran and what they came to; a little of it may be lost.
    Progress,
    /// Where the machine is: its state, data, timers, windows and what waits.
    State,
}

/// Something that happened to a machine. Names are found with [`Fleet::machine`](crate::Fleet::machine).
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The machine.
    pub machine: MachineKey,
    /// When, by the wall clock.
    pub time: Timestamp,
    /// What happened.
    pub happening: Happening,
}

/// What a [`Notice`] is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// The machine has changed its state.
    Transition {
        /// What was fired.
        transition: TransitionId,
        /// The state before.
        from: StateId,
        /// The state now.
        to: StateId,
    },
    /// A watcher tells its state.
    Watcher {
        /// The watcher.
        watcher: WatcherId,
        /// What it says.
        report: Report,
        /// Whether it speaks because `announce_interval` has passed, and not because it ran.
        announced: bool,
    },
}

/// The state of a watcher, by its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// An `exec` watcher.
    Exec {
        /// What the last run came to.
        outcome: Outcome,
        /// How long it took.
        runtime: Duration,
    },
    /// A `file` watcher.
    File {
        /// What the last look came to.
        outcome: Outcome,
    },
    /// A `schedule` watcher.
    Schedule {
        /// Unknown, off, on or skipped.
        state: Outcome,
    },
    /// A `timer` watcher.
    Timer {
        /// Running or stopped.
        state: Outcome,
        /// How long the timer runs.
        length: Duration,
    },
    /// A `metric` watcher.
    Metric {
        /// The last measurement.
        measurement: Arc<Measurement>,
        /// How long taking it took.
        runtime: Duration,
    },
    /// An `expression` watcher.
    Expression {
        /// What the last evaluation came to.
        outcome: Outcome,
    },
    /// An `archive` watcher.
    Archive {
        /// The URL, expanded as soon as it has been used once.
        source: Arc<str>,
        /// What the last run came to.
        outcome: Outcome,
        /// How long it took.
        runtime: Duration,
    },
    /// An `httpswitch` watcher.
    HttpSwitch {
        /// On, off or unknown.
        status: Outcome,
    },
    /// A `nagios` watcher.
    Nagios(Arc<CheckState>),
    /// A `kv` watcher.
    Kv {
        /// What the last look came to.
        state: Outcome,
    },
    /// A `gossip` watcher: what it published last; nothing before the first time.
    Gossip(Option<Arc<Gossiped>>),
    /// A `plugins` watcher.
    Plugins {
        /// The machines that it keeps in place, in order of their names.
        plugins: Arc<[String]>,
        /// What the last run came to.
        outcome: Outcome,
        /// How long it took.
        runtime: Duration,
    },
}

/// What a run of a watcher came to, or the state it is in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has not run yet.
    #[default]
    Unknown,
    /// It was not active when it would have run.
    Skipped,
    /// It could not do its work, or a command failed.
    Error,
    /// The command succeeded.
    Success,
    /// The file has changed.
    Changed,
    /// The file is as it was.
    Unchanged,
    /// `success_when` was true.
    SuccessWhen,
    /// `fail_when` was true.
    FailedWhen,
    /// Neither expression was true.
    NoMatch,
    /// The archive is in place.
    Verified,
    /// The archive was fetched and is in place.
    Downloaded,
    /// The timer runs.
    Running,
    /// The timer has stopped.
    Stopped,
    /// The schedule or the switch is on.
    On,
    /// The schedule or the switch is off.
    Off,
    /// The check found something that wants attention.
    Warning,
    /// The check found something broken.
    Critical,
    /// Machines were installed, changed or removed.
    Updated,
}

/// What a `gossip` watcher published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gossiped {
    /// Where.
    pub subject: String,
    /// What.
    pub payload: String,
    /// When, in Unix seconds.
    pub time: i64,
}

/// A measurement that a `metric` watcher took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// What it is about.
    pub labels: BTreeMap<String, String>,
    /// Values by name; all finite.
    pub metrics: BTreeMap<String, f64>,
    /// When it was taken, in Unix seconds.
    pub time: i64,
}

/// A measurement for a Graphite server, over TCP: a line `PREFIX.NAME VALUE TIME` for each value.
#[derive(Clone, Debug, PartialEq)]
pub struct Relay {
    /// The machine.
    pub machine: MachineKey,
    /// The watcher that took the measurement.
    pub watcher: WatcherId,
    /// Name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What names begin with.
    pub prefix: String,
    /// The measurement.
    pub measurement: Arc<Measurement>,
    /// How long taking it took; sent as `runtime`, in seconds.
    pub runtime: Duration,
}

/// A remark for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The machine it is about.
    pub machine: MachineKey,
    /// The watcher it is about, if it is about one.
    pub watcher: Option<WatcherId>,
    /// How much it matters.
    pub level: Level,
    /// A sentence without a full stop.
    pub text: Cow<'static, str>,
}

/// How much a [`Remark`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Only of interest when looking for something.
    Debug,
    /// Worth keeping.
    Info,
    /// Something does not work as its author meant.
    Warning,
}

// === impl Outcome ===

impl Outcome {
    /// What a check of this status came to.
    #[must_use]
    pub const fn of(status: Status) -> Self {
        match status {
            Status::Ok => Self::Success,
            Status::Warning => Self::Warning,
            Status::Critical => Self::Critical,
            Status::Unknown => Self::Error,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::Error => "error",
            Self::Success => "success",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::SuccessWhen => "success_when",
            Self::FailedWhen => "failed_when",
            Self::NoMatch => "no_match",
            Self::Verified => "verified",
            Self::Downloaded => "downloaded",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::On => "on",
            Self::Off => "off",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Updated => "updated",
        }
    }
}

// === impl Report ===

impl Report {
    /// What the last run came to, or the state the watcher is in; `None` for metrics and gossip, which have none.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Exec { outcome, .. }
            | Self::File { outcome }
            | Self::Expression { outcome }
            | Self::Archive { outcome, .. }
            | Self::Plugins { outcome, .. } => Some(*outcome),
            Self::Schedule { state } | Self::Timer { state, .. } | Self::Kv { state } => {
                Some(*state)
            }
            Self::HttpSwitch { status } => Some(*status),
            Self::Nagios(state) => Some(state.status.map_or(Outcome::Unknown, Outcome::of)),
            Self::Metric { .. } | Self::Gossip(_) => None,
        }
    }
}
