//! Which replies a client believes.

use aws_lc_rs::digest::{SHA256, digest};
use chorister_proto::{Reply, ReplyError, SecureError, SecureReply, Transport, TransportError};
use jiff::Timestamp;

use crate::key::public_key;
use crate::refusal::Refusal;
use crate::signatures::Memory;
use crate::token::{Kind, Token};
use crate::trust::TokenTrust;

/// What a client believes.
#[derive(Clone, Debug, Default)]
pub struct ReplyVerifier {
    /// Whose tokens nodes must have. Without it signatures are not looked at: in version 1 there are none.
    pub trust: Option<TokenTrust>,
    /// Whether replies without a signature are refused.
    pub signed_only: bool,
}

/// A reply that is what it says, as far as can be told. Only [`ReplyVerifier::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedReply {
    /// The reply.
    pub reply: Reply,
    /// Whether the node signed it. What is not signed could be from anybody who may publish replies.
    pub signed: bool,
    /// How it came; its data was taken out.
    pub transport: Transport,
}

/// Why a reply is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyRefusal {
    /// What arrived is not a message.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// It carries nothing that has a hash.
    #[error(transparent)]
    Secure(#[from] SecureError),
    /// What has a hash is not a reply.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// The layers are of several versions.
    #[error("the layers of the reply are of several versions")]
    Versions,
    /// It was changed.
    #[error("the hash of the reply is another one")]
    Hash,
    /// It answers another request.
    #[error("the reply is to the request `{}`", .0.escape_debug())]
    OtherRequest(String),
    /// The transport names another sender than the reply.
    #[error(
        "the reply is from `{}`, but says to come from `{}`",
        reply.escape_debug(),
        transport.escape_debug()
    )]
    Sender {
        /// Who the reply says it is from.
        reply: String,
        /// Who the transport says it is from.
        transport: String,
    },
    /// It has no signature, or none that can be checked.
    #[error("the reply is not signed")]
    Unsigned,
    /// The node's token is not believed.
    #[error("the token of the node: {0}")]
    Token(Refusal),
    /// The node's token is not that of the sender.
    #[error("the token is not that of `{}`", .0.escape_debug())]
    NotTheTokenOf(String),
    /// It was not signed by whom it says.
    #[error("the signature of the reply is invalid")]
    Signature,
}

// === impl ReplyVerifier ===

impl ReplyVerifier {
    /// Checks what arrived in answer to a request, or to any where none is named.
    ///
    /// # Errors
    /// It is not to be believed.
    pub fn verify(
        &self,
        payload: &[u8],
        request: Option<&str>,
        now: Timestamp,
    ) -> Result<VerifiedReply, ReplyRefusal> {
        let mut transport = Transport::decode(payload)?;
        let secure = SecureReply::decode(&core::mem::take(&mut transport.data))?;
        if digest(&SHA256, &secure.reply).as_ref() != secure.hash {
            return Err(ReplyRefusal::Hash);
        }
        let reply = Reply::decode(&secure.reply)?;
        if secure.version != transport.version || reply.version != transport.version {
            return Err(ReplyRefusal::Versions);
        }
        if request.is_some_and(|it| it != reply.request) {
            return Err(ReplyRefusal::OtherRequest(reply.request));
        }
        if let Some(sender) = transport.sender.as_ref().filter(|it| **it != reply.sender) {
            return Err(ReplyRefusal::Sender {
                transport: sender.clone(),
                reply: reply.sender,
            });
        }
        let signed = self.check_signature(&secure, &reply, now)?;
        if self.signed_only && !signed {
            return Err(ReplyRefusal::Unsigned);
        }
        Ok(VerifiedReply {
            reply,
            signed,
            transport,
        })
    }

    /// Whether the reply has a signature, which then is the sender's.
    fn check_signature(
        &self,
        secure: &SecureReply,
        reply: &Reply,
        now: Timestamp,
    ) -> Result<bool, ReplyRefusal> {
        let Some(trust) = &self.trust else {
            return Ok(false);
        };
        let (signature, token) = match (&secure.signature, &secure.sender) {
            (Some(signature), Some(token)) => (signature, token),
            (None, _) => return Ok(false),
            (Some(_), None) => return Err(ReplyRefusal::Unsigned),
        };
        let token = Token::parse(token).map_err(|error| ReplyRefusal::Token(error.into()))?;
        // Each node has a token of its own, and a client rarely hears of one again.
        let claims = trust.verify(&token, now, &Memory::NONE);
        let (claims, _) = claims.map_err(ReplyRefusal::Token)?;
        match &claims.kind {
            Kind::Server(server) if server.identity == reply.sender => {}
            _ => return Err(ReplyRefusal::NotTheTokenOf(reply.sender.clone())),
        }
        let key = claims.standard.public_key.as_deref().unwrap_or_default();
        let key = public_key(key).map_err(|_| ReplyRefusal::Signature)?;
        if key.verifies(&secure.reply, signature) {
            Ok(true)
        } else {
            Err(ReplyRefusal::Signature)
        }
    }
}
