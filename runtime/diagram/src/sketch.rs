//! What a diagram is made from.

use std::collections::BTreeMap;

use crate::{Diagram, Edge, State};

/// The transitions that a check fires by its result.
const CHECK_RESULTS: [&str; 4] = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

/// A machine as it is known to whoever wants a picture of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Name of the machine.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What the machine is for; may be empty.
    pub description: String,
    /// Names of the states, the initial one first.
    pub states: Vec<String>,
    /// From which state which event leads where; of two for the same event in the same state the last one counts.
    pub edges: Vec<(usize, String, usize)>,
    /// What fires events.
    pub watchers: Vec<Observer>,
    /// What other machines fire.
    pub subscriptions: Vec<Subscription>,
}

/// A watcher.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observer {
    /// Its name.
    pub name: String,
    /// How its results are called.
    pub kind: Kind,
    /// The states that it is active in; none for every one.
    pub states: Vec<usize>,
    /// The event that it fires when it succeeds.
    pub on_success: Option<String>,
    /// The event that it fires when it fails.
    pub on_failure: Option<String>,
}

/// How the results of a watcher are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// It succeeds or fails.
    #[default]
    Action,
    /// It has one of the four results of a check and fires the event of that name.
    Check,
    /// It has seen a change.
    File,
    /// It begins and ends.
    Schedule,
    /// It is on or off.
    Switch,
    /// It is over.
    Timer,
}

/// A transition of another machine that fires an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// The event of this machine.
    pub event: String,
    /// The other machine.
    pub machine: String,
    /// Its transition.
    pub of: String,
}

// === impl Sketch ===

impl Sketch {
    /// The picture; `None` for a machine without a state.
    #[must_use]
    pub fn diagram(self) -> Option<Diagram> {
        if self.states.is_empty() {
            return None;
        }
        let mut edges: Vec<Edge> = Vec::new();
        let mut known: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for (from, event, to) in &self.edges {
            if let Some(edge) = known
                .get(&(*from, event.as_str()))
                .and_then(|at| edges.get_mut(*at))
            {
                edge.to = *to;
                continue;
            }
            known.insert((*from, event), edges.len());
            edges.push(Edge {
                from: *from,
                to: *to,
                event: event.clone(),
                causes: self.causes(*from, event),
            });
        }
        let states = self.states.iter().zip(reachable(self.states.len(), &edges));
        let states = states.enumerate().map(|(at, (name, reachable))| State {
            name: name.clone(),
            reachable,
            watchers: self
                .watchers
                .iter()
                .filter(|it| !it.states.is_empty() && it.is_active(at) && !it.name.is_empty())
                .map(|it| it.name.clone())
                .collect(),
        });
        Some(Diagram {
            states: states.collect(),
            edges,
            name: self.name,
            version: self.version,
            description: self.description,
        })
    }

    /// What fires an event in a state.
    fn causes(&self, from: usize, event: &str) -> Vec<String> {
        let active = self.watchers.iter().filter(|it| it.is_active(from));
        let watchers = active.filter_map(|it| match it.result(event)? {
            "" => Some(it.name.clone()),
            result => Some(format!("{} {result}", it.name)),
        });
        let subscriptions = self
            .subscriptions
            .iter()
            .filter(|it| it.event == event)
            .map(|it| format!("{} of {}", it.of, it.machine));
        watchers.chain(subscriptions).collect()
    }
}

impl Observer {
    fn is_active(&self, state: usize) -> bool {
        self.states.is_empty() || self.states.contains(&state)
    }

    /// The result that fires an event; `None` where none does.
    fn result(&self, event: &str) -> Option<&'static str> {
        let succeeds = self.on_success.as_deref() == Some(event);
        let fails = self.on_failure.as_deref() == Some(event);
        Some(match self.kind {
            Kind::Check if CHECK_RESULTS.contains(&event) => "",
            Kind::Check => return None,
            // A timer knows one result, and its name says nothing to a reader.
            Kind::Timer if fails => "is over",
            Kind::Schedule if succeeds => "begins",
            Kind::Schedule if fails => "ends",
            Kind::Switch if succeeds => "is on",
            Kind::Switch if fails => "is off",
            Kind::File if succeeds => "changed",
            _ if succeeds && fails => "is done",
            _ if succeeds => "succeeds",
            _ if fails => "fails",
            _ => return None,
        })
    }
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
