//! The outermost layer: what one NATS message carries.

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::json::{self, Fault, Writer};
use crate::version::{Ids, Version};
use crate::{base64, limits};

/// A message as it travels. Nothing of it but [`Transport::data`] is covered by a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transport {
    /// The version of all layers.
    pub version: Version,
    /// The secure layer: JSON.
    pub data: Vec<u8>,
    /// The subject that replies go to; replies have none.
    pub reply_to: Option<String>,
    /// The identity that the sending host claims to have.
    pub sender: Option<String>,
    /// What the message came through, the oldest first.
    pub hops: Vec<Hop>,
    /// What federation brokers need to know.
    pub federation: Option<Federation>,
}

/// Something that a message came through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hop {
    /// The broker that it was received from, as a URL without a password.
    pub received_from: String,
    /// Who handled it.
    pub processor: String,
    /// The broker that it was sent to, likewise.
    pub sent_to: String,
}

/// Headers for and from federation brokers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Federation {
    /// The id of the request.
    pub request: String,
    /// The subject that the client listens on.
    pub reply_to: Option<String>,
    /// The subjects that a federation broker is to publish to.
    pub targets: Vec<String>,
}

/// Why bytes are not a transport.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The JSON is not that of a transport.
    #[error("not a transport: {0}")]
    Json(#[from] Fault),
    /// It is of no known version.
    #[error("unknown protocol")]
    UnknownProtocol,
    /// `data` is not base64.
    #[error("the data of the transport is not base64")]
    NotBase64,
}

/// How a version names the headers.
struct Names {
    reply_to: &'static str,
    sender: &'static str,
    hops: &'static str,
    request: &'static str,
    federated_reply_to: &'static str,
    targets: &'static str,
}

impl Names {
    const V1: Self = Self {
        reply_to: "reply-to",
        sender: "mc_sender",
        hops: "seen-by",
        request: "req",
        federated_reply_to: "reply-to",
        targets: "target",
    };
    const V2: Self = Self {
        reply_to: "reply",
        sender: "sender",
        hops: "trace",
        request: "request",
        federated_reply_to: "reply",
        targets: "targets",
    };

    const fn of(version: Version) -> &'static Self {
        match version {
            Version::V1 => &Self::V1,
            Version::V2 => &Self::V2,
        }
    }
}

// === impl Transport ===

impl Transport {
    /// A transport with nothing but data.
    #[must_use]
    pub const fn new(version: Version, data: Vec<u8>) -> Self {
        Self {
            version,
            data,
            reply_to: None,
            sender: None,
            hops: Vec::new(),
            federation: None,
        }
    }

    /// Reads what a NATS message carried.
    ///
    /// # Errors
    /// It is not a transport of either version, or exceeds a limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, TransportError> {
        let [protocol, data, headers] =
            json::members(bytes, limits::TRANSPORT, ["protocol", "data", "headers"])?;
        let version = Ids::TRANSPORT
            .version(&protocol.required_text()?)
            .ok_or(TransportError::UnknownProtocol)?;
        let data =
            base64::decode(data.required_text()?.as_bytes()).ok_or(TransportError::NotBase64)?;
        let names = Names::of(version);
        // Compat: go-choria protocol: a transport without headers ends the process there; here it is refused.
        let [reply_to, sender, hops, federation] =
            headers.object([names.reply_to, names.sender, names.hops, "federation"])?;
        let federation = federation
            .optional_object([names.request, names.federated_reply_to, names.targets])?
            .map(|[request, reply_to, targets]| {
                Ok::<_, Fault>(Federation {
                    request: request.name()?,
                    reply_to: filled(reply_to.name()?),
                    targets: targets.optional_list(limits::TARGETS)?,
                })
            })
            .transpose()?;
        Ok(Self {
            version,
            data,
            reply_to: filled(reply_to.name()?),
            sender: filled(sender.name()?),
            hops: hops.optional_list(limits::HOPS)?,
            federation,
        })
    }

    /// The bytes of a NATS message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let names = Names::of(self.version);
        let mut headers = Writer::new()
            .some_text(names.reply_to, self.reply_to.as_deref())
            .some_text(names.sender, self.sender.as_deref());
        if !self.hops.is_empty() {
            let hops = json::list(&self.hops, |hop, out| {
                let parts = [&hop.received_from, &hop.processor, &hop.sent_to];
                out.push_str(&json::list(&parts, |part, out| json::quote(part, out)));
            });
            headers = headers.raw(names.hops, &hops);
        }
        if let Some(federation) = &self.federation {
            let mut inner = Writer::new()
                .text(names.request, &federation.request)
                .some_text(names.federated_reply_to, federation.reply_to.as_deref());
            if !federation.targets.is_empty() {
                inner = inner.texts(names.targets, &federation.targets);
            }
            headers = headers.raw("federation", &inner.end());
        }
        Writer::new()
            .text("protocol", Ids::TRANSPORT.of(self.version))
            .base64("data", &self.data)
            .raw("headers", &headers.end())
            .end()
            .into_bytes()
    }

    /// Notes that a message came through somebody.
    pub fn add_hop(&mut self, received_from: &str, processor: &str, sent_to: &str) {
        self.hops.push(Hop {
            received_from: received_from.to_owned(),
            processor: processor.to_owned(),
            sent_to: sent_to.to_owned(),
        });
    }

    /// The transport of a reply to what came in this one: its version, and where it has to go back through.
    #[must_use]
    pub fn answer(&self, data: Vec<u8>, sender: &str) -> Self {
        let federation = self.federation.as_ref().map(|it| Federation {
            targets: Vec::new(),
            ..it.clone()
        });
        Self {
            version: self.version,
            data,
            reply_to: None,
            sender: Some(sender.to_owned()),
            // Compat: go-choria protocol: what a request came through is said again only across federations.
            hops: federation
                .as_ref()
                .map_or_else(Vec::new, |_| self.hops.clone()),
            federation,
        }
    }
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

impl<'de> Deserialize<'de> for Hop {
    /// Like Go, which reads a list into three places: there may be less or more.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;

        impl<'de> Visitor<'de> for Parts {
            type Value = Hop;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("a list of three strings")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Hop, A::Error> {
                let mut part = || {
                    let part: Option<Option<String>> = seq.next_element()?;
                    Ok(part.flatten().unwrap_or_default())
                };
                let hop = Hop {
                    received_from: part()?,
                    processor: part()?,
                    sent_to: part()?,
                };
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(hop)
            }
        }

        deserializer.deserialize_seq(Parts)
    }
}
