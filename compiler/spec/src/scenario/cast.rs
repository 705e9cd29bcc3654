//! The machines that a test is about, and what can be named of them.

use std::collections::HashMap;

use chorister_ir::{StateId, TransitionId, WatcherId};

use crate::check::Graph;
use crate::model::{Kind, Machine};

/// The machines that a test is about, in order.
#[derive(Debug)]
pub(super) struct Cast<'m> {
    pub(super) members: Vec<Member<'m>>,
}

/// A machine that a test is about.
#[derive(Debug)]
pub(super) struct Member<'m> {
    pub(super) name: &'m str,
    /// Names of its states; ids are indexes.
    pub(super) states: Vec<&'m str>,
    /// Names of its transitions; ids are indexes.
    pub(super) transitions: Vec<&'m str>,
    /// Transition, from and to, as indexes.
    pub(super) edges: Vec<(usize, usize, usize)>,
    /// Names of its watchers and their types; ids are indexes.
    pub(super) watchers: Vec<(&'m str, Option<Kind>)>,
    /// Whether all of it could be read, so that what is not here does not exist.
    pub(super) certain: bool,
}

impl<'m> Member<'m> {
    /// What can be named of a machine. Ids are those of its IR.
    pub(super) fn of(machine: &'m Machine, graph: &Graph<'m>, certain: bool) -> Self {
        let mut transitions: Vec<&str> = Vec::new();
        let mut index: HashMap<&str, usize> = HashMap::new();
        for name in machine
            .transitions
            .iter()
            .filter_map(|it| it.name.as_deref())
        {
            index.entry(name).or_insert_with(|| {
                transitions.push(name);
                transitions.len() - 1
            });
        }
        let edges = graph.edges.iter();
        let edges = edges.filter_map(|it| Some((*index.get(it.event)?, it.from, it.to)));
        Self {
            name: machine.name.as_deref().unwrap_or_default(),
            states: graph.states.clone(),
            edges: edges.collect(),
            watchers: machine
                .watchers
                .iter()
                .map(|it| (it.name.as_deref().unwrap_or_default(), it.kind))
                .collect(),
            transitions,
            certain,
        }
    }

    pub(super) fn state(&self, name: &str) -> Option<StateId> {
        let at = self.states.iter().position(|it| *it == name)?;
        u16::try_from(at).ok().map(StateId)
    }

    pub(super) fn transition(&self, name: &str) -> Option<TransitionId> {
        let at = self.transitions.iter().position(|it| *it == name)?;
        u16::try_from(at).ok().map(TransitionId)
    }

    pub(super) fn watcher(&self, name: &str) -> Option<(WatcherId, Option<Kind>)> {
        let at = self.watchers.iter().position(|it| it.0 == name)?;
        let kind = self.watchers.get(at)?.1;
        u16::try_from(at).ok().map(|at| (WatcherId(at), kind))
    }
}

impl<'m> Cast<'m> {
    pub(super) fn member(&self, index: usize) -> Option<&Member<'m>> {
        self.members.get(index)
    }

    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|it| it.name == name)
    }

    /// Whether every machine could be read.
    pub(super) fn is_certain(&self) -> bool {
        self.members.iter().all(|it| it.certain)
    }
}
