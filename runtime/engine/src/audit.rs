//! The audit log: who asked for what, and whether it was allowed.
//!
//! One JSON object a line, with the members of Choria's audit log, and one more that says whether the request was
//! allowed. Nobody waits for the file: lines that find no room in a queue are lost and counted.

use core::time::Duration;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::recorder::is_secret;
use crate::sink::file::{Keeping, Rotated};
use crate::sink::outlet::Outlet;

/// Where an audit log is, and how it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFile {
    /// Its path.
    pub path: PathBuf,
    /// The bits of its mode.
    pub mode: u32,
    /// The group that it is given, by its number.
    pub group: Option<u32>,
    /// The size from which it is moved away, in bytes; `None` leaves that to others.
    pub size: Option<u64>,
    /// How many that were moved away are kept, as `NAME.1`, the newest, and so on; at least one.
    pub old: u32,
}

/// A request that was decided about.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// When it was decided.
    pub time: Timestamp,
    /// The id of the request.
    pub request_id: &'a str,
    /// When the request was made, in seconds since 1970.
    pub request_time: i64,
    /// Who asked.
    pub caller: &'a str,
    /// The host that it was sent from.
    pub sender: &'a str,
    /// The agent.
    pub agent: &'a str,
    /// The action.
    pub action: &'a str,
    /// The inputs of the action, an object.
    pub data: &'a Value,
    /// The inputs whose values are nobody's business, beside those whose names say so.
    pub secrets: &'a BTreeSet<String>,
    /// Whether it was allowed.
    pub allowed: bool,
}

/// Writes an audit log.
#[derive(Debug)]
pub struct Audit {
    outlet: Mutex<Outlet>,
}

/// What stands in the place of a secret.
const HIDDEN: &str = "********";

// === impl AuditFile ===

impl AuditFile {
    /// A file that only its owner may read, and that others move away.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            mode: 0o600,
            group: None,
            size: None,
            old: 1,
        }
    }
}

// === impl Audit ===

impl Audit {
    /// Opens the file and starts the thread that writes it.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or not be given its mode or group, or the thread cannot be started.
    pub fn open(file: AuditFile) -> io::Result<Self> {
        let keeping = Keeping {
            mode: file.mode & 0o777,
            is_exact: true,
            group: file.group,
            size: file.size,
            old: file.old.max(1),
        };
        let outlet = Outlet::start(Rotated::keep(file.path, keeping)?)?;
        Ok(Self {
            outlet: Mutex::new(outlet),
        })
    }

    /// Takes an entry; never waits for the file.
    pub fn record(&self, entry: &Entry<'_>) {
        let line = entry.line();
        let mut outlet = self.outlet();
        outlet.line(line.as_bytes());
        outlet.seal();
        outlet.settle();
    }

    /// Opens the file again, which may have been moved away.
    pub fn reopen(&self) {
        self.outlet().reopen();
    }

    /// How many entries are lost so far.
    pub fn lost(&self) -> u64 {
        self.outlet().lost()
    }

    /// Waits until everything is written, but no longer than this; called once, at the end.
    pub fn finish(&self, limit: Duration) {
        self.outlet().finish(limit);
    }

    fn outlet(&self) -> MutexGuard<'_, Outlet> {
        self.outlet.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Entry ===

impl Entry<'_> {
    /// The line, without a line feed.
    #[must_use]
    pub fn line(&self) -> String {
        let line = Line {
            timestamp: self.time.strftime("%Y-%m-%dT%H:%M:%S%.6f+0000").to_string(),
            request_id: self.request_id,
            request_time: self.request_time,
            caller: self.caller,
            sender: self.sender,
            agent: self.agent,
            action: self.action,
            data: Data(self.data, self.secrets),
            allowed: self.allowed,
        };
        // Texts, numbers and objects with names can always be written.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

/// The members in the order in which upstream writes them.
#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    request_id: &'a str,
    request_time: i64,
    caller: &'a str,
    sender: &'a str,
    agent: &'a str,
    action: &'a str,
    data: Data<'a>,
    // Better than upstream, which says nothing of what was denied.
    allowed: bool,
}

/// Inputs without their secrets.
struct Data<'a>(&'a Value, &'a BTreeSet<String>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(data, secrets) = self;
        let Value::Object(inputs) = data else {
            return data.serialize(serializer);
        };
        serializer.collect_map(inputs.iter().map(|(name, value)| {
            let is_secret = secrets.contains(name) || is_secret(name);
            (
                name,
                if is_secret {
                    HIDDEN.into()
                } else {
                    without_secrets(value)
                },
            )
        }))
    }
}

/// A value without what the names in it say to be secret.
fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let clean = |(name, value): (&String, &Value)| {
                let value = if is_secret(name) {
                    HIDDEN.into()
                } else {
                    without_secrets(value)
                };
                (name.clone(), value)
            };
            Value::Object(members.iter().map(clean).collect())
        }
        Value::Array(items) => items.iter().map(without_secrets).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use serde_json::json;

    use super::*;

    const LONG: Duration = Duration::from_secs(100);

    fn entry<'a>(data: &'a Value, secrets: &'a BTreeSet<String>) -> Entry<'a> {
        Entry {
            time: "2026-11-20T23:21:27.796326Z".parse().unwrap(),
            request_id: "9c0e3b5b",
            request_time: 1_795_216_887,
            caller: "choria=ann.mcollective",
            sender: "client.example.net",
            agent: "rpcutil",
            action: "ping",
            data,
            secrets,
            allowed: true,
        }
    }

    #[test]
    fn lines_are_those_of_upstream_and_say_the_verdict() {
        let secrets = ["password".to_owned()].into();
        let data = json!({"user": "ann", "password": "x1y2", "nested": {"password": "p"}});
        let denied = Entry {
            allowed: false,
            ..entry(&data, &secrets)
        };
        assert_eq!(
            denied.line(),
            r#"{"timestamp":"2026-11-20T23:21:27.796326+0000","request_id":"9c0e3b5b","request_time":1795216887,"caller":"choria=ann.mcollective","sender":"client.example.net","agent":"rpcutil","action":"ping","data":{"user":"ann","password":"********","nested":{"password":"********"}},"allowed":false}"#
        );
        let (data, none) = (json!({}), BTreeSet::new());
        let line = entry(&data, &none).line();
        assert!(line.ends_with(r#""data":{},"allowed":true}"#), "{line}");
    }

    #[test]
    fn entries_are_lines_of_a_file_of_its_owner() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.log");
        let audit = Audit::open(AuditFile::new(&path)).unwrap();
        let (data, none) = (json!({"text": "two\nlines"}), BTreeSet::new());
        audit.record(&entry(&data, &none));
        audit.record(&entry(&data, &none));
        audit.finish(LONG);
        assert_eq!(audit.lost(), 0);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(
            text.lines()
                .all(|it| serde_json::from_str::<Value>(it).is_ok())
        );
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        // Nobody is there any more who would write it.
        audit.record(&entry(&data, &none));
        assert_eq!(audit.lost(), 1);
    }

    #[test]
    fn a_log_that_cannot_be_opened_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let error = Audit::open(AuditFile::new(directory.path())).unwrap_err();
        assert!(error.to_string().contains("directory"), "{error}");
    }
}
