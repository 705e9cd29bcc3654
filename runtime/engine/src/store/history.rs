//! Where a machine has been.

use std::collections::{BTreeMap, VecDeque};

use chorister_ir::{Machine, StateId, TransitionId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many of its last transitions a machine remembers.
const LONGEST: usize = 8;

/// The last transitions of a machine, and how long it was in each state.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// When the present state was entered, in milliseconds since 1970.
    since: i64,
    last: VecDeque<(i64, TransitionId, StateId)>,
    stays: Vec<(StateId, Stays)>,
}

/// The same by names, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Past {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    last: Vec<(i64, String, String)>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    stays: BTreeMap<String, (u64, u64)>,
}

/// A transition that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When, in milliseconds since 1970.
    pub time: i64,
    /// Its name.
    pub transition: String,
    /// Where it led.
    pub state: String,
}

/// All stays in one state that are over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stays {
    /// How many.
    pub count: u64,
    /// How long they took together, in milliseconds by the wall clock.
    pub milliseconds: u64,
}

impl History {
    /// Of a machine that has done nothing since it entered its state.
    pub(crate) fn since(entered: Timestamp) -> Self {
        Self {
            since: entered.as_millisecond(),
            ..Self::default()
        }
    }

    /// Goes on in a state that was entered some time ago; what the machine no longer has is left out.
    pub(crate) fn resume(past: &Past, machine: &Machine, entered: Timestamp) -> Self {
        let last = past.last.iter().filter_map(|(time, transition, state)| {
            let transition = machine.transition_named(transition)?;
            Some((*time, transition, machine.state_named(state)?))
        });
        let stays = past.stays.iter().filter_map(|(state, stays)| {
            let (count, milliseconds) = *stays;
            let stays = Stays {
                count,
                milliseconds,
            };
            Some((machine.state_named(state)?, stays))
        });
        Self {
            since: entered.as_millisecond(),
            last: last.collect(),
            stays: stays.collect(),
        }
    }

    /// Takes note of a transition.
    pub(crate) fn passed(
        &mut self,
        transition: TransitionId,
        [from, to]: [StateId; 2],
        time: Timestamp,
    ) {
        let time = time.as_millisecond();
        // A clock that was set back in between tells nothing.
        let stay = u64::try_from(time.saturating_sub(self.since)).unwrap_or(0);
        self.since = time;
        let known = self.stays.iter_mut().find(|(state, _)| *state == from);
        if let Some((_, stays)) = known {
            stays.count = stays.count.saturating_add(1);
            stays.milliseconds = stays.milliseconds.saturating_add(stay);
        } else {
            let stays = Stays {
                count: 1,
                milliseconds: stay,
            };
            self.stays.push((from, stays));
        }
        if self.last.len() >= LONGEST {
            self.last.pop_front();
        }
        self.last.push_back((time, transition, to));
    }

    /// The last transitions, the newest last.
    pub(crate) fn steps(&self, machine: &Machine) -> Vec<Step> {
        let steps = self.last.iter().map(|(time, transition, state)| Step {
            time: *time,
            transition: machine.transition(*transition).to_owned(),
            state: machine.state(*state).to_owned(),
        });
        steps.collect()
    }

    /// The states that were left at least once.
    pub(crate) fn stays(&self, machine: &Machine) -> BTreeMap<String, Stays> {
        let stays = self.stays.iter();
        stays
            .map(|(state, stays)| (machine.state(*state).to_owned(), *stays))
            .collect()
    }

    /// All of it by names.
    pub(crate) fn past(&self, machine: &Machine) -> Past {
        let steps = self.steps(machine).into_iter();
        let stays = self.stays(machine).into_iter();
        Past {
            last: steps.map(|it| (it.time, it.transition, it.state)).collect(),
            stays: stays
                .map(|(state, it)| (state, (it.count, it.milliseconds)))
                .collect(),
        }
    }
}
