//! The status file of a Choria server, and whether it says that all is well: the builtin `choria_status`.

use core::time::Duration;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use chorister_ir::NodeStatus;
use chorister_lang::duration::brief;
use chorister_lang::nagios::Status;
use jiff::Timestamp;
use serde::Deserialize;

use crate::StatusFile;
use crate::native::Finding;

/// The largest status file, in bytes.
const LARGEST: u64 = 64 << 10;

/// The year of times that are not known.
// Compat: go-choria server/instance.go: what is unset is the zero of Go's time.
const UNSET: i16 = 1;

/// What a server writes of itself.
#[derive(Debug, Deserialize)]
struct Content {
    /// In seconds.
    #[serde(default)]
    uptime: f64,
    /// The URL of the broker; empty while there is none.
    #[serde(default)]
    connected_server: String,
    /// In Unix seconds; 0 before the first.
    #[serde(default)]
    last_message: i64,
    #[serde(default)]
    stats: Stats,
    certificate_expires: Option<Timestamp>,
    token_expires: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stats {
    total: f64,
    invalid: f64,
    passed: f64,
    filtered: f64,
    replies: f64,
    ttlexpired: f64,
    events: f64,
}

/// Reads a status file and judges it at this time; blocks.
pub(super) fn look(file: &StatusFile, limits: &NodeStatus, now: SystemTime) -> Finding {
    let (content, written) = match read(&file.path) {
        Ok(found) => found,
        Err(error) => return Finding::new(Status::Critical, format!("Status file error: {error}")),
    };
    // A file from the future is as new as can be.
    let age = now.duration_since(written).unwrap_or_default();
    let now = Timestamp::try_from(now).unwrap_or(Timestamp::MAX);
    match content.objection(age, file.every, limits, now) {
        Some(objection) => Finding::new(Status::Critical, format!("CRITICAL: {objection}")),
        None => {
            let shown = file.path.display();
            Finding::new(Status::Ok, format!("OK: {shown}|{}", content.perfdata(now)))
        }
    }
}

fn read(path: &Path) -> io::Result<(Content, SystemTime)> {
    let file = File::open(path)?;
    let written = file.metadata()?.modified()?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok((serde_json::from_slice(&bytes)?, written))
}

// === impl Content ===

impl Content {
    /// What is wrong, if anything; of several things the first.
    fn objection(
        &self,
        age: Duration,
        every: Duration,
        limits: &NodeStatus,
        now: Timestamp,
    ) -> Option<String> {
        let most = every.saturating_mul(3);
        if age > most {
            return Some(format!("status file is older than {}", brief(most)));
        }
        let ends = [
            ("certificate", self.certificate_expires, limits.certificate),
            ("token", self.token_expires, limits.token),
        ];
        for (what, end, limit) in ends {
            if let Some(left) = left(end, now)
                && !limit.is_zero()
                && left < seconds(limit)
            {
                return Some(match left {
                    ..0 => format!("{what} has expired"),
                    _ => format!("{what} expires in {left}s, sooner than {}", brief(limit)),
                });
            }
        }
        let limit = seconds(limits.last_message);
        if self.last_message == 0 {
            // One that has just started may have heard of nobody yet.
            if self.uptime >= limit as f64 {
                return Some("no message was received".to_owned());
            }
        } else if now.as_second().saturating_sub(self.last_message) > limit {
            let limit = brief(limits.last_message);
            return Some(format!("last message was received more than {limit} ago"));
        }
        self.connected_server
            .is_empty()
            .then(|| "not connected to a broker".to_owned())
    }

