//! What scripts do to a world.

use std::sync::Arc;

use chorister_fsm::{Fired, Switched};
use chorister_ir::{TransitionId, WatcherId, WatcherKind};
use serde_json::{Map, Value};

use super::{Surroundings, Waiting, World};
use crate::{Action, Given, Scripted, What};

impl<S: Surroundings> World<S> {
    /// Writes on the time line that a step of a script is done now; outcomes that come before the next call belong to it.
    pub fn begin_step(&mut self, place: usize) {
        self.step = Some(place);
        self.note(0, What::Step(place));
    }

    /// Does what a step does.
    pub fn act(&mut self, action: Action) {
        match action {
            Action::Outcome {
                machine,
                watcher,
                outcome,
            } => self.outcome(machine, watcher, outcome),
            Action::Switch {
                machine,
                watcher,
                on,
            } => {
                self.switch(machine, watcher, on);
            }
            Action::Fire {
                machine,
                transition,
            } => {
                self.fire(machine, transition);
            }
            Action::Hear { machine, event } => self.announce_foreign(&machine, &event),
            Action::Facts(facts) => self.set_facts(facts),
            Action::Data { machine, data } => self.merge_data(machine, data),
            Action::Clock(by) => self.jump_clock(by),
            Action::Restart(after) => self.restart(after),
            Action::Disk { full } => self.set_disk(full),
        }
    }

    /// Runs a watcher, now or else as soon as it is active, and says what that run comes to.
    pub fn outcome(&mut self, machine: usize, watcher: WatcherId, scripted: Scripted) {
        let waiting = Waiting {
            scripted,
            step: self.step,
        };
        self.waiting
            .entry((machine, watcher))
            .or_default()
            .push_back(waiting);
        match self.kind(machine, watcher) {
            Some(WatcherKind::Expression(_) | WatcherKind::HttpSwitch(_)) => {
                self.changed = true;
                self.settle();
            }
            Some(_) => {
                if let Some(&key) = self.keys.get(machine) {
                    self.call(|fleet, cx| fleet.prompt(key, watcher, cx));
                }
            }
            None => {}
        }
    }

    /// Fires a transition, as an operator does.
    pub fn fire(&mut self, machine: usize, transition: TransitionId) -> Fired {
        match self.keys.get(machine) {
            Some(&key) => self.call(|fleet, cx| fleet.fire(key, transition, cx)),
            None => Fired::NoMachine,
        }
    }

    /// Turns a switch, as people do over HTTP.
    pub fn switch(&mut self, machine: usize, watcher: WatcherId, on: bool) -> Switched {
        match self.keys.get(machine) {
            Some(&key) => self.call(|fleet, cx| fleet.switch(key, watcher, on, cx)),
            None => Switched::NoSwitch,
        }
    }

    /// Lets a machine of this name, which need not be here, complete a transition of this name.
    pub fn announce_foreign(&mut self, machine: &str, event: &str) {
        let heard = Given::Heard {
            machine: machine.to_owned(),
            event: event.to_owned(),
        };
        self.note(0, What::Given(heard));
        self.call(|fleet, cx| fleet.hear(machine, event, cx));
    }

    /// Replaces the facts.
    pub fn set_facts(&mut self, facts: Value) {
        self.note(0, What::Given(Given::Facts));
        let facts = Arc::new(facts);
        self.setup.facts = Arc::clone(&facts);
        self.fleet.set_facts(facts);
    }

    /// Adds to the data of a machine; a key that is there already gets a new value.
    pub fn merge_data(&mut self, machine: usize, data: Map<String, Value>) {
        let Some(&key) = self.keys.get(machine) else {
            return;
        };
        let Some(view) = self.fleet.machine(key) else {
            return;
        };
        let mut merged = Map::clone(view.data());
        merged.extend(data);
        self.fleet.set_data(key, merged);
        self.note(machine, What::Given(Given::Data));
    }
}
