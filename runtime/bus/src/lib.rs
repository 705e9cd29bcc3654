//! The connection to the brokers of a network: where they are, who we say we are, and what is done when they go away.
//!
//! ```text
//! Brokers (configured, or found by DNS)  ─┐
//! Credentials (token, password, file)    ─┼─► Connection ──► publish, request, subscribe
//! TLS (our certificate, whom we trust)   ─┘        └──────► Link: connecting, up, down
//! ```
//!
//! This crate knows NATS and nothing of what is said over it: messages are subjects and bytes. It never gives up: the first
//! connection is tried for ever, and so is each later one, with waits that grow and differ from node to node
//! ([`Backoff`]), so that a fleet does not return all at once. Nothing is kept here while a broker is away; what
//! must not be lost waits on disk, in `chorister-outbox`, and goes through a [`Pipeline`].
//!
//! A node uses its connection as a [`Bus`]. [`Connection`] is the one for most; [`Thin`] is for a fleet in one process.
//!
//! Start reading at [`Connection::open`].

mod backoff;
mod brokers;
mod bus;
mod connection;
mod credentials;
mod error;
mod pipeline;
mod remarks;
mod stream;
#[cfg(test)]
mod tests;
mod thin;
mod violations;

pub use backoff::Backoff;
pub use brokers::{BrokerUrl, Brokers, InvalidUrl};
pub use bus::{Bus, Doing, Listening};
pub use connection::{Attempts, Connection, Dial, Link, Message, Receipt, Subscription, Traffic};
pub use credentials::{Credentials, Sign, Token};
pub use error::{OpenError, PublishError};
pub use pipeline::{Answer, Pipeline};
pub use remarks::Remarks;
pub use stream::Kept;
pub use thin::Thin;
pub use violations::Violations;

/// The library that speaks to brokers, and its version.
pub const LIBRARY: (&str, &str) = ("async-nats", "0.51");
