//! What is wrong with the node itself.

use jiff::Timestamp;

use crate::cloudevent::{key, member, number, time};
use crate::json;

/// The type of the CloudEvent.
const PROTOCOL: &str = "io.chorister.v1.problem";

/// Something that is wrong with a node until somebody changes it, or that is well again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemEvent<'a> {
    /// The node's name.
    pub identity: &'a str,
    /// When it was found, or found to be over.
    pub time: Timestamp,
    /// The part of the node that found it.
    pub source: &'a str,
    /// What it is about: a path, or the name of a machine.
    pub subject: &'a str,
    /// What is, or was, wrong.
    pub text: &'a str,
    /// Whether it is over.
    pub solved: bool,
}

impl ProblemEvent<'_> {
    /// Appends the CloudEvent as one line of JSON, without a line feed; `id` is a random UUID of its own.
    pub fn write_json(&self, id: [u8; 16], out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"specversion":"1.0","id":"#);
        json::uuid(id, out);
        member("source", "io.chorister.node", out);
        member("type", PROTOCOL, out);
        member("subject", self.identity, out);
        member("datacontenttype", "application/json", out);
        key("time", out);
        time(self.time, out);
        out.extend_from_slice(br#","data":{"protocol":"#);
        json::string(PROTOCOL, out);
        member("identity", self.identity, out);
        number("timestamp", self.time.as_second().into(), out);
        member("source", self.source, out);
        member("subject", self.subject, out);
        member("text", self.text, out);
        key("solved", out);
        out.extend_from_slice(if self.solved { b"true" } else { b"false" });
        out.extend_from_slice(b"}}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_a_cloud_event() {
        let event = ProblemEvent {
            identity: "node.example.net",
            time: Timestamp::UNIX_EPOCH,
            source: "store",
            subject: "/var/lib/scout/store",
            text: "the disk is \"full\"",
            solved: false,
        };
        let mut line = Vec::new();
        event.write_json([7; 16], &mut line);
        let event: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(event["type"], "io.chorister.v1.problem");
        assert_eq!(event["subject"], "node.example.net");
        assert_eq!(event["time"], "1970-01-01T00:00:00Z");
        assert_eq!(event["data"]["text"], "the disk is \"full\"");
        assert_eq!(event["data"]["solved"], false);
    }
}
