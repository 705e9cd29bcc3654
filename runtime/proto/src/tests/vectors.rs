//! The shared vectors of the protocol. What is about certificates, tokens and signatures is tested in
//! `chorister-security`; [`vectors_all_have_an_owner`] says who tests what.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::id::{unique, unique_fips};
use crate::subject::takes_replies;
use crate::{
    Reply, Request, RequestError, SecureReply, SecureRequest, Subject, Transport, Version,
};

/// The folder of the vectors; `None`, and a line saying so, where there is none.
pub(crate) fn shared() -> Option<PathBuf> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let folder = set.clone().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join("vectors/protocol");
    let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
    assert!(path.exists() || !required, "{} is absent", path.display());
    if !path.exists() {
        println!("not run: {} is not here", path.display());
        return None;
    }
    Some(path)
}

pub(crate) fn vectors(file: &str) -> Option<Value> {
    let bytes = std::fs::read(shared()?.join(file)).unwrap();
    Some(serde_json::from_slice(&bytes).unwrap())
}

fn list(value: &Value) -> &Vec<Value> {
    let items = value.as_array().unwrap();
    assert!(!items.is_empty());
    items
}

fn text<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry[name].as_str().unwrap_or_else(|| panic!("{name}"))
}

/// Every file and every section in it, and which test visits all of its entries.
const OWNERS: &[(&str, &str)] = &[
    (
        "broker_acls.json",
        "security: vectors_of_broker_permissions",
    ),
    ("ed25519.json", "security: vectors_of_keys"),
    ("filters.json agents", "proto: vectors_of_filters"),
    ("filters.json classes", "proto: vectors_of_filters"),
    ("filters.json compound", "proto: vectors_of_filters"),
    (
        "filters.json fact_filter_strings",
        "proto: vectors_of_filters",
    ),
    ("filters.json facts", "proto: vectors_of_filters"),
    ("filters.json identities", "proto: vectors_of_filters"),
    ("filters.json node", "proto: vectors_of_filters"),
    ("filters.json whole_filters", "proto: vectors_of_filters"),
    ("nats.json nonce", "security: vectors_of_nonces"),
    ("nats.json subjects", "proto: vectors_of_subjects"),
    ("nats.json unique_ids", "proto: vectors_of_subjects"),
    ("schemas.json", "proto: vectors_of_schemas"),
    ("tokens.json", "security: vectors_of_tokens"),
    ("v1.json rejected_requests", "security: vectors_of_requests"),
    (
        "v1.json replies",
        "both: vectors_of_layers, vectors_of_replies",
    ),
    (
        "v1.json requests",
        "both: vectors_of_layers, vectors_of_requests",
    ),
    ("v1.json robustness_replies", "security: vectors_of_replies"),
    (
        "v1.json robustness_requests",
        "security: vectors_of_requests",
    ),
    ("v2.json rejected_requests", "security: vectors_of_requests"),
    (
        "v2.json replies",
        "both: vectors_of_layers, vectors_of_replies",
    ),
    (
        "v2.json requests",
        "both: vectors_of_layers, vectors_of_requests",
    ),
];

/// The folders hold what the entries name, and are tested with them.
const FOLDERS: &[&str] = &["ed25519", "tokens", "x509"];

#[test]
fn vectors_all_have_an_owner() {
    let Some(folder) = shared() else { return };
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            assert!(FOLDERS.contains(&&*name), "nobody tests {name}");
        } else if name.ends_with(".json") {
            match vectors(&name).unwrap() {
                Value::Object(sections) if name != "ed25519.json" => {
                    found.extend(sections.keys().map(|it| (format!("{name} {it}"), ())));
                }
                _ => {
                    found.insert(name, ());
                }
            }
        }
    }
    let found: Vec<_> = found.into_keys().collect();
    let owned: Vec<_> = OWNERS.iter().map(|(what, _)| (*what).to_owned()).collect();
    assert_eq!(found, owned);
}

