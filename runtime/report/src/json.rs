//! What programs read of replies.

use core::time::Duration;

use chorister_client::{Response, Statistics};
use chorister_ddl::{Data, Summaries, complete};
use chorister_ir::ddl::{Action, Ddl};
use chorister_proto::body::Status;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Serializer, Value, json};

/// How far members are from the edge of their object.
const INDENT: usize = 3;

/// A value in lines, members so far from the edge of their object.
#[must_use]
pub fn indented(value: &impl Serialize, by: usize) -> String {
    let margin = " ".repeat(by);
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(margin.as_bytes());
    let written = value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter));
    match written {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// Everything about a request as one object.
#[must_use]
pub fn whole(
    ddl: &Ddl,
    action: &Action,
    responses: &[Response],
    statistics: &Statistics,
    summaries: &Summaries,
) -> String {
    let replies: Vec<Value> = responses.iter().map(|it| reply(action, it)).collect();
    let object = json!({
        "agent": ddl.metadata.name,
        "action": action.name,
        "replies": replies,
        "request_stats": figures(statistics),
        "summaries": summaries.to_json(),
    });
    indented(&object, INDENT)
}

/// A reply.
fn reply(action: &Action, response: &Response) -> Value {
    json!({
        "sender": response.sender,
        "action": response.reply.action,
        "statuscode": response.reply.status.code(),
        "statusmsg": response.reply.message,
        "data": data(action, response),
        "time_utc": second(response.time),
    })
}

/// The values of a reply, with those that it leaves out and that have a default.
pub(crate) fn data(action: &Action, response: &Response) -> Value {
    match &response.reply.data {
        Value::Object(data) if response.reply.status == Status::Ok => {
            let mut data: Data = data.clone();
            complete(action, &mut data);
            Value::Object(data)
        }
        other => other.clone(),
    }
}

/// How it went. Times are whole nanoseconds, as in Choria, and seconds besides.
fn figures(of: &Statistics) -> Value {
    json!({
        "requestid": of.request,
        "no_responses": of.silent,
        "unexpected_responses": of.unexpected,
        "discovered": of.discovered,
        "failed": of.failed,
        "ok": of.ok,
        "responses": of.responses,
        "publish_time": nanoseconds(of.publishing),
        "request_time": nanoseconds(of.duration),
        "discover_time": nanoseconds(of.discovery),
        "start_time_utc": of.started.to_string(),
        "publish_seconds": of.publishing.as_secs_f64(),
        "request_seconds": of.duration.as_secs_f64(),
        "discover_seconds": of.discovery.as_secs_f64(),
    })
}

/// One thing that happened, as a line without its end.
#[derive(Clone, Copy, Debug)]
pub enum Line<'a> {
    /// Nodes are being looked for.
    Discovering {
        /// How.
        method: &'a str,
    },
    /// Nodes were found.
    Discovered {
        /// How.
        method: &'a str,
        /// How many.
        nodes: usize,
        /// How long it took.
        took: Duration,
    },
    /// A node answered.
    Result(&'a Action, &'a Response),
    /// The sums over all replies.
    Summaries(&'a Summaries),
    /// It is over.
    Statistics(&'a Statistics),
    /// It came to nothing.
    Error(&'a str),
}

// === impl Line ===

impl Line<'_> {
    /// The line.
    #[must_use]
    pub fn text(&self) -> String {
        let object = match self {
            Self::Discovering { method } => json!({ "k": "discovery", "dm": method }),
            Self::Discovered {
                method,
                nodes,
                took,
            } => {
                json!({ "k": "discovery", "count": nodes, "dt": took.as_secs_f64(), "dm": method })
            }
            Self::Result(action, response) => result(action, response),
            Self::Summaries(summaries) => json!({ "k": "summaries", "agg": summaries.to_json() }),
            Self::Statistics(statistics) => json!({ "k": "stats", "stat": figures(statistics) }),
            Self::Error(error) => json!({ "k": "error", "err": error }),
        };
        object.to_string()
    }
}

/// A reply as it came, and what it says.
fn result(action: &Action, response: &Response) -> Value {
    let came = response.message.encode().ok();
    let came = came.and_then(|it| serde_json::from_slice::<Value>(&it).ok());
    json!({
        "k": "result",
        "pr": came,
        "rr": {
            "action": response.reply.action,
            "statuscode": response.reply.status.code(),
            "statusmsg": response.reply.message,
            "data": data(action, response),
            "sender": response.sender,
            "time_utc": second(response.time),
        },
    })
}

/// A time without fractions of a second.
fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
