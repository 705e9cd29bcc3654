//! Which machines depend on which, and so have to be explored together.

use std::collections::{HashMap, HashSet};

use chorister_ir::{ForeignState, Machine, StateId, TransitionId};

use crate::rounds;

/// Machines, and what each hears and sees of the others.
#[derive(Debug)]
pub(crate) struct Links<'m> {
    pub(crate) machines: &'m [&'m Machine],
    by_name: HashMap<&'m str, Vec<usize>>,
}

/// Machines that depend on each other, and all that they depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Indexes of machines, in order.
    pub(crate) members: Vec<usize>,
    /// Those of them that the group is about; the others only drive them, and are the subjects of groups of their own.
    pub(crate) subjects: Vec<usize>,
}

impl<'m> Links<'m> {
    pub(crate) fn of(machines: &'m [&'m Machine]) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, machine) in machines.iter().enumerate() {
            by_name.entry(machine.name.as_ref()).or_default().push(at);
        }
        Self { machines, by_name }
    }

    /// The machines of this name, in order.
    pub(crate) fn named(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The machine and the state that a watcher waits for. `Err` where nothing is known of the machine, and `Ok(None)`
    /// where it has no such state.
    pub(crate) fn awaited(&self, it: &ForeignState) -> Result<Option<(usize, StateId)>, ()> {
        // The engine looks a machine up by name and takes the first.
        let other = *self.named(&it.machine).first().ok_or(())?;
        let machine = self.machines.get(other).ok_or(())?;
        Ok(machine.state_named(&it.state).map(|state| (other, state)))
    }

    /// Whether the machine of a subscription is among these.
    pub(crate) fn knows(&self, machine: usize, of: TransitionId, at: usize) -> bool {
        let definition = self
            .machines
            .get(machine)
            .and_then(|it| it.transitions.get(usize::from(of.0)));
        definition
            .and_then(|it| it.subscribe.get(at))
            .is_some_and(|it| !self.named(&it.machine).is_empty())
    }

    /// The groups, in the order of their first subjects.
    pub(crate) fn groups(&self) -> Vec<Group> {
        let on: Vec<Vec<usize>> = (0..self.machines.len())
            .map(|it| self.depends_on(it))
            .collect();
        let mut groups: Vec<Group> =
            rounds::components(on.len(), |it| on.get(it).into_iter().flatten().copied())
                .into_iter()
                .map(|mut subjects| {
                    subjects.sort_unstable();
                    let mut members = subjects.clone();
                    let mut seen: HashSet<usize> = subjects.iter().copied().collect();
                    let mut at = 0;
                    while let Some(&member) = members.get(at) {
                        at += 1;
                        let more = on.get(member).into_iter().flatten().copied();
                        members.extend(more.filter(|it| seen.insert(*it)));
                    }
                    members.sort_unstable();
                    Group { members, subjects }
                })
                .collect();
        groups.sort_by_key(|it| it.subjects.first().copied());
        groups
    }

    fn depends_on(&self, machine: usize) -> Vec<usize> {
        let Some(it) = self.machines.get(machine) else {
            return Vec::new();
        };
        let subscriptions = it.transitions.iter().flat_map(|it| it.subscribe.iter());
        let mut on: Vec<usize> = subscriptions
            .flat_map(|it| self.named(&it.machine))
            .copied()
            .collect();
        let foreign = it.watchers.iter().flat_map(|it| it.foreign.iter());
        on.extend(foreign.filter_map(|it| self.named(&it.machine).first()));
        on.sort_unstable();
        on.dedup();
        on
    }
}
