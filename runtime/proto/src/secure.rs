//! The layer that carries signatures and hashes. They are checked in `chorister-security`.

use std::borrow::Cow;

use crate::json::{self, Fault, Writer};
use crate::version::{Ids, Version};
use crate::{base64, limits};

/// A request and what vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecureRequest {
    /// The request's JSON, which is what is signed.
    pub request: Vec<u8>,
    /// The signature: RSA PKCS#1 v1.5 with SHA-256, or ed25519.
    pub signature: Vec<u8>,
    /// Whose signature it is said to be; this decides the version.
    pub credential: Credential,
}

/// Whose signature a request has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Version 1: the certificate of the signer, followed by intermediates, as PEM.
    Certificate(String),
    /// Version 2: tokens.
    Token {
        /// The token of the caller.
        caller: String,
        /// The token of the one who signed in place of the caller.
        signer: Option<String>,
    },
}

/// A reply and what vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecureReply {
    /// The version of all layers.
    pub version: Version,
    /// The reply's JSON, which is what is hashed and signed.
    pub reply: Vec<u8>,
    /// The SHA-256 of the reply.
    pub hash: Vec<u8>,
    /// Version 2: the ed25519 signature of the node.
    pub signature: Option<Vec<u8>>,
    /// Version 2: the token of the node.
    pub sender: Option<String>,
}

/// Why bytes are not a secure request or a secure reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecureError {
    /// The JSON is not that of this layer.
    #[error("not a secure message: {0}")]
    Json(#[from] Fault),
    /// It is of another protocol.
    #[error("`{}` is not the protocol of a secure message", found.escape_debug())]
    WrongProtocol {
        /// The protocol.
        found: String,
    },
    /// A member that must be base64 is not.
    #[error("`{name}` is not base64")]
    NotBase64 {
        /// Its name.
        name: &'static str,
    },
    /// A request of version 1 is carried as text, and this is none.
    #[error("the message is not text")]
    NotText,
}

fn unknown(found: &str) -> SecureError {
    SecureError::WrongProtocol {
        found: found.chars().take(64).collect(),
    }
}

fn bytes(name: &'static str, text: &str) -> Result<Vec<u8>, SecureError> {
    base64::decode(text.as_bytes()).ok_or(SecureError::NotBase64 { name })
}

fn text(bytes: &[u8]) -> Result<&str, SecureError> {
    core::str::from_utf8(bytes).map_err(|_| SecureError::NotText)
}

// === impl SecureRequest ===

impl SecureRequest {
    /// The version of all layers.
    #[must_use]
    pub const fn version(&self) -> Version {
        match self.credential {
            Credential::Certificate(_) => Version::V1,
            Credential::Token { .. } => Version::V2,
        }
    }

    /// Reads the data of a transport, held against the schema of this layer.
    ///
    /// # Errors
    /// It is not a secure request of either version, or exceeds a limit.
    pub fn decode(json: &[u8]) -> Result<Self, SecureError> {
        let [
            protocol,
            message,
            request,
            signature,
            pubcert,
            caller,
            signer,
        ] = json::members(
            json,
            limits::SECURE,
            [
                "protocol",
                "message",
                "request",
                "signature",
                "pubcert",
                "caller",
                "signer",
            ],
        )?;
        let protocol = protocol.required_text()?;
        let signed = signature.filled_text()?;
        let signed = bytes("signature", &signed);
        let bounded = |token: Cow<'_, str>, limit: usize| {
            if token.len() > limit {
                return Err(Fault::TooLong { limit });
            }
            Ok(token.into_owned())
        };
        match Ids::SECURE_REQUEST.version(&protocol) {
            Some(Version::V1) => Ok(Self {
                request: message.filled_text()?.into_owned().into_bytes(),
                credential: Credential::Certificate(bounded(
                    pubcert.filled_text()?,
                    limits::CERTIFICATES,
                )?),
                signature: signed?,
            }),
            Some(Version::V2) => Ok(Self {
                request: bytes("request", &request.filled_text()?)?,
                credential: Credential::Token {
                    caller: bounded(caller.filled_text()?, limits::TOKEN)?,
                    signer: if signer.is_there() {
                        Some(bounded(signer.required_text()?, limits::TOKEN)?)
                            .filter(|it| !it.is_empty())
                    } else {
                        None
                    },
                },
                signature: signed?,
            }),
            None => Err(unknown(&protocol)),
        }
    }

    /// The data of a transport.
    ///
    /// # Errors
    /// A request of version 1 that is not UTF-8.
    pub fn encode(&self) -> Result<Vec<u8>, SecureError> {
        let writer = Writer::new().text("protocol", Ids::SECURE_REQUEST.of(self.version()));
        let writer = match &self.credential {
            Credential::Certificate(pem) => writer
                .text("message", text(&self.request)?)
                .base64("signature", &self.signature)
                .text("pubcert", pem),
            Credential::Token { caller, signer } => writer
                .base64("request", &self.request)
                .base64("signature", &self.signature)
                .text("caller", caller)
                .some_text("signer", signer.as_deref()),
        };
        Ok(writer.end().into_bytes())
    }
}

// === impl SecureReply ===

impl SecureReply {
    /// Reads the data of a transport.
    ///
    /// # Errors
    /// It is not a secure reply of either version, or exceeds a limit.
    pub fn decode(json: &[u8]) -> Result<Self, SecureError> {
        let [protocol, message, reply, hash, signature, sender] = json::members(
            json,
            limits::SECURE,
            [
                "protocol",
                "message",
                "reply",
                "hash",
                "signature",
                "sender",
            ],
        )?;
        let protocol = protocol.required_text()?;
        let hash = bytes("hash", &hash.filled_text()?)?;
        match Ids::SECURE_REPLY.version(&protocol) {
            Some(Version::V1) => Ok(Self {
                version: Version::V1,
                reply: message.filled_text()?.into_owned().into_bytes(),
                hash,
                signature: None,
                sender: None,
            }),
            Some(Version::V2) => {
                let signature = if signature.is_there() {
                    Some(bytes("signature", &signature.filled_text()?)?)
                } else {
                    None
                };
                let sender = sender.text()?;
                if sender.len() > limits::TOKEN {
                    return Err(Fault::TooLong {
                        limit: limits::TOKEN,
                    }
                    .into());
                }
                Ok(Self {
                    version: Version::V2,
                    reply: bytes("reply", &reply.filled_text()?)?,
                    hash,
                    signature,
                    sender: Some(sender.into_owned()).filter(|it| !it.is_empty()),
                })
            }
            None => Err(unknown(&protocol)),
        }
    }

    /// The data of a transport.
    ///
    /// # Errors
    /// A reply of version 1 that is not UTF-8.
    pub fn encode(&self) -> Result<Vec<u8>, SecureError> {
        let writer = Writer::new().text("protocol", Ids::SECURE_REPLY.of(self.version));
        let writer = match self.version {
            Version::V1 => writer
                .text("message", text(&self.reply)?)
                .base64("hash", &self.hash),
            Version::V2 => writer
                .base64("reply", &self.reply)
                .base64("hash", &self.hash)
                .some_base64("signature", self.signature.as_deref())
                .some_text("sender", self.sender.as_deref()),
        };
        Ok(writer.end().into_bytes())
    }
}
