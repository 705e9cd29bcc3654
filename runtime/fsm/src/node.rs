//! What the engine remembers of one machine.

use core::num::NonZeroU32;
use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use chorister_ir::{StateId, TransitionId, Watcher, WatcherId, WatcherKind};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::calendar::Calendar;
use crate::limit::Limiter;
use crate::network::{Seen, Told};
use crate::standing::{Rules, Standing};
use crate::{
    Cause, Check, Counters, MachineRef, Maintenance, Measurement, Outcome, Report, Stamp, UnixNanos,
};

/// Nanoseconds since the engine started.
pub(crate) type Nanos = u64;

/// A deadline that does not come.
pub(crate) const NEVER: Nanos = Nanos::MAX;

/// The time of a run that did not happen.
pub(crate) const NEVER_RAN: UnixNanos = UnixNanos::MIN;

/// A machine.
pub(crate) struct Node {
    pub(crate) generation: u32,
    /// Counts the entries into states; what began in another epoch fires nothing.
    pub(crate) epoch: u32,
    pub(crate) machine: MachineRef,
    /// What its check looks at, where it is one.
    pub(crate) check: Option<Arc<Check>>,
    /// Why it is in maintenance, as far as somebody said.
    pub(crate) maintenance: Option<Box<Maintenance>>,
    pub(crate) id: [u8; 16],
    pub(crate) directory: Arc<Path>,
    pub(crate) data: Arc<Map<String, Value>>,
    pub(crate) started: Timestamp,
    pub(crate) state: StateId,
    pub(crate) entered: Timestamp,
    /// When the watchers start; [`NEVER`] once they have.
    pub(crate) starts: Nanos,
    pub(crate) watches: Box<[Watch]>,
    pub(crate) limiter: Limiter,
    /// Transitions that came too often, in the order they came.
    pub(crate) delayed: Vec<Delayed>,
    pub(crate) counters: Counters,
}

/// A transition that waits.
pub(crate) struct Delayed {
    pub(crate) transition: TransitionId,
    pub(crate) cause: Cause,
    pub(crate) due: Nanos,
}

/// A watcher.
pub(crate) struct Watch {
    /// When it runs next by itself.
    pub(crate) next: Nanos,
    /// When it tells its state next.
    pub(crate) announce: Nanos,
    /// When it last ran, by the wall clock; [`NEVER_RAN`] before.
    pub(crate) ran: UnixNanos,
    /// How long that took.
    pub(crate) runtime: Nanos,
    /// The job in progress.
    pub(crate) job: Option<NonZeroU32>,
    /// The number of the last job.
    pub(crate) serial: u32,
    /// The epoch in which the job began.
    pub(crate) epoch: u32,
    /// What the last run came to, or the state it is in.
    pub(crate) outcome: Outcome,
    /// Whether another run has been asked for while a job is in progress.
    pub(crate) again: bool,
    /// What only some kinds remember.
    pub(crate) memory: Memory,
}

/// What a watcher remembers by its kind.
pub(crate) enum Memory {
    /// Nothing.
    None,
    /// `file`: the last change that was seen, and whether the job in progress only looks for a reference.
    File {
        seen: Option<Stamp>,
        reference: bool,
    },
    /// `timer`: its length, and when it ends.
    Timer { length: Nanos, ends: Nanos },
    /// `schedule`: its windows.
    Schedule(Box<Calendar>),
    /// `metric`: the last measurement.
    Metric(Option<Arc<Measurement>>),
    /// `archive`: the expanded URL.
    Archive(Option<Arc<str>>),
    /// `kv`: what was read.
    Kv(Box<Seen>),
    /// `gossip`: what was published.
    Gossip(Box<Told>),
    /// `plugins`: those that are kept in place.
    Plugins(Arc<[String]>),
    /// `nagios`: how the check stands.
    Check(Box<Standing>),
}

/// Something that a machine has to do at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// Start its watchers.
    Start,
    /// Take a transition that waited, by its place.
    Delayed(usize),
    /// Stop a timer, or close a window.
    End(WatcherId),
    /// Run a watcher.
    Run(WatcherId),
    /// Let a watcher tell its state.
    Announce(WatcherId),
}

/// The same time as a number.
pub(crate) fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(NEVER - 1)
}

/// The ids of `count` watchers.
pub(crate) fn watcher_ids(count: usize) -> impl Iterator<Item = WatcherId> {
    (0..u16::try_from(count).unwrap_or(u16::MAX)).map(WatcherId)
}

// === impl Node ===

impl Node {
    pub(crate) fn watch(&self, id: WatcherId) -> Option<&Watch> {
        self.watches.get(usize::from(id.0))
    }

    pub(crate) fn watch_mut(&mut self, id: WatcherId) -> Option<&mut Watch> {
        self.watches.get_mut(usize::from(id.0))
    }

    /// What it has to do next, and when.
    pub(crate) fn next_item(&self) -> Option<(Nanos, Item)> {
        let mut first = (self.starts, Item::Start);
        let mut offer = |due: Nanos, item: Item| {
            if due < first.0 {
                first = (due, item);
            }
        };
        for (place, delayed) in self.delayed.iter().enumerate() {
            offer(delayed.due, Item::Delayed(place));
        }
        for (id, watch) in watcher_ids(self.watches.len()).zip(&self.watches) {
            offer(watch.ends(), Item::End(id));
            offer(watch.next, Item::Run(id));
            offer(watch.announce, Item::Announce(id));
        }
        (first.0 != NEVER).then_some(first)
    }

