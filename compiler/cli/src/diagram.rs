//! A machine as a picture: its states, the edges between them, and what fires each.
//!
//! The four notations only need a [`Diagram`], which comes from what the author wrote: also a machine that this
//! release cannot run has a picture. Equal machines give equal text.

mod dot;
mod group;
mod layout;
mod mermaid;
mod svg;
mod text;
mod width;

use std::collections::HashMap;

use chorister_spec::model::{Kind, Machine, Watcher};

pub(crate) use dot::dot;
pub(crate) use mermaid::mermaid;
pub(crate) use svg::svg;
pub(crate) use text::text;

/// The states of a machine and the edges between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagram {
    pub(crate) name: String,
    pub(crate) version: String,
    /// What the machine is for; may be empty.
    pub(crate) description: String,
    /// In order of first mention, the initial one first.
    pub(crate) states: Vec<State>,
    /// In order of first mention, one for each state and event.
    pub(crate) edges: Vec<Edge>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) name: String,
    /// Whether it can be entered at all.
    pub(crate) reachable: bool,
    /// The watchers that are active in it and not everywhere.
    pub(crate) watchers: Vec<String>,
}

/// What an event does in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) event: String,
    /// What fires it; nothing where only people and programs do.
    pub(crate) causes: Vec<Cause>,
}

/// What fires an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A watcher of the machine.
    Watcher {
        name: String,
        /// The result that does it.
        on: &'static str,
    },
    /// A transition of another machine.
    Subscription { machine: String, event: String },
}

/// The transitions that a check fires by its result.
const CHECK_RESULTS: [&str; 4] = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

// === impl Diagram ===

impl Diagram {
    /// The picture of a machine, as far as it could be read; `None` for one without a state.
    pub(crate) fn of(machine: &Machine) -> Option<Self> {
        let mut states = Names::default();
        if let Some(initial) = &machine.initial_state {
            states.index(initial);
        }
        let mut edges: Vec<Edge> = Vec::new();
        let mut known: HashMap<(usize, &str), usize> = HashMap::new();
        for transition in &machine.transitions {
            let from: Vec<usize> = transition
                .from
                .iter()
                .flatten()
                .map(|it| states.index(it))
                .collect();
            let to = transition.destination.as_ref().map(|it| states.index(it));
            let (Some(event), Some(to)) = (&transition.name, to) else {
                continue;
            };
            for from in from {
                // Of two edges for the same event in the same state the last one counts.
                if let Some(edge) = known
                    .get(&(from, event.as_str()))
                    .and_then(|at| edges.get_mut(*at))
                {
                    edge.to = to;
                    continue;
                }
                known.insert((from, event), edges.len());
                edges.push(Edge {
                    from,
                    to,
                    event: event.clone(),
                    causes: Vec::new(),
                });
            }
        }
        for edge in &mut edges {
            edge.causes = causes(machine, states.name(edge.from), &edge.event);
        }
        let reachable = reachable(states.names.len(), &edges);
        let states: Vec<State> = states
            .names
            .iter()
            .zip(reachable)
            .map(|(name, reachable)| State {
                name: (*name).to_owned(),
                reachable,
                watchers: machine
                    .watchers
                    .iter()
                    .filter(|it| !it.state_match.is_empty() && is_active(it, name))
                    .filter_map(|it| it.name.clone())
                    .collect(),
            })
            .collect();
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        (!states.is_empty()).then(|| Self {
            name: text(&machine.name),
            version: text(&machine.version),
            description: text(&machine.description),
            states,
            edges,
        })
    }

    /// The name of a state; empty for one that does not exist.
    pub(crate) fn state(&self, at: usize) -> &str {
        self.states.get(at).map_or("", |it| it.name.as_str())
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Watcher { name, on: "" } => write!(f, "{name}"),
            Self::Watcher { name, on } => write!(f, "{name} {on}"),
            Self::Subscription { machine, event } => write!(f, "{event} of {machine}"),
        }
    }
}

/// Names in order of first mention.
#[derive(Debug, Default)]
struct Names<'m> {
    names: Vec<&'m str>,
    index: HashMap<&'m str, usize>,
}

