//! One message.

use core::time::Duration;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many priorities there are; the first is 0.
pub const PRIORITIES: u8 = 5;

/// The largest payload, in bytes: brokers take no more unless they are told to.
pub const LARGEST: usize = 1 << 20;

/// The longest time that a message may count.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 3600);

/// A time that is not known: the zero of Go's times.
const NEVER: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// A message that waits in a folder.
///
/// Compat: go-choria `submission/message.go`: names and the order of members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// Random, and unique: streams take messages of one id once.
    pub id: String,
    /// The subject, behind that of submissions.
    pub subject: String,
    /// What it says.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub payload: Vec<u8>,
    /// Whether it has to arrive in a stream.
    pub reliable: bool,
    /// 0 to 4; each is published apart from the others.
    pub priority: u8,
    /// When it was left.
    pub created: Timestamp,
    /// For how many seconds after that it counts.
    pub ttl: f64,
    /// How often it may be tried; 0 as often as it takes.
    pub max_tries: u32,
    /// How often it was tried.
    #[serde(default)]
    pub tries: u32,
    /// When it may be tried again.
    #[serde(default = "never")]
    pub next_try: Timestamp,
    /// The program that left it.
    pub sender: String,
    /// The node.
    #[serde(default)]
    pub identity: String,
    /// Whether the node signs it.
    #[serde(default)]
    pub sign: bool,
    /// What else goes with it.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, String>>,
}

/// The signature of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// ed25519 over the payload, as hexadecimal digits.
    pub signature: String,
    /// The token of whoever signed.
    pub token: String,
}

/// Why a message cannot be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It has no id that a stream takes.
    #[error("`{0}` cannot be the id of a message")]
    Id(String),
    /// Its subject is none.
    #[error("`{0}` cannot be the subject of a message")]
    Subject(String),
    /// It has no priority.
    #[error("the priority {0} is not one of 0 to 4")]
    Priority(u8),
    /// It counts for too long, or not at all.
    #[error("a message counts for more than nothing and 31 days at most, not for {0} s")]
    Ttl(String),
    /// Its header belongs to others.
    #[error(
        "the header `{0}` is set by the node: names that begin with `choria` or `nats` are taken"
    )]
    ReservedHeader(String),
    /// Its header is none.
    #[error(
        "the header `{0}` has letters, digits and dashes in its name, and no control characters in its value"
    )]
    Header(String),
    /// It is too large.
    #[error("the payload has {0} bytes, and may have {LARGEST}")]
    TooLarge(usize),
}

impl Submission {
    /// A message of a program that counts for a day from now; `id` is [unique](super::unique_id).
    #[must_use]
    pub fn new(id: String, subject: String, payload: Vec<u8>, now: Timestamp) -> Self {
        Self {
            id,
            subject,
            payload,
            reliable: false,
            priority: 4,
            created: now,
            ttl: 24.0 * 3600.0,
            max_tries: 100,
            tries: 0,
            next_try: NEVER,
            sender: String::new(),
            identity: String::new(),
            sign: false,
            headers: None,
        }
    }

    /// Looks whether it can be published.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), Invalid> {
        let is_word = |text: &str| {
            let ok = |it: u8| it.is_ascii_graphic() && !matches!(it, b'*' | b'>');
            !text.is_empty() && text.len() <= 255 && text.bytes().all(ok)
        };
        if !is_word(&self.id) || self.id.contains('/') {
            return Err(Invalid::Id(self.id.clone()));
        }
        if !is_word(&self.subject) || self.subject.split('.').any(str::is_empty) {
            return Err(Invalid::Subject(self.subject.clone()));
        }
        if self.priority >= PRIORITIES {
            return Err(Invalid::Priority(self.priority));
        }
        if !(self.ttl > 0.0 && self.ttl <= LONGEST.as_secs_f64()) {
            return Err(Invalid::Ttl(self.ttl.to_string()));
        }
        if self.payload.len() > LARGEST {
            return Err(Invalid::TooLarge(self.payload.len()));
        }
        for (name, value) in self.headers.iter().flatten() {
            let lower = name.to_ascii_lowercase();
            if lower.starts_with("choria") || lower.starts_with("nats") {
                return Err(Invalid::ReservedHeader(name.clone()));
            }
            let is_name = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
            let is_fine = !name.is_empty()
                && name.bytes().all(is_name)
                && !value.chars().any(char::is_control);
            if !is_fine {
                return Err(Invalid::Header(name.clone()));
            }
        }
        Ok(())
    }

    /// Whether it is of no use to try it.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.created).as_secs_f64();
        age > self.ttl || (self.max_tries > 0 && self.tries >= self.max_tries)
    }

    /// Whether it may be tried at this time.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        now >= self.next_try
    }

    /// It was tried in vain, and may be tried again after a while.
    pub fn failed(&mut self, now: Timestamp, wait: Duration) {
        self.tries = self.tries.saturating_add(1);
        self.next_try = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
    }

    /// What goes with it beside its id, for the node that publishes it.
    #[must_use]
    pub fn headers(&self, identity: &str, signature: Option<Signature>) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, value: String| all.push((name.to_owned(), clean(value)));
        add("Choria-Priority", self.priority.to_string());
        add("Choria-Created", self.created.as_nanosecond().to_string());
        add("Choria-Sender", self.sender.clone());
        add("Choria-Identity", identity.to_owned());
        if self.reliable {
            add("Choria-Reliable", "1".to_owned());
        }
        if self.tries > 0 {
            add("Choria-Tries", self.tries.to_string());
        }
        if let Some(signature) = signature {
            add("Choria-Signature", signature.signature);
            add("Choria-Token", signature.token);
        }
        for (name, value) in self.headers.iter().flatten() {
            add(name, value.clone());
        }
        all
    }
}

