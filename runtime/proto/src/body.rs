//! What RPC clients and agents say to each other.

use serde_json::{Map, Value};

use crate::json::{self, Fault, Writer};
use crate::limits;

/// What the discovery agent is asked.
pub const PING: &[u8] = b"ping";
/// What the discovery agent answers.
pub const PONG: &[u8] = b"pong";

/// A call of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The agent.
    pub agent: String,
    /// The action.
    pub action: String,
    /// Its inputs, an object.
    pub data: Map<String, Value>,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The action; empty where the call could not be read.
    pub action: String,
    /// Whether it worked.
    pub status: Status,
    /// `OK`, or why it did not work.
    pub message: String,
    /// Its outputs.
    pub data: Value,
}

/// Whether a call worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// It did.
    Ok,
    /// It failed, or was not allowed.
    Aborted,
    /// The agent has no such action.
    UnknownAction,
    /// Inputs are missing.
    MissingData,
    /// Inputs are wrong, or the call could not be read.
    InvalidData,
    /// Anything else; also every code that is none.
    UnknownError,
}

/// Why bytes are no call, or no result of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct BodyError(#[from] Fault);

/// Whether the discovery agent is asked: upstream looks no closer than this.
#[must_use]
pub fn is_ping(body: &[u8]) -> bool {
    body.windows(PING.len()).any(|it| it == PING)
}

// === impl Request ===

impl Request {
    /// Reads a body.
    ///
    /// # Errors
    /// It is not a call; inputs that are missing or null are none.
    pub fn decode(json: &[u8]) -> Result<Self, BodyError> {
        let [agent, action, data] = json::members(json, limits::BODY, ["agent", "action", "data"])?;
        Ok(Self {
            agent: agent.name()?,
            action: action.name()?,
            data: data.value("an object")?,
        })
    }

    /// The body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::new()
            .text("agent", &self.agent)
            .text("action", &self.action)
            .value("data", &Value::Object(self.data.clone()))
            .end()
            .into_bytes()
    }
}

// === impl Reply ===

impl Reply {
    /// The result of an action that worked.
    #[must_use]
    pub fn ok(action: &str, data: Value) -> Self {
        Self {
            action: action.to_owned(),
            status: Status::Ok,
            message: "OK".to_owned(),
            data,
        }
    }

    /// The result of one that did not.
    #[must_use]
    pub fn failed(action: &str, status: Status, message: impl Into<String>) -> Self {
        Self {
            action: action.to_owned(),
            status,
            message: message.into(),
            data: Value::Object(Map::new()),
        }
    }

    /// Reads a body.
    ///
    /// # Errors
    /// It is not the result of a call.
    pub fn decode(json: &[u8]) -> Result<Self, BodyError> {
        let [action, status, message, data] = json::members(
            json,
            limits::BODY,
            ["action", "statuscode", "statusmsg", "data"],
        )?;
        let code: i64 = status.value("an integer")?;
        let data: Value = data.value("a value")?;
        Ok(Self {
            action: action.name()?,
            status: Status::from_code(code),
            message: message.text()?.into_owned(),
            // Compat: go-choria mcorpc: no data becomes the text of an empty object.
            data: if data.is_null() || data == "{}" {
                Value::Object(Map::new())
            } else {
                data
            },
        })
    }

    /// The body. No data is an empty object.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let writer = Writer::new()
            .text("action", &self.action)
            .number("statuscode", self.status.code())
            .text("statusmsg", &self.message);
        if self.data.is_null() {
            writer.raw("data", "{}")
        } else {
            writer.value("data", &self.data)
        }
        .end()
        .into_bytes()
    }
}

// === impl Status ===

impl Status {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Aborted => 1,
            Self::UnknownAction => 2,
            Self::MissingData => 3,
            Self::InvalidData => 4,
            Self::UnknownError => 5,
        }
    }

    /// The status that a code on the wire stands for.
    #[must_use]
    pub const fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Ok,
            1 => Self::Aborted,
            2 => Self::UnknownAction,
            3 => Self::MissingData,
            4 => Self::InvalidData,
            _ => Self::UnknownError,
        }
    }
}
