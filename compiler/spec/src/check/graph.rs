//! States and the transitions between them.

use std::collections::{HashMap, HashSet};

use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Severity, at};
use crate::model::Machine;
use crate::text::{quoted, similar};

/// The states of a machine and the edges between them.
#[derive(Debug)]
pub(crate) struct Graph<'m> {
    /// Names in order of first mention, the initial state first.
    pub(crate) states: Vec<&'m str>,
    /// Every pair of an event and a state in which it is offered; of duplicates the last.
    pub(crate) edges: Vec<Edge<'m>>,
    /// Whether a state can be entered.
    pub(crate) reachable: Vec<bool>,
    /// Edges that a later one for the same event and state has replaced.
    shadowed: Vec<Edge<'m>>,
    index: HashMap<&'m str, usize>,
    /// The edges of each event, as indexes.
    events: HashMap<&'m str, Vec<usize>>,
    /// States that look like misspelt ones, and what they were meant to be.
    misspelt: HashMap<usize, usize>,
}

/// One event in one state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge<'m> {
    /// The name of the event.
    pub(crate) event: &'m str,
    /// Index of the transition.
    pub(crate) transition: usize,
    /// Where it starts.
    pub(crate) from: usize,
    /// Where it leads.
    pub(crate) to: usize,
}

/// Reports what is wrong with states and transitions. `idle` are the states that findings about watchers which
/// are never active name already.
pub(crate) fn check(machine: &Machine, graph: &Graph<'_>, idle: &HashSet<usize>, cx: &mut Cx) {
    initial(machine, graph, cx);
    unreachable(machine, graph, idle, cx);
    dead_ends(machine, graph, cx);
}

impl<'m> Graph<'m> {
    /// The graph of a machine, as far as it could be read.
    pub(crate) fn of(machine: &'m Machine) -> Self {
        let mut graph = Self {
            states: Vec::new(),
            edges: Vec::new(),
            reachable: Vec::new(),
            shadowed: Vec::new(),
            index: HashMap::new(),
            events: HashMap::new(),
            misspelt: HashMap::new(),
        };
        if let Some(name) = &machine.initial_state {
            graph.state(name);
        }
        let mut rows: HashMap<(&str, usize), usize> = HashMap::new();
        for (transition, it) in machine.transitions.iter().enumerate() {
            let from: Vec<_> = it
                .from
                .iter()
                .map(|name| name.as_deref().map(|name| graph.state(name)))
                .collect();
            let Some(to) = it.destination.as_deref().map(|name| graph.state(name)) else {
                continue;
            };
            let Some(event) = it.name.as_deref() else {
                continue;
            };
            graph.events.entry(event).or_default();
            for from in from.into_iter().flatten() {
                let edge = Edge {
                    event,
                    transition,
                    from,
                    to,
                };
                // Compat: go-choria aagent/machine/machine.go: of two entries for one event and state the last wins.
                match rows
                    .get(&(event, from))
                    .and_then(|at| graph.edges.get_mut(*at))
                {
                    Some(earlier) => graph.shadowed.push(core::mem::replace(earlier, edge)),
                    None => {
                        rows.insert((event, from), graph.edges.len());
                        graph.edges.push(edge);
                    }
                }
            }
        }
        for (at, edge) in graph.edges.iter().enumerate() {
            graph.events.entry(edge.event).or_default().push(at);
        }
        graph.explore(machine);
        graph
    }