#[test]
fn vectors_of_subjects() {
    let Some(nats) = vectors("nats.json") else {
        return;
    };
    for entry in list(&nats["subjects"]) {
        let (collective, name) = (text(entry, "collective"), text(entry, "name"));
        let subject = match text(entry, "kind") {
            "agent broadcast" => Subject::Agent {
                collective,
                agent: name,
            },
            "service" => Subject::Service {
                collective,
                agent: name,
            },
            "node" => Subject::Node {
                collective,
                identity: name,
            },
            other => panic!("{other}"),
        };
        assert_eq!(subject.checked().unwrap(), text(entry, "subject"));
        assert!(!takes_replies(text(entry, "subject")));
        assert_eq!(
            subject.queue_group().unwrap_or_default(),
            text(entry, "queue_group")
        );
    }
    for entry in list(&nats["unique_ids"]) {
        let caller = text(entry, "caller");
        let client = unique(caller);
        assert_eq!(client, text(entry, "md5_hex"));
        assert_eq!(unique_fips(caller), text(entry, "sha256_hex_fips"));
        let subject = Subject::Reply {
            collective: "choria",
            client: &client,
            request: "x",
        };
        let subject = subject.checked().unwrap();
        assert_eq!(subject, text(entry, "reply_to_collective_choria_id_x"));
        assert!(takes_replies(&subject));
        let prefix = text(entry, "inbox_prefix_collective_choria");
        assert_eq!(subject.strip_suffix(".x"), Some(prefix));
    }
}

/// Documents that we read although their schema forbids it: upstream does not check these schemas.
const LENIENT: &[(&str, &str)] = &[
    // What may be missing may be empty; there is nothing to be gained from refusing it.
    ("choria:transport:1", "headers/reply-to empty"),
    ("choria:transport:1", "headers/mc_sender empty"),
    ("io.choria.protocol.v2.transport", "headers/sender empty"),
    // The schema of replies asks for the protocol of requests, which upstream's own replies do not have.
    (
        "io.choria.protocol.v2.reply",
        "base: upstream's own reply fails upstream's own schema (const is that of a request)",
    ),
];

/// Documents that we refuse although their schema allows them.
const STRICT: &[(&str, &str)] = &[(
    "io.choria.protocol.v2.reply",
    "protocol is that of a request",
)];

#[test]
fn vectors_of_schemas() {
    let Some(schemas) = vectors("schemas.json") else {
        return;
    };
    for entry in list(&schemas) {
        let (schema, name) = (text(entry, "schema"), text(entry, "name"));
        let document = text(entry, "document").as_bytes();
        let version = if schema.starts_with("io.") {
            Version::V2
        } else {
            Version::V1
        };
        let layer = schema.trim_start_matches("io.choria.protocol.v2.");
        let verdict = match layer {
            "choria:transport:1" | "transport" => {
                Transport::decode(document).map(|it| it.version).ok()
            }
            "choria:secure:request:1" | "secure_request" => {
                SecureRequest::decode(document).map(|it| it.version()).ok()
            }
            "choria:secure:reply:1" | "secure_reply" => {
                SecureReply::decode(document).map(|it| it.version).ok()
            }
            "choria:request:1" | "request" => Request::decode(document).map(|it| it.version).ok(),
            "choria:reply:1" | "reply" => Reply::decode(document).map(|it| it.version).ok(),
            other => panic!("{other}"),
        };
        let allowed = entry["valid"].as_bool().unwrap();
        let expect = match (allowed, (schema, name)) {
            (false, which) if LENIENT.contains(&which) => true,
            (true, which) if STRICT.contains(&which) => false,
            (allowed, _) => allowed,
        };
        let found = verdict == Some(version);
        assert_eq!(found, expect, "{schema}: {name}");
    }
}

/// Requests whose JSON no encoder would write like this.
const ODD: &[&str] = &["other-encoding", "unknown-fields", "no-agent-filter-key"];

