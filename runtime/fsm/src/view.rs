//! Looking at the machines of a fleet.

use core::time::Duration;

use chorister_ir::{Machine, StateId, TransitionId, Watcher, WatcherId};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{MachineKey, Outcome, Report};

/// A machine of a fleet, as it is now.
#[derive(Clone, Copy)]
pub struct MachineView<'a> {
    machine: &'a Machine,
}

/// A watcher of a machine, as it is now.
#[derive(Clone, Copy)]
pub struct WatcherView<'a> {
    watcher: &'a Watcher,
}

/// What did not happen, counted since the machine was inserted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Transitions of results whose epoch was over.
    pub stale: u32,
    /// Transitions that the current state does not offer.
    pub refused: u32,
    /// Transitions that had to wait because they came too often.
    pub delayed: u32,
    /// Delayed transitions dropped because the state was left first.
    pub dropped: u32,
    /// Runs asked for while another one was already waiting.
    pub coalesced: u32,
}

impl<'a> MachineView<'a> {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> MachineKey {
        todo!()
    }
    /// Its definition.
    #[must_use]
    pub fn definition(&self) -> &'a Machine {
        self.machine
    }
    /// The UUID that its events carry.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        todo!()
    }
    /// Its directory.
    #[must_use]
    pub fn directory(&self) -> &'a std::path::Path {
        todo!()
    }
    /// The state it is in.
    #[must_use]
    pub fn state(&self) -> StateId {
        todo!()
    }
    /// When it was inserted.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        todo!()
    }
    /// Its data.
    #[must_use]
    pub fn data(&self) -> &'a Map<String, Value> {
        todo!()
    }
    /// The transitions that its state offers.
    pub fn available(&self) -> impl Iterator<Item = TransitionId> + 'a {
        core::iter::empty()
    }
    /// What did not happen.
    #[must_use]
    pub fn counters(&self) -> Counters {
        todo!()
    }
    /// Its watchers, in order.
    pub fn watchers(&self) -> impl Iterator<Item = WatcherView<'a>> + 'a {
        core::iter::empty()
    }
    /// One of its watchers.
    #[must_use]
    pub fn watcher(&self, _id: WatcherId) -> Option<WatcherView<'a>> {
        todo!()
    }
}

impl<'a> WatcherView<'a> {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> WatcherId {
        todo!()
    }
    /// Its definition.
    #[must_use]
    pub fn definition(&self) -> &'a Watcher {
        self.watcher
    }
    /// What the last run came to, or the state it is in.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        todo!()
    }
    /// What it would publish now.
    #[must_use]
    pub fn report(&self) -> Report {
        todo!()
    }
    /// When it last ran, as time since the engine started.
    #[must_use]
    pub fn last_run(&self) -> Option<Duration> {
        todo!()
    }
    /// When it runs next by itself, as time since the engine started.
    #[must_use]
    pub fn next_run(&self) -> Option<Duration> {
        todo!()
    }
    /// When a schedule switches next, by the wall clock.
    #[must_use]
    pub fn next_switch(&self) -> Option<Timestamp> {
        todo!()
    }
    /// Whether a job of it is running.
    #[must_use]
    pub fn is_running(&self) -> bool {
        todo!()
    }
}
