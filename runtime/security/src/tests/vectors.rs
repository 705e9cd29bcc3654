//! The shared vectors of the protocol: what is about keys, tokens, certificates and signatures.
//!
//! That every entry is visited is checked in `chorister-proto`, which has the list of who tests what.

use core::time::Duration;
use std::collections::BTreeSet;
use std::path::PathBuf;

use chorister_proto::{Reply, Request, Transport};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::certificate::Roots;
use crate::key::{RsaKey, RsaPublicKey, Seed, VerificationKey, public_key};
use crate::permissions::Permissions;
use crate::token::{self, Claims, Token};
use crate::{
    Bounds, CertificateTrust, Guard, Patterns, Refusal, Replays, ReplyVerifier, Signatures, Signer,
    TokenTrust, Trust, Verifier,
};

/// The node of all vectors.
const IDENTITY: &str = "server1.example.net";

fn shared() -> Option<PathBuf> {
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

fn file(name: &str) -> Option<String> {
    Some(std::fs::read_to_string(shared()?.join(name)).unwrap())
}

fn vectors(name: &str) -> Option<Value> {
    Some(serde_json::from_str(&file(name)?).unwrap())
}

fn list(value: &Value) -> &Vec<Value> {
    let items = value.as_array().unwrap();
    assert!(!items.is_empty());
    items
}

fn text<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry[name].as_str().unwrap_or_else(|| panic!("{name}"))
}

fn strings(value: &Value) -> Vec<&str> {
    list(value).iter().map(|it| it.as_str().unwrap()).collect()
}

fn seed(hex: &str) -> Seed {
    Seed::from_hex(&SecretString::from(hex)).unwrap()
}

#[test]
fn vectors_of_keys() {
    let Some(keys) = vectors("ed25519.json") else {
        return;
    };
    for key in list(&keys) {
        let name = text(key, "name");
        let found = seed(text(key, "seed"));
        assert_eq!(found.public_hex(), text(key, "public"), "{name}");
        assert_eq!(
            found.public().unwrap(),
            public_key(text(key, "public")).unwrap()
        );
        let Some(digits) = file(&format!("ed25519/{name}.seed")) else {
            continue;
        };
        assert_eq!(digits, text(key, "seed"));
        // Unlike upstream's, these may end in a newline.
        assert_eq!(
            seed(&format!("{digits}\n")).public_hex(),
            found.public_hex()
        );
    }
}

#[test]
fn vectors_of_nonces() {
    let Some(nats) = vectors("nats.json") else {
        return;
    };
    let nonce = &nats["nonce"];
    let signature = seed(text(nonce, "seed")).sign_nonce(text(nonce, "info_nonce"));
    assert_eq!(signature, text(nonce, "connect_sig"));
    let connect = text(nonce, "connect_example").strip_prefix("CONNECT ");
    let connect: Value = serde_json::from_str(connect.unwrap()).unwrap();
    assert_eq!(connect["sig"], signature);
    assert_eq!(connect["auth_token"], nonce["connect_token"]);
    let token = Token::parse(text(nonce, "connect_token")).unwrap();
    let standard = &token.unverified().standard;
    assert_eq!(standard.public_key.as_deref(), nonce["public"].as_str());
}

#[test]
fn vectors_of_tokens() {
    let (Some(tokens), Some(keys)) = (vectors("tokens.json"), vectors("ed25519.json")) else {
        return;
    };
    let now = Timestamp::from_second(1_780_315_205).unwrap();
    for entry in list(&tokens) {
        let name = text(entry, "name");
        assert_eq!(
            file(&format!("tokens/{name}.jwt")).as_deref(),
            entry["token"].as_str()
        );
        let verdicts = entry["parse_result_per_verification_key"]
            .as_object()
            .unwrap();
        assert!(verdicts.len() >= 4);
        for (key, verdict) in verdicts {
            let key = match key.strip_prefix("rsa:") {
                Some(name) => {
                    let pem = file(&format!("x509/{name}.cert.pem")).unwrap();
                    VerificationKey::Rsa(RsaPublicKey::from_pem(pem.as_bytes()).unwrap())
                }
                None => {
                    let key = list(&keys).iter().find(|it| it["name"] == **key).unwrap();
                    VerificationKey::Ed25519(public_key(text(key, "public")).unwrap())
                }
            };
            let token = Token::parse(text(entry, "token"));
            let found = token.and_then(|it| it.verify(&key, now).cloned());
            assert_eq!(
                found.is_ok(),
                verdict == "ok",
                "{name} {key:?} {verdict} {found:?}"
            );
            let Ok(claims) = found else { continue };
            let payload = &entry["payload"];
            assert_eq!(
                claims.standard.jti.as_deref(),
                payload["jti"].as_str(),
                "{name}"
            );
            assert_eq!(
                claims.organization(),
                payload["ou"].as_str().unwrap_or("choria")
            );
        }
    }
}

