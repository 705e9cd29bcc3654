//! What a node says: CloudEvents, console lines, Prometheus text.
//!
//! Everything here writes; nothing is sent, and nothing is read but the arguments. [`Event`] is what the
//! writers take: a [`Notice`](chorister_fsm::Notice) with the names that belong to its ids.
//!
//! - [`Event::write_json`] for the wire, byte for byte what Choria's own agents write.
//! - [`ProblemEvent`] in the same form, for what is wrong with the node itself.
//! - [`Console`] for people.
//! - [`Prometheus`] for the text file that the node exporter reads.

mod cloudevent;
mod console;
mod event;
mod json;
mod problem;
mod prometheus;

pub use console::Console;
pub use event::Event;
pub use problem::ProblemEvent;
pub use prometheus::{FILE_NAME as PROMETHEUS_FILE, Prometheus};

#[cfg(test)]
mod tests;