impl<'m> Names<'m> {
    fn index(&mut self, name: &'m str) -> usize {
        *self.index.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }

    fn name(&self, at: usize) -> &'m str {
        self.names.get(at).copied().unwrap_or_default()
    }
}

fn causes(machine: &Machine, from: &str, event: &str) -> Vec<Cause> {
    let mut causes = Vec::new();
    for watcher in machine.watchers.iter().filter(|it| is_active(it, from)) {
        let fires = |transition: &Option<String>| transition.as_deref() == Some(event);
        let on = match watcher.kind {
            Some(Kind::Nagios) if CHECK_RESULTS.contains(&event) => "",
            Some(Kind::Nagios) => continue,
            // A timer knows one result, and its name says nothing to a reader.
            Some(Kind::Timer) if fires(&watcher.fail_transition) => "is over",
            Some(Kind::Schedule) if fires(&watcher.success_transition) => "begins",
            Some(Kind::Schedule) if fires(&watcher.fail_transition) => "ends",
            Some(Kind::HttpSwitch) if fires(&watcher.success_transition) => "is on",
            Some(Kind::HttpSwitch) if fires(&watcher.fail_transition) => "is off",
            Some(Kind::File) if fires(&watcher.success_transition) => "changed",
            _ if fires(&watcher.success_transition) && fires(&watcher.fail_transition) => "is done",
            _ if fires(&watcher.success_transition) => "succeeds",
            _ if fires(&watcher.fail_transition) => "fails",
            _ => continue,
        };
        causes.push(Cause::Watcher {
            name: watcher.name.clone().unwrap_or_default(),
            on,
        });
    }
    for transition in machine
        .transitions
        .iter()
        .filter(|it| it.name.as_deref() == Some(event))
    {
        for other in &transition.subscribe {
            let text = |it: &Option<String>| it.clone().unwrap_or_default();
            causes.push(Cause::Subscription {
                machine: text(&other.machine_name),
                event: text(&other.event),
            });
        }
    }
    causes
}

fn is_active(watcher: &Watcher, state: &str) -> bool {
    watcher.state_match.is_empty() || watcher.state_match.iter().flatten().any(|it| it == state)
}

fn reachable(count: usize, edges: &[Edge]) -> Vec<bool> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    for edge in edges {
        if let Some(list) = next.get_mut(edge.from) {
            list.push(edge.to);
        }
    }
    let mut reached = vec![false; count];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        match reached.get_mut(at) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        open.extend(next.get(at).into_iter().flatten());
    }
    reached
}

#[cfg(test)]
pub(crate) mod tests {
    use chorister_spec::{Options, Source};

    use super::*;

    pub(crate) const LAMP: &str = "\
name: lamp
description: Lights up when it gets dark
version: 1.0.0
initial_state: \"OFF\"
transitions:
  - {name: turn_on, from: [\"OFF\"], destination: \"ON\"}
  - {name: turn_off, from: [\"ON\", \"OFF\"], destination: \"OFF\"}
  - {name: \"break \\\"it\\\"; now: #1\", from: [\"ON\"], destination: broken lamp}
watchers:
  - name: dusk
    type: timer
    state_match: [\"OFF\"]
    fail_transition: turn_on
    properties: {timer: 10s}
";

    pub(crate) fn diagram(source: &str) -> Diagram {
        let checked = chorister_spec::machine::check(
            &Source::new("x.machine.yaml", source),
            &Options::default(),
        );
        Diagram::of(&checked.model.unwrap()).unwrap()
    }

    #[test]
    fn edges_know_what_fires_them() {
        let lamp = diagram(LAMP);
        let shown: Vec<String> = lamp
            .edges
            .iter()
            .map(|it| {
                let causes: Vec<String> = it.causes.iter().map(ToString::to_string).collect();
                format!(
                    "{} {} {} [{}]",
                    lamp.state(it.from),
                    it.event,
                    lamp.state(it.to),
                    causes.join(", ")
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "OFF turn_on ON [dusk is over]",
                "ON turn_off OFF []",
                "OFF turn_off OFF []",
                "ON break \"it\"; now: #1 broken lamp []",
            ]
        );
    }
}
