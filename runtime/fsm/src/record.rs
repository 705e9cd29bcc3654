//! Why things happened: what the engine decided, for a flight recorder, a time line or a test.

use core::time::Duration;

use chorister_ir::{StateId, TransitionId, WatcherId};
use jiff::Timestamp;

use crate::{Cx, Effect, Fleet, JobResult, MachineKey, Outcome, Weight};

/// A decision about a machine. Names are found with [`Fleet::machine`](crate::Fleet::machine).
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The machine.
    pub machine: MachineKey,
    /// When, by the wall clock.
    pub time: Timestamp,
    /// What was decided.
    pub decision: Decision,
}

/// What a [`Record`] is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The machine was inserted.
    Started {
        /// The state it is in.
        state: StateId,
        /// Whether it goes on where it was before a restart.
        restored: bool,
    },
    /// A watcher came to something. What it fires, if it does, follows.
    Ran {
        /// The watcher.
        watcher: WatcherId,
        /// What it came to.
        outcome: Outcome,
        /// What it is based on.
        evidence: Evidence,
    },
    /// A transition was asked for.
    Fired {
        /// The transition.
        transition: TransitionId,
        /// The state in which it was asked for.
        from: StateId,
        /// Who asked.
        cause: Cause,
        /// What came of it.
        verdict: Verdict,
    },
}

/// What a watcher's outcome is based on.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// Time, or its own formula: nothing from outside.
    None,
    /// The end of its job.
    Job(Box<JobResult>),
    /// Why there was no job, or no answer.
    Reason(Box<str>),
}

/// Who asks for a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A watcher of the machine.
    Watcher(WatcherId),
    /// Somebody outside.
    Operator,
    /// The end of a maintenance that had one.
    Time,
    /// A transition that a machine has completed.
    Machine {
        /// The machine.
        machine: MachineKey,
        /// Its transition.
        transition: TransitionId,
    },
    /// A transition of a machine that is not of this fleet.
    Elsewhere,
}

/// What came of asking for a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The machine entered this state.
    Entered(StateId),
    /// It led to the state the machine was in, so nothing happened.
    Stayed,
    /// It comes too often, and happens so much later unless the state is left before.
    Delayed(Duration),
    /// It was waiting already.
    Coalesced,
    /// The state does not offer it.
    Refused,
    /// Its cause began in a state that was left since.
    Stale,
    /// It was waiting when the state was left.
    Dropped,
}

// === impl Cause ===

impl Cause {
    /// The watcher that asks, if it is one.
    #[must_use]
    pub const fn watcher(self) -> Option<WatcherId> {
        match self {
            Self::Watcher(watcher) => Some(watcher),
            Self::Operator | Self::Time | Self::Machine { .. } | Self::Elsewhere => None,
        }
    }
}

// === impl Fleet ===

impl Fleet {
    /// Records what a watcher came to.
    pub(crate) fn decided(
        &self,
        slot: u32,
        watcher: WatcherId,
        outcome: Outcome,
        evidence: Evidence,
        cx: &mut Cx<'_>,
    ) {
        let decision = Decision::Ran {
            watcher,
            outcome,
            evidence,
        };
        self.record(slot, decision, cx);
    }

    /// Records what came of asking for a transition, before it has happened.
    pub(crate) fn judged(
        &self,
        slot: u32,
        transition: TransitionId,
        cause: Cause,
        verdict: Verdict,
        cx: &mut Cx<'_>,
    ) {
        let Some(from) = self.at(slot).map(|node| node.state) else {
            return;
        };
        let decision = Decision::Fired {
            transition,
            from,
            cause,
            verdict,
        };
        self.record(slot, decision, cx);
    }

    pub(crate) fn record(&self, slot: u32, decision: Decision, cx: &mut Cx<'_>) {
        if let Some(machine) = self.key(slot) {
            cx.effects.push(Effect::Record(Record {
                machine,
                time: cx.now.wall,
                decision,
            }));
        }
    }

    /// Asks for what is remembered of a machine to be kept.
    pub(crate) fn save(&self, slot: u32, weight: Weight, cx: &mut Cx<'_>) {
        if let Some(machine) = self.key(slot) {
            cx.effects.push(Effect::Save { machine, weight });
        }
    }
}
