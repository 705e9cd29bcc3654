//! What is expected of the machine when the same comes from outside again.

use std::collections::BTreeMap;

use super::Source;
use super::beginning::Beginning;
use super::step::{Action, Story};

/// How late the engine may be here and cannot be in a test, in microseconds.
const LATE: u64 = 2_000;

/// What is expected.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// A state at a time since the beginning, in microseconds.
    pub(super) states: Vec<(u64, String)>,
    /// How often a transition led to a state.
    pub(super) transitions: Vec<(String, String, usize)>,
    /// How often a watcher ran.
    pub(super) runs: Vec<(String, usize)>,
}

/// What is expected; less where there are doubts.
pub(super) fn expected(
    source: &Source<'_>,
    beginning: &Beginning,
    story: &Story,
    is_sure: bool,
) -> Expected {
    let mut expected = Expected::default();
    let mut entries = story.entries.iter().peekable();
    while let Some(entered) = entries.next() {
        let at = entered.at;
        let next = entries.peek().map_or(u64::MAX, |it| it.at);
        if next > at.saturating_add(LATE) && at <= story.end {
            expected.states.push((at, entered.state.clone()));
        }
    }
    let last = story.entries.last();
    let state = last.map_or(source.text(beginning.state), |it| it.state.as_str());
    if last.is_none_or(|it| it.at.saturating_add(LATE) < story.end) {
        expected.states.push((story.end, state.to_owned()));
    }
    if !is_sure {
        return expected;
    }
    let mut counts = BTreeMap::new();
    for entered in &story.entries {
        let key = (entered.transition.clone(), entered.state.clone());
        *counts.entry(key).or_insert(0) += 1;
    }
    let transitions = counts
        .into_iter()
        .map(|((transition, state), times)| (transition, state, times));
    expected.transitions = transitions.collect();
    if !story.has_restarts {
        let mut runs = BTreeMap::new();
        for step in &story.steps {
            if let Action::Run(watcher, outcome) = &step.action
                && !outcome.contains("switch")
                && !story.untold.contains(watcher)
            {
                *runs.entry(watcher.clone()).or_insert(0) += 1;
            }
        }
        expected.runs = runs.into_iter().collect();
    }
    expected
}
