//! A time line in figures.

use core::time::Duration;

use chorister_fsm::Outcome;
use chorister_ir::StateId;

use crate::{Entry, Fault, Setup, Sink, What};

/// What happened to one machine, in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The state that it was in at the end; `None` where the node was down.
    pub state: Option<StateId>,
    /// How long it was in each state, by their ids; the time that the node was down is nobody's.
    pub time: Vec<Duration>,
    /// How often its state changed.
    pub transitions: u64,
    /// How often its watchers came to an outcome.
    pub runs: u64,
    /// How many of those were errors.
    pub errors: u64,
    /// How many transitions were not offered, came too late or had to wait.
    pub held: u64,
    since: Duration,
}

/// Counts what happens to each machine.
#[derive(Clone, Debug)]
pub struct Tallies(Vec<Tally>);

impl Sink for Tallies {
    fn take(&mut self, entry: Entry) {
        self.count(&entry);
    }
}

// === impl Tallies ===

impl Tallies {
    /// Nothing has happened yet, in a world with this setup.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let tally = |states: usize| Tally {
            time: vec![Duration::ZERO; states],
            ..Tally::default()
        };
        let machines = setup.machines.iter();
        Self(machines.map(|it| tally(it.machine.states.len())).collect())
    }

    /// Takes an entry into account.
    pub fn count(&mut self, entry: &Entry) {
        if let What::Fault(Fault::Crash(_)) = entry.what {
            for tally in &mut self.0 {
                tally.enter(None, entry.at);
            }
        }
        let Some(tally) = self.0.get_mut(entry.machine) else {
            return;
        };
        match &entry.what {
            What::Started { state, .. } => tally.enter(Some(*state), entry.at),
            What::Transition { to, .. } => {
                tally.transitions += 1;
                tally.enter(Some(*to), entry.at);
            }
            What::Ran { outcome, .. } => {
                tally.runs += 1;
                tally.errors += u64::from(*outcome == Outcome::Error);
            }
            What::Held { verdict, .. } => {
                let is_usual = *verdict == chorister_fsm::Verdict::Stayed;
                tally.held += u64::from(!is_usual);
            }
            _ => {}
        }
    }

    /// The figures, machine by machine, of a time line that ends at `end`.
    #[must_use]
    pub fn finish(mut self, end: Duration) -> Vec<Tally> {
        for tally in &mut self.0 {
            tally.enter(tally.state, end);
        }
        self.0
    }
}

// === impl Tally ===

impl Tally {
    fn enter(&mut self, state: Option<StateId>, at: Duration) {
        let before = self.state.filter(|_| at > self.since);
        let time = before.and_then(|it| self.time.get_mut(usize::from(it.0)));
        if let Some(time) = time {
            *time += at - self.since;
        }
        self.state = state;
        self.since = at;
    }
}
