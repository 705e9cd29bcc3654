//! Messages that other programs leave in a folder, for a node to publish.
//!
//! Any program may write one there ([`Folder::put`], or the command `submit`). A node looks for them once a second, the
//! priorities `P0` to `P4` apart from each other. Those that need not arrive are published once. The others are tried
//! until a stream has them, their time is over or they were tried too often; those behind them wait, so that order is
//! kept.

mod folder;
mod message;
mod worker;

pub use folder::{Folder, PutError};
pub use message::{Invalid, LARGEST, PRIORITIES, Signature, Submission};
pub use worker::{Sign, Submitter};

/// An id that no other message has: a random UUID.
#[must_use]
pub fn unique_id() -> String {
    chorister_proto::id::uuid(fastrand::u128(..).to_be_bytes())
}
