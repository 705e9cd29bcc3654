//! Names for machines and jobs inside a fleet.

use core::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use chorister_ir::{Machine, StateId, WatcherId};
use serde_json::{Map, Value};

use crate::{Check, Snapshot};

/// A machine of a fleet. Keys are not reused, so a key of a removed machine finds nothing. The default is the key of
/// the first machine of a fleet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineKey {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

/// A job that the engine asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId {
    /// The machine it is for.
    pub machine: MachineKey,
    /// The watcher it is for.
    pub watcher: WatcherId,
    pub(crate) serial: u32,
}

/// The definition of a machine: part of the program, or shared with whoever loaded it.
#[derive(Clone, Debug)]
pub enum MachineRef {
    /// Compiled in.
    Static(&'static Machine),
    /// Loaded.
    Shared(Arc<Machine>),
}

/// What makes one machine of a fleet out of a definition.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The UUID that its events carry.
    pub id: [u8; 16],
    /// Where its commands run and its relative paths start; absolute.
    pub directory: Arc<Path>,
    /// Its data at start.
    pub data: Map<String, Value>,
    /// What it checks, where its definition is that of a class of checks.
    pub check: Option<Arc<Check>>,
    /// Where it starts; `None` is the initial state of the definition.
    pub state: Option<StateId>,
    /// What is remembered of it; what does not fit the definition is left out. The state and data above win.
    pub memory: Option<Box<Snapshot>>,
}

// === impl MachineKey ===

impl MachineKey {
    /// The key as a number, unique in the fleet, for logs and maps.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        (self.generation as u64) << 32 | self.slot as u64
    }
}

// === impl MachineRef ===

impl Deref for MachineRef {
    type Target = Machine;

    fn deref(&self) -> &Machine {
        match self {
            Self::Static(machine) => machine,
            Self::Shared(machine) => machine,
        }
    }
}

impl From<&'static Machine> for MachineRef {
    fn from(machine: &'static Machine) -> Self {
        Self::Static(machine)
    }
}

impl From<Arc<Machine>> for MachineRef {
    fn from(machine: Arc<Machine>) -> Self {
        Self::Shared(machine)
    }
}

impl From<Machine> for MachineRef {
    fn from(machine: Machine) -> Self {
        Self::Shared(Arc::new(machine))
    }
}

// === impl Instance ===

impl Instance {
    /// An instance without data, to start in the initial state.
    #[must_use]
    pub fn new(id: [u8; 16], directory: Arc<Path>) -> Self {
        Self {
            id,
            directory,
            data: Map::new(),
            check: None,
            state: None,
            memory: None,
        }
    }
}
