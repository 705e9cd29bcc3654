//! States that nobody enters or leaves, and events that are given twice.

use std::collections::{HashMap, HashSet};

use super::Graph;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Severity, at};
use crate::model::Machine;
use crate::text::quoted;

/// Reports what is wrong with states and transitions. `idle` are the states that findings about watchers which
/// are never active name already.
pub(crate) fn check(machine: &Machine, graph: &Graph<'_>, idle: &HashSet<usize>, cx: &mut Cx) {
    initial(machine, graph, cx);
    unreachable(machine, graph, idle, cx);
    dead_ends(graph, cx);
}

fn initial(machine: &Machine, graph: &Graph<'_>, cx: &mut Cx) {
    let Some(name) = &machine.initial_state else {
        return;
    };
    if name.is_empty()
        || machine.transitions.is_empty()
        || graph.edges.iter().any(|it| it.from == 0)
        || graph.is_meant(0)
    {
        return;
    }
    let message = format!(
        "the machine can never leave its initial state `{name}`: no transition starts there"
    );
    let finding = Finding::new(Code::InitialState, at!["initial_state"], message);
    cx.findings.add(match graph.meant(0) {
        Some(meant) => finding.help(format!("did you mean `{meant}`?")),
        None => finding.severity(Severity::Warning).help(format!(
            "the states are {}",
            quoted(graph.states.iter().copied())
        )),
    });
}

fn unreachable(machine: &Machine, graph: &Graph<'_>, idle: &HashSet<usize>, cx: &mut Cx) {
    // A name that is left but never entered, and resembles another one, is connected to it and so reachable here:
    // it is odd all the same.
    let entered: HashSet<usize> = graph
        .edges
        .iter()
        .chain(&graph.shadowed)
        .filter(|it| it.from != it.to)
        .map(|it| it.to)
        .collect();
    let odd = |state: usize| {
        state != 0
            && (!graph.is_reachable(state)
                || (!entered.contains(&state) && graph.is_misspelt(state)))
    };
    // Of states that only lead to each other the first one is reported.
    let mut reported: HashSet<usize> = HashSet::new();
    let follows = |state: usize, reported: &HashSet<usize>| {
        graph
            .edges
            .iter()
            .any(|it| it.to == state && it.from != state && reported.contains(&it.from))
    };
    for (index, it) in machine.transitions.iter().enumerate() {
        let from: Vec<_> = it
            .from
            .iter()
            .map(|name| name.as_deref().and_then(|it| graph.find(it)))
            .collect();
        let dead = !from.is_empty() && from.iter().all(|it| it.is_some_and(odd));
        for (item, state) in from.into_iter().enumerate() {
            let Some(state) = state.filter(|it| odd(*it)) else {
                continue;
            };
            if reported.contains(&state) || (!dead && idle.contains(&state)) {
                continue;
            }
            if entered.contains(&state) && follows(state, &reported) {
                reported.insert(state);
                continue;
            }
            reported.insert(state);
            let name = graph.name(state);
            let (code, message) = match (&it.name, dead) {
                (Some(event), true) => (
                    Code::DeadTransition,
                    format!(
                        "transition `{event}` can never fire: state `{name}` is unreachable, nothing leads into it"
                    ),
                ),
                _ => (
                    Code::UnreachableState,
                    format!("state `{name}` is unreachable: nothing leads into it"),
                ),
            };
            let finding = Finding::new(code, at!["transitions", index, "from", item], message);
            cx.findings.add(
                finding.maybe_help(graph.meant(state).map(|it| format!("did you mean `{it}`?"))),
            );
        }
    }
}

/// Misspelt states that are entered and never left, and in which nothing happens. Those that are meant are a matter of
/// exploration (`chorister-explore`).
fn dead_ends(graph: &Graph<'_>, cx: &mut Cx) {
    let left: HashSet<usize> = graph.edges.iter().map(|it| it.from).collect();
    let mut reported = HashSet::new();
    for edge in &graph.edges {
        let name = graph.name(edge.to);
        let quiet = edge.to != 0
            && !graph.is_meant(edge.to)
            && !left.contains(&edge.to)
            && !graph.watched[edge.to]
            && !name.is_empty();
        let Some(meant) = graph.meant(edge.to).filter(|_| quiet) else {
            continue;
        };
        if !reported.insert(edge.to) {
            continue;
        }
        let message = format!(
            "state `{name}` is a dead end: nothing leads out of it and no watcher names it"
        );
        let finding = Finding::new(
            Code::DeadEnd,
            at!["transitions", edge.transition, "destination"],
            message,
        );
        cx.findings
            .add(finding.help(format!("did you mean `{meant}`?")));
    }
}

/// Events that lead from one state to two, or are given twice.
pub(crate) fn conflicts(machine: &Machine, cx: &mut Cx) {
    let mut first: HashMap<(&str, &str), (usize, usize)> = HashMap::new();
    for (index, it) in machine.transitions.iter().enumerate() {
        let (Some(event), Some(to)) = (&it.name, &it.destination) else {
            continue;
        };
        let mut told = false;
        for (item, from) in it.from.iter().enumerate() {
            let Some(from) = from else { continue };
            let Some((earlier, at_item)) = first.insert((event, from), (index, item)) else {
                continue;
            };
            if earlier == index {
                let message =
                    format!("state `{from}` is named twice in `from` of transition `{event}`");
                cx.findings.add(Finding::new(
                    Code::Repeated,
                    at!["transitions", index, "from", item],
                    message,
                ));
                continue;
            }
            if core::mem::replace(&mut told, true) {
                continue;
            }
            let other = machine
                .transitions
                .get(earlier)
                .and_then(|it| it.destination.as_deref());
            let place = at!["transitions", index, "name"];
            let label = at!["transitions", earlier, "from", at_item];
            let finding = if other == Some(to) {
                let message =
                    format!("transition `{event}` from `{from}` to `{to}` is given twice");
                Finding::new(Code::Repeated, place, message)
            } else {
                let message = format!("transition `{event}` leads from `{from}` to two states");
                Finding::new(Code::ConflictingTransition, place, message).help(format!(
                    "the last one wins, so it leads to `{to}` and never to `{}`; give one of them another name",
                    other.unwrap_or_default()
                ))
            };
            cx.findings
                .add(finding.label(label, Part::Value, "first given here"));
        }
    }
}
