//! What programs are told and answer, as JSON.

use chorister_ddl::{Answer, Data, Failure, RequestContext, StatusCode, complete};
use chorister_ir::ddl::Action;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a document is, for those that it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Whether the agent wants to be active.
    Activation,
    /// What somebody asks of it.
    Request,
}

/// Asks an agent whether it wants to be active.
#[derive(Serialize)]
pub(crate) struct Activation<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    protocol: &'static str,
    agent: &'a str,
}

/// Asks an agent for an action.
///
/// Compat: go-choria `providers/agent/mcorpc/external/agent.go`: names and order of the members.
#[derive(Serialize)]
pub(crate) struct Request<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    protocol: &'static str,
    agent: &'a str,
    action: &'a str,
    requestid: &'a str,
    senderid: &'a str,
    callerid: &'a str,
    collective: &'a str,
    ttl: u64,
    msgtime: i64,
    data: &'a Data,
}

/// Whether an agent wants to be active.
#[derive(Deserialize)]
struct Activates {
    #[serde(default)]
    activate: bool,
}

/// What an action came to. What is left out is as if all went well and nothing was answered.
#[derive(Deserialize)]
pub(crate) struct Reply {
    statuscode: Option<u64>,
    statusmsg: Option<String>,
    data: Option<Value>,
}

// === impl Protocol ===

impl Protocol {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Activation => "io.choria.mcorpc.external.v1.activation_request",
            Self::Request => "io.choria.mcorpc.external.v1.rpc_request",
        }
    }

    const fn schema(self) -> &'static str {
        match self {
            Self::Activation => {
                "https://choria.io/schemas/mcorpc/external/v1/activation_request.json"
            }
            Self::Request => "https://choria.io/schemas/mcorpc/external/v1/rpc_request.json",
        }
    }
}

// === impl Activation ===

impl<'a> Activation<'a> {
    pub(crate) const fn new(agent: &'a str) -> Self {
        Self {
            schema: Protocol::Activation.schema(),
            protocol: Protocol::Activation.name(),
            agent,
        }
    }
}

// === impl Request ===

impl<'a> Request<'a> {
    pub(crate) fn new(
        cx: &'a RequestContext,
        agent: &'a str,
        action: &'a str,
        data: &'a Data,
    ) -> Self {
        Self {
            schema: Protocol::Request.schema(),
            protocol: Protocol::Request.name(),
            agent,
            action,
            requestid: &cx.request_id,
            senderid: &cx.sender,
            callerid: &cx.caller,
            collective: &cx.collective,
            ttl: cx.ttl,
            msgtime: cx.time,
            data,
        }
    }
}

/// Whether the agent that wrote this wants to be active.
///
/// # Errors
/// Why it is no such answer.
pub(crate) fn activates(bytes: &[u8]) -> Result<bool, String> {
    let read: Activates = decode(bytes)?;
    Ok(read.activate)
}

/// Reads a document that a program wrote.
///
/// # Errors
/// Why it is none, as callers are told.
pub(crate) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, String> {
    if bytes.is_empty() {
        return Err("failed to decode reply json: nothing was written".to_owned());
    }
    serde_json::from_slice(bytes).map_err(|error| format!("failed to decode reply json: {error}"))
}

// === impl Reply ===

impl Reply {
    /// What callers are answered, with the defaults of what is left out.
    ///
    /// # Errors
    /// What the program says went wrong.
    pub(crate) fn into_answer(self, action: &Action) -> Answer {
        let mut data = match self.data {
            // Upstream refuses a reply without data.
            None | Some(Value::Null) => Data::new(),
            Some(Value::Object(data)) => data,
            Some(_) => {
                let message = "Could not set reply defaults: reply data is in the wrong format";
                return Err(Failure::aborted(message));
            }
        };
        complete(action, &mut data);
        let code = StatusCode::of(self.statuscode.unwrap_or_default());
        match self.statusmsg {
            // What succeeded may say more than that it did.
            Some(message) if code != StatusCode::Ok || message != "OK" => Err(Failure {
                code,
                message,
                data,
            }),
            None if code != StatusCode::Ok => Err(Failure {
                code,
                message: "OK".to_owned(),
                data,
            }),
            _ => Ok(data),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(json: &str) -> Answer {
        let reply: Reply = decode(json.as_bytes()).map_err(Failure::aborted)?;
        reply.into_answer(&Action::DEFAULT)
    }

    #[test]
    fn what_a_reply_leaves_out_went_well() {
        for json in ["{}", r#"{"data":null}"#, r#"{"statuscode":0,"data":{}}"#] {
            assert_eq!(answer(json), Ok(Data::new()), "{json}");
        }
        let failed = answer(r#"{"statuscode":3,"statusmsg":"no file","data":{"a":1}}"#);
        let failed = failed.unwrap_err();
        assert_eq!(
            (failed.code, failed.message.as_str()),
            (StatusCode::MissingData, "no file")
        );
        assert_eq!(Value::Object(failed.data), json!({"a": 1}));
        let told = answer(r#"{"statusmsg":"restarted"}"#).unwrap_err();
        assert_eq!(
            (told.code, told.message.as_str()),
            (StatusCode::Ok, "restarted")
        );
    }

    #[test]
    fn what_is_no_reply_says_why() {
        for (json, expect) in [
            ("", "failed to decode reply json: nothing was written"),
            ("no JSON", "failed to decode reply json: "),
            (r#"{"statuscode":"1"}"#, "failed to decode reply json: "),
            (r#"{"data":[1]}"#, "reply data is in the wrong format"),
        ] {
            let failure = answer(json).unwrap_err();
            assert_eq!(failure.code, StatusCode::Aborted);
            assert!(failure.message.contains(expect), "{json}: {failure}");
        }
        assert_eq!(activates(br#"{"activate":true}"#), Ok(true));
        assert_eq!(activates(b"{}"), Ok(false));
        assert!(activates(b"yes").is_err());
    }
}
