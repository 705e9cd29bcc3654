//! What is wrong with a machine that could be read: one module a concern.
//!
//! Checks look at the model and report by path. A mistake that was reported once is not reported again through
//! its consequences: names that do not exist are taken for those they resemble, and where transitions could not
//! be read at all, nothing is said about reachability.

mod command;
mod data;
mod graph;
mod names;
mod pace;
mod scene;
mod states;
mod subscriptions;
mod watcher;
mod watchers;

use chorister_yaml::Node;

use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, at};
use crate::machine::Options;
use crate::model::Machine;

pub(crate) use graph::Graph;
pub(crate) use scene::Scene;

/// How many states, events or watchers a machine may have. Ids could count more, but no person writes as many.
const MOST: usize = 4096;

/// Reports everything that is wrong with a machine.
pub(crate) fn machine(
    machine: &Machine,
    graph: &Graph<'_>,
    root: &Node,
    options: Options,
    cx: &mut Cx,
) {
    if !size(machine, graph, cx) {
        return;
    }
    names::check(machine, root, cx);
    let scenes: Vec<_> = (0..machine.watchers.len())
        .filter_map(|index| Scene::of(machine, graph, root, index, options, cx))
        .collect();
    let idle = watchers::check(&scenes, cx);
    for scene in &scenes {
        watcher::check(scene, cx);
    }
    data::check(machine, &scenes, cx);
    if !cx.torn {
        names::similar_states(machine, graph, cx);
        states::check(machine, graph, &idle, cx);
        pace::check(&scenes, cx);
        subscriptions::check(machine, graph, cx);
    }
}

/// Whether the machine is small enough to be looked at.
fn size(machine: &Machine, graph: &Graph<'_>, cx: &mut Cx) -> bool {
    let counts = [
        ("transitions", "states", graph.states.len()),
        ("transitions", "transitions", machine.transitions.len()),
        ("watchers", "watchers", machine.watchers.len()),
    ];
    for (key, what, count) in counts {
        if count > MOST {
            let message = format!("the machine has {count} {what}, and may have {MOST}");
            let finding = Finding::new(Code::TooMany, at![key], message);
            cx.findings
                .add(finding.help("split it into machines that subscribe to each other"));
            return false;
        }
    }
    true
}
