//! Asking nodes: who is there, and what their agents say.
//!
//! ```text
//! Discovery ──► names ──► Limit ──► Batches ──► broker ──► nodes
//!                                                            │
//!         Responses ◄── Tally ◄── ReplyVerifier ◄── Mailbox ◄┘
//!         Statistics    who was   is it true,
//!                       asked     and to this request
//! ```
//!
//! A [`Client`] is a connection and a [`Profile`]: who asks, and whom it believes. [`Discovery`] finds nodes, [`flat_file`] and
//! [`Inventory`] read them from files. A [`Requester`] asks them: its [`Responses`] come one by one, and at the end
//! [`Statistics`] say who did not answer. It is also what generated typed clients ask through
//! ([`Call`](chorister_ddl::Call)). [`Requester::observe`] tells of progress meanwhile.
//!
//! Nodes may lie. Each reply is verified, counts once for each sender, and only for the request that it answers; what waits to
//! be looked at and whom we remember have limits; and nothing that arrives makes a request last longer than its time.
//! A broker that stays away or reads nothing is an error in time.
//! Dropping what is being waited for ends it.
//!
//! Limits, batches, expectations and files are pure. Start reading at [`Requester::ask`].

mod batches;
mod call;
mod client;
mod discovery;
mod error;
mod exchange;
pub mod flat_file;
mod inventory;
mod limit;
mod mailbox;
mod plan;
mod progress;
mod requester;
mod responses;
mod statistics;
mod tally;
#[cfg(test)]
mod tests;

pub use batches::Batches;
pub use client::{Client, Profile};
pub use discovery::{Discovery, Pong, Pongs};
pub use error::ClientError;
pub use inventory::{Inventory, InventoryError};
pub use limit::{Limit, LimitError, Pick};
pub use progress::Progress;
pub use requester::{Invocation, Requester, Targets};
pub use responses::{Response, Responses};
pub use statistics::Statistics;
pub use tally::Standing;
