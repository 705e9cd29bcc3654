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
use crate::machine::Options;
use crate::model::Machine;

pub(crate) use graph::Graph;
pub(crate) use scene::Scene;

/// Reports everything that is wrong with a machine.
pub(crate) fn machine(machine: &Machine, root: &Node, options: Options, cx: &mut Cx) {
    names::check(machine, root, cx);
    let graph = Graph::of(machine);
    let scenes: Vec<_> = (0..machine.watchers.len())
        .filter_map(|index| Scene::of(machine, &graph, root, index, options))
        .collect();
    let idle = watchers::check(&scenes, cx);
    for scene in &scenes {
        watcher::check(scene, cx);
    }
    data::check(machine, &scenes, cx);
    if !cx.torn {
        names::similar_states(machine, &graph, cx);
        states::check(machine, &graph, &idle, cx);
        pace::check(&graph, &scenes, cx);
        subscriptions::check(machine, &graph, cx);
    }
}
