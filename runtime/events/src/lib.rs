//! What a node says: CloudEvents, console lines, Prometheus text.
//!
//! Everything here writes; nothing is sent, and nothing is read but the arguments. [`Event`] is what the
//! writers take: a [`Notice`](chorister_fsm::Notice) with the names that belong to its ids.
//!
//! - [`Event::write_json`] for the wire, byte for byte what Choria's own agents write.
//! - [`ProblemEvent`] in the same form, for what is wrong with the node itself, and [`ChecksEvent`] for how all its
//!   checks are.
//! - [`Console`] for people.
//! - [`Prometheus`] and [`write_checks`] for the text files that the node exporter reads.

mod checks;
mod cloudevent;
mod console;
mod event;
mod json;
mod problem;
mod prometheus;
mod summary;

pub use checks::{CheckSample, FILE_NAME as CHECKS_FILE, write_checks};
pub use console::Console;
pub use event::Event;
pub use problem::ProblemEvent;
pub use prometheus::{FILE_NAME as PROMETHEUS_FILE, Prometheus};
pub use summary::ChecksEvent;

#[cfg(test)]
mod tests;
