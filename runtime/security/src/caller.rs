//! Who asks, once that is known.

use crate::token::ClientClaims;

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The caller id: `provider=name`.
    pub id: String,
    /// What shows it.
    pub proof: Proof,
}

/// What shows who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A certificate.
    Certificate {
        /// The name in it that was accepted.
        name: String,
        /// Whether it may make requests in anybody's name.
        privileged: bool,
    },
    /// A token.
    Token {
        /// What the caller's token says.
        claims: Box<ClientClaims>,
        /// Who signed in place of the caller.
        delegator: Option<String>,
    },
}

// === impl Caller ===

impl Caller {
    /// The claims of the caller's token, where there is one.
    #[must_use]
    pub fn claims(&self) -> Option<&ClientClaims> {
        match &self.proof {
            Proof::Token { claims, .. } => Some(claims),
            Proof::Certificate { .. } => None,
        }
    }

    /// Who signed in place of the caller.
    #[must_use]
    pub fn delegator(&self) -> Option<&str> {
        match &self.proof {
            Proof::Token { delegator, .. } => delegator.as_deref(),
            Proof::Certificate { name, privileged } => privileged.then_some(name),
        }
    }
}
