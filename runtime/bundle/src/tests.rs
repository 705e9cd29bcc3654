//! Bundles that are good, and every way in which one is not.

mod plugins;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::envelope::Envelope;
use crate::key::SigningKey;

fn manifest(version: u64) -> Manifest {
    Manifest {
        name: "web".to_owned(),
        version,
        not_after: now() + SignedDuration::from_hours(24),
        files: [("mail.yaml".to_owned(), "checks: {}\n".to_owned())].into(),
    }
}

fn now() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

fn sealed(manifest: &Manifest, key: &SigningKey) -> Envelope {
    Envelope::seal(manifest.to_text().as_bytes(), key)
}

#[test]
fn what_is_signed_comes_back() {
    let key = SigningKey::generate().unwrap();
    let key = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
    let public: PublicKey = key.public().to_string().parse().unwrap();
    assert_eq!(public, key.public());
    let bytes = sealed(&manifest(1), &key).to_text().into_bytes();
    assert_eq!(open(&bytes, &[public]).unwrap(), manifest(1));
}

#[test]
fn the_signature_is_that_of_dsse() {
    // The example of the DSSE protocol for its pre-authentication encoding.
    let key = SigningKey::generate().unwrap();
    let envelope = sealed(&manifest(1), &key);
    let payload = manifest(1).to_text();
    let kind = "application/vnd.chorister.bundle.v1+json";
    let expect = format!("DSSEv1 40 {kind} {} {payload}", payload.len());
    use base64::Engine;
    let signature = base64::engine::general_purpose::STANDARD
        .decode(&envelope.signatures[0].sig)
        .unwrap();
    assert!(key.public().verifies(expect.as_bytes(), &signature));
}

#[test]
fn one_key_of_several_is_enough() {
    let (old, new, other) = (
        SigningKey::generate().unwrap(),
        SigningKey::generate().unwrap(),
        SigningKey::generate().unwrap(),
    );
    let mut envelope = sealed(&manifest(1), &old);
    envelope.sign(&new).unwrap();
    envelope.sign(&new).unwrap();
    assert_eq!(envelope.signatures.len(), 2);
    let bytes = envelope.to_text().into_bytes();
    assert!(open(&bytes, &[new.public()]).is_ok());
    assert!(open(&bytes, &[other.public(), old.public()]).is_ok());
    let error = open(&bytes, &[other.public()]).unwrap_err();
    assert_eq!(error.kind, Kind::Signature);
    assert!(error.message.contains(&old.public().to_string()), "{error}");
}

#[test]
fn what_was_changed_or_not_signed_is_refused() {
    let key = SigningKey::generate().unwrap();
    let refused = |envelope: &Envelope, expect: &str| {
        let error = open(envelope.to_text().as_bytes(), &[key.public()]).unwrap_err();
        assert_eq!(
            (error.kind, error.message.as_str()),
            (Kind::Signature, expect)
        );
    };
    let good = sealed(&manifest(1), &key);
    let changed = Envelope {
        payload: sealed(&manifest(2), &key).payload,
        ..good.clone()
    };
    refused(&changed, "the bundle was changed after it was signed");
    let unsigned = Envelope {
        signatures: Vec::new(),
        ..good
    };
    refused(&unsigned, "the bundle is not signed");
}

#[test]
fn what_is_no_bundle_is_said() {
    let refused = |bytes: &[u8], expect: &str| {
        let error = open(bytes, &[]).unwrap_err();
        assert_eq!(error.kind, Kind::Form);
        assert!(error.message.contains(expect), "{error}");
    };
    refused(b"", "this is no bundle");
    refused(b"<html>404</html>", "this is no bundle");
    refused(
        br#"{"payloadType": "x", "payload": "", "signatures": []}"#,
        "holds `x`",
    );
    refused(&vec![b' '; LARGEST + 1], "larger than 64 MiB");
    let invalid = |change: &dyn Fn(&mut Manifest), expect: &str| {
        let mut it = manifest(1);
        change(&mut it);
        let error = Manifest::read(it.to_text().as_bytes()).unwrap_err();
        assert!(error.message.contains(expect), "{error}");
    };
    invalid(&|it| it.name = "../etc".to_owned(), "cannot name a bundle");
    invalid(
        &|it| drop(it.files.insert("../a.yaml".to_owned(), String::new())),
        "cannot name a check file",
    );
    invalid(
        &|it| drop(it.files.insert("a.sh".to_owned(), String::new())),
        "cannot name a check file",
    );
    let error = Manifest::read(br#"{"name":"a","version":1,"not_after":"soon","files":{}}"#);
    assert!(error.unwrap_err().message.contains("manifest"));
}

#[test]
fn versions_grow_and_time_passes() {
    let refused = |it: &Manifest, before: Option<&Manifest>, kind: Kind, expect: &str| {
        let error = it.judge(before, now()).unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(error.message.contains(expect), "{error}");
    };
    assert_eq!(manifest(1).judge(None, now()), Ok(News::New));
    assert_eq!(manifest(2).judge(Some(&manifest(1)), now()), Ok(News::New));
    assert_eq!(manifest(1).judge(Some(&manifest(1)), now()), Ok(News::Same));
    refused(
        &manifest(1),
        Some(&manifest(2)),
        Kind::Version,
        "older than 2",
    );
    let mut other = manifest(1);
    other.files.clear();
    refused(&other, Some(&manifest(1)), Kind::Version, "two different");
    other.name = "mail".to_owned();
    refused(&other, Some(&manifest(1)), Kind::Version, "follows `web`");
    let mut old = manifest(2);
    old.not_after = now() - SignedDuration::from_secs(1);
    refused(&old, Some(&manifest(1)), Kind::Expired, "counted until");
    // What a node has already it keeps.
    assert_eq!(old.judge(Some(&old), now()), Ok(News::Same));
}

proptest! {
    #[test]
    fn no_byte_of_a_bundle_can_be_changed(at in any::<proptest::sample::Index>(), with in any::<u8>()) {
        let key = SigningKey::generate().unwrap();
        let mut bytes = sealed(&manifest(1), &key).to_text().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = with;
        if let Ok(found) = open(&bytes, &[key.public()]) {
            prop_assert_eq!(found, manifest(1));
        }
    }

    #[test]
    fn anything_can_be_opened_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(open(&bytes, &[]).is_err());
        let _ = Manifest::read(&bytes);
    }
}
