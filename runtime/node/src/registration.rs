//! What a node registers with: the content of a file, or what it is.

use core::time::Duration;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chorister_proto::{Filter, Request, Subject, Version, id, subject};
use chorister_security::{SignError, Signer};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::status::NodeStatus;

/// The agent that registrations are for.
const AGENT: &str = "registration";

/// How long they count, in seconds.
const TTL: u64 = 60;

/// The content of a file.
#[derive(Clone, Copy, Debug)]
pub struct FileContent<'a> {
    /// The name of the file, without its folder.
    pub file: &'a str,
    /// When it was changed, in seconds since 1970.
    pub changed: i64,
    /// Whether that was after it was published last.
    pub is_updated: bool,
    /// What it holds.
    pub content: &'a [u8],
}

/// What a node is.
///
/// Compat: go-choria `providers/registration/inventory_content.go`: names and the order of members.
#[derive(Clone, Debug, Serialize)]
pub struct Inventory {
    /// Its agents.
    pub agents: Vec<AgentEntry>,
    /// Its classes.
    pub classes: Vec<String>,
    /// Its facts, an object.
    pub facts: Value,
    /// How it is.
    pub status: NodeStatus,
    /// The collectives that it is in.
    pub collectives: Vec<String>,
    /// What it runs.
    pub build_info: BuildInfo,
    /// Its machines.
    pub machines: Vec<MachineEntry>,
}

/// An agent in an inventory.
#[derive(Clone, Debug, Serialize)]
pub struct AgentEntry {
    /// Its license.
    pub license: String,
    /// Its author.
    pub author: String,
    /// How long it may take, in seconds.
    pub timeout: u64,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where more is said of it.
    pub url: String,
    /// What it does.
    pub description: String,
}

/// What a node runs.
#[derive(Clone, Debug, Serialize)]
pub struct BuildInfo {
    /// The version of the program.
    pub version: String,
    /// What it was built from.
    pub sha: String,
}

/// A machine in an inventory.
#[derive(Clone, Debug, Serialize)]
pub struct MachineEntry {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The state that it is in.
    pub state: String,
}

impl FileContent<'_> {
    /// The body of a registration.
    #[must_use]
    pub fn body(&self, compress: bool) -> Vec<u8> {
        let (name, content) = packed(self.content, compress);
        let body = json!({
            "mtime": self.changed,
            "file": self.file,
            "updated": self.is_updated,
            "protocol": "choria:registration:filecontent:1",
            name: content,
        });
        body.to_string().into_bytes()
    }
}

impl Inventory {
    /// The body of a registration, and the size in bytes of what is in it.
    ///
    /// # Errors
    /// None are known: texts, numbers and lists can be written.
    pub fn body(&self, compress: bool) -> Result<(Vec<u8>, usize), serde_json::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            protocol: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            content: Option<&'a RawValue>,
            #[serde(skip_serializing_if = "Option::is_none")]
            zcontent: Option<String>,
        }
        let content = serde_json::value::to_raw_value(self)?;
        let zcontent = compress.then(|| packed(content.get().as_bytes(), true).1);
        let body = serde_json::to_vec(&Body {
            protocol: "choria:registration:inventorycontent:1",
            content: (!compress).then_some(&content),
            zcontent,
        })?;
        Ok((body, content.get().len()))
    }
}

/// The member that a content is, and its value.
fn packed(content: &[u8], compress: bool) -> (&'static str, String) {
    if !compress {
        return ("content", STANDARD.encode(content));
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to a vector does not fail.
    let packed = gzip.write_all(content).and_then(|()| gzip.finish());
    ("zcontent", STANDARD.encode(packed.unwrap_or_default()))
}

/// A registration, ready to be published: a request that nobody answers. `random` is 16 random bytes.
///
/// # Errors
/// It cannot be signed.
pub fn message(
    signer: &Signer,
    identity: &str,
    collective: &str,
    body: &[u8],
    now: Timestamp,
    random: [u8; 16],
) -> Result<Vec<u8>, SignError> {
    let request = request(signer.version(), identity, collective, body, now, random);
    let transport = signer.request_transport(&request, subject::NOBODY)?;
    Ok(transport.encode())
}

/// Where registrations of a collective go, unless somebody says otherwise.
#[must_use]
pub fn target(collective: &str) -> String {
    let agent = AGENT;
    Subject::Agent { collective, agent }.to_string()
}

/// Compat: go-choria: in version 2 the caller is the bare identity.
fn request(
    version: Version,
    identity: &str,
    collective: &str,
    body: &[u8],
    now: Timestamp,
    random: [u8; 16],
) -> Request {
    Request {
        version,
        id: match version {
            Version::V1 => id::request_v1(random),
            Version::V2 => id::request_v2(now.as_second(), random),
        },
        sender: identity.to_owned(),
        caller: match version {
            Version::V1 => format!("choria={identity}"),
            Version::V2 => identity.to_owned(),
        },
        collective: collective.to_owned(),
        agent: AGENT.to_owned(),
        ttl: TTL,
        time: now,
        filter: Some(Filter::default()),
        // Unlike what agents are asked, which is base64 of its own.
        payload: body.to_vec(),
    }
}

/// When one kind of registration was published, and how large it was.
///
/// Upstream keeps one for all kinds, so that of two only one is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rhythm {
    last: Option<(Duration, usize)>,
}