    /// The state of this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The name of a state.
    pub(crate) fn name(&self, state: usize) -> &'m str {
        self.states.get(state).copied().unwrap_or_default()
    }

    /// Whether a state can be entered.
    pub(crate) fn is_reachable(&self, state: usize) -> bool {
        self.reachable.get(state).copied().unwrap_or(true)
    }

    /// The names of the events, sorted.
    pub(crate) fn event_names(&self) -> Vec<&'m str> {
        let mut names: Vec<_> = self.events.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// Whether there is such an event.
    pub(crate) fn has_event(&self, name: &str) -> bool {
        self.events.contains_key(name)
    }

    /// The edges of an event.
    pub(crate) fn edges_of(&self, event: &str) -> impl Iterator<Item = &Edge<'m>> {
        self.events
            .get(event)
            .into_iter()
            .flatten()
            .filter_map(|at| self.edges.get(*at))
    }

    /// Where an event leads from a state.
    pub(crate) fn next(&self, from: usize, event: &str) -> Option<usize> {
        self.edges_of(event)
            .find(|edge| edge.from == from)
            .map(|edge| edge.to)
    }

    fn state(&mut self, name: &'m str) -> usize {
        *self.index.entry(name).or_insert_with(|| {
            self.states.push(name);
            self.states.len() - 1
        })
    }

    /// Finds out which states can be entered, with misspelt names taken for what they were meant to be.
    fn explore(&mut self, machine: &Machine) {
        let count = self.states.len();
        let (mut entered, mut left) = (vec![false; count], vec![false; count]);
        let mut next = vec![Vec::new(); count];
        for edge in self.edges.iter().chain(&self.shadowed) {
            entered[edge.to] |= edge.to != edge.from;
            left[edge.from] = true;
            next[edge.from].push(edge.to);
        }
        let mut mentions = vec![0_usize; count];
        let mut watched = vec![false; count];
        for name in mentioned(machine) {
            mentions[self.index[name]] += 1;
        }
        for name in machine
            .watchers
            .iter()
            .flat_map(|it| it.state_match.iter().flatten())
        {
            if let Some(state) = self.find(name) {
                mentions[state] += 1;
                watched[state] = true;
            }
        }
        for state in 0..count {
            // Either side of a name that is only ever left, or only ever entered, may be the misspelt one: it is
            // the one that is mentioned less often, or later.
            let odd = match state {
                0 => !left[0],
                _ => !entered[state] || (!left[state] && !watched[state]),
            };
            let others = (0..count)
                .filter(|it| *it != state && odd)
                .map(|it| self.states[it]);
            let Some(meant) = similar(self.states[state], others).and_then(|it| self.find(it))
            else {
                continue;
            };
            let rarer = (mentions[state], meant).cmp(&(mentions[meant], state));
            if rarer.is_lt() || (state == 0 && mentions[0] <= 1) {
                self.misspelt.insert(state, meant);
                next[state].push(meant);
                next[meant].push(state);
            }
        }
        // A machine that never leaves its first state is reported as such, and not once for each other state.
        let stuck = count > 0 && next[0].is_empty();
        self.reachable = vec![stuck; count];
        let mut open: Vec<usize> = (0..count.min(1)).collect();
        while let Some(state) = open.pop() {
            if stuck || core::mem::replace(&mut self.reachable[state], true) {
                continue;
            }
            open.extend(&next[state]);
        }
    }

    /// What a state was most likely meant to be.
    fn meant(&self, state: usize) -> Option<&'m str> {
        self.misspelt.get(&state).map(|it| self.name(*it))
    }

    /// Whether another state is most likely this one, misspelt.
    fn is_meant(&self, state: usize) -> bool {
        self.misspelt.values().any(|it| *it == state)
    }

    /// Whether a state is most likely another one, misspelt.
    pub(crate) fn is_misspelt(&self, name: &str) -> bool {
        self.find(name)
            .is_some_and(|it| self.misspelt.contains_key(&it))
    }
}

/// The states that the machine itself mentions, as often as it does.
fn mentioned(machine: &Machine) -> impl Iterator<Item = &str> {
    let initial = machine.initial_state.as_deref();
    let transitions = machine.transitions.iter();
    let states = transitions.flat_map(|it| it.from.iter().flatten().chain(&it.destination));
    initial.into_iter().chain(states.map(String::as_str))
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
                || (!entered.contains(&state) && graph.misspelt.contains_key(&state)))
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

/// States that are entered and never left, and in which nothing happens.
fn dead_ends(machine: &Machine, graph: &Graph<'_>, cx: &mut Cx) {
    let left: HashSet<usize> = graph.edges.iter().map(|it| it.from).collect();
    let everywhere = machine.watchers.iter().any(|it| it.state_match.is_empty());
    let named: HashSet<&str> = machine
        .watchers
        .iter()
        .flat_map(|it| it.state_match.iter().flatten())
        .map(String::as_str)
        .collect();
    let mut reported = HashSet::new();
    for edge in &graph.edges {
        let name = graph.name(edge.to);
        let quiet = edge.to != 0
            && !graph.is_meant(edge.to)
            && !left.contains(&edge.to)
            && !named.contains(name)
            && !name.is_empty();
        if !quiet || !reported.insert(edge.to) {
            continue;
        }
        let meant = graph.meant(edge.to);
        if everywhere && meant.is_none() {
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
        cx.findings.add(match meant {
            Some(meant) => finding.help(format!("did you mean `{meant}`?")),
            None => finding
                .help("add a transition that leads out of it, or a watcher that is active in it"),
        });
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
