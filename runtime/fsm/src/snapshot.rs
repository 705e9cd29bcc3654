//! What is remembered of a machine over a restart: by names and wall-clock times, so that it outlives the
//! process and most changes of the definition.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

use crate::calendar::Position;
use crate::limit::Taken;
use crate::node::{Memory, NEVER, NEVER_RAN, Nanos, Node, Watch, watcher_ids};
use crate::{CheckMemory, Fleet, MachineKey, Maintenance, Now, Outcome};

/// A time of day in nanoseconds since 1970.
pub type UnixNanos = i64;

/// What is remembered of a machine. Taken by [`Fleet::snapshot`], restored by
/// [`Instance::memory`](crate::Instance::memory).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was taken.
    pub taken: UnixNanos,
    /// The state.
    pub state: String,
    /// When that was entered.
    pub entered: UnixNanos,
    /// Whether the watchers had started.
    pub running: bool,
    /// Its data.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub data: Arc<Map<String, Value>>,
    /// Its watchers, in order.
    pub watchers: Vec<WatcherSnapshot>,
    /// The edges that were taken lately.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_edges: Vec<Taken>,
    /// Why it is in maintenance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Maintenance>,
    /// Transitions that wait because they came too often: name, and when they are due.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delayed: Vec<(String, UnixNanos)>,
}

/// What is remembered of a watcher.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatcherSnapshot {
    /// Its name.
    pub name: String,
    /// What it last came to.
    pub outcome: Outcome,
    /// When it last ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<UnixNanos>,
    /// When it runs next by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<UnixNanos>,
    /// Whether it was at work.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub at_work: bool,
    /// What only some kinds remember.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<WatcherMemory>,
}

/// What only some kinds of watchers remember.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WatcherMemory {
    /// A `file` watcher: the last change that it saw.
    File(UnixNanos),
    /// A `timer` watcher.
    Timer {
        /// How long it runs, in nanoseconds.
        length: u64,
        /// When it ends; `None` where it does not run.
        ends: Option<UnixNanos>,
    },
    /// A `schedule` watcher: where in the calendar it is.
    Schedule(Position),
    /// A `nagios` watcher: how the check stands.
    Check(Box<CheckMemory>),
}

/// From one clock to the other, both ways.
#[derive(Clone, Copy)]
pub(crate) struct Clocks {
    mono: Nanos,
    wall: UnixNanos,
}

fn is_empty(data: &Arc<Map<String, Value>>) -> bool {
    data.is_empty()
}

/// The same time as a number.
pub(crate) fn unix(time: Timestamp) -> UnixNanos {
    // Timestamps end in the year 9999, these numbers in 2262.
    UnixNanos::try_from(time.as_nanosecond()).unwrap_or(UnixNanos::MAX)
}

/// The same time as a timestamp.
pub(crate) fn timestamp(time: UnixNanos) -> Timestamp {
    Timestamp::from_nanosecond(time.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

// === impl Clocks ===

impl Clocks {
    pub(crate) fn at(now: Now) -> Self {
        Self {
            mono: crate::node::nanos(now.mono),
            wall: unix(now.wall),
        }
    }

    /// The time of day at a monotonic time; `None` for never.
    pub(crate) fn wall(self, mono: Nanos) -> Option<UnixNanos> {
        (mono != NEVER).then(|| {
            let wall = i128::from(self.wall) + i128::from(mono) - i128::from(self.mono);
            UnixNanos::try_from(wall).unwrap_or(UnixNanos::MAX)
        })
    }

    /// How long it is until a time of day, in nanoseconds; negative for the past.
    pub(crate) fn until(self, wall: UnixNanos) -> i64 {
        wall.saturating_sub(self.wall)
    }

    /// The monotonic time this much later than now.
    pub(crate) fn soon(self, wait: Nanos) -> Nanos {
        self.mono.saturating_add(wait)
    }

    /// The monotonic time at a time of day, no earlier than now and no later than `most` from now.
    pub(crate) fn mono(self, wall: UnixNanos, most: Nanos) -> Nanos {
        let wait = Nanos::try_from(self.until(wall)).unwrap_or(0).min(most);
        self.mono.saturating_add(wait)
    }
}

// === impl Fleet ===

impl Fleet {
    /// What has to be remembered of a machine so that it can go on after a restart.
    #[must_use]
    pub fn snapshot(&self, key: MachineKey, now: Now) -> Option<Snapshot> {
        self.node(key).map(|node| node.snapshot(now))
    }
}

impl Node {
    fn snapshot(&self, now: Now) -> Snapshot {
        let clocks = Clocks::at(now);
        let machine = &self.machine;
        let watchers = watcher_ids(self.watches.len())
            .zip(&self.watches)
            .filter_map(|(id, watch)| {
                let def = machine.watchers.get(usize::from(id.0))?;
                Some(watch.snapshot(&def.name, clocks))
            });
        let delayed = self.delayed.iter().filter_map(|delayed| {
            let name = machine.transition(delayed.transition).to_owned();
            Some((name, clocks.wall(delayed.due)?))
        });
        Snapshot {
            taken: clocks.wall,
            state: machine.state(self.state).to_owned(),
            entered: unix(self.entered),
            running: self.starts == NEVER,
            data: Arc::clone(&self.data),
            watchers: watchers.collect(),
            taken_edges: self.limiter.snapshot(machine, clocks),
            maintenance: self.maintenance.as_deref().cloned(),
            delayed: delayed.collect(),
        }
    }
}

impl Watch {
    fn snapshot(&self, name: &str, clocks: Clocks) -> WatcherSnapshot {
        let memory = match &self.memory {
            Memory::File { seen, .. } => seen.map(|stamp| WatcherMemory::File(stamp.0)),
            Memory::Timer { length, ends } => Some(WatcherMemory::Timer {
                length: *length,
                ends: clocks.wall(*ends),
            }),
            Memory::Schedule(calendar) => Some(WatcherMemory::Schedule(calendar.position())),
            Memory::Check(standing) => Some(WatcherMemory::Check(Box::new(standing.memory()))),
            Memory::None
            | Memory::Metric(_)
            | Memory::Archive(_)
            | Memory::Kv(_)
            | Memory::Gossip(_)
            | Memory::Plugins(_) => None,
        };
        WatcherSnapshot {
            name: name.to_owned(),
            outcome: self.outcome,
            ran: (self.ran != NEVER_RAN).then_some(self.ran),
            next: clocks.wall(self.next),
            at_work: self.job.is_some() || self.again,
            memory,
        }
    }
}
