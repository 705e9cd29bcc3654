//! What tests have seen of machines.

use std::collections::{BTreeMap, BTreeSet};

use chorister_fsm::MachineRef;
use chorister_ir::{Edge, StateId, WatcherId};
use chorister_sim::{Entry, What};

/// What the tests of a machine have seen of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// States that the machine was in.
    pub states: BTreeSet<StateId>,
    /// Ways from a state to another one that it took.
    pub edges: BTreeSet<Edge>,
    /// Watchers that ran.
    pub watchers: BTreeSet<WatcherId>,
}

/// How much of one kind of thing was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// How many were seen.
    pub seen: usize,
    /// How many there are.
    pub of: usize,
    /// What was not, in the order of the machine.
    pub missing: Vec<String>,
}

impl Coverage {
    /// Takes note of what happened to each machine of a test, by its place.
    pub(crate) fn observe(timeline: &[Entry], each: &mut BTreeMap<usize, Self>) {
        for entry in timeline {
            let own = each.entry(entry.machine).or_default();
            match entry.what {
                What::Started { state, .. } => {
                    own.states.insert(state);
                }
                What::Transition {
                    transition,
                    from,
                    to,
                    ..
                } => {
                    own.states.insert(to);
                    own.edges.insert(Edge {
                        from,
                        transition,
                        to,
                    });
                }
                What::Ran { watcher, .. }
                | What::Report {
                    watcher,
                    announced: false,
                    ..
                } => {
                    own.watchers.insert(watcher);
                }
                _ => {}
            }
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.states.extend(&other.states);
        self.edges.extend(&other.edges);
        self.watchers.extend(&other.watchers);
    }

    /// Its states.
    #[must_use]
    pub fn states(&self, of: &MachineRef) -> Covered {
        Covered::of(
            of.state_ids(),
            |it| self.states.contains(it),
            |it| of.state(*it).to_owned(),
        )
    }

    /// Its ways from a state to another one; those from a state to itself publish nothing and do not count.
    #[must_use]
    pub fn transitions(&self, of: &MachineRef) -> Covered {
        Covered::of(
            of.edge_list().filter(|it| it.from != it.to),
            |it| self.edges.contains(it),
            |it| {
                let name = of.transition(it.transition);
                format!("{name} from {}", of.state(it.from))
            },
        )
    }

    /// Its watchers.
    #[must_use]
    pub fn watchers(&self, of: &MachineRef) -> Covered {
        let ids = (0..of.watchers.len()).filter_map(|it| u16::try_from(it).ok());
        Covered::of(
            ids.map(WatcherId),
            |it| self.watchers.contains(it),
            |it| {
                let watcher = of.watchers.get(usize::from(it.0));
                watcher.map_or_else(String::new, |it| it.name.clone().into_owned())
            },
        )
    }
}

impl Covered {
    fn of<T>(
        all: impl Iterator<Item = T>,
        seen: impl Fn(&T) -> bool,
        name: impl Fn(&T) -> String,
    ) -> Self {
        let mut covered = Self {
            seen: 0,
            of: 0,
            missing: Vec::new(),
        };
        for it in all {
            covered.of += 1;
            if seen(&it) {
                covered.seen += 1;
            } else {
                covered.missing.push(name(&it));
            }
        }
        covered
    }

    /// Whether nothing is missing.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.missing.is_empty()
    }
}
