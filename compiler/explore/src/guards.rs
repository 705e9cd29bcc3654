//! Watchers that wait for other machines.

use std::collections::HashMap;

use chorister_ir::{Machine, StateId, StateSet, WatcherId, WatcherKind};

use crate::links::{Group, Links};

/// The guarded watchers of a group.
pub(crate) struct Guards {
    all: Vec<Guard>,
    by_watcher: HashMap<(usize, WatcherId), usize>,
}

/// A watcher that only runs while other machines are in given states.
pub(crate) struct Guard {
    pub(crate) member: usize,
    pub(crate) watcher: WatcherId,
    active_in: StateSet,
    /// Members and their states.
    needs: Vec<(usize, StateId)>,
    /// Whether a state is needed that does not exist.
    pub(crate) is_hopeless: bool,
    /// Whether it only looks when its machine enters a state.
    at_entry: bool,
    bit: u64,
}

impl Guards {
    pub(crate) fn of(links: &Links<'_>, group: &Group, machines: &[&Machine]) -> Self {
        let mut guards = Self {
            all: Vec::new(),
            by_watcher: HashMap::new(),
        };
        for (member, machine) in machines.iter().enumerate() {
            for (watcher, it) in (0..).map(WatcherId).zip(&machine.watchers) {
                let awaited: Vec<_> = it
                    .foreign
                    .iter()
                    .filter_map(|it| links.awaited(it).ok())
                    .collect();
                if awaited.is_empty() {
                    continue;
                }
                let needs = awaited.iter().flatten().filter_map(|(machine, state)| {
                    let member = group.members.iter().position(|it| it == machine)?;
                    Some((member, *state))
                });
                let timer = matches!(it.kind, WatcherKind::Timer(_));
                let scheduled = matches!(
                    it.kind,
                    WatcherKind::Schedule(_) | WatcherKind::HttpSwitch(_)
                );
                let at = guards.all.len();
                guards.by_watcher.insert((member, watcher), at);
                guards.all.push(Guard {
                    member,
                    watcher,
                    active_in: it.active_in.clone(),
                    needs: needs.collect(),
                    is_hopeless: awaited.contains(&None),
                    // A machine that starts late may find the others anywhere.
                    at_entry: (timer || (it.interval.is_none() && !scheduled))
                        && machine.splay_start.is_zero(),
                    bit: u32::try_from(at)
                        .ok()
                        .and_then(|it| 1_u64.checked_shl(it))
                        .unwrap_or(0),
                });
            }
        }
        guards
    }

    /// The guard of a watcher; `None` where it waits for nothing that is known.
    pub(crate) fn find(&self, member: usize, watcher: WatcherId) -> Option<&Guard> {
        self.all.get(*self.by_watcher.get(&(member, watcher))?)
    }

    /// Which watchers have begun to run, when `entered` has just entered its state; `None` is the beginning.
    pub(crate) fn begun(&self, states: &[StateId], before: u64, entered: Option<usize>) -> u64 {
        let mut armed = 0;
        for guard in &self.all {
            let anew = entered.is_none_or(|it| it == guard.member);
            let kept = !anew && before & guard.bit != 0;
            if kept || ((anew || !guard.at_entry) && guard.holds(states)) {
                armed |= guard.bit;
            }
        }
        armed
    }

    pub(crate) fn all(&self) -> &[Guard] {
        &self.all
    }
}

impl Guard {
    /// Whether the watcher is active in these states of the members.
    pub(crate) fn holds(&self, states: &[StateId]) -> bool {
        let own = states.get(self.member);
        !self.is_hopeless
            && own.is_some_and(|it| self.active_in.contains(*it))
            && self
                .needs
                .iter()
                .all(|(member, state)| states.get(*member) == Some(state))
    }

    /// Whether it is for a state of its own machine.
    pub(crate) fn is_for(&self, state: StateId) -> bool {
        self.active_in.contains(state)
    }

    /// Whether the watcher has begun to run. Of more watchers than there are bits nothing is known: they may have.
    pub(crate) fn is_armed(&self, armed: u64) -> bool {
        !self.is_hopeless && (self.bit == 0 || armed & self.bit != 0)
    }
}
