//! Maintenance: who is at a machine, why, and until when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Cause, Cx, Fired, Fleet, MachineKey, Weight};

/// The state in which a machine leaves things alone, and the transition that leads there.
pub(crate) const MAINTENANCE: &str = "MAINTENANCE";

/// The transition that leads out of it.
const RESUME: &str = "RESUME";

/// Why a machine leaves things alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// When it ends by itself; `None` when somebody ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why; empty where nobody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who asked for it; empty where nobody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
}

impl Fleet {
    /// Puts a machine into maintenance, by its transition `MAINTENANCE`; one that is in it gets another reason and end.
    ///
    /// A machine without that transition, or in a state that does not offer it, refuses.
    pub fn maintain(
        &mut self,
        key: MachineKey,
        maintenance: Maintenance,
        cx: &mut Cx<'_>,
    ) -> Fired {
        self.begin(cx);
        let Some(node) = self.node(key) else {
            return Fired::NoMachine;
        };
        let (state, slot) = (node.state, key.slot);
        let is_maintained = node.machine.state(state) == MAINTENANCE;
        let transition = node.machine.transition_named(MAINTENANCE);
        let fired = match (is_maintained, transition) {
            (true, _) => Fired::Done { to: state },
            (false, Some(transition)) => self.attempt(slot, Cause::Operator, transition, cx),
            (false, None) => Fired::Refused { state },
        };
        if matches!(fired, Fired::Done { .. } | Fired::Delayed { .. })
            && let Some(node) = self.node_mut(slot)
        {
            node.maintenance = Some(Box::new(maintenance));
            self.save(slot, Weight::State, cx);
            self.reschedule(slot);
        }
        self.drain(cx);
        fired
    }

    /// Ends a maintenance whose time has come.
    pub(crate) fn end_maintenance(&mut self, slot: u32, cx: &mut Cx<'_>) {
        let Some(node) = self.node_mut(slot) else {
            return;
        };
        let Some(maintenance) = &mut node.maintenance else {
            return;
        };
        if maintenance.until.is_none_or(|until| until > cx.now.wall) {
            return;
        }
        maintenance.until = None;
        self.save(slot, Weight::State, cx);
        let Some(node) = self.at(slot) else { return };
        let is_maintained = node.machine.state(node.state) == MAINTENANCE;
        if let Some(resume) = node.machine.transition_named(RESUME)
            && is_maintained
        {
            self.attempt(slot, Cause::Time, resume, cx);
        }
    }

    /// Forgets why there was a maintenance, where the machine has come out of it.
    pub(crate) fn left(&mut self, slot: u32, from: chorister_ir::StateId) {
        if let Some(node) = self.node_mut(slot)
            && node.maintenance.is_some()
            && node.machine.state(from) == MAINTENANCE
        {
            node.maintenance = None;
        }
    }
}
