//! JSON web tokens: what they say, and whether to believe it.
//!
//! [`Token::parse`] reads one, [`Token::verify`] checks it with a key: its signature, when it counts, and for tokens
//! that a Chain Issuer made, that the issuer was made by the organization's key.

mod chain;
mod claims;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chorister_proto::limits;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::{RsaHash, Seed, VerificationKey};
use crate::signatures::Memory;

pub use claims::{
    Claims, ClientClaims, ClientPermissions, Kind, ProvisioningClaims, Purpose, ServerClaims,
    ServerPermissions, Standard,
};

/// A token that can be read. What it says is not to be believed before [`Token::verify`].
#[derive(Clone, Debug)]
pub struct Token<'a> {
    /// What the signature is over.
    signed: &'a str,
    signature: Vec<u8>,
    algorithm: Algorithm,
    claims: Claims,
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is longer than any that is.
    #[error("the token is longer than {} bytes", limits::TOKEN)]
    TooLong,
    /// It cannot be read.
    #[error("the token cannot be read: {0}")]
    Malformed(&'static str),
    /// It is signed in a way that is not accepted.
    #[error("the token is signed with `{}`", .0.escape_debug())]
    Algorithm(String),
    /// It is signed in another way than the key can check.
    #[error("the token is signed with another kind of key")]
    KeyKind,
    /// It was not signed by the key, or was changed.
    #[error("the signature of the token is invalid")]
    Signature,
    /// It does not count any more.
    #[error("the token expired at {0}")]
    Expired(Timestamp),
    /// It counts for ever, where it must not.
    #[error("the token has no time at which it expires")]
    NoExpiry,
    /// It does not count yet.
    #[error("the token does not count before {0}")]
    NotYetValid(Timestamp),
    /// The chain of issuers is broken.
    #[error("the token is not signed by the issuer: {0}")]
    Chain(&'static str),
}

/// How a token is signed. There is no other way, whatever a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    EdDsa,
    Rsa(RsaHash),
}

#[derive(Deserialize)]
struct Header<'a> {
    alg: std::borrow::Cow<'a, str>,
    /// Extensions that must be understood; none is.
    crit: Option<serde::de::IgnoredAny>,
}

// === impl Token ===

impl<'a> Token<'a> {
    /// Reads the text of a token; white space around it does not matter.
    ///
    /// # Errors
    /// It is no token of a kind that is known here, or is signed in a way that is not accepted.
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        let text = text.trim();
        if text.len() > limits::TOKEN {
            return Err(TokenError::TooLong);
        }
        let parts = TokenError::Malformed("it has not three parts");
        let (signed, signature) = text.rsplit_once('.').ok_or(parts.clone())?;
        let (header, payload) = signed.split_once('.').ok_or(parts.clone())?;
        if payload.contains('.') {
            return Err(parts);
        }
        let decode = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| TokenError::Malformed("a part of it is not base64"))
        };
        let header = decode(header)?;
        let header: Header<'_> = serde_json::from_slice(&header)
            .map_err(|_| TokenError::Malformed("its header is not JSON"))?;
        if header.crit.is_some() {
            return Err(TokenError::Malformed("it has extensions"));
        }
        let algorithm = match &*header.alg {
            "EdDSA" => Algorithm::EdDsa,
            "RS256" => Algorithm::Rsa(RsaHash::Sha256),
            "RS384" => Algorithm::Rsa(RsaHash::Sha384),
            "RS512" => Algorithm::Rsa(RsaHash::Sha512),
            other => return Err(TokenError::Algorithm(other.chars().take(32).collect())),
        };
        Ok(Self {
            signed,
            signature: decode(signature)?,
            algorithm,
            claims: Claims::from_json(&decode(payload)?)?,
        })
    }

    /// What it says, unverified.
    #[must_use]
    pub const fn unverified(&self) -> &Claims {
        &self.claims
    }

    /// What it says, if it is signed by a key, or by a Chain Issuer that is, and counts now.
    ///
    /// # Errors
    /// It is not, or does not.
    pub fn verify(&self, key: &VerificationKey, now: Timestamp) -> Result<&Claims, TokenError> {
        self.verify_with(key, now, &Memory::NONE)
    }

    /// Does what [`Token::verify`] does, with signatures that may be known.
    pub(crate) fn verify_with(
        &self,
        key: &VerificationKey,
        now: Timestamp,
        memory: &Memory,
    ) -> Result<&Claims, TokenError> {
        match chain::issuer(&self.claims, key, memory)? {
            Some(issuer) => self.check_signature(&VerificationKey::Ed25519(issuer), memory)?,
            None => self.check_signature(key, memory)?,
        }
        self.claims.standard.check_time(now)?;
        Ok(&self.claims)
    }

    fn check_signature(&self, key: &VerificationKey, memory: &Memory) -> Result<(), TokenError> {
        let message = self.signed.as_bytes();
        let verifies = match (key, self.algorithm) {
            (VerificationKey::Ed25519(key), Algorithm::EdDsa) => {
                memory.ed25519(key, message, &self.signature)
            }
            (VerificationKey::Rsa(key), Algorithm::Rsa(hash)) => {
                memory.rsa(key, hash, message, &self.signature)
            }
            _ => return Err(TokenError::KeyKind),
        };
        if verifies {
            Ok(())
        } else {
            Err(TokenError::Signature)
        }
    }
}

/// Makes a token with some claims, signed with ed25519.
///
/// # Errors
/// The claims cannot be written as JSON.
pub fn sign(claims: &impl Serialize, seed: &Seed) -> Result<String, TokenError> {
    const HEADER: &[u8] = br#"{"alg":"EdDSA","typ":"JWT"}"#;
    let claims =
        serde_json::to_vec(claims).map_err(|_| TokenError::Malformed("its claims are not JSON"))?;
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(HEADER),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let signature = URL_SAFE_NO_PAD.encode(seed.sign(signed.as_bytes()));
    Ok(format!("{signed}.{signature}"))
}
