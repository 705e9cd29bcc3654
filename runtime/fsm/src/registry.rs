//! Where machines are kept, and how they are found.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use chorister_ir::{TransitionId, WatcherKind};
use chorister_lang::Text;

use crate::node::{NEVER, Node, watcher_ids};
use crate::{Fleet, MachineKey, MachineRef};

/// A place for a machine.
pub(crate) struct Slot {
    pub(crate) generation: u32,
    pub(crate) node: Option<Box<Node>>,
}

/// A transition that another machine's transition fires.
pub(crate) struct Subscriber {
    pub(crate) event: Text,
    pub(crate) key: MachineKey,
    pub(crate) transition: TransitionId,
}

impl Fleet {
    pub(crate) fn node(&self, key: MachineKey) -> Option<&Node> {
        self.at(key.slot)
            .filter(|node| node.generation == key.generation)
    }

    pub(crate) fn at(&self, slot: u32) -> Option<&Node> {
        self.slots.get(slot as usize)?.node.as_deref()
    }

    /// The key of the machine in a slot.
    pub(crate) fn key(&self, slot: u32) -> Option<MachineKey> {
        let generation = self.at(slot)?.generation;
        Some(MachineKey { slot, generation })
    }

    pub(crate) fn node_mut(&mut self, slot: u32) -> Option<&mut Node> {
        self.slots.get_mut(slot as usize)?.node.as_deref_mut()
    }

    /// The directory of a machine; empty where there is none.
    pub(crate) fn directory(&self, slot: u32) -> Arc<Path> {
        self.at(slot)
            .map_or_else(|| Path::new("").into(), |node| Arc::clone(&node.directory))
    }

    /// The directories of all machines.
    pub(crate) fn directories(&self) -> impl Iterator<Item = Arc<Path>> {
        let nodes = self.slots.iter().filter_map(|it| it.node.as_deref());
        nodes.map(|node| Arc::clone(&node.directory))
    }

    /// Finds the next deadlines of a machine.
    pub(crate) fn reschedule(&mut self, slot: u32) {
        let Some(node) = self
            .slots
            .get(slot as usize)
            .and_then(|slot| slot.node.as_deref())
        else {
            return;
        };
        self.due.set(
            slot,
            node.next_item()
                .map(|(due, _)| due)
                .filter(|&due| due != NEVER),
        );
        self.wall.set(slot, node.wall_deadline());
    }

    /// A key for a new machine.
    pub(crate) fn reserve(&mut self) -> MachineKey {
        if let Some(slot) = self.free.pop() {
            let generation = self
                .slots
                .get(slot as usize)
                .map_or(0, |slot| slot.generation);
            return MachineKey { slot, generation };
        }
        let slot = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot {
            generation: 0,
            node: None,
        });
        MachineKey {
            slot,
            generation: 0,
        }
    }

    /// Makes a machine known by its name, and to those that listen.
    pub(crate) fn enlist(&mut self, key: MachineKey, machine: &MachineRef) {
        self.names
            .entry(machine.name.clone())
            .or_default()
            .push(key.slot);
        for (transition, def) in machine.transition_ids().zip(&machine.transitions) {
            for subscription in &def.subscribe {
                self.subscribers
                    .entry(subscription.machine.clone())
                    .or_default()
                    .push(Subscriber {
                        event: subscription.event.clone(),
                        key,
                        transition,
                    });
            }
        }
        for (id, def) in watcher_ids(machine.watchers.len()).zip(&machine.watchers) {
            if matches!(def.kind, WatcherKind::Schedule(_)) {
                for foreign in &def.foreign {
                    self.observers
                        .entry(foreign.machine.clone())
                        .or_default()
                        .push((key, id));
                }
            }
        }
    }

    /// Forgets the name of a machine, and to whom it listens.
    pub(crate) fn delist(&mut self, key: MachineKey, machine: &MachineRef) {
        keep(&mut self.names, &machine.name, |&slot| slot != key.slot);
        for def in &machine.transitions {
            for subscription in &def.subscribe {
                keep(&mut self.subscribers, &subscription.machine, |it| {
                    it.key != key
                });
            }
        }
        for foreign in machine.watchers.iter().flat_map(|def| &def.foreign) {
            keep(&mut self.observers, &foreign.machine, |&(observer, _)| {
                observer != key
            });
        }
    }
}

/// Keeps the items under a name that fulfil a condition, and the name only while it has items.
fn keep<T>(map: &mut HashMap<Text, Vec<T>>, name: &str, condition: impl FnMut(&T) -> bool) {
    if let Some(items) = map.get_mut(name) {
        items.retain(condition);
        if items.is_empty() {
            map.remove(name);
        }
    }
}
