//! The layer that says who wants what from whom.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::filter::Filter;
use crate::json::{self, Fault, Writer};
use crate::version::{Ids, Version};
use crate::{Reply, base64, limits};

/// A request. Whether it is true is known only after its signature was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The version of all layers.
    pub version: Version,
    /// What replies refer to; version 1: 32 characters.
    pub id: String,
    /// The identity of the client's host.
    pub sender: String,
    /// Who wants it: `provider=name`.
    pub caller: String,
    /// The collective it is meant for.
    pub collective: String,
    /// The agent it is meant for.
    pub agent: String,
    /// For how many seconds after `time` it counts; version 1: at least 30.
    pub ttl: u64,
    /// When it was made. Version 1 carries whole seconds.
    pub time: Timestamp,
    /// Which nodes it is meant for; `None` is all. Version 1 always carries one.
    pub filter: Option<Filter>,
    /// The body as it is carried; [`Request::body`] is what it says.
    pub payload: Vec<u8>,
}

/// Why bytes are not a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The JSON is not that of a request.
    #[error("not a request: {0}")]
    Json(#[from] Fault),
    /// It is of another protocol.
    #[error("the protocol is not that of a request")]
    WrongProtocol,
    /// The body of version 2 is not base64.
    #[error("the message of the request is not base64")]
    NotBase64,
    /// The body of version 1 is carried as text, and this is none.
    #[error("the body is not text")]
    NotText,
}

/// The least `ttl` of version 1, in seconds.
const LEAST_TTL: i64 = 30;
/// How long an id of version 1 is.
pub(crate) const ID_LENGTH: usize = 32;

const WRONG_TIME: Fault = Fault::WrongValue {
    name: "time",
    reason: "is not a time",
};

// === impl Request ===

impl Request {
    /// Reads what a secure request carries, held against the schema of this layer.
    ///
    /// # Errors
    /// It is not a request of either version, or exceeds a limit.
    pub fn decode(json: &[u8]) -> Result<Self, RequestError> {
        let [protocol] = json::members(json, limits::MESSAGE, ["protocol"])?;
        match Ids::REQUEST.version(&protocol.required_text()?) {
            Some(Version::V1) => Self::decode_v1(json),
            Some(Version::V2) => Self::decode_v2(json),
            None => Err(RequestError::WrongProtocol),
        }
    }

    fn decode_v1(json: &[u8]) -> Result<Self, RequestError> {
        let [message, envelope] = json::members(json, limits::MESSAGE, ["message", "envelope"])?;
        let [id, sender, caller, collective, agent, ttl, time, filter] = envelope.object([
            "requestid",
            "senderid",
            "callerid",
            "collective",
            "agent",
            "ttl",
            "time",
            "filter",
        ])?;
        let lifetime = ttl.integer()?;
        if lifetime < LEAST_TTL {
            return Err(ttl.wrong_value("is less than 30").into());
        }
        let request = id.filled_name()?;
        if request.chars().count() != ID_LENGTH {
            return Err(id.wrong_value("has not 32 characters").into());
        }
        Ok(Self {
            version: Version::V1,
            id: request,
            sender: sender.required_name()?,
            caller: caller.filled_name()?,
            collective: collective.filled_name()?,
            agent: agent.filled_name()?,
            ttl: lifetime.unsigned_abs(),
            time: Timestamp::from_second(time.integer()?).map_err(|_| WRONG_TIME)?,
            filter: Some(Filter::decode(filter)?),
            payload: message.filled_text()?.into_owned().into_bytes(),
        })
    }

    fn decode_v2(json: &[u8]) -> Result<Self, RequestError> {
        let [
            message,
            id,
            sender,
            caller,
            collective,
            agent,
            ttl,
            time,
            filter,
        ] = json::members(
            json,
            limits::MESSAGE,
            [
                "message",
                "id",
                "sender",
                "caller",
                "collective",
                "agent",
                "ttl",
                "time",
                "filter",
            ],
        )?;
        let lifetime = ttl.integer()?;
        if lifetime < 1 {
            return Err(ttl.wrong_value("is less than 1").into());
        }
        let moment = time.integer()?;
        if moment < 1 {
            return Err(time.wrong_value("is less than 1").into());
        }
        Ok(Self {
            version: Version::V2,
            id: id.filled_name()?,
            sender: sender.filled_name()?,
            caller: caller.filled_name()?,
            collective: collective.filled_name()?,
            agent: agent.filled_name()?,
            ttl: lifetime.unsigned_abs(),
            time: Timestamp::from_nanosecond(moment.into()).map_err(|_| WRONG_TIME)?,
            filter: filter
                .is_there()
                .then(|| Filter::decode(filter))
                .transpose()?,
            payload: base64::decode(message.filled_text()?.as_bytes())
                .ok_or(RequestError::NotBase64)?,
        })
    }

    /// The bytes that are signed.
    ///
    /// # Errors
    /// A payload of version 1 that is not UTF-8.
    pub fn encode(&self) -> Result<Vec<u8>, RequestError> {
        let writer = Writer::new().text("protocol", Ids::REQUEST.of(self.version));
        let writer = match self.version {
            Version::V1 => {
                let filter = match &self.filter {
                    Some(filter) => filter.encode(),
                    None => Filter::default().encode(),
                };
                let envelope = Writer::new()
                    .text("requestid", &self.id)
                    .text("senderid", &self.sender)
                    .text("callerid", &self.caller)
                    .text("collective", &self.collective)
                    .text("agent", &self.agent)
                    .number("ttl", self.ttl)
                    .number("time", self.time.as_second())
                    .raw("filter", &filter);
                writer
                    .text(
                        "message",
                        core::str::from_utf8(&self.payload).map_err(|_| RequestError::NotText)?,
                    )
                    .raw("envelope", &envelope.end())
            }
            Version::V2 => {
                let writer = writer
                    .base64("message", &self.payload)
                    .text("id", &self.id)
                    .text("sender", &self.sender)
                    .text("caller", &self.caller)
                    .text("collective", &self.collective)
                    .text("agent", &self.agent)
                    .number("ttl", self.ttl)
                    .number("time", self.time.as_nanosecond());
                match &self.filter {
                    Some(filter) => writer.raw("filter", &filter.encode()),
                    None => writer,
                }
            }
        };
        Ok(writer.end().into_bytes())
    }

    /// What the agent gets to see.
    ///
    /// Clients send bodies as they are or in base64, and nothing says which: what can be base64 is taken for it.
    #[must_use]
    pub fn body(&self) -> Cow<'_, [u8]> {
        base64::decode(&self.payload).map_or(Cow::Borrowed(&*self.payload), Cow::Owned)
    }

    /// Puts a body in, in base64, so that no body is taken for what it is not.
    pub fn set_body(&mut self, body: &[u8]) {
        self.payload = base64::encode(body).into_bytes();
    }

    /// A reply to this request.
    #[must_use]
    pub fn reply(&self, sender: &str, time: Timestamp, payload: Vec<u8>) -> Reply {
        Reply {
            version: self.version,
            request: self.id.clone(),
            sender: sender.to_owned(),
            agent: self.agent.clone(),
            time,
            payload,
        }
    }
}
