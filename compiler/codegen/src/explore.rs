//! What exploration finds, as diagnostics.

mod places;
mod rounds;
mod tell;
mod words;

use core::time::Duration;

use chorister_explore::{Exploration, Limits, Plan, Portrait};
use chorister_ir::{Machine, StateId};
use chorister_lang::duration::brief;
use chorister_spec::{Checked, Code, Diagnostic};

use crate::in_parallel;
use tell::Tell;
use words::{Adjust, list};

/// How many combinations of states all groups of machines may have together.
const TOTAL: usize = 200_000;

/// How many combinations a group may have, however many groups there are.
const LEAST: usize = 500;

/// What exploration says about machines.
#[derive(Clone, Debug, Default)]
pub struct Explored {
    /// What is suspect.
    pub findings: Vec<Diagnostic>,
    /// What is only worth knowing: operator interfaces, and least times.
    pub remarks: Vec<Diagnostic>,
    /// The same of each machine, as data; `None` for one that could not be checked to the end.
    pub facts: Vec<Option<Facts>>,
}

/// What is worth knowing of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The transitions that only an operator fires.
    pub operator: Vec<String>,
    /// The states that the machine never enters without somebody's doing.
    pub by_hand: Vec<String>,
    /// The least time from entering a state to entering it again, for those that the machine comes back to by itself.
    pub least_return: Vec<(String, Duration)>,
}

/// Explores machines that are on one node. Those that could not be checked to the end may do anything.
#[must_use]
pub fn explore(checked: &[&Checked]) -> Explored {
    let known: Vec<(&Machine, &Checked)> = checked
        .iter()
        .filter_map(|it| Some((it.machine.as_ref()?, *it)))
        .collect();
    let machines: Vec<&Machine> = known.iter().map(|it| it.0).collect();
    let found = run(&machines);
    let tell = Tell {
        machines: &machines,
        outlines: known.iter().map(|it| &it.1.outline).collect(),
    };
    let mut explored = Explored {
        findings: found
            .findings
            .iter()
            .filter_map(|it| tell.finding(it))
            .collect(),
        ..Explored::default()
    };
    let mut facts = machines
        .iter()
        .zip(&found.portraits)
        .map(|(machine, it)| Facts::of(machine, it));
    for it in checked {
        let own = it.machine.as_ref().and_then(|_| facts.next());
        explored.facts.push(own);
    }
    for (at, own) in explored.facts.iter().flatten().enumerate() {
        explored.remarks.extend(tell.operator(own, at));
        explored.remarks.extend(tell.least_times(own, at));
    }
    explored
}

/// Explores machines, on as many threads as there are processors.
fn run(machines: &[&Machine]) -> Exploration {
    let plan = Plan::of(machines);
    let groups: Vec<usize> = (0..plan.groups()).collect();
    let usual = Limits::default().states;
    let limits = Limits {
        states: usual.min((TOTAL / groups.len().max(1)).max(LEAST)),
    };
    plan.join(in_parallel(&groups, |it| plan.explore(*it, limits)))
}

// === impl Facts ===

impl Facts {
    fn of(machine: &Machine, portrait: &Portrait) -> Self {
        let state = |it: &StateId| machine.state(*it).to_owned();
        let operator = portrait.operator.iter();
        let times = machine.state_ids().zip(&portrait.least_return);
        Self {
            operator: operator
                .map(|it| machine.transition(*it).to_owned())
                .collect(),
            by_hand: portrait.by_hand.iter().map(state).collect(),
            least_return: times
                .filter_map(|(at, least)| Some((state(&at), (*least)?)))
                .collect(),
        }
    }

    /// The least times in words, such as `` `OFF` after 10s, `ON` at once ``.
    #[must_use]
    pub fn told_times(&self) -> String {
        let times = self
            .least_return
            .iter()
            .map(|(state, least)| match least.is_zero() {
                true => format!("`{state}` at once"),
                false => format!("`{state}` after {}", brief(*least)),
            });
        times.collect::<Vec<_>>().join(", ")
    }
}

impl Tell<'_> {
    fn operator(&self, facts: &Facts, at: usize) -> Option<Diagnostic> {
        let events = list(facts.operator.iter().map(String::as_str));
        let states = list(facts.by_hand.iter().map(String::as_str));
        let only = (!states.is_empty())
            .then(|| format!("without somebody's doing the machine never enters {states}"));
        let place = self.name_of(at).filter(|_| !events.is_empty())?;
        let message = format!("only an operator fires {events}");
        Some(self.at(at, Code::OperatorOnly, place, message).noted(only))
    }

    fn least_times(&self, facts: &Facts, at: usize) -> Option<Diagnostic> {
        let place = self
            .name_of(at)
            .filter(|_| !facts.least_return.is_empty())?;
        let message = format!(
            "the machine comes back at the earliest to {}",
            facts.told_times()
        );
        Some(self.at(at, Code::LeastTime, place, message))
    }
}
