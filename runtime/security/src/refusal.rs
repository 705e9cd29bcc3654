//! Why a request is refused.

use chorister_proto::{RequestError, SecureError, TransportError, Version};
use jiff::Timestamp;

use crate::certificate::CertificateError;
use crate::token::{Purpose, TokenError};

/// Why a request is refused. Its text is for logs and audit; clients are told nothing. What others wrote is escaped in it, so
/// that nobody writes lines of their own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// What arrived is not a message.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// It is of the version that this node does not speak.
    #[error("the message is of version {found} of the protocol, which is not spoken here")]
    Version {
        /// The version.
        found: Version,
    },
    /// It carries nothing that is signed.
    #[error(transparent)]
    Secure(#[from] SecureError),
    /// What is signed is not a request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The certificate is not accepted.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The token is not believed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Nobody is trusted for tokens of an organization.
    #[error("no issuer is known for the organization `{}`", .0.escape_debug())]
    UnknownOrganization(String),
    /// The request was not signed by whom it says, or was changed.
    #[error("the signature of the request is invalid")]
    Signature,
    /// Whoever signed may not.
    #[error("not permitted: {0}")]
    Denied(#[from] Denial),
    /// It is for a collective that the node is not in.
    #[error("the node is not in the collective `{}`", .0.escape_debug())]
    Collective(String),
    /// It arrived on a subject that it does not belong on.
    #[error("the request does not belong on the subject `{}`", .0.escape_debug())]
    Subject(String),
    /// It counts longer than a request may.
    #[error("the request counts for {ttl} s, the most is {most} s")]
    TtlTooLong {
        /// What it says, in seconds.
        ttl: u64,
        /// What it may say, in seconds.
        most: u64,
    },
    /// It is too old.
    #[error("the request expired at {0}")]
    Expired(Timestamp),
    /// It is from the future.
    #[error("the request is from the future: {0}")]
    Future(Timestamp),
    /// It was there before.
    #[error("the request `{}` was there before", .0.escape_debug())]
    Replayed(String),
    /// Whether it was there before is not known any more: there were too many since.
    #[error("there were too many requests to know whether `{}` was there before", .0.escape_debug())]
    Forgotten(String),
}

/// Why whoever signed may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denial {
    /// The caller id is not `provider=name`.
    #[error("`{}` is not a caller id", .0.escape_debug())]
    CallerId(String),
    /// The certificate is of somebody else.
    #[error("the certificate is not that of `{}`", .0.escape_debug())]
    NotTheCertificateOf(String),
    /// The name is not on the list of those that may.
    #[error("`{}` is not on the list of allowed names", .0.escape_debug())]
    NotAllowed(String),
    /// The token is of the wrong kind.
    #[error("a `{}` token cannot make requests", .0.as_str())]
    Purpose(Purpose),
    /// The token does not name a key.
    #[error("the token has no public key")]
    NoPublicKey,
    /// The token is not one for requests.
    #[error("the token has no fleet management access")]
    NoFleetManagement,
    /// Requests with this token have to be signed by a delegator.
    #[error("the token requires an authorized signer")]
    NeedsDelegator,
    /// The one who signed in place of the caller may not do so.
    #[error("the signer has no delegator permission")]
    NotADelegator,
    /// The token is of somebody else.
    #[error("the token is not that of `{}`", .0.escape_debug())]
    NotTheTokenOf(String),
}

// === impl Refusal ===

impl Refusal {
    /// A word for audit and metrics that stays as it is.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Transport(_) => "transport",
            Self::Version { .. } => "version",
            Self::Secure(_) => "secure_request",
            Self::Request(_) => "request",
            Self::Certificate(_) => "certificate",
            Self::Token(_) | Self::UnknownOrganization(_) => "token",
            Self::Signature => "signature",
            Self::Denied(_) => "denied",
            Self::Collective(_) => "collective",
            Self::Subject(_) => "subject",
            Self::TtlTooLong { .. } | Self::Expired(_) | Self::Future(_) => "ttl",
            Self::Replayed(_) | Self::Forgotten(_) => "replay",
        }
    }
}