    /// When a window of one of its schedules begins or ends by the wall clock.
    pub(crate) fn wall_deadline(&self) -> Option<Timestamp> {
        let maintenance = self.maintenance.as_ref().and_then(|it| it.until);
        let schedules = self.watches.iter().filter_map(Watch::wall_deadline);
        schedules.chain(maintenance).min()
    }

    /// What a watcher says of itself.
    pub(crate) fn report(&self, id: WatcherId) -> Option<Report> {
        let def = self.machine.watchers.get(usize::from(id.0))?;
        let check = self.check.as_deref();
        self.watch(id).map(|watch| watch.report(def, check))
    }
}

// === impl Watch ===

impl Watch {
    /// A watcher that has not started.
    pub(crate) fn new(def: &Watcher) -> Self {
        let (outcome, memory) = match &def.kind {
            WatcherKind::Exec(_) | WatcherKind::HttpSwitch(_) => (Outcome::Unknown, Memory::None),
            WatcherKind::File(_) => (
                Outcome::Unknown,
                Memory::File {
                    seen: None,
                    reference: false,
                },
            ),
            WatcherKind::Schedule(_) => (Outcome::Unknown, Memory::None),
            WatcherKind::Timer(timer) => {
                let length = nanos(timer.timer);
                (
                    Outcome::Stopped,
                    Memory::Timer {
                        length,
                        ends: NEVER,
                    },
                )
            }
            WatcherKind::Metric(_) => (Outcome::Unknown, Memory::Metric(None)),
            WatcherKind::Expression(_) => (Outcome::Skipped, Memory::None),
            WatcherKind::Archive(_) => (Outcome::Unknown, Memory::Archive(None)),
            WatcherKind::Nagios(_) => (Outcome::Unknown, Memory::Check(Box::default())),
            WatcherKind::Kv(_) => (Outcome::Unknown, Memory::Kv(Box::default())),
            WatcherKind::Gossip(_) => (Outcome::Unknown, Memory::Gossip(Box::default())),
            WatcherKind::Plugins(_) => (Outcome::Unknown, Memory::Plugins(Arc::default())),
        };
        Self {
            next: NEVER,
            announce: NEVER,
            ran: NEVER_RAN,
            runtime: 0,
            job: None,
            serial: 0,
            epoch: 0,
            outcome,
            again: false,
            memory,
        }
    }

    /// When its timer ends, or its window by the monotonic clock.
    fn ends(&self) -> Nanos {
        match &self.memory {
            Memory::Timer { ends, .. } => *ends,
            Memory::Schedule(calendar) => calendar.closes(),
            _ => NEVER,
        }
    }

    /// When its schedule changes by the wall clock.
    pub(crate) fn wall_deadline(&self) -> Option<Timestamp> {
        match &self.memory {
            Memory::Schedule(calendar) => calendar.next(),
            _ => None,
        }
    }

    /// Whether it has not run since it started.
    pub(crate) fn is_fresh(&self) -> bool {
        self.ran == NEVER_RAN
    }

    /// When it does something next by itself.
    pub(crate) fn next_run(&self) -> Nanos {
        match &self.memory {
            Memory::Timer { ends, .. } => *ends,
            _ => self.next,
        }
    }

    /// What it says of itself.
    pub(crate) fn report(&self, def: &Watcher, check: Option<&Check>) -> Report {
        let outcome = self.outcome;
        let runtime = Duration::from_nanos(self.runtime);
        match (&def.kind, &self.memory) {
            (WatcherKind::Exec(_), _) => Report::Exec { outcome, runtime },
            (WatcherKind::File(_), _) => Report::File { outcome },
            (WatcherKind::Schedule(_), _) => Report::Schedule { state: outcome },
            (WatcherKind::Timer(_), memory) => {
                let length = match memory {
                    Memory::Timer { length, .. } => *length,
                    _ => 0,
                };
                Report::Timer {
                    state: outcome,
                    length: Duration::from_nanos(length),
                }
            }
            (WatcherKind::Metric(_), memory) => {
                let measurement = match memory {
                    Memory::Metric(Some(measurement)) => Arc::clone(measurement),
                    _ => Arc::default(),
                };
                Report::Metric {
                    measurement,
                    runtime,
                }
            }
            (WatcherKind::Expression(_), _) => Report::Expression { outcome },
            (WatcherKind::Archive(archive), memory) => {
                let source = match memory {
                    Memory::Archive(Some(source)) => Arc::clone(source),
                    _ => archive.source.source.as_ref().into(),
                };
                Report::Archive {
                    source,
                    outcome,
                    runtime,
                }
            }
            (WatcherKind::HttpSwitch(_), _) => Report::HttpSwitch { status: outcome },
            (WatcherKind::Nagios(nagios), memory) => {
                let rules = Rules::of(nagios, def.interval, check);
                let state = match memory {
                    Memory::Check(standing) => standing.state(&rules, runtime),
                    _ => Standing::default().state(&rules, runtime),
                };
                Report::Nagios(Arc::new(state))
            }
            (WatcherKind::Kv(_), _) => Report::Kv { state: outcome },
            (WatcherKind::Gossip(_), Memory::Gossip(told)) => Report::Gossip(told.sent.clone()),
            (WatcherKind::Gossip(_), _) => Report::Gossip(None),
            (WatcherKind::Plugins(_), memory) => {
                let plugins = match memory {
                    Memory::Plugins(plugins) => Arc::clone(plugins),
                    _ => Arc::default(),
                };
                Report::Plugins {
                    plugins,
                    outcome,
                    runtime,
                }
            }
        }
    }
}
