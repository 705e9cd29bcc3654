//! Going on after a restart.

use core::time::Duration;

use chorister_ir::{Machine, Watcher, WatcherId, WatcherKind};

use crate::node::{Delayed, Memory, NEVER, NEVER_RAN, Nanos, Watch, nanos};
use crate::snapshot::{Clocks, Snapshot, WatcherMemory, WatcherSnapshot, timestamp};
use crate::{Cause, Cx, Fleet, Random, Stamp};

/// What should have run while nothing did runs within this time, so that not everything does at once.
const SPREAD: Nanos = 10_000_000_000;

impl Snapshot {
    /// What is remembered of the watcher of this name.
    fn watcher(&self, name: &str) -> Option<&WatcherSnapshot> {
        self.watchers.iter().find(|it| it.name == name)
    }

    /// The transitions that waited, as far as the machine still has them.
    pub(crate) fn delayed(&self, machine: &Machine, clocks: Clocks) -> Vec<Delayed> {
        let delayed = self.delayed.iter().filter_map(|(name, due)| {
            Some(Delayed {
                transition: machine.transition_named(name)?,
                // Who asked is not remembered; the recorder knows.
                cause: Cause::Operator,
                due: clocks.mono(*due, crate::limit::LONGEST),
            })
        });
        delayed.collect()
    }
}

impl WatcherSnapshot {
    /// When it runs next, where it would first run at `first` if nothing were remembered.
    fn next_run(
        &self,
        every: Option<Duration>,
        first: Nanos,
        clocks: Clocks,
        random: &mut dyn Random,
    ) -> Nanos {
        let (Some(every), Some(next), true) = (every, self.next, first != NEVER) else {
            return first;
        };
        let every = nanos(every);
        match Nanos::try_from(clocks.until(next)) {
            Ok(wait) if wait > 0 => clocks.mono(next, every),
            _ => clocks.soon(random.below(every.min(SPREAD))),
        }
    }
}

impl Fleet {
    /// Lets a watcher go on where it was; false where it has to start as if nothing were remembered.
    pub(crate) fn resume(
        &mut self,
        slot: u32,
        id: WatcherId,
        def: &Watcher,
        memory: &Snapshot,
        cx: &mut Cx<'_>,
    ) -> bool {
        let Some(remembered) = memory.watcher(&def.name) else {
            return false;
        };
        let clocks = Clocks::at(cx.now);
        let active = self.is_active(slot, def);
        let every = self.at(slot).and_then(|node| node.every(def));
        let Some(watch) = self.node_mut(slot).and_then(|node| node.watch_mut(id)) else {
            return false;
        };
        watch.outcome = remembered.outcome;
        watch.ran = remembered.ran.unwrap_or(NEVER_RAN);
        watch.next = remembered.next_run(every, watch.next, clocks, cx.random);
        match (&def.kind, &remembered.memory) {
            (WatcherKind::Timer(timer), Some(WatcherMemory::Timer { length, ends })) => {
                watch.resume_timer(timer.splay, *length, ends.filter(|_| active), clocks);
                true
            }
            (WatcherKind::Schedule(schedule), Some(WatcherMemory::Schedule(position))) => {
                let taken = timestamp(memory.taken);
                if let Memory::Schedule(calendar) = &mut watch.memory {
                    calendar.resume(position, taken, schedule, cx.now, cx.random);
                }
                self.advance_schedule(slot, id, cx);
                true
            }
            (WatcherKind::File(_), Some(WatcherMemory::File(stamp))) => {
                if let Memory::File { seen, .. } = &mut watch.memory {
                    *seen = Some(Stamp(*stamp));
                }
                self.redo(slot, id, def, remembered, cx);
                true
            }
            (WatcherKind::Nagios(_), Some(WatcherMemory::Check(memory))) => {
                self.resume_check(slot, id, def, memory, cx);
                self.redo(slot, id, def, remembered, cx);
                true
            }
            (WatcherKind::Exec(_) | WatcherKind::Metric(_), _) => {
                self.redo(slot, id, def, remembered, cx);
                true
            }
            _ => false,
        }
    }

    /// Runs a watcher anew that was at work: whether that came to anything is not known.
    fn redo(
        &mut self,
        slot: u32,
        id: WatcherId,
        def: &Watcher,
        remembered: &WatcherSnapshot,
        cx: &mut Cx<'_>,
    ) {
        if remembered.at_work && self.is_active(slot, def) {
            self.run_as(slot, id, def, cx);
        }
    }
}

impl Watch {
    /// Sets a timer to what is left of it.
    fn resume_timer(&mut self, splay: bool, was: Nanos, ended: Option<i64>, clocks: Clocks) {
        let Memory::Timer { length, ends } = &mut self.memory else {
            return;
        };
        if splay {
            // The length was drawn once for the machine, from what the definition allowed then.
            *length = was.min(*length);
        }
        *ends = ended.map_or(NEVER, |end| clocks.mono(end, *length));
        self.outcome = match *ends {
            NEVER => crate::Outcome::Stopped,
            _ => crate::Outcome::Running,
        };
    }
}
