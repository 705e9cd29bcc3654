//! Where a node leaves what it tells of its life.

use core::fmt;

/// Something that is being done for a node.
pub type Doing<'a> = chorister_bus::Doing<'a, ()>;

/// Keeps what a node tells until a broker has it.
pub trait Outbox: fmt::Debug + Send + Sync {
    /// Takes a message: its subject, its id, and what it says. It is over when the message cannot be lost with the process.
    fn put<'a>(&'a self, subject: &'a str, id: &'a str, json: &'a [u8]) -> Doing<'a>;

    /// Is over when a broker has everything.
    fn emptied(&self) -> Doing<'_>;
}