/// A value without what would end it.
fn clean(value: String) -> String {
    match value.chars().any(char::is_control) {
        true => value.chars().filter(|it| !it.is_control()).collect(),
        false => value,
    }
}

fn never() -> Timestamp {
    NEVER
}

fn to_base64<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    STANDARD.encode(bytes).serialize(to)
}

fn from_base64<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    // Upstream writes `null` for nothing.
    let text = Option::<String>::deserialize(from)?.unwrap_or_default();
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_216_627).unwrap()
    }

    fn message() -> Submission {
        Submission::new(
            "7dcef003".to_owned(),
            "test.two".to_owned(),
            b"{}".to_vec(),
            now(),
        )
    }

    #[track_caller]
    fn check(change: impl Fn(&mut Submission), expect: &str) {
        let mut message = message();
        change(&mut message);
        let error = message
            .check()
            .map_or_else(|it| it.to_string(), |()| String::new());
        assert!(
            error.contains(expect) && error.is_empty() == expect.is_empty(),
            "{error}"
        );
    }

    fn header(name: &str, value: &str) -> Option<BTreeMap<String, String>> {
        Some([(name.to_owned(), value.to_owned())].into())
    }

    #[test]
    fn what_cannot_be_published_is_refused() {
        check(|_| {}, "");
        check(|it| it.headers = header("Team", "web, the"), "");
        check(|it| it.id = "a b".to_owned(), "id of a message");
        check(|it| it.id = "../b".to_owned(), "id of a message");
        check(|it| it.subject = "a..b".to_owned(), "subject of a message");
        check(|it| it.subject = "a.>".to_owned(), "subject of a message");
        check(|it| it.priority = 5, "priority 5");
        check(|it| it.ttl = 0.0, "31 days at most, not for 0 s");
        check(|it| it.ttl = f64::NAN, "31 days at most");
        check(|it| it.ttl = 2_678_401.0, "31 days at most");
        check(|it| it.payload = vec![0; LARGEST + 1], "has 1048577 bytes");
        check(
            |it| it.headers = header("choria-x", ""),
            "is set by the node",
        );
        check(
            |it| it.headers = header("NATS-Msg-Id", ""),
            "is set by the node",
        );
        check(|it| it.headers = header("a b", ""), "letters, digits");
        check(
            |it| it.headers = header("a", "x\r\ny"),
            "control characters",
        );
    }

    #[test]
    fn a_message_counts_for_its_time_and_so_many_tries() {
        let mut message = message();
        message.max_tries = 2;
        assert!(!message.is_over(now()) && message.is_due(now()));
        assert!(message.is_over(now() + Duration::from_secs(86_401)));
        let wait = Duration::from_secs(1);
        message.failed(now(), wait);
        assert!(!message.is_due(now()) && message.is_due(now() + wait));
        message.failed(now(), wait);
        assert!(message.is_over(now()));
    }

    /// Files as upstream leaves them, before and after a failure.
    #[test]
    fn vectors_of_files_are_read_and_written() {
        let Some(new) = vector("submission-spool-P2-new.msg") else {
            return;
        };
        let retried = vector("submission-spool-P2-retried.msg").unwrap();
        for file in [&new, &retried] {
            let message: Submission = serde_json::from_str(file).unwrap();
            message.check().unwrap();
            let ours = serde_json::to_string(&message).unwrap();
            // Go writes whole numbers without a point.
            assert_eq!(ours.replace("86400.0", "86400"), file.trim_end());
        }
    }

    /// What goes over the wire with a message, as upstream sends it.
    #[test]
    fn vectors_of_headers_are_made_alike() {
        let Some(wire) = vector("submission-wire.jsonl") else {
            return;
        };
        let mut seen = 0;
        for line in wire.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| line["headers"][name][0].as_str();
            let nanos: i128 = text("Choria-Created").unwrap().parse().unwrap();
            let mut message = Submission::new(
                text("Nats-Msg-Id").unwrap().to_owned(),
                "any".to_owned(),
                line["data"].as_str().unwrap().into(),
                Timestamp::from_nanosecond(nanos).unwrap(),
            );
            message.reliable = text("Choria-Reliable").is_some();
            message.priority = text("Choria-Priority").unwrap().parse().unwrap();
            message.tries = text("Choria-Tries").map_or(0, |it| it.parse().unwrap());
            message.sender = text("Choria-Sender").unwrap().to_owned();
            let signature = text("Choria-Signature").map(|it| Signature {
                signature: it.to_owned(),
                token: text("Choria-Token").unwrap().to_owned(),
            });
            let mut ours: BTreeMap<_, _> = message
                .headers("node1.example.net", signature)
                .into_iter()
                .collect();
            ours.insert("Nats-Msg-Id".to_owned(), message.id.clone());
            let theirs = line["headers"].as_object().unwrap();
            let theirs: BTreeMap<_, _> = theirs
                .iter()
                .map(|(name, value)| (name.clone(), value[0].as_str().unwrap().to_owned()))
                .collect();
            assert_eq!(ours, theirs);
            seen += 1;
        }
        assert_eq!(seen, wire.lines().count());
    }

    /// A file of the shared vectors; `None`, and a line saying so, where there are none.
    fn vector(name: &str) -> Option<String> {
        let set = std::env::var_os("CHORISTER_SHARED");
        let folder = set.clone().map_or_else(
            || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into(),
            std::path::PathBuf::from,
        );
        let path = folder.join("vectors/fleet").join(name);
        let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
        if !path.exists() && !required {
            println!("not run: {} is not here", path.display());
            return None;
        }
        Some(std::fs::read_to_string(path).unwrap())
    }
}
