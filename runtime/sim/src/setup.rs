//! What a world begins with.

use core::time::Duration;
use std::sync::Arc;

use chorister_fsm::{Check, MachineRef, Zones};
use chorister_ir::StateId;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// What a world begins with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The node's name.
    pub identity: String,
    /// Its machines.
    pub machines: Vec<Member>,
    /// Its facts.
    pub facts: Arc<Value>,
    /// What the wall clock shows at the beginning.
    pub start: Timestamp,
    /// The node's own time zone, and how others are found.
    pub zones: Zones,
    /// Decides every splay and delay.
    pub seed: u64,
    /// How long transitions that come too often wait, in the order in which they do; the seed decides about more.
    pub waits: Vec<Duration>,
}

/// A machine and how it begins.
#[derive(Clone, Debug)]
pub struct Member {
    /// The definition.
    pub machine: MachineRef,
    /// Where it starts; `None` is the initial state of the definition.
    pub state: Option<StateId>,
    /// Its data at start.
    pub data: Map<String, Value>,
    /// What it checks, where its definition is that of a class of checks.
    pub check: Option<Arc<Check>>,
}

// === impl Setup ===

impl Setup {
    /// A node `sim` with these machines in their initial states, without facts, at the beginning of 2026 in universal
    /// time.
    #[must_use]
    pub fn new(machines: impl IntoIterator<Item = Member>) -> Self {
        /// 2026-01-01T00:00:00Z.
        const START: i64 = 1_767_225_600;
        Self {
            identity: "sim".to_owned(),
            machines: machines.into_iter().collect(),
            facts: Arc::new(Value::Object(Map::new())),
            start: Timestamp::from_second(START).unwrap_or(Timestamp::UNIX_EPOCH),
            zones: Zones::default(),
            seed: 0,
            waits: Vec::new(),
        }
    }
}

// === impl Member ===

impl<M: Into<MachineRef>> From<M> for Member {
    fn from(machine: M) -> Self {
        Self {
            machine: machine.into(),
            state: None,
            data: Map::new(),
            check: None,
        }
    }
}
