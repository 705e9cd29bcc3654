//! Who may ask and who may answer on a Choria network.
//!
//! [`Verifier::verify`] takes what arrived, the subject it arrived on and the time, and gives a [`VerifiedRequest`] or
//! a [`Refusal`]; nobody else makes the first. [`Replays`] then says whether it was there before, [`Guard`] does both.
//! [`Signer`] makes requests and replies that others accept, [`ReplyVerifier`] says which replies to believe.
//!
//! ```text
//! bytes, subject, now ──► Transport ─► SecureRequest ─► signature ─► Request ─► collective, subject, ttl ─► replay
//!                                          │ certificate (version 1) or tokens (version 2)
//!                                          ▼
//!                                        Caller
//! ```
//!
//! Keys, certificates, tokens and the time are arguments. Only [`load`] touches files. Requests are always verified:
//! there is no setting that leaves it out.

pub mod certificate;
pub mod key;
pub mod load;
pub mod permissions;
pub mod provider;
pub mod token;

mod caller;
mod guard;
mod refusal;
mod replay;
mod reply;
mod signer;
mod trust;
mod verifier;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use caller::{Caller, Proof};
pub use guard::Guard;
pub use refusal::{Denial, Refusal};
pub use replay::{ReplaySnapshot, Replays};
pub use reply::{ReplyRefusal, ReplyVerifier, VerifiedReply};
pub use signer::{SignError, Signer};
pub use trust::{CertificateTrust, Patterns, TokenTrust, Trust};
pub use verifier::{Bounds, VerifiedRequest, Verifier};
