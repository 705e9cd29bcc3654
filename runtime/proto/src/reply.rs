//! The layer that says who answers what.

use jiff::Timestamp;

use crate::json::{self, Fault, Writer};
use crate::request::ID_LENGTH;
use crate::version::{Ids, Version};
use crate::{base64, limits};

/// A reply. Whether it is true is known only after its hash and its signature were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The version of all layers.
    pub version: Version,
    /// The id of the request.
    pub request: String,
    /// The identity of the node.
    pub sender: String,
    /// The agent that answers.
    pub agent: String,
    /// When it was made. Version 1 carries whole seconds.
    pub time: Timestamp,
    /// The body; never in base64.
    pub payload: Vec<u8>,
}

/// Why bytes are not a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The JSON is not that of a reply.
    #[error("not a reply: {0}")]
    Json(#[from] Fault),
    /// It is of another protocol.
    #[error("the protocol is not that of a reply")]
    WrongProtocol,
    /// The body of version 2 is not base64.
    #[error("the message of the reply is not base64")]
    NotBase64,
    /// The body of version 1 is carried as text, and this is none.
    #[error("the body is not text")]
    NotText,
}

const WRONG_TIME: Fault = Fault::WrongValue {
    name: "time",
    reason: "is not a time",
};

// === impl Reply ===

impl Reply {
    /// Reads what a secure reply carries, held against the schema of this layer.
    ///
    /// # Errors
    /// It is not a reply of either version, or exceeds a limit.
    pub fn decode(json: &[u8]) -> Result<Self, ReplyError> {
        let [protocol] = json::members(json, limits::MESSAGE, ["protocol"])?;
        match Ids::REPLY.version(&protocol.required_text()?) {
            Some(Version::V1) => Self::decode_v1(json),
            Some(Version::V2) => Self::decode_v2(json),
            None => Err(ReplyError::WrongProtocol),
        }
    }

    fn decode_v1(json: &[u8]) -> Result<Self, ReplyError> {
        let [message, envelope] = json::members(json, limits::MESSAGE, ["message", "envelope"])?;
        let [id, sender, agent, time] =
            envelope.object(["requestid", "senderid", "agent", "time"])?;
        let request = id.filled_name()?;
        if request.chars().count() != ID_LENGTH {
            return Err(id.wrong_value("has not 32 characters").into());
        }
        Ok(Self {
            version: Version::V1,
            request,
            sender: sender.required_name()?,
            agent: agent.filled_name()?,
            time: Timestamp::from_second(time.integer()?).map_err(|_| WRONG_TIME)?,
            payload: message.filled_text()?.into_owned().into_bytes(),
        })
    }

    fn decode_v2(json: &[u8]) -> Result<Self, ReplyError> {
        let [message, request, sender, agent, time] = json::members(
            json,
            limits::MESSAGE,
            ["message", "request", "sender", "agent", "time"],
        )?;
        Ok(Self {
            version: Version::V2,
            request: request.filled_name()?,
            sender: sender.filled_name()?,
            agent: agent.filled_name()?,
            time: Timestamp::from_nanosecond(time.integer()?.into()).map_err(|_| WRONG_TIME)?,
            payload: base64::decode(message.required_text()?.as_bytes())
                .ok_or(ReplyError::NotBase64)?,
        })
    }

    /// The bytes that are hashed and signed.
    ///
    /// # Errors
    /// A payload of version 1 that is not UTF-8.
    pub fn encode(&self) -> Result<Vec<u8>, ReplyError> {
        let writer = Writer::new().text("protocol", Ids::REPLY.of(self.version));
        let writer = match self.version {
            Version::V1 => {
                let envelope = Writer::new()
                    .text("requestid", &self.request)
                    .text("senderid", &self.sender)
                    .text("agent", &self.agent)
                    .number("time", self.time.as_second());
                let body = core::str::from_utf8(&self.payload).map_err(|_| ReplyError::NotText)?;
                writer
                    .text("message", body)
                    .raw("envelope", &envelope.end())
            }
            Version::V2 => writer
                .base64("message", &self.payload)
                .text("request", &self.request)
                .text("sender", &self.sender)
                .text("agent", &self.agent)
                .number("time", self.time.as_nanosecond()),
        };
        Ok(writer.end().into_bytes())
    }
}
