//! Machines: states, transitions and the edges between them.

use core::fmt;
use core::time::Duration;

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

use crate::{List, Text, Watcher};

/// Index of a state in [`Machine::states`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u16);

/// Index of a transition in [`Machine::transitions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransitionId(pub u16);

/// Index of a watcher in [`Machine::watchers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatcherId(pub u16);

/// A finite state machine and the watchers that drive it.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Name on the wire; unique in a distribution.
    pub name: Text,
    /// What the machine is for, in its author's words; empty where they gave none.
    pub description: Text,
    /// `MAJOR.MINOR.PATCH`.
    pub version: Text,
    /// Where the machine starts.
    pub initial: StateId,
    /// Watchers start after a random whole number of seconds below this one.
    pub splay_start: Duration,
    /// Names of the states, in order of first mention; a [`StateId`] is an index.
    pub states: List<Text>,
    /// Transitions, one entry a name, in order of first mention; a [`TransitionId`] is an index.
    pub transitions: List<TransitionDef>,
    /// Which transition leads where.
    pub edges: Edges,
    /// What observes and acts, in the order of the specification.
    pub watchers: List<Watcher>,
}

/// A named transition. Where it leads from and to is in [`Machine::edges`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = TransitionDef::DEFAULT))]
pub struct TransitionDef {
    /// Name on the wire.
    pub name: Text,
    /// What it means, in its author's words; empty where they gave none.
    pub description: Text,
    /// Transitions of other machines on this node that fire this one.
    pub subscribe: List<Subscription>,
}

/// A completed transition of another machine on the same node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Subscription {
    /// Name of the other machine.
    pub machine: Text,
    /// Name of its transition.
    pub event: Text,
}

/// Where each transition leads from each state.
#[derive(Clone)]
pub enum Edges {
    /// The exhaustive `match` that the compiler wrote.
    Compiled(fn(StateId, TransitionId) -> Option<StateId>),
    /// Rows sorted by (`from`, `transition`), one at most for each such pair.
    Table(List<Edge>),
}

/// One row of [`Edges::Table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// Where it starts.
    pub from: StateId,
    /// What is fired.
    pub transition: TransitionId,
    /// Where it ends; may be `from`.
    pub to: StateId,
}

/// Some states of a machine, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateSet(List<StateId>);

// === impl Machine ===

impl Machine {
    /// Where `transition` leads from `from`, or `None` where it is not offered.
    #[must_use]
    pub fn next(&self, from: StateId, transition: TransitionId) -> Option<StateId> {
        match &self.edges {
            Edges::Compiled(next) => next(from, transition),
            Edges::Table(rows) => rows
                .binary_search_by_key(&(from, transition), |row| (row.from, row.transition))
                .ok()
                .map(|at| rows[at].to),
        }
    }

    /// The name of a state; empty for an id of another machine.
    #[must_use]
    pub fn state(&self, id: StateId) -> &str {
        self.states.get(usize::from(id.0)).map_or("", AsRef::as_ref)
    }

    /// The name of a transition; empty for an id of another machine.
    #[must_use]
    pub fn transition(&self, id: TransitionId) -> &str {
        self.transitions
            .get(usize::from(id.0))
            .map_or("", |it| it.name.as_ref())
    }

    /// The state of this name.
    #[must_use]
    pub fn state_named(&self, name: &str) -> Option<StateId> {
        index_of(self.states.iter().position(|it| it == name)).map(StateId)
    }

    /// The transition of this name.
    #[must_use]
    pub fn transition_named(&self, name: &str) -> Option<TransitionId> {
        index_of(self.transitions.iter().position(|it| it.name == name)).map(TransitionId)
    }

    /// The watcher of this name.
    #[must_use]
    pub fn watcher_named(&self, name: &str) -> Option<WatcherId> {
        index_of(self.watchers.iter().position(|it| it.name == name)).map(WatcherId)
    }

    /// Every state, in order.
    pub fn state_ids(&self) -> impl Iterator<Item = StateId> + use<> {
        (0..self.states.len()).filter_map(|at| index_of(Some(at)).map(StateId))
    }

    /// Every transition, in order.
    pub fn transition_ids(&self) -> impl Iterator<Item = TransitionId> + use<> {
        (0..self.transitions.len()).filter_map(|at| index_of(Some(at)).map(TransitionId))
    }

    /// Every edge, by state and then by transition.
    pub fn edge_list(&self) -> impl Iterator<Item = Edge> + '_ {
        self.state_ids().flat_map(move |from| {
            self.transition_ids().filter_map(move |transition| {
                self.next(from, transition).map(|to| Edge {
                    from,
                    transition,
                    to,
                })
            })
        })
    }
}

fn index_of(position: Option<usize>) -> Option<u16> {
    position.and_then(|at| u16::try_from(at).ok())
}

// === impl TransitionDef ===

impl TransitionDef {
    /// A transition without name, description or subscription, to be completed.
    pub const DEFAULT: Self = Self {
        name: Text::Borrowed(""),
        description: Text::Borrowed(""),
        subscribe: List::EMPTY,
    };
}

// === impl Edges ===

impl fmt::Debug for Edges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compiled(_) => f.write_str("Compiled"),
            Self::Table(rows) => f.debug_tuple("Table").field(rows).finish(),
        }
    }
}

// === impl StateSet ===

impl StateSet {
    /// All states.
    pub const EVERY: Self = Self(List::EMPTY);

    /// These states; no state at all means every state.
    #[must_use]
    pub const fn of(states: &'static [StateId]) -> Self {
        Self(List::Static(states))
    }

    /// Whether the state is one of the set.
    #[must_use]
    pub fn contains(&self, state: StateId) -> bool {
        self.0.is_empty() || self.0.contains(&state)
    }

    /// Whether the set names no state and so means every one.
    #[must_use]
    pub fn is_every(&self) -> bool {
        self.0.is_empty()
    }

    /// The states that were named; none when the set means every state.
    #[must_use]
    pub fn named(&self) -> &[StateId] {
        &self.0
    }
}

impl FromIterator<StateId> for StateSet {
    fn from_iter<I: IntoIterator<Item = StateId>>(states: I) -> Self {
        Self(states.into_iter().collect())
    }
}
