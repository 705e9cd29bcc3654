//! Machines as pictures: states, the edges between them, and what fires each.
//!
//! A [`Diagram`] comes from what a node runs ([`Diagram::of`]) or from what an author wrote ([`Sketch::diagram`]), so
//! that also a machine that cannot run yet has a picture. One layered layout places its states and edges; [`draw`]
//! puts them on the character grid of a terminal, and behind the feature `notations` are SVG, Mermaid and Graphviz.
//! Equal machines give equal pictures. Nothing here knows a terminal, a file or the time.

#[cfg(feature = "notations")]
mod dot;
mod draw;
mod drawing;
mod group;
mod layout;
mod list;
mod machine;
#[cfg(feature = "notations")]
mod mermaid;
mod sketch;
#[cfg(feature = "notations")]
mod svg;
#[cfg(feature = "notations")]
mod width;

use serde::{Deserialize, Serialize};

#[cfg(feature = "notations")]
pub use dot::dot;
pub use draw::{Charset, Marks, Room, draw};
pub use drawing::{Area, Drawing, Ink, Line, Span};
pub use list::list;
#[cfg(feature = "notations")]
pub use mermaid::mermaid;
pub use sketch::{Kind, Observer, Sketch, Subscription};
#[cfg(feature = "notations")]
pub use svg::{TooLarge, svg};

/// The states of a machine and the edges between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagram {
    /// Name of the machine.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What the machine is for; may be empty.
    pub description: String,
    /// In order of first mention, the initial one first.
    pub states: Vec<State>,
    /// In order of first mention, one for each state and event.
    pub edges: Vec<Edge>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Its name.
    pub name: String,
    /// Whether it can be entered at all.
    pub reachable: bool,
    /// The watchers that are active in it and not everywhere.
    pub watchers: Vec<String>,
}

/// What an event does in a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Index of the state that it leaves.
    pub from: usize,
    /// Index of the state that it enters; may be `from`.
    pub to: usize,
    /// Name of the transition.
    pub event: String,
    /// What fires it, in words; nothing where only people and programs do.
    pub causes: Vec<String>,
}

// === impl Diagram ===

impl Diagram {
    /// The name of a state; empty for one that does not exist.
    #[must_use]
    pub fn state(&self, at: usize) -> &str {
        self.states.get(at).map_or("", |it| it.name.as_str())
    }

    /// The index of the state of this name.
    #[must_use]
    pub fn state_named(&self, name: &str) -> Option<usize> {
        self.states.iter().position(|it| it.name == name)
    }

    /// The index of the edge that an event is in a state.
    #[must_use]
    pub fn edge_named(&self, from: &str, event: &str) -> Option<usize> {
        self.edges
            .iter()
            .position(|it| it.event == event && self.state(it.from) == from)
    }
}

#[cfg(test)]
mod tests;
