//! States that answer to the same events, as those of a check do.
//!
//! Where every state of a set offers the same events with the same destinations, a picture of all edges is a ball of
//! wool. Then the set is drawn as one box with an edge for each event, as a composite state of UML.

use std::collections::{BTreeMap, BTreeSet};

use crate::Diagram;

/// Fewer states than these are clear enough by themselves.
const MIN_STATES: usize = 3;

/// Fewer edges than these are not worth a box.
const MIN_EDGES: usize = 6;

/// A set of states and the events that all of them offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The states, in order.
    pub(super) states: Vec<usize>,
    pub(super) events: Vec<Shared>,
    /// The edges that the events stand for, as indexes.
    pub(super) edges: BTreeSet<usize>,
}

/// An event that all states of a group offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shared {
    pub(super) event: String,
    pub(super) to: usize,
    /// Whether its destination is of the group, but does not offer the event itself.
    pub(super) from_others: bool,
    /// One of its edges.
    pub(super) edge: usize,
}

/// The edges of one event to one destination.
#[derive(Debug, Default)]
struct Fan {
    from: BTreeSet<usize>,
    edges: Vec<usize>,
}

impl Group {
    /// The group of a diagram that saves most edges, if there is one without edges of other events within it.
    pub(super) fn of(diagram: &Diagram) -> Option<Self> {
        let mut fans: BTreeMap<(&str, usize), Fan> = BTreeMap::new();
        for (at, edge) in diagram.edges.iter().enumerate() {
            let fan = fans.entry((edge.event.as_str(), edge.to)).or_default();
            fan.from.insert(edge.from);
            fan.edges.push(at);
        }
        let candidates: BTreeSet<BTreeSet<usize>> = fans
            .iter()
            .flat_map(|((_, to), fan)| {
                let with = fan.from.iter().copied().chain([*to]).collect();
                [fan.from.clone(), with]
            })
            .filter(|it| it.len() >= MIN_STATES)
            .collect();
        let groups = candidates.into_iter().map(|states| {
            let mut events = Vec::new();
            let mut edges = BTreeSet::new();
            for ((event, to), fan) in &fans {
                let from_others = fan.from != states;
                let others = || states.iter().filter(|it| *it != to).eq(fan.from.iter());
                if from_others && !(states.contains(to) && others()) {
                    continue;
                }
                events.push(Shared {
                    event: (*event).to_owned(),
                    to: *to,
                    from_others,
                    edge: fan.edges.first().copied().unwrap_or_default(),
                });
                edges.extend(fan.edges.iter().copied());
            }
            events.sort_by_key(|it| it.edge);
            Self {
                states: states.into_iter().collect(),
                events,
                edges,
            }
        });
        groups
            .filter(|it| it.edges.len() >= MIN_EDGES && it.is_closed(diagram))
            .max_by_key(|it| (it.edges.len(), std::cmp::Reverse(it.states.clone())))
    }

    /// Whether all edges between its states are those of shared events.
    fn is_closed(&self, diagram: &Diagram) -> bool {
        diagram
            .edges
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.edges.contains(at))
            .all(|(_, it)| !(self.states.contains(&it.from) && self.states.contains(&it.to)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::diagram;

    fn groups(edges: &str) -> Option<Vec<(String, bool)>> {
        let group = Group::of(&diagram(edges))?;
        let events = group.events.into_iter();
        Some(events.map(|it| (it.event, it.from_others)).collect())
    }

    #[test]
    fn a_check_is_one_group() {
        let found = groups("A,B,C a A\n A,C b B\n A,B,C rest REST\n REST wake A");
        let expect = [("a", false), ("b", true), ("rest", false)];
        assert_eq!(
            found.unwrap(),
            expect.map(|(event, others)| (event.to_owned(), others))
        );
    }

    #[test]
    fn other_edges_within_forbid_a_group() {
        assert_eq!(groups("A,B,C a A\n A,B,C b B\n A odd C"), None);
    }
}