/// The claims that a connection of the vectors has.
fn claims(entry: &Value) -> Claims {
    let name = text(entry, "name");
    let mut claims = json!({"permissions": entry["permissions"], "ou": "choria"});
    if name.contains("ou acme") {
        claims["ou"] = "acme".into();
    }
    if let Some(who) = entry["caller_or_identity"].as_str() {
        let client = entry["kind"] == "client";
        let (purpose, member) = if client {
            ("choria_client_id", "callerid")
        } else {
            ("choria_server", "identity")
        };
        claims["purpose"] = purpose.into();
        claims[member] = who.into();
        claims["collectives"] = match name {
            "server, two collectives, additional subjects" => json!(["choria", "dev"]),
            "server, no collectives" => json!([]),
            _ => json!(["choria"]),
        };
        if name.contains("additional subjects") {
            let own = ["custom.registration.>", "custom.pub.>"];
            claims["pub_subjects"] = json!([own[usize::from(client)]]);
            claims["sub_subjects"] = json!(["custom.sub.>"]);
        }
    } else {
        claims["purpose"] = "choria_provisioning".into();
    }
    let organization = Seed::from_hex(&SecretString::from("07".repeat(32))).unwrap();
    let token = token::sign(&claims, &organization).unwrap();
    Token::parse(&token).unwrap().unverified().clone()
}

#[test]
fn vectors_of_broker_permissions() {
    let Some(vectors) = vectors("broker_acls.json") else {
        return;
    };
    for entry in list(&vectors) {
        let name = text(entry, "name");
        let found = match name {
            // Not a matter of the node: such a broker lets no node in.
            "server on a broker that denies servers" => Permissions::none(),
            "mTLS connection without token on a broker with a client allow list" => {
                Permissions::no_client()
            }
            "mTLS connection without token on an issuer broker with a CA" => {
                Permissions::publish_and_subscribe_only()
            }
            _ => Permissions::of(&claims(entry)),
        };
        let expect = &entry["nats_permissions"];
        let check = |found: &[String], member: &str| {
            let found: BTreeSet<_> = found.iter().map(String::as_str).collect();
            let expect = expect[member].as_array().unwrap();
            let expect: BTreeSet<_> = expect.iter().map(|it| it.as_str().unwrap()).collect();
            assert_eq!(found, expect, "{name} {member}");
        };
        check(&found.publish_allow, "publish_allow");
        check(&found.publish_deny, "publish_deny");
        check(&found.subscribe_allow, "subscribe_allow");
        check(&found.subscribe_deny, "subscribe_deny");
    }
}

fn verifier(entry: &Value) -> Verifier {
    let config = &entry["verifier"];
    let trust = match text(config, "security_provider") {
        "file" => {
            let ca = file(text(config, "ca")).unwrap();
            Trust::Certificates(CertificateTrust {
                roots: Roots::from_pem(ca.as_bytes()).unwrap(),
                allowed: Patterns::new(strings(&config["certname_allow"])).unwrap(),
                privileged: Patterns::new(strings(&config["privileged_users"])).unwrap(),
            })
        }
        "choria" => Trust::Tokens(tokens(config)),
        other => panic!("{other}"),
    };
    let collectives = strings(&config["collectives"]);
    Verifier {
        trust,
        identity: IDENTITY.to_owned(),
        collectives: collectives.into_iter().map(ToOwned::to_owned).collect(),
        bounds: Bounds::default(),
        signatures: Signatures::default(),
    }
}

