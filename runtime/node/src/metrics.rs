//! What a node tells Prometheus of its part in the network, under upstream's names.

use core::fmt::Write as _;

use chorister_bus::Attempts;
use chorister_proto::Version;
use jiff::Timestamp;

use crate::counters::{Count, Counters, Judged};
use crate::status::NEVER;

/// Everything that is told.
#[derive(Clone, Copy, Debug)]
pub struct Metrics<'a> {
    /// The node.
    pub identity: &'a str,
    /// The version of the program.
    pub version: &'a str,
    /// What it did how often; nothing before it began.
    pub counters: Option<&'a Counters>,
    /// How it came to be connected.
    pub attempts: Attempts,
    /// When its certificate and its token end; [`NEVER`] for what it has not.
    pub ends: (Timestamp, Timestamp),
}

/// What families are called, and what is said of them.
///
/// Compat: go-choria `server/stats.go`, `choria/connection.go`, `protocol/stats.go`: names and texts; counters have no
/// `_total`.
const NODE: [(Count, &str); 8] = [
    (Count::Total, "Total messages received"),
    (Count::Validated, "Messages that passed validation"),
    (Count::Unvalidated, "Messages that failed validation"),
    (Count::Passed, "Messages that passed filters"),
    (Count::Filtered, "Messages that did not pass filters"),
    (Count::Replies, "Replies that were sent"),
    (Count::TtlExpired, "Messages that were too old"),
    (Count::Events, "Lifecycle events that were published"),
];

const PROTOCOL: [(Judged, &str); 4] = [
    (
        Judged::Error,
        "Number of protocol errors such as missing certificate, un-parsable files and other unrecoverable errors",
    ),
    (
        Judged::Invalid,
        "Number of messages with invalid signatures",
    ),
    (
        Judged::JsonParseFailures,
        "Amount of times un-parsable JSON was received",
    ),
    (Judged::Valid, "Number of messages with valid signatures"),
];

impl Metrics<'_> {
    /// The families in Prometheus' text format.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        let (identity, version) = (quoted(self.identity), quoted(self.version));
        let build = format!("identity={identity},sha=\"unknown\",version={version}");
        family(
            &mut text,
            "choria_build_info",
            "Build information about the running server",
            &[(build, 1)],
        );
        self.connector(&mut text);
        for (what, end) in [("certificate", self.ends.0), ("token", self.ends.1)] {
            if end != NEVER {
                // Writing to a string does not fail.
                let _ = writeln!(
                    text,
                    "# HELP chorister_{what}_expires_seconds When the {what} of the node ends, in unix seconds\n\
                     # TYPE chorister_{what}_expires_seconds gauge\n\
                     chorister_{what}_expires_seconds {}",
                    end.as_second(),
                );
            }
        }
        let Some(counters) = self.counters else {
            return text;
        };
        for (judged, help) in PROTOCOL {
            let of = |version| {
                let label = format!("version=\"{version}\"");
                (label, counters.judged(version, judged))
            };
            let name = format!("choria_protocol_{}", judged.name());
            family(&mut text, &name, help, &[of(Version::V1), of(Version::V2)]);
        }
        for (count, help) in NODE {
            let name = format!("choria_server_{}", count.name());
            let series = (format!("identity={identity}"), counters.get(count));
            family(&mut text, &name, help, &[series]);
        }
        text
    }

    fn connector(&self, text: &mut String) {
        let Attempts {
            initial,
            connect_time,
            connected,
            reconnections,
            closed,
            errors,
            lookups,
        } = self.attempts;
        for (name, help, value) in [
            (
                "initial_connection_attempts",
                "How many connection attempts were made before a connection was established",
                initial,
            ),
            (
                "reconnections",
                "Number of times the connector reconnected to the middleware",
                reconnections,
            ),
            (
                "connection_closed",
                "Number of times the connection was closed",
                closed,
            ),
            (
                "errors",
                "Number of times the connection encountered an error",
                errors,
            ),
        ] {
            let name = format!("choria_connector_{name}");
            family(text, &name, help, &[(String::new(), value)]);
        }
        let identity = format!("identity={}", quoted(self.identity));
        // Nothing is remembered of them: name servers and resolvers do that.
        for (name, help, value) in [
            ("lookups", "How many SRV lookups were done", lookups),
            (
                "cachehits",
                "How many SRV lookups were served by a cache",
                0,
            ),
            ("cachemiss", "How many SRV lookups no cache had", lookups),
        ] {
            let name = format!("choria_dns_srv_{name}");
            family(text, &name, help, &[(identity.clone(), value)]);
        }
        let name = "choria_connector_initial_connect_time";
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "# HELP {name} How long it took to establish the initial connection\n# TYPE {name} summary\n\
             {name}_sum {}\n{name}_count {}",
            connect_time.as_secs_f64(),
            u8::from(connected),
        );
    }
}

fn family(text: &mut String, name: &str, help: &str, series: &[(String, u64)]) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter");
    for (labels, value) in series {
        let _ = match labels.as_str() {
            "" => writeln!(text, "{name} {value}"),
            labels => writeln!(text, "{name}{{{labels}}} {value}"),
        };
    }
}

fn quoted(value: &str) -> String {
    let value = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{value}\"")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn families(text: &str) -> BTreeSet<&str> {
        let lines = text.lines().filter_map(|it| it.strip_prefix("# TYPE "));
        lines.collect()
    }

    fn rendered(counters: &Counters) -> String {
        Metrics {
            identity: "n1.example.net",
            version: "0.1.0",
            counters: Some(counters),
            attempts: Attempts::default(),
            ends: (Timestamp::UNIX_EPOCH, NEVER),
        }
        .render()
    }

    #[test]
    fn counts_are_told_with_their_labels() {
        let counters = Counters::default();
        counters.add(Count::Replies);
        counters.judge(Version::V2, Judged::Valid);
        let text = rendered(&counters);
        for line in [
            r#"choria_build_info{identity="n1.example.net",sha="unknown",version="0.1.0"} 1"#,
            r#"choria_server_replies{identity="n1.example.net"} 1"#,
            r#"choria_protocol_valid{version="1"} 0"#,
            r#"choria_protocol_valid{version="2"} 1"#,
            "choria_connector_initial_connect_time_count 0",
            "chorister_certificate_expires_seconds 0",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
        assert_eq!(quoted("a\"b\\\n"), r#""a\"b\\\n""#);
    }

    #[test]
    fn vectors_of_metrics_have_the_same_families() {
        let Some(upstream) = crate::testing::vector("fleet/broker-prometheus.txt") else {
            return;
        };
        let upstream = String::from_utf8(upstream).expect("text");
        let text = rendered(&Counters::default());
        let shared: Vec<_> = families(&upstream)
            .into_iter()
            .filter(|it| {
                ["choria_build", "choria_connector", "choria_protocol"]
                    .iter()
                    .any(|prefix| it.starts_with(prefix))
            })
            .collect();
        assert_eq!(shared.len(), 10);
        for family in shared {
            assert!(families(&text).contains(family), "{family}");
        }
    }
}