impl Rhythm {
    /// Whether something of this size is published now: the `interval` is over, or the size has changed by `trigger`
    /// bytes, where that is more than 0. Times are since any moment.
    pub fn is_due(
        &mut self,
        now: Duration,
        size: usize,
        interval: Duration,
        trigger: usize,
    ) -> bool {
        let is_due = self.last.is_none_or(|(at, before)| {
            now.saturating_sub(at) >= interval || (trigger > 0 && size.abs_diff(before) >= trigger)
        });
        if is_due {
            self.last = Some((now, size));
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    fn unpacked(text: &Value) -> Value {
        let packed = STANDARD
            .decode(text.as_str().expect("text"))
            .expect("base64");
        let mut json = String::new();
        GzDecoder::new(packed.as_slice())
            .read_to_string(&mut json)
            .expect("gzip");
        serde_json::from_str(&json).expect("JSON")
    }

    #[test]
    fn each_kind_has_a_rhythm_of_its_own() {
        let at = Duration::from_secs;
        let mut rhythm = Rhythm::default();
        assert!(rhythm.is_due(at(0), 100, at(300), 0));
        assert!(!rhythm.is_due(at(299), 1_000, at(300), 0));
        assert!(rhythm.is_due(at(300), 1_000, at(300), 0));
        assert!(!rhythm.is_due(at(330), 991, at(300), 10));
        assert!(rhythm.is_due(at(360), 990, at(300), 10));
        assert!(!rhythm.is_due(at(390), 990, at(300), 10));
    }

    #[test]
    fn vectors_of_files_are_written_alike() {
        let Some(sample) = crate::testing::vector("fleet/registration-file_content.json") else {
            return;
        };
        let sample: Value = serde_json::from_slice(&sample).expect("JSON");
        let message = &sample["message"];
        let content = br#"{"role":"web","country":"mt"}"#;
        let content = FileContent {
            file: message["file"].as_str().expect("a name"),
            changed: message["mtime"].as_i64().expect("a time"),
            is_updated: false,
            content,
        };
        let body: Value = serde_json::from_slice(&content.body(true)).expect("JSON");
        let names = |it: &Value| {
            it.as_object()
                .expect("an object")
                .keys()
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&body), names(message));
        assert_eq!(unpacked(&body["zcontent"]), sample["decompressed_zcontent"]);
        assert_eq!(
            (&body["mtime"], &body["protocol"]),
            (&message["mtime"], &message["protocol"])
        );
        let plain: Value = serde_json::from_slice(&content.body(false)).expect("JSON");
        assert!(plain["content"].is_string() && plain.get("zcontent").is_none());

        let wanted = &sample["request"];
        let nanos = wanted["time"].as_i64().expect("a time");
        let now = Timestamp::from_nanosecond(nanos.into()).expect("a time");
        let body = message.to_string();
        let made = request(
            Version::V2,
            "node1.example.net",
            "choria",
            body.as_bytes(),
            now,
            [7; 16],
        );
        let made: Value = serde_json::from_slice(&made.encode().expect("encoded")).expect("JSON");
        for name in [
            "protocol",
            "sender",
            "caller",
            "collective",
            "agent",
            "ttl",
            "time",
            "filter",
            "message",
        ] {
            assert_eq!(made[name], wanted[name], "{name}");
        }
    }

    #[test]
    fn vectors_of_inventories_have_our_members() {
        let Some(sample) = crate::testing::vector("fleet/registration-inventory_content.json")
        else {
            return;
        };
        let sample: Value = serde_json::from_slice(&sample).expect("JSON");
        let theirs = unpacked(&sample["message"]["zcontent"]);
        let ours = Inventory {
            agents: vec![AgentEntry {
                license: String::new(),
                author: String::new(),
                timeout: 10,
                name: "rpcutil".to_owned(),
                version: "1.0.0".to_owned(),
                url: String::new(),
                description: String::new(),
            }],
            classes: Vec::new(),
            facts: json!({}),
            status: serde_json::from_value(theirs["status"].clone()).expect("a status"),
            collectives: Vec::new(),
            build_info: BuildInfo {
                version: String::new(),
                sha: String::new(),
            },
            machines: vec![MachineEntry {
                name: "m".to_owned(),
                version: "1".to_owned(),
                state: "ok".to_owned(),
            }],
        };
        let (body, _) = ours.body(false).expect("written");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        let names = |it: &Value| {
            let mut names: Vec<_> = it.as_object().expect("an object").keys().cloned().collect();
            names.sort();
            names
        };
        let ours = &body["content"];
        assert_eq!(names(ours), names(&theirs));
        assert_eq!(names(&ours["agents"][0]), names(&theirs["agents"][0]));
        assert_eq!(ours["status"], theirs["status"]);
        assert_eq!(names(&ours["build_info"]), names(&theirs["build_info"]));
    }
}
