//! States that nobody can leave.

use crate::space::Space;
use crate::{Finding, Kind};

/// Finds the sinks of the machines that a group is about. A machine that cannot even leave its initial state is no
/// business of an exploration.
pub(crate) fn find(space: &Space<'_>, findings: &mut Vec<Finding>) {
    for (member, index) in space.subjects() {
        let Some(machine) = space.machines.get(member) else {
            continue;
        };
        for state in machine.state_ids().filter(|it| *it != machine.initial) {
            let leaves = |transition| {
                machine
                    .next(state, transition)
                    .is_some_and(|it| it != state)
            };
            if machine.transition_ids().any(leaves) {
                continue;
            }
            let Some(node) = space.nearest(space.nodes_with(member, state)) else {
                continue;
            };
            findings.push(Finding {
                machine: index,
                kind: Kind::Sink {
                    state,
                    watched: machine
                        .watchers
                        .iter()
                        .any(|it| it.active_in.contains(state)),
                },
                path: space.way_to(node),
            });
        }
    }
}
