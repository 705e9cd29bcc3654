//! How all checks of a node are together.

use jiff::Timestamp;

use crate::cloudevent::{key, member, number, time};
use crate::json;

/// The type of the CloudEvent.
const PROTOCOL: &str = "io.chorister.v1.checks";

/// How many names are told at most.
const MOST: usize = 200;

/// How all checks of a node are together: one event where one for each would be too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChecksEvent<'a> {
    /// The node's name.
    pub identity: &'a str,
    /// When they were looked at.
    pub time: Timestamp,
    /// How many are shown as what.
    pub counts: [(&'a str, u64); 5],
    /// How many of them have a result that is too old.
    pub stale: u64,
    /// How many change too often to be believed.
    pub flapping: u64,
    /// The names of those that want attention, in order.
    pub failing: &'a [&'a str],
}

impl ChecksEvent<'_> {
    /// Appends the CloudEvent as one line of JSON, without a line feed; `id` is a random UUID of its own.
    ///
    /// The first 200 names are told; `failing_count` says how many there are.
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
        let total: u64 = self.counts.iter().map(|it| it.1).sum();
        number("checks", total.into(), out);
        key("counts", out);
        for (place, (name, count)) in self.counts.iter().enumerate() {
            out.push(if place == 0 { b'{' } else { b',' });
            json::string(name, out);
            out.push(b':');
            json::integer((*count).into(), out);
        }
        out.push(b'}');
        number("stale", self.stale.into(), out);
        number("flapping", self.flapping.into(), out);
        number("failing_count", self.failing.len() as i128, out);
        key("failing", out);
        out.push(b'[');
        for (place, name) in self.failing.iter().take(MOST).enumerate() {
            if place > 0 {
                out.push(b',');
            }
            json::string(name, out);
        }
        out.extend_from_slice(b"]}}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_a_cloud_event() {
        let event = ChecksEvent {
            identity: "node1",
            time: Timestamp::UNIX_EPOCH,
            counts: [
                ("OK", 7),
                ("WARNING", 0),
                ("CRITICAL", 1),
                ("UNKNOWN", 0),
                ("MAINTENANCE", 2),
            ],
            stale: 1,
            flapping: 0,
            failing: &["disk", "queue \"a\""],
        };
        let mut line = Vec::new();
        event.write_json([7; 16], &mut line);
        let event: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(event["type"], "io.chorister.v1.checks");
        assert_eq!(event["data"]["checks"], 10);
        assert_eq!(event["data"]["counts"]["MAINTENANCE"], 2);
        assert_eq!(event["data"]["failing"][1], "queue \"a\"");
    }
}
