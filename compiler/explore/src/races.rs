//! Things that fire in the same state at the same moment.

use std::collections::HashMap;

use chorister_ir::{StateId, TransitionId, WatcherKind};

use crate::moves::{Move, Repeat};
use crate::path::{Cause, Step};
use crate::questions;
use crate::space::Space;
use crate::{Finding, Kind};

/// Finds the races of the machines that a group is about: jobs that begin at the same moment and end in any order, timers
/// of the same length, and two transitions that one event fires. What the engine always does in the same order, such as
/// looking at two formulas, is no race.
pub(crate) fn find(space: &Space<'_>, findings: &mut Vec<Finding>) {
    for (member, index) in space.subjects() {
        let mut found: Vec<(Step, Step, Vec<StateId>, bool, usize)> = Vec::new();
        for (state, node) in nearest_by_state(space, member) {
            let place = state.0;
            let moves = space.moves_at(member, place);
            for (at, one) in moves.iter().enumerate() {
                for other in moves.iter().skip(at + 1) {
                    if !race(space, member, one, other) || !space.meet(member, state, one, other) {
                        continue;
                    }
                    let usual = one.repeat == Repeat::Usually && other.repeat == Repeat::Usually;
                    let steps = [one, other].map(|it| step(index, state, it));
                    let known = found
                        .iter_mut()
                        .find(|it| it.0.cause == steps[0].cause && it.1.cause == steps[1].cause);
                    match known {
                        Some(known) => known.2.push(state),
                        None => found.push((steps[0], steps[1], vec![state], usual, node)),
                    }
                }
            }
        }
        for (one, other, states, usual, node) in
            echoes(space, member, index).into_iter().chain(found)
        {
            findings.push(Finding {
                machine: index,
                kind: Kind::Race {
                    one,
                    other,
                    states: states.len(),
                    usual,
                },
                path: space.way_to(node),
            });
        }
    }
}

fn step(machine: usize, from: StateId, it: &Move) -> Step {
    Step {
        machine,
        from,
        transition: it.transition,
        to: it.to,
        cause: it.cause,
        after: it.after,
    }
}

/// The states that a member enters, with the nearest node of each.
fn nearest_by_state(space: &Space<'_>, member: usize) -> Vec<(StateId, usize)> {
    let Some(machine) = space.machines.get(member) else {
        return Vec::new();
    };
    let states = machine.state_ids();
    states
        .filter_map(|state| Some((state, space.nearest(space.nodes_at(member, state.0))?)))
        .collect()
}

/// Whether two moves of a place can come at the same moment, in any order.
fn race(space: &Space<'_>, member: usize, one: &Move, other: &Move) -> bool {
    let asked = |it: &Move| match it.cause {
        Cause::Watcher { watcher, outcome } => Some((watcher, outcome)),
        _ => None,
    };
    let (Some((first, answer)), Some((second, opposite))) = (asked(one), asked(other)) else {
        return false;
    };
    let question = |id| {
        let machine = space.machines.get(member);
        machine.map(|it| questions::first_asked(it, id))
    };
    let exclude = question(first) == question(second) && answer != opposite;
    if first == second || exclude || one.to == other.to || one.after != other.after {
        return false;
    }
    let kind = |id: chorister_ir::WatcherId| {
        let machine = space.machines.get(member)?;
        machine.watchers.get(usize::from(id.0)).map(|it| &it.kind)
    };
    let job = |id| {
        let jobs = |it: &WatcherKind| {
            matches!(
                it,
                WatcherKind::Exec(_)
                    | WatcherKind::Archive(_)
                    | WatcherKind::File(_)
                    | WatcherKind::Kv(_)
                    | WatcherKind::Plugins(_)
            )
        };
        kind(id).is_some_and(jobs)
    };
    let timer = |id| matches!(kind(id), Some(WatcherKind::Timer(_)));
    let lasting = [one, other].iter().all(|it| it.repeat != Repeat::Never);
    lasting && ((job(first) && job(second)) || (timer(first) && timer(second)))
}

/// Two transitions of one state that the same event fires: the second is judged in the state that the first has led to.
fn echoes(
    space: &Space<'_>,
    member: usize,
    index: usize,
) -> Vec<(Step, Step, Vec<StateId>, bool, usize)> {
    let Some(machine) = space.machines.get(member) else {
        return Vec::new();
    };
    let event = |step: &Step| match step.cause {
        Cause::Subscription { subscription } => {
            let definition = machine.transitions.get(usize::from(step.transition.0))?;
            definition.subscribe.get(subscription)
        }
        _ => None,
    };
    // By state and transition, the first arc that shows it.
    let mut heard: HashMap<(StateId, TransitionId), (usize, Step)> = HashMap::new();
    for arc in space
        .arcs
        .iter()
        .filter(|it| it.member == member && !it.late)
    {
        if matches!(arc.step.cause, Cause::Subscription { .. }) && event(&arc.step).is_some() {
            let key = (arc.step.from, arc.step.transition);
            let known = heard.entry(key).or_insert((arc.from, arc.step));
            if (space.cost(arc.from), arc.from) < (space.cost(known.0), known.0) {
                *known = (arc.from, arc.step);
            }
        }
    }
    let mut found: Vec<_> = Vec::new();
    for ((state, first), (node, one)) in &heard {
        for (second, definition) in (0..).map(TransitionId).zip(&machine.transitions) {
            if second <= *first {
                continue;
            }
            let Some(to) = machine
                .next(*state, second)
                .filter(|it| it != state && *it != one.to)
            else {
                continue;
            };
            let same = definition
                .subscribe
                .iter()
                .position(|it| Some(it) == event(one));
            let Some(subscription) = same else { continue };
            let other = Step {
                machine: index,
                from: *state,
                transition: second,
                to,
                cause: Cause::Subscription { subscription },
                after: one.after,
            };
            found.push((*one, other, vec![*state], true, *node));
        }
    }
    found.sort_by_key(|it| (it.0.from, it.0.transition, it.1.transition));
    found
}