    fn perfdata(&self, now: Timestamp) -> String {
        let Stats {
            total,
            invalid,
            passed,
            filtered,
            replies,
            ttlexpired,
            events,
        } = self.stats;
        let certificate = left(self.certificate_expires, now).unwrap_or(i64::MAX);
        let token = left(self.token_expires, now).unwrap_or(i64::MAX);
        format!(
            "uptime={};; filtered_msgs={filtered};; invalid_msgs={invalid};; passed_msgs={passed};; \
             replies_msgs={replies};; total_msgs={total};; ttlexpired_msgs={ttlexpired};; last_msg={};; \
             cert_expire_seconds={certificate};; token_expire_seconds={token};; events={events};;",
            self.uptime, self.last_message,
        )
    }
}

/// The seconds until then; nothing where that is not known.
fn left(end: Option<Timestamp>, now: Timestamp) -> Option<i64> {
    let end = end.filter(|it| it.to_zoned(jiff::tz::TimeZone::UTC).year() > UNSET)?;
    Some(end.as_second().saturating_sub(now.as_second()))
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use chorister_lang::nagios::perfdata;
    use serde_json::Value;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    const LIMITS: NodeStatus = NodeStatus {
        last_message: HOUR,
        certificate: Duration::from_hours(24),
        token: Duration::from_hours(24),
    };

    /// A file as a server writes it; its certificate ends after `hours`.
    fn status(uptime: u64, server: &str, last_message: i64, hours: i64) -> String {
        let end = now().as_second() + hours * 3600;
        let end = Timestamp::from_second(end).unwrap();
        format!(
            "{{\"identity\": \"n\", \"uptime\": {uptime}, \"connected_server\": \"{server}\", \
             \"last_message\": {last_message}, \"provisioning_mode\": false, \"stats\": {{\"total\": 7, \"valid\": 6, \
             \"invalid\": 1, \"passed\": 4, \"filtered\": 2, \"replies\": 3, \"ttlexpired\": 5, \"events\": 9}}, \
             \"certificate_expires\": \"{end}\", \"token_expires\": \"0001-01-01T00:00:00Z\"}}"
        )
    }

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    /// What comes of a file with this content and age.
    fn judge(text: &str, age: Duration, limits: &NodeStatus) -> (Status, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = StatusFile {
            path: folder.path().join("status.json"),
            every: Duration::from_secs(30),
        };
        fs::write(&file.path, text).unwrap();
        let now = SystemTime::from(now());
        File::options()
            .append(true)
            .open(&file.path)
            .unwrap()
            .set_modified(now - age)
            .unwrap();
        let found = look(&file, limits, now);
        let text = found.text.replace(&file.path.display().to_string(), "FILE");
        (found.status, text)
    }

    #[track_caller]
    fn check(text: &str, age: u64, expect: &str) {
        let (status, text) = judge(text, Duration::from_secs(age), &LIMITS);
        assert_eq!(text, expect);
        let expect = match expect.starts_with("OK") {
            true => Status::Ok,
            false => Status::Critical,
        };
        assert_eq!(status, expect);
    }

    #[test]
    fn a_server_that_is_well_is_measured() {
        let heard = now().as_second() - 60;
        check(
            &status(100, "nats://b:4222", heard, 48),
            90,
            &format!(
                "OK: FILE|uptime=100;; filtered_msgs=2;; invalid_msgs=1;; passed_msgs=4;; replies_msgs=3;; total_msgs=7;; \
                 ttlexpired_msgs=5;; last_msg={heard};; cert_expire_seconds=172800;; \
                 token_expire_seconds=9223372036854775807;; events=9;;"
            ),
        );
    }

    #[test]
    fn what_is_wrong_first_is_said() {
        let heard = now().as_second() - 60;
        let server = "nats://b:4222";
        check(
            &status(100, "", heard, 1),
            91,
            "CRITICAL: status file is older than 1m30s",
        );
        check(
            &status(100, "", heard, 23),
            0,
            "CRITICAL: certificate expires in 82800s, sooner than 24h",
        );
        check(
            &status(100, "", heard, -1),
            0,
            "CRITICAL: certificate has expired",
        );
        check(
            &status(100, "", heard - 3600, 48),
            0,
            "CRITICAL: last message was received more than 1h ago",
        );
        check(
            &status(3600, server, 0, 48),
            0,
            "CRITICAL: no message was received",
        );
        check(
            &status(3599, "", 0, 48),
            0,
            "CRITICAL: not connected to a broker",
        );
    }

    #[test]
    fn what_is_switched_off_is_not_looked_at() {
        let text = status(100, "nats://b:4222", now().as_second(), -1);
        let limits = NodeStatus {
            certificate: Duration::ZERO,
            ..LIMITS
        };
        assert_eq!(judge(&text, Duration::ZERO, &limits).0, Status::Ok);
    }

    #[test]
    fn what_cannot_be_read_is_critical() {
        let (status, text) = judge("{", Duration::ZERO, &LIMITS);
        assert_eq!(status, Status::Critical);
        assert!(text.starts_with("Status file error: "), "{text}");
    }

    /// Files that real servers wrote, each judged when it was written.
    #[test]
    fn vectors_of_status_files_are_understood() {
        let Some(folder) = shared("vectors") else {
            return;
        };
        for (name, status, labels) in [
            ("fleet/status-file-mtls.json", Status::Ok, 11),
            ("fleet/status-v2-jwt.json", Status::Ok, 11),
            ("cli/status-file.json", Status::Ok, 11),
        ] {
            let file = StatusFile {
                path: folder.join(name),
                every: Duration::from_secs(30),
            };
            let written = fs::metadata(&file.path).unwrap().modified().unwrap();
            let json: Value = serde_json::from_slice(&fs::read(&file.path).unwrap()).unwrap();
            let heard = json["last_message"].as_i64().unwrap();
            // Copies are younger than what they say.
            let limits = NodeStatus {
                last_message: Duration::from_hours(24 * 365 * 100),
                ..LIMITS
            };
            let found = look(&file, &limits, written);
            assert_eq!(found.status, status, "{name}: {}", found.text);
            let measured = perfdata::parse(&found.text);
            assert_eq!(measured.len(), labels, "{name}: {}", found.text);
            let last = measured.iter().find(|it| it.label == "last_msg").unwrap();
            assert_eq!(last.value as i64, heard, "{name}");
        }
    }

    /// A folder of the shared facts; `None`, and a line saying so, where there are none.
    fn shared(path: &str) -> Option<PathBuf> {
        let set = std::env::var_os("CHORISTER_SHARED");
        let folder = set.clone().map_or_else(
            || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
            PathBuf::from,
        );
        let path = folder.join(path);
        let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
        assert!(
            path.exists() || !required,
            "{} is not there",
            path.display()
        );
        if !path.exists() {
            println!("not run: {} is not here", path.display());
            return None;
        }
        Some(path)
    }
}
