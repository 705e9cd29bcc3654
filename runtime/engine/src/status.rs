//! What a node says about itself; these types cross the control socket.

use std::collections::BTreeMap;

use chorister_fsm::Maintenance;
use serde::{Deserialize, Serialize};

use crate::recorder::Recorded;
use crate::{CheckStatus, Problem, Stays, Step, StoreStatus};

/// How a node is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Name of the distribution.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The node's name.
    pub identity: String,
    /// Its process id.
    pub pid: u32,
    /// When it started, in Unix seconds.
    pub started: i64,
    /// How many machines it runs.
    pub machines: usize,
    /// How many jobs are running.
    pub jobs: usize,
    /// What happened since it started.
    pub counts: Counts,
    /// How full its flight recorder is.
    #[serde(default)]
    pub recorder: Recorded,
    /// What it uses of what it may use.
    #[serde(default)]
    pub budget: BudgetStatus,
    /// What the node is held to while it runs, where its distribution asks for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Sandboxed>,
    /// What an operator has to see to.
    pub problems: Vec<Problem>,
    /// How what it remembers over a restart is kept.
    #[serde(default)]
    pub store: StoreStatus,
}

/// How far a node is held to the capabilities of its distribution.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandboxed {
    /// `full`, `partial` or `nothing`.
    pub enforced: String,
    /// What is not enforced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<String>,
    /// Where more is allowed than was asked for, since no rule is finer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wider: Vec<String>,
    /// What is granted and was not there when the node started, and so is refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
}

/// What happened since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Changes of state.
    pub transitions: u64,
    /// Events published.
    pub events: u64,
    /// Events that a sink could not take.
    pub events_lost: u64,
    /// Jobs started.
    pub jobs: u64,
    /// Jobs whose code panicked.
    pub panics: u64,
}

/// What a node uses, and the limits of its distribution; a missing limit is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetStatus {
    /// Memory.
    pub memory: MemoryUse,
    /// Events.
    pub events: EventUse,
    /// Child processes.
    pub forks: ForkUse,
}

/// Memory of the node itself, without its child processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryUse {
    /// Resident bytes, where the kernel tells.
    pub used: Option<u64>,
    /// How many are expected at most.
    pub limit: Option<u64>,
    /// How many are left.
    #[serde(default)]
    pub headroom: Option<u64>,
}

/// Events that were published, and those that were not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventUse {
    /// How many a second, over the last minute.
    pub per_second: f64,
    /// How many are allowed.
    pub limit: Option<u32>,
    /// How many more a second there could be.
    #[serde(default)]
    pub headroom: Option<f64>,
    /// Announcements that were not published because of the limit.
    pub shed: u64,
    /// Results and changes of state that were published beyond the limit.
    pub over: u64,
}

/// Child processes that were started, and those that wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ForkUse {
    /// How many a second, over the last minute.
    pub per_second: f64,
    /// How many are allowed.
    pub limit: Option<u32>,
    /// How many more a second there could be.
    #[serde(default)]
    pub headroom: Option<f64>,
    /// How many wait now.
    pub waiting: usize,
    /// How many had to wait.
    pub delayed: u64,
}

/// How a machine is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MachineStatus {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The UUID of this instance.
    pub id: String,
    /// Its directory.
    pub directory: String,
    /// The state it is in.
    pub state: String,
    /// When it entered that state, in Unix seconds.
    pub since: i64,
    /// When it was started, in Unix seconds.
    pub started: i64,
    /// Transitions that its state offers, by name.
    pub available_transitions: Vec<String>,
    /// Transitions of results that came too late to count.
    pub stale: u32,
    /// Transitions that the state did not offer.
    pub refused: u32,
    /// Transitions that had to wait because they came too often.
    pub delayed: u32,
    /// Its last transitions, the newest last.
    #[serde(default)]
    pub last_transitions: Vec<Step>,
    /// The states that it has left, and how long it was in each.
    #[serde(default)]
    pub stays: BTreeMap<String, Stays>,
    /// How its check is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Box<CheckStatus>>,
    /// Its watchers, in order.
    pub watchers: Vec<WatcherStatus>,
    /// Why it is in maintenance, as far as somebody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Maintenance>,
}

/// How a watcher is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatcherStatus {
    /// Its name.
    pub name: String,
    /// Its `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the last run came to, or the state it is in.
    pub outcome: String,
    /// Whether it is at work now.
    pub running: bool,
    /// Whether its work waits because the budget for commands is spent.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub waiting: bool,
    /// When it last ran, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_run: Option<i64>,
    /// When it runs next by itself, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_run: Option<i64>,
}

/// A size in bytes as people write it: `12 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..0x400 => return format!("{bytes} B"),
        0x400..0x10_0000 => (1_u64 << 10, "KiB"),
        0x10_0000..0x4000_0000 => (1 << 20, "MiB"),
        _ => (1 << 30, "GiB"),
    };
    let value = bytes as f64 / unit as f64;
    // `12 MiB` was written and comes back as it was.
    let digits = usize::from(!bytes.is_multiple_of(unit));
    format!("{value:.digits$} {name}")
}
