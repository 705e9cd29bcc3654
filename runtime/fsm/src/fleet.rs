//! All machines of a node.

use core::time::Duration;
use std::sync::Arc;

use chorister_ir::{StateId, TransitionId, WatcherId};
use chorister_lang::Text;
use serde_json::{Map, Value};

use crate::{Cx, Instance, JobId, JobResult, MachineKey, MachineRef, MachineView, Now};

/// All machines of a node.
pub struct Fleet {
    identity: Text,
}

/// What came of firing a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fired {
    /// It happened.
    Done {
        /// The state now; the one before in a self transition.
        to: StateId,
    },
    /// It happens later, unless the state is left before, because it came too often.
    Delayed {
        /// How much later.
        by: Duration,
    },
    /// The machine's state does not offer it.
    Refused {
        /// That state.
        state: StateId,
    },
    /// There is no such machine.
    NoMachine,
}

/// What came of turning a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switched {
    /// It is turned.
    Done,
    /// The watcher is not active now.
    Inactive,
    /// The machine is in a state that disables the switch.
    Disabled,
    /// There is no such switch.
    NoSwitch,
}

impl Fleet {
    /// A fleet without machines or facts, on the node of this name.
    #[must_use]
    pub fn new(identity: impl Into<Text>) -> Self {
        Self {
            identity: identity.into(),
        }
    }

    /// The node's name.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Adds a machine and starts it.
    pub fn insert(
        &mut self,
        _machine: impl Into<MachineRef>,
        _instance: Instance,
        _cx: &mut Cx<'_>,
    ) -> MachineKey {
        todo!()
    }

    /// Removes a machine and cancels its jobs; false where there is no such machine.
    pub fn remove(&mut self, _key: MachineKey, _cx: &mut Cx<'_>) -> bool {
        todo!()
    }

    /// Fires a transition, as an operator does.
    pub fn fire(&mut self, _key: MachineKey, _transition: TransitionId, _cx: &mut Cx<'_>) -> Fired {
        todo!()
    }

    /// Turns a switch, as people do over HTTP.
    pub fn switch(
        &mut self,
        _key: MachineKey,
        _watcher: WatcherId,
        _on: bool,
        _cx: &mut Cx<'_>,
    ) -> Switched {
        todo!()
    }

    /// Reports the end of a job.
    pub fn finish(&mut self, _job: JobId, _result: JobResult, _cx: &mut Cx<'_>) {
        todo!()
    }

    /// Does what is due.
    pub fn tick(&mut self, _cx: &mut Cx<'_>) {
        todo!()
    }

    /// When [`tick`](Self::tick) has something to do next, as time since the engine started.
    #[must_use]
    pub fn next_wakeup(&self, _now: Now) -> Option<Duration> {
        todo!()
    }

    /// Whether any deadline depends on the wall clock.
    #[must_use]
    pub fn has_wall_deadlines(&self) -> bool {
        todo!()
    }

    /// Replaces the facts; watchers see them at their next run.
    pub fn set_facts(&mut self, _facts: Arc<Value>) {
        todo!()
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> &Arc<Value> {
        todo!()
    }

    /// Replaces the data of a machine; false where there is no such machine.
    pub fn set_data(&mut self, _key: MachineKey, _data: Map<String, Value>) -> bool {
        todo!()
    }

    /// The machine of this name, the first inserted if several bear it.
    #[must_use]
    pub fn named(&self, _name: &str) -> Option<MachineKey> {
        todo!()
    }

    /// A machine.
    #[must_use]
    pub fn machine(&self, _key: MachineKey) -> Option<MachineView<'_>> {
        todo!()
    }

    /// Every machine.
    pub fn machines(&self) -> impl Iterator<Item = MachineView<'_>> + '_ {
        core::iter::empty()
    }

    /// How many machines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Whether there are no machines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
