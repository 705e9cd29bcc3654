//! The wire protocol of a Choria network: bytes to types and back.
//!
//! ```text
//! Transport { data: SecureRequest { request: Request { payload: body::Request } } }
//! Transport { data: SecureReply   { reply:   Reply   { payload: body::Reply   } } }
//! ```
//!
//! Each layer is one type for both versions of the protocol; [`Version`] says which form it came in and is written in.
//! A layer is decoded from bytes and holds the layer inside as bytes: what is signed is never written anew before its
//! signature was checked. Who may send what is not decided here but in `chorister-security`.
//!
//! This crate reads no clock, no randomness, no files and no network. Messages may come from anybody: every layer has
//! a limit on its size ([`limits`]), nothing is allocated beyond what a message holds, and nothing panics.

pub mod body;
pub mod filter;
pub mod id;
pub mod limits;
pub mod subject;

mod base64;
mod json;
mod reply;
mod request;
mod secure;
mod transport;
mod version;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use filter::Filter;
pub use json::Fault;
pub use reply::{Reply, ReplyError};
pub use request::{Request, RequestError};
pub use secure::{Credential, SecureError, SecureReply, SecureRequest};
pub use subject::Subject;
pub use transport::{Federation, Hop, Transport, TransportError};
pub use version::Version;
