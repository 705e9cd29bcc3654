//! Looking at the machines of a fleet.

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use chorister_ir::{Machine, StateId, TransitionId, Watcher, WatcherId};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::node::{NEVER, NEVER_RAN, Nanos, Node, Watch, watcher_ids};
use crate::snapshot::timestamp;
use crate::{Check, CheckState, MachineKey, MachineRef, Maintenance, Outcome, Report};

/// A machine of a fleet, as it is now.
#[derive(Clone, Copy)]
pub struct MachineView<'a> {
    key: MachineKey,
    node: &'a Node,
}

/// A watcher of a machine, as it is now.
#[derive(Clone, Copy)]
pub struct WatcherView<'a> {
    id: WatcherId,
    definition: &'a Watcher,
    watch: &'a Watch,
    check: Option<&'a Check>,
}

/// What did not happen, counted since the machine was inserted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Transitions of results whose epoch was over.
    pub stale: u32,
    /// Transitions that the current state does not offer.
    pub refused: u32,
    /// Transitions that had to wait because they came too often.
    pub delayed: u32,
    /// Delayed transitions dropped because the state was left first.
    pub dropped: u32,
    /// Runs asked for while another one was already waiting, and transitions fired while they were delayed.
    pub coalesced: u32,
}

// === impl MachineView ===

impl<'a> MachineView<'a> {
    pub(crate) fn new(key: MachineKey, node: &'a Node) -> Self {
        Self { key, node }
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> MachineKey {
        self.key
    }

    /// Its definition.
    #[must_use]
    pub fn definition(&self) -> &'a Machine {
        &self.node.machine
    }

    /// Its definition, to keep.
    #[must_use]
    pub fn definition_ref(&self) -> MachineRef {
        self.node.machine.clone()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.node.machine.name
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &'a str {
        &self.node.machine.version
    }

    /// The UUID that its events carry.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        self.node.id
    }

    /// Its directory.
    #[must_use]
    pub fn directory(&self) -> &'a Path {
        &self.node.directory
    }

    /// The state it is in.
    #[must_use]
    pub fn state(&self) -> StateId {
        self.node.state
    }

    /// The name of that state.
    #[must_use]
    pub fn state_name(&self) -> &'a str {
        self.node.machine.state(self.node.state)
    }

    /// When it entered that state.
    #[must_use]
    pub fn entered(&self) -> Timestamp {
        self.node.entered
    }

    /// When it was inserted.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.node.started
    }

    /// Whether its watchers have started, which its splay may delay.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.node.starts == NEVER
    }

    /// Its data.
    #[must_use]
    pub fn data(&self) -> &'a Arc<Map<String, Value>> {
        &self.node.data
    }

    /// The transitions that its state offers.
    pub fn available(&self) -> impl Iterator<Item = TransitionId> + use<'a> {
        let node = self.node;
        node.machine
            .transition_ids()
            .filter(|&it| node.machine.next(node.state, it).is_some())
    }

    /// What it checks, where its definition is that of a class of checks.
    #[must_use]
    pub fn check(&self) -> Option<&'a Arc<Check>> {
        self.node.check.as_ref()
    }

    /// How its check stands; `None` where it has no `nagios` watcher. Of several the first counts.
    #[must_use]
    pub fn check_state(&self) -> Option<Arc<CheckState>> {
        self.watchers().find_map(|it| match it.report() {
            Report::Nagios(state) => Some(state),
            _ => None,
        })
    }

    /// Why it is in maintenance, as far as somebody said.
    #[must_use]
    pub fn maintenance(&self) -> Option<&'a Maintenance> {
        let is_in_it = self.state_name() == crate::maintenance::MAINTENANCE;
        self.node.maintenance.as_deref().filter(|_| is_in_it)
    }

    /// What did not happen.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.node.counters
    }

    /// Its watchers, in order.
    pub fn watchers(&self) -> impl Iterator<Item = WatcherView<'a>> + use<'a> {
        let view = *self;
        watcher_ids(self.node.watches.len()).filter_map(move |id| view.watcher(id))
    }

    /// One of its watchers.
    #[must_use]
    pub fn watcher(&self, id: WatcherId) -> Option<WatcherView<'a>> {
        let definition = self.node.machine.watchers.get(usize::from(id.0))?;
        self.node.watch(id).map(|watch| WatcherView {
            id,
            definition,
            watch,
            check: self.node.check.as_deref(),
        })
    }
}

// === impl WatcherView ===

impl<'a> WatcherView<'a> {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> WatcherId {
        self.id
    }

    /// Its definition.
    #[must_use]
    pub fn definition(&self) -> &'a Watcher {
        self.definition
    }

    /// What the last run came to, or the state it is in.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.watch.outcome
    }

    /// What it would publish now.
    #[must_use]
    pub fn report(&self) -> Report {
        self.watch.report(self.definition, self.check)
    }

    /// When it last ran, by the wall clock.
    #[must_use]
    pub fn last_run(&self) -> Option<Timestamp> {
        (self.watch.ran != NEVER_RAN).then(|| timestamp(self.watch.ran))
    }

    /// When it runs next by itself, or when its timer ends, as time since the engine started.
    #[must_use]
    pub fn next_run(&self) -> Option<Duration> {
        time(self.watch.next_run())
    }

    /// When a window of its schedule begins or ends next, by the wall clock.
    #[must_use]
    pub fn next_switch(&self) -> Option<Timestamp> {
        self.watch.wall_deadline()
    }

    /// Whether a job of it is running.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.watch.job.is_some()
    }
}

fn time(nanos: Nanos) -> Option<Duration> {
    (nanos != NEVER).then(|| Duration::from_nanos(nanos))
}
