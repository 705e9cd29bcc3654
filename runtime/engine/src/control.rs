//! The control socket: how the distribution's own command line talks to a running node.
//!
//! A request is one line of JSON, and so is its answer; a connection carries as many as its client likes, one
//! after the other. Only root and the user that the node runs as are heard.

mod client;
mod server;
mod stream;
#[cfg(test)]
mod tests;

use chorister_diagram::Diagram;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::recorder::{Recording, Why};
use crate::{Fired, MachineStatus, Order, Status, Steered, Update};

pub use client::{Client, ClientError, Updates};
pub(crate) use server::{listen, serve};

/// The name of the socket in the state directory.
pub(crate) const SOCKET: &str = "control.sock";

/// The longest request, in bytes.
const LONGEST_REQUEST: usize = 64 << 10;

/// What a node can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Question {
    /// How it is.
    Status,
    /// How each machine is.
    Machines,
    /// How one machine is.
    Machine {
        /// Its name.
        name: String,
    },
    /// The picture of a machine.
    Diagram {
        /// Its name.
        name: String,
    },
    /// What changes, as it changes: one answer after the other, until the client goes away.
    Watch {
        /// The names of the machines to be told of; none for all.
        #[serde(default)]
        machines: Vec<String>,
    },
    /// Fire a transition.
    Fire {
        /// The machine's name.
        machine: String,
        /// The transition's name.
        transition: String,
    },
    /// Do something with checks.
    Steer {
        /// What.
        order: Order,
        /// Their names; none for all.
        #[serde(default)]
        checks: Vec<String>,
    },
    /// Why a machine is in its state.
    Why {
        /// Its name.
        machine: String,
        /// How far back to go; without it a few states.
        since: Option<Timestamp>,
    },
    /// What happened to a machine, as a test.
    Record {
        /// Its name.
        machine: String,
        /// Since when.
        since: Timestamp,
    },
    /// Something that another part of the node answers.
    Part {
        /// The part.
        part: String,
        /// What it is asked.
        question: Value,
    },
    /// Look at all files again.
    Reload,
}

/// What a node answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// How it is.
    Status(Box<Status>),
    /// How each machine is.
    Machines(Vec<MachineStatus>),
    /// How one machine is.
    Machine(Box<MachineStatus>),
    /// The picture of a machine.
    Diagram(Box<Diagram>),
    /// What has changed.
    Update(Box<Update>),
    /// What came of firing.
    Fired(Fired),
    /// What came of it for each check.
    Steered(Vec<Steered>),
    /// Why a machine is in its state.
    Why(Box<Why>),
    /// What happened to a machine, as a test.
    Record(Box<Recording>),
    /// What another part of the node says.
    Part(Value),
    /// It will look.
    Reloading,
    /// It could not do it; why.
    Error(String),
}