#[test]
fn vectors_of_layers() {
    for (file, version) in [("v1.json", Version::V1), ("v2.json", Version::V2)] {
        let Some(vectors) = vectors(file) else { return };
        for entry in list(&vectors["requests"]) {
            let name = text(entry, "name");
            let wire = text(entry, "7_transport_json").as_bytes();
            let transport = Transport::decode(wire).unwrap();
            assert_eq!(transport.version, version);
            assert_eq!(transport.reply_to.as_deref(), entry["reply_to"].as_str());
            let to = transport.reply_to.as_deref();
            assert!(to.is_none_or(takes_replies), "{name}");
            assert_eq!(utf8(&transport.encode()), utf8(wire), "{name}");
            assert_eq!(utf8(&transport.data), text(entry, "6_secure_request_json"));
            let secure = SecureRequest::decode(&transport.data).unwrap();
            assert_eq!(secure.version(), version);
            assert_eq!(utf8(&secure.encode().unwrap()), utf8(&transport.data));
            assert_eq!(utf8(&secure.request), text(entry, "3_request_json"));
            assert_eq!(
                crate::id::hex(&secure.signature),
                text(entry, "5_signature_hex")
            );
            let request = Request::decode(&secure.request).unwrap();
            if ODD.contains(&name) {
                let again = Request::decode(&request.encode().unwrap()).unwrap();
                assert_eq!(again, request, "{name}");
            } else {
                let encoded = request.encode().unwrap();
                assert_eq!(utf8(&encoded), utf8(&secure.request), "{name}");
            }
            let field = text(entry, "2_request_message_field");
            match version {
                Version::V1 => assert_eq!(utf8(&request.payload), field),
                Version::V2 => assert_eq!(crate::base64::encode(&request.payload), field),
            }
            assert_eq!(utf8(&request.body()), text(entry, "1_body"), "{name}");
        }
        for entry in list(&vectors["replies"]) {
            let name = text(entry, "name");
            let wire = text(entry, "7_transport_json").as_bytes();
            let transport = Transport::decode(wire).unwrap();
            assert_eq!(utf8(&transport.encode()), utf8(wire), "{name}");
            assert_eq!(utf8(&transport.data), text(entry, "6_secure_reply_json"));
            let secure = SecureReply::decode(&transport.data).unwrap();
            assert_eq!(secure.version, version);
            assert_eq!(utf8(&secure.encode().unwrap()), utf8(&transport.data));
            let signature = secure.signature.as_deref().map(crate::id::hex);
            assert_eq!(
                signature.unwrap_or_default(),
                entry["5_signature_hex"].as_str().unwrap_or_default(),
                "{name}"
            );
            // Those that are refused were changed after they were made.
            if entry["expect"]["accept"] == true {
                assert_eq!(utf8(&secure.reply), text(entry, "2_reply_json"), "{name}");
                let hash = crate::base64::encode(&secure.hash);
                assert_eq!(hash, text(entry, "4_hash_base64"));
            }
            let reply = Reply::decode(&secure.reply).unwrap();
            assert_eq!(utf8(&reply.encode().unwrap()), utf8(&secure.reply));
            if entry["expect"]["accept"] == true {
                assert_eq!(utf8(&reply.payload), text(entry, "1_body"), "{name}");
            }
        }
    }
}

#[track_caller]
fn utf8(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap()
}

#[test]
fn payload_of_version_1_has_to_be_text() {
    let Some(vectors) = vectors("v1.json") else {
        return;
    };
    let entry = &list(&vectors["requests"])[0];
    let mut request = Request::decode(text(entry, "3_request_json").as_bytes()).unwrap();
    request.payload = vec![0xff];
    assert_eq!(request.encode(), Err(RequestError::NotText));
    request.set_body(&[0xff]);
    assert!(request.encode().is_ok());
}
