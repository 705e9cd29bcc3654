//! Rounds that machines make without a pause.

use core::time::Duration;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use crate::moves::Repeat;
use crate::path::{Cause, Outcome, Path};
use crate::questions;
use crate::rounds;
use crate::space::{Arc, Cost, Space};
use crate::{Finding, Kind, QUIET};

/// How many arcs may be followed in search of the shortest round of a part of the space.
const BUDGET: usize = 2_000_000;

/// Finds rounds that go on by themselves and are faster than the rate limit: of each part of the space in which they
/// meet, the one that needs the least to go wrong, and of those the shortest.
pub(crate) fn find(space: &Space<'_>, findings: &mut Vec<Finding>) {
    let next = |node| {
        space
            .arcs_from(node)
            .iter()
            .filter(|it| is_quick(it))
            .map(|it| it.to)
    };
    let mut parts = rounds::components(space.nodes.len(), next);
    parts.retain(|it| it.len() > 1);
    let key = |part: &Vec<usize>| {
        space
            .nearest(part.iter().copied())
            .map(|it| (space.cost(it), it))
    };
    parts.sort_by_cached_key(key);
    let mut told = HashSet::new();
    for part in parts {
        let Some(round) = shortest(space, &part) else {
            continue;
        };
        // The same round may be possible whatever other machines do meanwhile.
        let steps = round
            .arcs
            .iter()
            .map(|it| (it.step.machine, it.step.from, it.step.transition));
        if !told.insert(steps.collect::<BTreeSet<_>>()) {
            continue;
        }
        let Some(first) = round.arcs.first() else {
            continue;
        };
        let mut path = space.way_to(first.from);
        path.steps.extend(round.arcs.iter().map(|it| it.step));
        let subject = round.arcs.iter().map(|it| it.step.machine);
        findings.push(Finding {
            machine: subject
                .filter(|it| space.group.subjects.contains(it))
                .min()
                .unwrap_or(first.step.machine),
            kind: Kind::Round {
                steps: round.arcs.len(),
                least: round.least,
                meanwhile: round.meanwhile,
            },
            path,
        });
    }
}

/// Whether a step can be part of a round that goes on by itself.
fn is_quick(arc: &Arc) -> bool {
    arc.repeat != Repeat::Never && !arc.late && !arc.lingers && arc.step.after < QUIET
}

/// A round, beginning where it is entered first.
struct Round {
    arcs: Vec<Arc>,
    least: Duration,
    meanwhile: bool,
}

/// The best round through a part of the space.
fn shortest(space: &Space<'_>, part: &[usize]) -> Option<Round> {
    let inside: HashSet<usize> = part.iter().copied().collect();
    let arcs = |node: usize| {
        let quick = space.arcs_from(node).iter().filter(|it| is_quick(it));
        quick.filter(|it| inside.contains(&it.to))
    };
    let count: usize = part.iter().map(|it| arcs(*it).count()).sum();
    let mut nodes = part.to_vec();
    nodes.sort_unstable_by_key(|it| (space.cost(*it), *it));
    let candidates = nodes
        .iter()
        .flat_map(|it| arcs(*it))
        .take((BUDGET / count.max(1)).max(4));
    let rounds = candidates.filter_map(|arc| {
        let mut round = vec![*arc];
        round.extend(way_back(arc, &arcs)?);
        complete(space, round)
    });
    rounds.min_by_key(|it| {
        let start = it.arcs.first().map(|it| it.from);
        (
            it.meanwhile,
            it.least,
            it.arcs.len(),
            start.map(|it| (space.cost(it), it)),
        )
    })
}

