//! What is worth knowing of a machine: who fires what, and how soon it comes back.

use core::time::Duration;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chorister_ir::{Machine, StateId, WatcherKind};

use crate::Portrait;
use crate::moves::Moves;
use crate::path::{Cause, Outcome, Step};
use crate::space::Space;

/// Machines with more states times steps than this have no least times: nobody reads so many.
const MOST: usize = 1 << 18;

/// The portrait of a member.
pub(crate) fn portrait(space: &Space<'_>, member: usize, moves: &Moves) -> Portrait {
    let Some(machine) = space.machines.get(member) else {
        return Portrait::default();
    };
    let own = space.arcs.iter().filter(|it| it.member == member);
    let own: Vec<Step> = own.map(|it| it.step).collect();
    let operator = machine.transition_ids().filter(|transition| {
        let watched = moves.watched.get(usize::from(transition.0));
        let mut fired = own
            .iter()
            .filter(|it| it.transition == *transition)
            .peekable();
        watched != Some(&true)
            && fired.peek().is_some()
            && fired.all(|it| it.cause == Cause::Operator)
    });
    let by_hand = machine.state_ids().filter(|state| {
        let node = space.nearest(space.nodes_with(member, *state));
        node.is_some_and(|it| space.cost(it).by_hand > 0)
    });
    Portrait {
        operator: operator.collect(),
        by_hand: by_hand.collect(),
        least_return: least_return(machine, &own),
    }
}

/// By state, the least time from entering it to entering it again.
fn least_return(machine: &Machine, steps: &[Step]) -> Vec<Option<Duration>> {
    let mut own: Vec<Step> = Vec::new();
    for step in steps.iter().filter(|it| !it.cause.is_by_hand()) {
        if !own.contains(step) {
            own.push(*step);
        }
    }
    let work = own.len().saturating_mul(own.len());
    let states = machine.state_ids();
    states
        .map(|state| {
            let affordable = work.saturating_mul(machine.states.len()) <= MOST;
            affordable
                .then(|| back_to(machine, steps, &own, state))
                .flatten()
        })
        .collect()
}

/// The least time from a step that enters the state to the next one that does. Steps of one machine follow each other,
/// so their times add up.
fn back_to(machine: &Machine, all: &[Step], steps: &[Step], state: StateId) -> Option<Duration> {
    let mut best: Vec<Option<Duration>> = vec![None; steps.len()];
    let mut open = BinaryHeap::new();
    // What has entered the state; at the start of the machine nothing has.
    let entries = (0..steps.len()).filter(|it| steps.get(*it).is_some_and(|it| it.to == state));
    let start = (machine.initial == state).then_some(None);
    let mut begin: Vec<(Duration, Option<usize>)> =
        entries.map(|it| (Duration::ZERO, Some(it))).collect();
    begin.extend(start.map(|it| (Duration::ZERO, it)));
    let mut expand = |time: Duration, last: Option<usize>, open: &mut BinaryHeap<_>| {
        let before = last.and_then(|it| steps.get(it));
        let here = before.map_or(state, |it| it.to);
        for (at, step) in steps.iter().enumerate().filter(|it| it.1.from == here) {
            let time =
                time.saturating_add(before.map_or(step.after, |it| wait(machine, all, it, step)));
            if let Some(slot) = best.get_mut(at).filter(|it| it.is_none_or(|it| time < it)) {
                *slot = Some(time);
                open.push(Reverse((time, at)));
            }
        }
    };
    for (time, last) in begin {
        expand(time, last, &mut open);
    }
    while let Some(Reverse((time, at))) = open.pop() {
        if steps.get(at).is_some_and(|it| it.to == state) {
            return Some(time);
        }
        expand(time, Some(at), &mut open);
    }
    None
}

/// The least time between a step and the one after it. A window that opens stays open for a while; one that is found
/// open on entering a state may close at any time.
fn wait(machine: &Machine, steps: &[Step], before: &Step, step: &Step) -> Duration {
    let (
        Cause::Watcher {
            watcher: first,
            outcome: Outcome::Open,
        },
        Cause::Watcher {
            watcher,
            outcome: Outcome::Closed,
        },
    ) = (before.cause, step.cause)
    else {
        return step.after;
    };
    let definition = machine.watchers.get(usize::from(watcher.0));
    let Some(definition) = definition.filter(|_| first == watcher) else {
        return step.after;
    };
    let WatcherKind::Schedule(schedule) = &definition.kind else {
        return step.after;
    };
    let mut entries = steps.iter().filter(|it| it.to == before.from);
    if entries.all(|it| definition.active_in.contains(it.from)) {
        schedule.duration.saturating_sub(schedule.start_splay)
    } else {
        step.after
    }
}
