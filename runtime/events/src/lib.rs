//! What a node says: CloudEvents, console lines, Prometheus text.
//!
//! Everything here writes; nothing is sent, and nothing is read but the arguments.
//! [`Event`] is what the writers take: a [`Notice`](chorister_fsm::Notice) with the names that belong to its ids.

mod event;

pub use event::Event;
