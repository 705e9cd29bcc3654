//! The file in which a node says how it is.

use core::time::Duration;
use std::path::Path;

use chorister_security::Signer;
use chorister_security::load::certificate_end;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::counters::{Count, Counters};

/// How a node is, as the file says it.
///
/// Compat: go-choria `server/status.go`: names and the order of members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// Its identity.
    pub identity: String,
    /// How long it has been running, in seconds.
    pub uptime: u64,
    /// The broker, without what is secret in its address; empty while there is none.
    pub connected_server: String,
    /// When the last message came, in seconds since 1970; 0 before the first.
    pub last_message: u64,
    /// Whether it waits to be provisioned.
    pub provisioning_mode: bool,
    /// What it did how often.
    pub stats: Stats,
    /// When its certificate ends; [`NEVER`] where it has none.
    pub certificate_expires: Timestamp,
    /// When its token ends; [`NEVER`] where it has none.
    pub token_expires: Timestamp,
}

/// What a node did how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stats {
    /// Messages that arrived.
    pub total: u64,
    /// Requests that were accepted.
    pub valid: u64,
    /// Messages that were refused.
    pub invalid: u64,
    /// Requests that were for the node.
    pub passed: u64,
    /// Requests that were for others.
    pub filtered: u64,
    /// Replies that were sent.
    pub replies: u64,
    /// Requests that came too late.
    pub ttlexpired: u64,
    /// Lifecycle events that were sent.
    pub events: u64,
}

/// A time that is not known: the zero of Go's times.
pub const NEVER: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// What is expected of a node's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The most that the file may be old.
    pub age: Duration,
    /// The least that the certificate has to count.
    pub certificate: Duration,
    /// The least that the token has to count.
    pub token: Duration,
    /// Whether it has to be connected.
    pub connected: bool,
    /// The most that the last message may be old.
    pub message: Duration,
    /// Whether it has to wait to be provisioned, or must not.
    pub provisioning: Option<bool>,
}

/// When the certificate and the token of a node end; [`NEVER`] for what it has not. A node with a token has a certificate
/// only for its connections, in a file.
#[must_use]
pub fn ends(signer: &Signer, certificate: Option<&Path>) -> (Timestamp, Timestamp) {
    // One that cannot be read was told of when it was loaded.
    let end = signer.expires().ok().flatten().unwrap_or(NEVER);
    match signer {
        Signer::Certificate { .. } => (end, NEVER),
        Signer::Token { .. } => {
            let of_file = certificate.and_then(|it| certificate_end(it).ok());
            (of_file.unwrap_or(NEVER), end)
        }
    }
}

impl From<&Counters> for Stats {
    fn from(counters: &Counters) -> Self {
        Self {
            total: counters.get(Count::Total),
            valid: counters.get(Count::Validated),
            invalid: counters.get(Count::Unvalidated),
            passed: counters.get(Count::Passed),
            filtered: counters.get(Count::Filtered),
            replies: counters.get(Count::Replies),
            ttlexpired: counters.get(Count::TtlExpired),
            events: counters.get(Count::Events),
        }
    }
}

impl NodeStatus {
    /// What is wrong with it at this time, where its file is so old; of several things the first.
    ///
    /// Compat: go-choria `cmd/tool_status.go`: the order.
    #[must_use]
    pub fn objection(&self, age: Duration, expected: &Expected, now: Timestamp) -> Option<String> {
        if age > expected.age {
            return Some(format!("older than {}", text(expected.age)));
        }
        for (what, end, least) in [
            (
                "certificate",
                self.certificate_expires,
                expected.certificate,
            ),
            ("token", self.token_expires, expected.token),
        ] {
            let left = end.as_second().saturating_sub(now.as_second());
            if end != NEVER && left < whole(least) {
                return Some(match left {
                    ..=0 => format!("{what} expired {end}"),
                    _ => format!("{what} expires {end} which is within {}", text(least)),
                });
            }
        }
        if expected.connected && self.connected_server.is_empty() {
            return Some("not connected".to_owned());
        }
        let last = i64::try_from(self.last_message).unwrap_or(i64::MAX);
        let is_young = self.last_message == 0 && self.uptime < expected.message.as_secs();
        if !is_young && now.as_second().saturating_sub(last) > whole(expected.message) {
            let most = text(expected.message);
            return Some(match self.last_message {
                0 => format!("no message was received in {most}"),
                _ => format!("last message was received more than {most} ago"),
            });
        }
        match (expected.provisioning, self.provisioning_mode) {
            (Some(true), false) => Some("not in provisioning mode".to_owned()),
            (Some(false), true) => Some("in provisioning mode".to_owned()),
            _ => None,
        }
    }
}

fn whole(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn text(duration: Duration) -> String {
    match duration.as_secs() {
        hours if hours > 0 && hours.is_multiple_of(3600) => format!("{}h", hours / 3600),
        minutes if minutes > 0 && minutes.is_multiple_of(60) => format!("{}m", minutes / 60),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const EXPECTED: Expected = Expected {
        age: Duration::from_secs(1800),
        certificate: Duration::from_secs(24 * 3600),
        token: Duration::from_secs(24 * 3600),
        connected: true,
        message: HOUR,
        provisioning: None,
    };

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_216_887).expect("a time")
    }

    fn well() -> NodeStatus {
        NodeStatus {
            identity: "n1.example.net".to_owned(),
            uptime: 30,
            connected_server: "nats://broker.example.net:4222".to_owned(),
            last_message: 0,
            provisioning_mode: false,
            stats: Stats::default(),
            certificate_expires: NEVER,
            token_expires: NEVER,
        }
    }

    #[track_caller]
    fn check(change: impl Fn(&mut NodeStatus), expect: Option<&str>) {
        let mut status = well();
        change(&mut status);
        let found = status.objection(Duration::ZERO, &EXPECTED, now());
        assert_eq!(found.as_deref(), expect);
    }

    #[test]
    fn what_is_wrong_first_is_said() {
        check(|_| {}, None);
        check(|it| it.connected_server.clear(), Some("not connected"));
        check(|it| it.uptime = 3600, Some("no message was received in 1h"));
        check(
            |it| it.last_message = 1_795_213_286,
            Some("last message was received more than 1h ago"),
        );
        check(|it| it.last_message = 1_795_213_287, None);
        check(
            |it| it.token_expires = now() + HOUR,
            Some("token expires 2026-11-21T00:21:27Z which is within 24h"),
        );
        check(
            |it| it.certificate_expires = now(),
            Some("certificate expired 2026-11-20T23:21:27Z"),
        );
        let old = well().objection(HOUR, &EXPECTED, now());
        assert_eq!(old.as_deref(), Some("older than 30m"));
        let waiting = Expected {
            provisioning: Some(true),
            ..EXPECTED
        };
        let found = well().objection(Duration::ZERO, &waiting, now());
        assert_eq!(found.as_deref(), Some("not in provisioning mode"));
    }

    #[test]
    fn vectors_of_status_files_are_read_and_written() {
        for name in ["status-file-mtls", "status-v2-jwt"] {
            let Some(file) = crate::testing::vector(&format!("fleet/{name}.json")) else {
                return;
            };
            let status: NodeStatus = serde_json::from_slice(&file).expect("a status");
            let written = serde_json::to_string(&status).expect("written");
            assert_eq!(written, String::from_utf8_lossy(&file).trim_end(), "{name}");
        }
    }
}
