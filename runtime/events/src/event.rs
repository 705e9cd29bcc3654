//! An event, ready to be written.

use std::path::Path;

use chorister_fsm::{Fleet, Notice};
use chorister_ir::Machine;

/// A notice with the names that belong to its ids.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// The node's name.
    pub identity: &'a str,
    /// The machine it is about.
    pub machine: &'a Machine,
    /// The UUID of the machine's instance.
    pub instance: [u8; 16],
    /// The machine's directory.
    pub directory: &'a Path,
    /// What happened.
    pub notice: &'a Notice,
}

impl<'a> Event<'a> {
    /// Looks the names up; `None` where the machine has been removed since.
    #[must_use]
    pub fn new(fleet: &'a Fleet, notice: &'a Notice) -> Option<Self> {
        let machine = fleet.machine(notice.machine)?;
        Some(Self {
            identity: fleet.identity(),
            machine: machine.definition(),
            instance: machine.id(),
            directory: machine.directory(),
            notice,
        })
    }

    /// The NATS subject that the event is published on.
    #[must_use]
    pub fn subject(&self) -> &'static str {
        todo!()
    }

    /// Appends the CloudEvent, structured JSON on one line without a line feed; `id` is a random UUID.
    pub fn write_json(&self, _id: [u8; 16], _out: &mut Vec<u8>) {
        todo!()
    }
}
