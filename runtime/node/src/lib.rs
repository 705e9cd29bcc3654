//! A node of a network: what it does with each request, and what it tells of itself.
//!
//! ```text
//! broker ──► Reception ──► Dispatch ──► agent ──► reply ──► broker
//!            who asks,     may they,              signed
//!            is it for us  can we
//! ```
//!
//! [`Reception`] verifies and filters and is pure: what arrived, the subject and the time go in. [`Dispatch`] authorises and
//! runs agents, each within its deadline, so many at a time, and apart from all others: one that panics or hangs costs its
//! caller an error and nobody else anything. [`Node`] brings both together with a connection.
//!
//! Whoever is refused by [`Reception`] hears nothing, as on every node of such a network; whoever gets past it is always
//! answered.

mod breaker;
mod counters;
mod discovery;
mod dispatch;
mod ears;
mod join;
mod lifecycle;
mod metrics;
mod node;
mod outbox;
mod reception;
pub mod registration;
mod roster;
mod signature;
pub mod status;
mod streams;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod undecided;

pub use breaker::Breaker;
pub use counters::{Count, Counters, Judged};
pub use discovery::DISCOVERY;
pub use dispatch::{Audit, Dispatch, Record};
pub use join::{Account, Card, JoinError, Membership, Principal, certname, ssl_dir};
pub use lifecycle::{Component, Format, Happening, LifeEvent, Slot};
pub use metrics::Metrics;
pub use node::{Config, Node, View};
pub use outbox::{Doing, Outbox};

pub use chorister_bus::{Bus, Connection, Dial, LIBRARY, Link, Thin, Violations};
pub use chorister_proto::filter;
pub use chorister_security::key::RsaKey;
pub use chorister_security::{Guard, Replays, Signer, load};
pub use reception::{Received, Reception};
pub use roster::{Agents, Hosted, Roster};
pub use signature::detached;
pub use streams::{Echo, Echoes, Streams, Waiting};
pub use undecided::Undecided;