/// The best way from the end of an arc to its beginning.
fn way_back<'s, I: Iterator<Item = &'s Arc>>(
    arc: &Arc,
    arcs: &impl Fn(usize) -> I,
) -> Option<Vec<Arc>> {
    type Toll = (usize, Duration, usize);
    let mut best: HashMap<usize, (Toll, Option<&Arc>)> =
        HashMap::from([(arc.to, (<_>::default(), None))]);
    let mut open = BinaryHeap::from([Reverse((Toll::default(), arc.to))]);
    while let Some(Reverse((toll, node))) = open.pop() {
        if node == arc.from {
            let mut way = Vec::new();
            let mut at = node;
            while let Some((_, Some(last))) = best.get(&at) {
                way.push(**last);
                at = last.from;
            }
            way.reverse();
            return Some(way);
        }
        if best.get(&node).is_some_and(|it| it.0 < toll) {
            continue;
        }
        for next in arcs(node) {
            let meanwhile = usize::from(next.repeat == Repeat::Meanwhile);
            let toll = (toll.0 + meanwhile, toll.1 + next.step.after, toll.2 + 1);
            if best.get(&next.to).is_none_or(|it| toll < it.0) {
                best.insert(next.to, (toll, Some(next)));
                open.push(Reverse((toll, next.to)));
            }
        }
    }
    None
}

/// The round of these arcs, if it is one that a group is about and that can go on.
fn complete(space: &Space<'_>, mut arcs: Vec<Arc>) -> Option<Round> {
    let machines: BTreeSet<usize> = arcs.iter().map(|it| it.step.machine).collect();
    if !machines.iter().any(|it| space.group.subjects.contains(it)) {
        return None;
    }
    // A machine that needs no other one goes round alone, and that is found where it is alone.
    let driven = |machine: usize| {
        let mut own = arcs.iter().filter(|it| it.step.machine == machine);
        own.any(|it| it.depends)
    };
    if machines.len() > 1 && !machines.iter().all(|it| driven(*it)) {
        return None;
    }
    if !goes_on(space, &arcs) {
        return None;
    }
    let nearest = |it: &Arc| -> (Cost, usize) { (space.cost(it.from), it.from) };
    let first = (0..arcs.len()).min_by_key(|it| arcs.get(*it).map(nearest))?;
    arcs.rotate_left(first);
    let least = length(&arcs);
    (least < QUIET).then(|| Round {
        least,
        meanwhile: arcs.iter().any(|it| it.repeat == Repeat::Meanwhile),
        arcs,
    })
}

/// Whether the world can stay as it is and the round still goes on. One thing may be amiss, not two: they may exclude
/// each other.
fn goes_on(space: &Space<'_>, arcs: &[Arc]) -> bool {
    let mut answers = HashMap::new();
    let mut amiss = HashSet::new();
    for arc in arcs {
        let Cause::Watcher { watcher, outcome } = arc.step.cause else {
            continue;
        };
        let Some(machine) = space.machines.get(arc.member) else {
            return false;
        };
        let question = (arc.member, questions::first_asked(machine, watcher));
        if *answers.entry(question).or_insert(outcome) != outcome {
            return false;
        }
        if arc.repeat == Repeat::Meanwhile {
            amiss.insert(question);
        }
        // What has not changed fires again only after a state in which nobody looked.
        if matches!(
            outcome,
            Outcome::SuccessWhen | Outcome::FailWhen | Outcome::Open | Outcome::Closed
        ) {
            let definition = machine.watchers.get(usize::from(watcher.0));
            let mut own = arcs.iter().filter(|it| it.member == arc.member);
            let looks =
                |it: &Arc| definition.is_none_or(|def| def.active_in.contains(it.step.from));
            if own.all(looks) {
                return false;
            }
        }
    }
    amiss.len() <= 1
}

/// The least time of a round, once it is going.
fn length(arcs: &[Arc]) -> Duration {
    let once: Vec<_> = arcs.iter().map(|it| it.step).collect();
    let twice: Path = once.iter().chain(&once).copied().collect();
    let moments = twice.moments();
    let first = arcs
        .len()
        .checked_sub(1)
        .and_then(|it| moments.get(it))
        .copied();
    let last = moments.last().copied();
    last.unwrap_or_default()
        .saturating_sub(first.unwrap_or_default())
}
