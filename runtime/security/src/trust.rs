//! Whom a node or a client believes.

use std::collections::BTreeMap;

use chorister_lang::re2::{self, Regex};
use jiff::Timestamp;

use crate::certificate::Roots;
use crate::key::{PublicKey, VerificationKey};
use crate::refusal::Refusal;
use crate::signatures::Memory;
use crate::token::{Claims, Token, TokenError};

/// Whom a node believes. Which of the two it is decides the version of the protocol that it speaks.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Version 1: certificates.
    Certificates(CertificateTrust),
    /// Version 2: tokens.
    Tokens(TokenTrust),
}

/// Whose certificates count, and for whom.
#[derive(Clone, Debug)]
pub struct CertificateTrust {
    /// The authorities.
    pub roots: Roots,
    /// Names of certificates that may make requests.
    pub allowed: Patterns,
    /// Names of certificates that may make requests in anybody's name.
    pub privileged: Patterns,
}

/// Whose tokens count.
#[derive(Clone, Debug)]
pub enum TokenTrust {
    /// Those of organizations: the key of each by the name in tokens' `ou`.
    Issuers(BTreeMap<String, PublicKey>),
    /// Those that one of these keys signed.
    Signers(Vec<PublicKey>),
}

/// Patterns of names.
#[derive(Clone, Debug)]
pub struct Patterns(Vec<Regex>);

/// Something that is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a pattern: {reason}")]
pub struct PatternError {
    /// The text.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

// === impl Patterns ===

impl Patterns {
    /// Who may make requests unless something else is configured.
    pub const ALLOWED: [&str; 2] = [r"\.mcollective$", r"\.choria$"];
    /// Who may make requests in anybody's name unless something else is configured.
    pub const PRIVILEGED: [&str; 2] = [r"\.privileged\.mcollective$", r"\.privileged\.choria$"];

    /// Reads patterns; slashes around one are taken away.
    ///
    /// # Errors
    /// One is no pattern: nobody is let in by a list that was misread.
    pub fn new<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Self, PatternError> {
        let compile = |pattern: T| {
            let text = pattern.as_ref();
            let bare = if text.len() > 1 && text.starts_with('/') && text.ends_with('/') {
                text.trim_matches('/')
            } else {
                text
            };
            re2::compile(bare).map_err(|error| PatternError {
                pattern: text.to_owned(),
                reason: error.to_string(),
            })
        };
        let patterns = patterns.into_iter().map(compile);
        patterns.collect::<Result<_, _>>().map(Self)
    }

    /// Reads patterns with commas between them.
    ///
    /// # Errors
    /// As [`Patterns::new`].
    pub fn parse(list: &str) -> Result<Self, PatternError> {
        Self::new(list.split(',').map(str::trim).filter(|it| !it.is_empty()))
    }

    /// Whether one of them matches a name.
    #[must_use]
    pub fn match_name(&self, name: &str) -> bool {
        self.0.iter().any(|it| it.is_match(name))
    }
}

// === impl TokenTrust ===

impl TokenTrust {
    /// The keys that a token of an organization may be signed with; none where nobody is trusted for it.
    #[must_use]
    pub fn candidates(&self, organization: &str) -> &[PublicKey] {
        match self {
            Self::Issuers(issuers) => issuers.get(organization).map_or(&[], core::slice::from_ref),
            Self::Signers(signers) => signers,
        }
    }

    /// Checks a token with the keys of the organization that it names, and says which of them it was.
    pub(crate) fn verify<'t>(
        &self,
        token: &'t Token<'_>,
        now: Timestamp,
        memory: &Memory,
    ) -> Result<(&'t Claims, VerificationKey), Refusal> {
        let organization = token.unverified().organization();
        let mut reason = None;
        for key in self.candidates(organization) {
            let key = VerificationKey::Ed25519(*key);
            match token.verify_with(&key, now, memory) {
                Ok(claims) => return Ok((claims, key)),
                // Of several keys, the one that fits says best what is wrong.
                Err(error) if error == TokenError::Signature && reason.is_some() => {}
                Err(error) => reason = Some(error),
            }
        }
        Err(match reason {
            Some(error) => Refusal::Token(error),
            None => Refusal::UnknownOrganization(organization.to_owned()),
        })
    }
}
