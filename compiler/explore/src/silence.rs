//! What never comes: subscriptions that always arrive at the wrong moment, and states that are never seen.

use chorister_ir::{StateId, TransitionId};

use crate::path::{Cause, Path};
use crate::space::{Arc, Space};
use crate::{Finding, Kind};

/// Finds what never comes for the machines that a group is about, as long as nothing is delayed by the rate limit. Only
/// what was explored completely can say so.
pub(crate) fn find(space: &Space<'_>, findings: &mut Vec<Finding>) {
    let usual = space.usual();
    let is_usual = |node: usize| usual.get(node) == Some(&true);
    let arcs: Vec<&Arc> = space
        .arcs
        .iter()
        .filter(|it| !it.late && is_usual(it.from))
        .collect();
    for (member, index) in space.subjects() {
        undelivered(space, &arcs, member, index, findings);
    }
    unmet(space, &is_usual, findings);
}

fn undelivered(
    space: &Space<'_>,
    arcs: &[&Arc],
    member: usize,
    index: usize,
    findings: &mut Vec<Finding>,
) {
    let Some(machine) = space.machines.get(member) else {
        return;
    };
    for (transition, definition) in (0..).map(TransitionId).zip(&machine.transitions) {
        for (subscription, it) in definition.subscribe.iter().enumerate() {
            let told: Vec<&Arc> = arcs
                .iter()
                .copied()
                .filter(|arc| {
                    let teller = space.machines.get(arc.member);
                    teller.is_some_and(|teller| {
                        teller.name == it.machine
                            && teller.transition(arc.step.transition) == it.event
                    })
                })
                .collect();
            let cause = Cause::Subscription { subscription };
            let heard = arcs.iter().any(|arc| {
                arc.member == member && arc.step.transition == transition && arc.step.cause == cause
            });
            let mut states: Vec<StateId> = told
                .iter()
                .filter_map(|arc| space.state_of(space.nodes.get(arc.to)?, member))
                .collect();
            states.sort_unstable();
            states.dedup();
            let offered = |state: &StateId| machine.next(*state, transition).is_some();
            if heard || states.iter().any(offered) {
                continue;
            }
            let nearest = told
                .iter()
                .min_by_key(|arc| (space.cost(arc.from), arc.from, arc.to));
            let Some(arc) = nearest else { continue };
            let way = space.way_to(arc.from).steps;
            findings.push(Finding {
                machine: index,
                kind: Kind::Undelivered {
                    transition,
                    subscription,
                    states,
                },
                path: way.into_iter().chain([arc.step]).collect::<Path>(),
            });
        }
    }
}

fn unmet(space: &Space<'_>, is_usual: &impl Fn(usize) -> bool, findings: &mut Vec<Finding>) {
    for guard in space.guards.all() {
        let subject = space.subjects().find(|it| it.0 == guard.member);
        let Some((_, index)) = subject.filter(|_| !guard.is_hopeless) else {
            continue;
        };
        let mut nodes = space.nodes.iter().enumerate().filter(|it| is_usual(it.0));
        if nodes.any(|it| guard.is_armed(it.1.armed)) {
            continue;
        }
        let active = (0..space.nodes.len())
            .filter(|at| is_usual(*at))
            .filter(|at| {
                let state = space
                    .nodes
                    .get(*at)
                    .and_then(|it| space.state_of(it, guard.member));
                state.is_some_and(|it| guard.is_for(it))
            });
        let Some(node) = space.nearest(active) else {
            continue;
        };
        findings.push(Finding {
            machine: index,
            kind: Kind::Unmet {
                watcher: guard.watcher,
            },
            path: space.way_to(node),
        });
    }
}
