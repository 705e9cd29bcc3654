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
//! What upstream accepts and we do not, on purpose: what was there before; a `ttl` above [`Bounds::ttl`]; clocks that are
//! further ahead than [`Bounds::skew`]; a subject that is not the request's; anything after the name in a caller id of
//! version 1; tokens that never expire; a delegator that names somebody else than the caller's token (but as the AAA service
//! writes it); `.` in the default patterns of privileged names as any character; authorities that expired; keys other than
//! RSA in version 1 and RSA keys below 2048 bits; replies whose signature, token or sender is not right.
//!
//! Checking a signature is most of what a request costs. [`Signatures`] remembers which ones are good, and nothing else:
//! whom to believe, and until when, is decided anew each time.
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
mod signatures;
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
pub use replay::{Keep, Key, ReplaySnapshot, Replays};
pub use reply::{ReplyRefusal, ReplyVerifier, VerifiedReply};
pub use signatures::Signatures;
pub use signer::{SignError, Signer};
pub use trust::{CertificateTrust, PatternError, Patterns, TokenTrust, Trust};
pub use verifier::{Bounds, VerifiedRequest, Verifier};