fn tokens(config: &Value) -> TokenTrust {
    let key = |it: &str| public_key(it).unwrap();
    match config["issuers"].as_object() {
        Some(issuers) => TokenTrust::Issuers(
            issuers
                .iter()
                .map(|(ou, it)| (ou.clone(), key(it.as_str().unwrap())))
                .collect(),
        ),
        None => {
            let signers = strings(&config["trusted_signers"]);
            TokenTrust::Signers(signers.into_iter().map(key).collect())
        }
    }
}

/// The subject that a node gets a request on: for one that crosses a federation, what its broker publishes to.
fn subject(entry: &Value) -> String {
    let published = text(entry, "nats_subject");
    if published.starts_with("choria.federation.") {
        let wire = text(entry, "7_transport_json").as_bytes();
        let federation = Transport::decode(wire).unwrap().federation.unwrap();
        return federation.targets[0].clone();
    }
    published.to_owned()
}

/// What is refused here though upstream accepts it, and how; each has a note that allows it.
const STRICTER: &[(&str, &str)] = &[
    // The caller id has to be one to its end.
    ("caller-trailing-data", "denied"),
    // A delegator may not name just anyone.
    ("delegated-other-caller", "denied"),
    // Tokens have to end.
    ("no-exp", "token"),
    // The most is configured.
    ("long-ttl", "ttl"),
];

/// The codes that belong to a stage of upstream.
fn codes(stage: &str) -> &'static [&'static str] {
    match stage {
        "transport" => &["transport"],
        "collective" => &["collective"],
        "ttl" => &["ttl"],
        // In version 1 a request that is older than its stage allows ends here too.
        _ => &[
            "version",
            "secure_request",
            "request",
            "certificate",
            "token",
            "signature",
            "denied",
        ],
    }
}

#[test]
fn vectors_of_requests() {
    let mut stricter = BTreeSet::new();
    for file in ["v1.json", "v2.json"] {
        let Some(vectors) = vectors(file) else { return };
        let sections = ["requests", "rejected_requests", "robustness_requests"];
        let entries = sections.iter().filter_map(|it| vectors.get(it));
        for entry in entries.flat_map(list) {
            let name = text(entry, "name");
            let now = Timestamp::from_second(entry["now_unix"].as_i64().unwrap()).unwrap();
            let wire = text(entry, "7_transport_json").as_bytes();
            let expect = &entry["expect"];
            let mut guard = Guard {
                verifier: verifier(entry),
                replays: Replays::default(),
            };
            let subject = subject(entry);
            let found = guard.admit(wire, &subject, now);
            if expect["accept"] == false {
                let refusal = found.expect_err(name);
                let stage = expect["stage"].as_str().unwrap_or_default();
                if stage != "crash" {
                    assert!(codes(stage).contains(&refusal.code()), "{name} {refusal:?}");
                }
                continue;
            }
            let found = match STRICTER.iter().find(|(it, _)| *it == name) {
                None => found,
                Some((_, code)) => {
                    assert!(expect["note"].is_string(), "{name}");
                    assert_eq!(found.expect_err(name).code(), *code, "{name}");
                    stricter.insert((file, name.to_owned()));
                    if *code != "ttl" {
                        continue;
                    }
                    guard.verifier.bounds.ttl = Duration::from_secs(100 * 365 * 86_400);
                    guard.admit(wire, &subject, now)
                }
            };
            let found = found.unwrap_or_else(|refusal| panic!("{file} {name}: {refusal}"));
            assert_eq!(found.caller.id, text(expect, "caller"), "{name}");
            let body = found.request.body();
            assert_eq!(
                String::from_utf8_lossy(&body),
                text(expect, "agent_payload"),
                "{name}"
            );
            assert_eq!(
                found.transport.reply_to.as_deref(),
                entry["reply_to"].as_str()
            );
            // Nothing is let in twice.
            let again = guard.admit(wire, &subject, now);
            assert!(matches!(again, Err(Refusal::Replayed(_))), "{name}");
            // Nothing is let in elsewhere.
            let elsewhere = guard.admit(wire, "mcollective.node.other.example.net", now);
            assert!(matches!(elsewhere, Err(Refusal::Subject(_))), "{name}");
            resigned(entry);
        }
    }
    // The long one is in both files.
    assert_eq!(stricter.len(), STRICTER.len() + 1);
}

