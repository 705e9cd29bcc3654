//! Where a machine has been.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many of its last transitions a machine remembers.
const LONGEST: usize = 10;

/// The last transitions of a machine, and how long it was in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct History {
    /// When the present state was entered, in milliseconds since 1970.
    since: i64,
    /// The last transitions, the newest last.
    pub(crate) last: VecDeque<Step>,
    /// What came of each state that was left at least once.
    pub(crate) states: BTreeMap<String, Stays>,
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
    /// Of a machine that was never seen to do anything since it entered its state.
    pub(crate) fn since(entered: Timestamp) -> Self {
        Self {
            since: entered.as_millisecond(),
            ..Self::default()
        }
    }

    /// Takes note of a transition.
    pub(crate) fn passed(&mut self, transition: &str, [from, to]: [&str; 2], time: Timestamp) {
        let time = time.as_millisecond();
        // A clock that was set back in between tells nothing.
        let stay = u64::try_from(time.saturating_sub(self.since)).unwrap_or(0);
        self.since = time;
        if let Some(stays) = self.states.get_mut(from) {
            stays.add(stay);
        } else {
            let mut stays = Stays::default();
            stays.add(stay);
            self.states.insert(from.to_owned(), stays);
        }
        if self.last.len() >= LONGEST {
            self.last.pop_front();
        }
        self.last.push_back(Step {
            time,
            transition: transition.to_owned(),
            state: to.to_owned(),
        });
    }

    /// Goes on in a state that was entered some time ago, without those that the machine no longer has.
    pub(crate) fn resume(&mut self, entered: Timestamp, is_known: impl Fn(&str) -> bool) {
        self.since = entered.as_millisecond();
        self.states.retain(|state, _| is_known(state));
    }
}

impl Stays {
    fn add(&mut self, milliseconds: u64) {
        self.count = self.count.saturating_add(1);
        self.milliseconds = self.milliseconds.saturating_add(milliseconds);
    }
}
