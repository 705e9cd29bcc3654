//! What a node says about itself; these types cross the control socket.

use serde::{Deserialize, Serialize};

use crate::Problem;
use crate::recorder::Recorded;

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
    /// What an operator has to see to.
    pub problems: Vec<Problem>,
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
    /// Its watchers, in order.
    pub watchers: Vec<WatcherStatus>,
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
    /// When it last ran, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_run: Option<i64>,
    /// When it runs next by itself, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_run: Option<i64>,
}
