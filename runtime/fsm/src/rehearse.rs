//! What scripts do to a fleet: tests and simulations bring the outcomes of runs with them.

use chorister_ir::{WatcherId, WatcherKind};

use crate::node::{NEVER, NEVER_RAN};
use crate::{Cause, Cx, Evidence, Fleet, JobId, MachineKey, Outcome};

impl Fleet {
    /// Runs a watcher now, as if its turn had come; false where it is not active, or its machine has not started.
    pub fn prompt(&mut self, key: MachineKey, watcher: WatcherId, cx: &mut Cx<'_>) -> bool {
        self.begin(cx);
        if !self.would_run(key, watcher) {
            return false;
        }
        self.run(key.slot, watcher, cx);
        self.drain(cx);
        self.reschedule(key.slot);
        true
    }

    /// Forgets a job, as if the watcher had never started it; nothing is published and nothing is fired.
    pub fn abandon(&mut self, job: JobId) {
        if self.node(job.machine).is_none() {
            return;
        }
        let watch = self
            .node_mut(job.machine.slot)
            .and_then(|node| node.watch_mut(job.watcher));
        let Some(watch) = watch else { return };
        if watch.job.is_none_or(|serial| serial.get() != job.serial) {
            return;
        }
        watch.job = None;
        watch.again = false;
        if watch.outcome == Outcome::Unknown {
            watch.ran = NEVER_RAN;
        }
    }

    /// Takes `outcome` for what an evaluation of an `expression` watcher has just come to; false where it is not
    /// active, or of another kind.
    pub fn assume(
        &mut self,
        key: MachineKey,
        watcher: WatcherId,
        outcome: Outcome,
        cx: &mut Cx<'_>,
    ) -> bool {
        self.begin(cx);
        if !self.would_run(key, watcher) {
            return false;
        }
        let Some(machine) = self.node(key).map(|node| node.machine.clone()) else {
            return false;
        };
        let Some(def) = machine.watchers.get(usize::from(watcher.0)) else {
            return false;
        };
        if !matches!(def.kind, WatcherKind::Expression(_)) {
            return false;
        }
        self.evaluated(key.slot, watcher, def, outcome, Evidence::None, cx);
        self.drain(cx);
        self.reschedule(key.slot);
        true
    }

    /// Fires what subscribes to a transition of a machine of this name, whether or not it is one of the fleet.
    pub fn hear(&mut self, machine: &str, event: &str, cx: &mut Cx<'_>) {
        self.begin(cx);
        self.inform(machine, event, Cause::Elsewhere, cx);
        self.drain(cx);
    }

    fn would_run(&self, key: MachineKey, watcher: WatcherId) -> bool {
        self.node(key).is_some_and(|node| {
            let def = node.machine.watchers.get(usize::from(watcher.0));
            node.starts == NEVER && def.is_some_and(|def| self.is_active(key.slot, def))
        })
    }
}
