//! What goes wrong with a node, and how it starts.

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use chorister_fsm::{Cx, Fleet, Instance, Now};
use chorister_ir::Machine;
use jiff::SignedDuration;

use super::{Surroundings, World};
use crate::{Fault, What};

impl<S: Surroundings> World<S> {
    /// Sets the wall clock, by this much.
    pub fn jump_clock(&mut self, by: SignedDuration) {
        self.note(0, What::Fault(Fault::Clock(by)));
        self.wall = self.wall.saturating_add(by).unwrap_or(self.wall);
        self.call(Fleet::tick);
    }

    /// Fills the disk, or makes room on it. While it is full nothing new is remembered of the machines.
    pub fn set_disk(&mut self, full: bool) {
        self.note(0, What::Fault(Fault::Disk { full }));
        self.kept = match (full, self.kept.take()) {
            (true, Some(kept)) => Some(kept),
            (true, None) => Some(self.remembered()),
            (false, _) => None,
        };
    }

    /// Stops the node without warning, and starts it again after this time from what was remembered. A node that is
    /// down already stays down for so long.
    pub fn restart(&mut self, after: Duration) {
        self.note(0, What::Fault(Fault::Crash(after)));
        let remembered = match (self.down.take(), &self.kept) {
            (Some((_, remembered)), _) => remembered,
            (None, Some(kept)) => kept.clone(),
            (None, None) => self.remembered(),
        };
        self.fleet = Fleet::new(self.setup.identity.clone());
        self.keys.clear();
        self.places.clear();
        self.ending.clear();
        self.running.clear();
        let back = self.elapsed.saturating_add(after);
        self.down = Some((back, remembered));
        self.run_until(self.elapsed);
    }

    /// What is remembered of the machines now.
    pub(super) fn remembered(&self) -> Vec<Instance> {
        self.setup
            .machines
            .iter()
            .zip(&self.keys)
            .map(|(member, &key)| {
                let memory = self.fleet.snapshot(key, self.now());
                Instance {
                    memory: memory.map(Box::new),
                    ..instance(&member.machine)
                }
            })
            .collect()
    }

    /// Starts the engine.
    pub(super) fn boot(&mut self, instances: Vec<Instance>) {
        self.booted = self.elapsed;
        self.fleet = Fleet::new(self.setup.identity.clone()).with_zones(self.setup.zones.clone());
        self.fleet.set_facts(Arc::clone(&self.setup.facts));
        for (place, instance) in instances.into_iter().enumerate() {
            let Some(member) = self.setup.machines.get(place) else {
                continue;
            };
            let machine = member.machine.clone();
            let mut cx = Cx {
                now: Now {
                    mono: Duration::ZERO,
                    wall: self.wall,
                },
                random: &mut self.random,
                effects: &mut self.effects,
            };
            let key = self.fleet.insert(machine, instance, &mut cx);
            self.keys.push(key);
            self.places.insert(key, place);
            self.starting = true;
            self.carry_out();
            self.starting = false;
        }
        self.changed = true;
        self.settle();
    }
}

/// What makes one machine of a node out of a definition.
pub(super) fn instance(machine: &Machine) -> Instance {
    let directory = Path::new("/").join(machine.name.as_ref());
    Instance::new([0; 16], directory.into())
}
