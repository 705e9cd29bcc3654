//! Making requests and replies that others accept.

use core::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use chorister_proto::{
    Credential, Reply, ReplyError, Request, RequestError, SecureError, SecureReply, SecureRequest,
    Transport, Version,
};
use jiff::Timestamp;

use crate::certificate::{CertificateError, Chain};
use crate::key::{RsaKey, Seed};
use crate::permissions::stream_api;
use crate::signatures::Memory;
use crate::token::{Token, TokenError};

/// What a client or a node signs with. Keys and tokens are never printed.
pub enum Signer {
    /// Version 1.
    Certificate {
        /// The key; `None` where it is of another kind than RSA. Connections are made with it, but messages of version 1 are
        /// signed with nothing else than RSA.
        key: Option<RsaKey>,
        /// Its certificate and intermediates, in PEM.
        certificates: String,
    },
    /// Version 2.
    Token {
        /// The key.
        seed: Seed,
        /// Its token.
        token: String,
        /// Whether replies are signed.
        sign_replies: bool,
    },
}

/// Why a message cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// It is of the version of the other kind of key.
    #[error("a message of version {found} cannot be signed with this key")]
    Version {
        /// The version.
        found: Version,
    },
    /// The request cannot be written.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The reply cannot be written.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// The signed message cannot be written.
    #[error(transparent)]
    Secure(#[from] SecureError),
    /// The certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The token cannot be read.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The certificate or the token is not that of the key.
    #[error("the certificate or the token is not that of the key")]
    OtherKey,
    /// Messages of version 1 are signed with RSA.
    #[error(
        "the key of the certificate is not an RSA key, and nodes believe no other signature; use a certificate with an RSA key"
    )]
    NotRsa,
    /// The system cannot sign.
    #[error("the system cannot sign")]
    System,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate { key: Some(key), .. } => write!(f, "Signer({key:?})"),
            Self::Certificate { key: None, .. } => f.write_str("Signer(of connections)"),
            Self::Token { seed, .. } => write!(f, "Signer({seed:?})"),
        }
    }
}

// === impl Signer ===

impl Signer {
    /// Signs with a certificate's key.
    ///
    /// # Errors
    /// The certificate cannot be read, or is not that of the key.
    pub fn certificate(key: RsaKey, certificates: String) -> Result<Self, SignError> {
        let chain = Chain::from_pem(certificates.as_bytes())?;
        let signature = key.sign(b"").ok_or(SignError::System)?;
        if !chain.signed(b"", &signature, &Memory::NONE)? {
            return Err(SignError::OtherKey);
        }
        Ok(Self::Certificate {
            key: Some(key),
            certificates,
        })
    }

    /// Has a certificate for connections, whose public key this is, and signs no requests.
    ///
    /// # Errors
    /// The certificate cannot be read, or is not that of the key.
    pub fn connections_only(public: &[u8], certificates: String) -> Result<Self, SignError> {
        if !Chain::from_pem(certificates.as_bytes())?.is_of(public) {
            return Err(SignError::OtherKey);
        }
        Ok(Self::Certificate {
            key: None,
            certificates,
        })
    }

    /// Signs with a token's key.
    ///
    /// # Errors
    /// The token cannot be read, or is not that of the key.
    pub fn token(seed: Seed, token: String, sign_replies: bool) -> Result<Self, SignError> {
        let claims = Token::parse(&token)?;
        let named = claims.unverified().standard.public_key.as_deref();
        if named.is_some_and(|it| it != seed.public_hex()) {
            return Err(SignError::OtherKey);
        }
        Ok(Self::Token {
            seed,
            token,
            sign_replies,
        })
    }

    /// When its certificate or token stops to count; `None` where it never does.
    ///
    /// # Errors
    /// The certificate or the token cannot be read.
    pub fn expires(&self) -> Result<Option<Timestamp>, SignError> {
        Ok(match self {
            Self::Certificate { certificates, .. } => {
                Some(Chain::from_pem(certificates.as_bytes())?.expires())
            }
            Self::Token { token, .. } => Token::parse(token)?.unverified().standard.expires(),
        })
    }

    /// What the interface of streams begins with for who signs so.
    #[must_use]
    pub fn stream_api(&self) -> &'static str {
        let token = match self {
            Self::Certificate { .. } => None,
            Self::Token { token, .. } => Token::parse(token).ok(),
        };
        match token {
            Some(token) => stream_api(token.unverified().organization()),
            None => stream_api("choria"),
        }
    }

    /// Whether it is slow, or asks somebody each time: a message is signed once then, and used as often as it counts.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(self, Self::Certificate { key: Some(key), .. } if key.is_held())
    }

    /// The version of messages that it signs.
    #[must_use]
    pub const fn version(&self) -> Version {
        match self {
            Self::Certificate { .. } => Version::V1,
            Self::Token { .. } => Version::V2,
        }
    }

    fn check(&self, found: Version) -> Result<(), SignError> {
        if found == self.version() {
            Ok(())
        } else {
            Err(SignError::Version { found })
        }
    }

    /// Signs a request.
    ///
    /// # Errors
    /// It is of the other version, or cannot be written; or the key is not one for requests.
    pub fn sign_request(&self, request: &Request) -> Result<SecureRequest, SignError> {
        self.check(request.version)?;
        let request = request.encode()?;
        let (signature, credential) = match self {
            Self::Certificate { key, certificates } => (
                key.as_ref()
                    .ok_or(SignError::NotRsa)?
                    .sign(&request)
                    .ok_or(SignError::System)?,
                Credential::Certificate(certificates.clone()),
            ),
            Self::Token { seed, token, .. } => (
                seed.sign(&request),
                Credential::Token {
                    caller: token.clone(),
                    signer: None,
                },
            ),
        };
        Ok(SecureRequest {
            request,
            signature,
            credential,
        })
    }

    /// Hashes a reply and, in version 2, signs it.
    ///
    /// # Errors
    /// It is of the other version, or cannot be written.
    pub fn sign_reply(&self, reply: &Reply) -> Result<SecureReply, SignError> {
        self.check(reply.version)?;
        let json = reply.encode()?;
        let (signature, sender) = match self {
            Self::Token {
                seed,
                token,
                sign_replies: true,
            } => (Some(seed.sign(&json)), Some(token.clone())),
            _ => (None, None),
        };
        Ok(SecureReply {
            version: reply.version,
            hash: digest(&SHA256, &json).as_ref().to_vec(),
            reply: json,
            signature,
            sender,
        })
    }

    /// A whole request, ready to be published.
    ///
    /// # Errors
    /// As [`Signer::sign_request`].
    pub fn request_transport(
        &self,
        request: &Request,
        reply_to: &str,
    ) -> Result<Transport, SignError> {
        let data = self.sign_request(request)?.encode()?;
        Ok(Transport {
            reply_to: Some(reply_to.to_owned()),
            sender: Some(request.sender.clone()),
            ..Transport::new(request.version, data)
        })
    }

    /// A whole reply to what came in a transport, ready to be published.
    ///
    /// # Errors
    /// As [`Signer::sign_reply`].
    pub fn reply_transport(
        &self,
        reply: &Reply,
        asked: &Transport,
    ) -> Result<Transport, SignError> {
        let data = self.sign_reply(reply)?.encode()?;
        Ok(asked.answer(data, &reply.sender))
    }
}
