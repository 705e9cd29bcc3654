//! What other machines need to know about a machine.

use std::sync::Arc;

use chorister_yaml::{Node, Span};

use crate::model::Machine;

/// What other machines need to know about a machine, with the places to point at.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The path of the source.
    pub file: Arc<str>,
    /// Its name, where it could be read.
    pub name: Option<Named>,
    /// Every state.
    pub states: Vec<String>,
    /// Every transition.
    pub events: Vec<Event>,
    /// Where each watcher stands, in order.
    pub watchers: Vec<Span>,
    /// The transitions of other machines that fire one of its own.
    pub subscriptions: Vec<Subscription>,
    /// The states of other machines that its watchers wait for.
    pub foreign: Vec<Foreign>,
    /// The metrics it publishes for Prometheus.
    pub series: Vec<Series>,
    /// The files and directories that it writes, as absolute paths.
    pub managed: Vec<Named>,
}

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub place: Mark,
}

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where it is.
    pub span: Span,
    /// The same in the spec's own terms.
    pub path: String,
}

/// A transition as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Whether it leads to another state from anywhere; otherwise nobody ever hears of it.
    pub announced: bool,
}

/// A transition that another machine fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Name of the other machine.
    pub machine: Named,
    /// Name of its transition.
    pub event: Named,
    /// Name of the transition that is fired here.
    pub fires: String,
    /// Whether that leads to another state at once, without waiting for anything.
    pub announced: bool,
}

/// A state of another machine that a watcher waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Name of the other machine.
    pub machine: Named,
    /// Name of its state.
    pub state: Named,
}

/// The metrics of one watcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Name of the watcher, as Prometheus sees it.
    pub name: Named,
    /// Its labels, sorted.
    pub labels: Vec<(String, String)>,
}

// === impl Outline ===

impl Outline {
    /// The outline of a machine, as far as it could be read.
    pub(crate) fn of(machine: &Machine, root: &Node, file: &Arc<str>) -> Self {
        let _ = (machine, root);
        Self {
            file: Arc::clone(file),
            ..Self::default()
        }
    }
}
