//! Lines between states and the text beside them.

use super::LABEL;
use super::LABEL_LINE;
use crate::group::Shared;
use crate::width::{shortened, width};
use crate::{Diagram, Edge};

/// Longest label in characters.
const MAX_LABEL: usize = 36;

/// All events that lead from one state to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The events, and whether something fires each by itself.
    pub(super) events: Vec<(String, bool)>,
    /// What fires them, for a reader who asks.
    pub(super) causes: Vec<String>,
}

impl Line {
    /// A line without events.
    pub(super) fn new(from: usize, to: usize) -> Self {
        Self {
            from,
            to,
            ..Self::default()
        }
    }

    /// Adds an event, with a remark about it.
    pub(super) fn add(&mut self, edge: &Edge, remark: &str) {
        let text = format!("{}{remark}", shortened(&edge.event, MAX_LABEL));
        self.events.push((text, !edge.causes.is_empty()));
        let causes = if edge.causes.is_empty() {
            "on request".to_owned()
        } else {
            edge.causes.join(", ")
        };
        self.causes.push(format!("{}: {causes}", edge.event));
    }

    /// Adds an event that all states of a group offer.
    pub(super) fn add_shared(&mut self, diagram: &Diagram, shared: &Shared) {
        if let Some(edge) = diagram.edges.get(shared.edge) {
            self.add(
                edge,
                if shared.from_others {
                    " (from others)"
                } else {
                    ""
                },
            );
        }
    }

    /// Width and height of the label.
    pub(super) fn label(&self) -> (f64, f64) {
        let widths = self.events.iter().map(|it| width(&it.0, LABEL));
        (
            widths.fold(0.0, f64::max) + 10.0,
            self.events.len() as f64 * LABEL_LINE + 4.0,
        )
    }

    /// Whether people and programs fire all of it, and nothing else does.
    pub(super) fn is_on_request(&self) -> bool {
        self.events.iter().all(|it| !it.1)
    }
}
