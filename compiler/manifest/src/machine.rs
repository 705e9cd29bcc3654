//! Machines: states, edges and what drives them, by name.

use core::time::Duration;
use std::collections::BTreeSet;

use chorister_ir::{self as ir, TransitionId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::secret::without_secrets;
use crate::watcher::{Kind, Probe};
use crate::{Capabilities, Digest, Script, Watcher, capability, duration};

/// What a machine does, and what it needs for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Name on the wire.
    pub name: String,
    /// `MAJOR.MINOR.PATCH`.
    pub version: String,
    /// Where it starts.
    pub initial: String,
    /// Watchers start after a random time below this one.
    #[serde(with = "duration", default, skip_serializing_if = "Duration::is_zero")]
    pub splay_start: Duration,
    /// Its states, in order of first mention.
    pub states: Vec<String>,
    /// Which transition leads where, by state and then by transition.
    pub edges: Vec<Edge>,
    /// What observes and acts, in the order of the specification.
    pub watchers: Vec<Watcher>,
    /// Transitions of other machines that fire its own.
    #[serde(default)]
    pub subscriptions: Vec<Subscription>,
    /// Transitions that nothing but an operator fires.
    #[serde(default)]
    pub operator: Vec<String>,
    /// What it needs.
    pub capabilities: Capabilities,
}

/// A way from one state to another, or to itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Edge {
    /// Where it starts.
    pub from: String,
    /// What is fired.
    pub transition: String,
    /// Where it ends.
    pub to: String,
}

/// A transition of another machine on the node that fires one here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subscription {
    /// What is fired here.
    pub transition: String,
    /// Name of the other machine.
    pub machine: String,
    /// Name of its transition.
    pub event: String,
}

// === impl Machine ===

impl Machine {
    /// The machine by names, with these scripts in its directory.
    #[must_use]
    pub fn of(machine: &ir::Machine, scripts: &[Script]) -> Self {
        let edges = machine.edge_list().map(|it| Edge {
            from: machine.state(it.from).to_owned(),
            transition: machine.transition(it.transition).to_owned(),
            to: machine.state(it.to).to_owned(),
        });
        let subscriptions = machine.transitions.iter().flat_map(|transition| {
            transition.subscribe.iter().map(|it| Subscription {
                transition: transition.name.clone().into_owned(),
                machine: it.machine.clone().into_owned(),
                event: it.event.clone().into_owned(),
            })
        });
        Self {
            name: machine.name.clone().into_owned(),
            version: machine.version.clone().into_owned(),
            initial: machine.state(machine.initial).to_owned(),
            splay_start: machine.splay_start,
            states: machine
                .states
                .iter()
                .map(|it| it.clone().into_owned())
                .collect(),
            edges: edges.collect(),
            watchers: machine
                .watchers
                .iter()
                .map(|it| Watcher::of(machine, it))
                .collect(),
            subscriptions: subscriptions.collect(),
            operator: operator(machine),
            capabilities: capability::of(machine, scripts),
        }
    }

    /// The machine of a check that gives these values to what it runs. What is secret in URLs becomes a digest.
    #[must_use]
    pub fn with(mut self, values: Map<String, Value>) -> Self {
        let values: Map<_, _> = values
            .into_iter()
            .map(|(name, value)| (name, shown(value)))
            .collect();
        for watcher in &mut self.watchers {
            if let Kind::Nagios {
                probe: Probe::Check,
                with,
                ..
            } = &mut watcher.kind
            {
                with.clone_from(&values);
            }
        }
        self
    }
}

/// A value without what may be secret in it.
fn shown(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains("://") => match without_secrets(&text) {
            (url, secret) if secret.is_empty() => url.into(),
            (url, secret) => format!("{url} ({})", Digest::of(&secret)).into(),
        },
        Value::Array(items) => items.into_iter().map(shown).collect(),
        other => other,
    }
}

/// The transitions that no watcher and no other machine fires. A switch is turned by people, but it is a watcher.
fn operator(machine: &ir::Machine) -> Vec<String> {
    let fired: BTreeSet<TransitionId> = machine
        .watchers
        .iter()
        .flat_map(|it| [it.on_success, it.on_failure])
        .flatten()
        .collect();
    machine
        .transition_ids()
        .zip(machine.transitions.iter())
        .filter(|(id, it)| !fired.contains(id) && it.subscribe.is_empty())
        .map(|(_, it)| it.name.clone().into_owned())
        .collect()
}