/// The same request, signed with the same key, is the same.
fn resigned(entry: &Value) {
    let request = text(entry, "3_request_json").as_bytes();
    let signature = text(entry, "5_signature_hex");
    let extra = &entry["extra"];
    if let Some(name) = extra["certificate"].as_str() {
        let key = file(&format!("x509/{name}.key.pem")).unwrap();
        let key = RsaKey::from_pem(&SecretString::from(key)).unwrap();
        let found = key.sign(request).unwrap();
        assert_eq!(chorister_proto::id::hex(&found), signature);
        let certificates = file(&format!("x509/{name}.cert.pem")).unwrap();
        check_sealed(entry, &Signer::certificate(key, certificates).unwrap());
        return;
    }
    let key = seed(&file(&format!("ed25519/{}.seed", text(extra, "signing_key"))).unwrap());
    assert_eq!(chorister_proto::id::hex(&key.sign(request)), signature);
    if extra["signer_token"].is_null() {
        let token = file(&format!("tokens/{}.jwt", text(extra, "caller_token"))).unwrap();
        check_sealed(
            entry,
            &Signer::Token {
                seed: key,
                token,
                sign_replies: true,
            },
        );
    }
}

/// Requests whose JSON no encoder would write like this.
const ODD: &[&str] = &["other-encoding", "unknown-fields", "no-agent-filter-key"];

fn check_sealed(entry: &Value, signer: &Signer) {
    let name = text(entry, "name");
    if ODD.contains(&name) {
        return;
    }
    let request = Request::decode(text(entry, "3_request_json").as_bytes()).unwrap();
    let sealed = signer.sign_request(&request).unwrap().encode().unwrap();
    assert_eq!(
        String::from_utf8(sealed).unwrap(),
        text(entry, "6_secure_request_json"),
        "{name}"
    );
}

/// Replies that upstream believes and we do not; each has a note that allows it.
const DOUBTED: &[&str] = &["bad-signature", "bad-sender-token"];

#[test]
fn vectors_of_replies() {
    let now = Timestamp::from_second(1_780_315_205).unwrap();
    for file in ["v1.json", "v2.json"] {
        let Some(vectors) = vectors(file) else { return };
        let sections = ["replies", "robustness_replies"];
        let entries = sections.iter().filter_map(|it| vectors.get(it));
        for entry in entries.flat_map(list) {
            let name = text(entry, "name");
            let wire = text(entry, "7_transport_json").as_bytes();
            let expect = &entry["expect"];
            let verifier = ReplyVerifier {
                trust: entry.get("verifier").map(tokens),
                signed_only: false,
            };
            let found = verifier.verify(wire, None, now);
            let doubted = DOUBTED.contains(&name);
            assert!(!doubted || expect["note"].is_string());
            if expect["accept"] == false || doubted {
                assert!(found.is_err(), "{name}");
                continue;
            }
            let found = found.unwrap_or_else(|refusal| panic!("{file} {name}: {refusal}"));
            assert_eq!(found.reply.sender, text(expect, "caller"), "{name}");
            assert_eq!(
                String::from_utf8_lossy(&found.reply.payload),
                text(expect, "agent_payload"),
                "{name}"
            );
            let signed = entry.get("5_signature_hex").is_some_and(|it| *it != "");
            assert_eq!(found.signed, signed, "{name}");
            assert_eq!(found.reply.request, id_of(entry), "{name}");
            let other = verifier.verify(wire, Some("another"), now);
            assert!(other.is_err(), "{name}");
            if signed {
                sealed_again(entry);
            }
        }
    }
}

fn id_of(entry: &Value) -> String {
    Reply::decode(text(entry, "2_reply_json").as_bytes())
        .unwrap()
        .request
}

/// The same reply, signed with the same key, is the same.
fn sealed_again(entry: &Value) {
    let reply = Reply::decode(text(entry, "2_reply_json").as_bytes()).unwrap();
    let signer = Signer::Token {
        seed: seed(&file("ed25519/server1.seed").unwrap()),
        token: file("tokens/server1.jwt").unwrap(),
        sign_replies: true,
    };
    let sealed = signer.sign_reply(&reply).unwrap().encode().unwrap();
    assert_eq!(
        String::from_utf8(sealed).unwrap(),
        text(entry, "6_secure_reply_json")
    );
}
