//! Lists of plugins that are good, and every way in which one is not.

#![allow(clippy::print_stdout, reason = "says what is not run")]

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::key::SigningKey;
use crate::plugins::{MOST, Refusal, read, sign};

fn sum() -> String {
    "0a".repeat(32)
}

fn app() -> Value {
    json!({
        "name": "app",
        "source": "https://example.net/app.tgz",
        "checksum": sum(),
        "verify_checksum": sum(),
    })
}

/// What is not made by `sign`, which refuses what makes no sense.
fn unsigned(list: &Value) -> Value {
    json!({"plugins": STANDARD.encode(list.to_string())})
}

#[test]
fn what_is_signed_comes_back() {
    let key = SigningKey::generate().unwrap();
    let mut second = app();
    second["name"] = "b-2_x".into();
    second["match"] = "identity('web')".into();
    second["password"] = "hush".into();
    second["description"] = "somebody's own key is passed over".into();
    let list = sign(&json!([app(), second]), &key).unwrap();
    let plugins = read(&list, Some(&key.public())).unwrap();
    assert_eq!(plugins[0].name, "app");
    assert_eq!(plugins[1].matcher.as_deref(), Some("identity('web')"));
    assert!(!format!("{plugins:?}").contains("hush"));
    assert_eq!(read(&sign(&json!([]), &key).unwrap(), None), Ok(Vec::new()));
}

#[test]
fn only_the_key_that_counts_counts() {
    let (key, other) = (
        SigningKey::generate().unwrap(),
        SigningKey::generate().unwrap(),
    );
    let list = sign(&json!([app()]), &key).unwrap();
    let refused = |list: &Value, expect: &'static str| {
        let refusal = Refusal::Signature(expect);
        assert_eq!(read(list, Some(&key.public())), Err(refusal), "{list}");
    };
    let by_other = sign(&json!([app()]), &other).unwrap();
    refused(&by_other, "the key that counts did not sign it");
    refused(&unsigned(&json!([app()])), "it is not signed");
    for signature in [json!(""), json!(null), json!(7)] {
        let mut list = list.clone();
        list["signature"] = signature;
        refused(&list, "it is not signed");
    }
    for signature in ["00", &"zz".repeat(64), &"0é".repeat(64)] {
        let mut list = list.clone();
        list["signature"] = signature.into();
        refused(&list, "its signature is damaged");
    }
    let mut moved = list.clone();
    moved["plugins"] = by_other["plugins"].as_str().unwrap().trim_end().into();
    assert!(read(&moved, Some(&key.public())).is_ok(), "the same text");
    // The same list in another text is not what was signed.
    let text = list["plugins"].as_str().unwrap();
    let inside = STANDARD.decode(text).unwrap();
    moved["plugins"] = STANDARD.encode([inside, b" ".to_vec()].concat()).into();
    refused(&moved, "the key that counts did not sign it");
}

#[test]
fn a_list_that_makes_no_sense_is_refused_as_a_whole() {
    let refused = |list: Value, expect: &str| match read(&list, None) {
        Err(Refusal::Form(message)) => assert!(message.contains(expect), "{message}"),
        other => panic!("{list}: {other:?}"),
    };
    refused(json!("text"), "no object");
    refused(json!({"plugins": 7}), "no object");
    refused(json!({"plugins": "*"}), "not base64");
    refused(json!({"plugins": "A".repeat(5 << 20)}), "too long");
    refused(unsigned(&json!({"name": "app"})), "no list of plugins");
    refused(unsigned(&json!([{"name": "app"}])), "missing field");
    refused(unsigned(&json!([app(), app()])), "`app` twice");
    let many: Vec<_> = (0..=MOST).map(|_| app()).collect();
    refused(unsigned(&many.into()), "more than 1000");
    let with = |key: &str, value: &str| {
        let mut plugin = app();
        plugin[key] = value.into();
        unsigned(&json!([app(), plugin]))
    };
    for name in [
        "", "..", "a/b", "../x", "/etc", ".x", "a b", "1a", "_a", "ä", "a\n",
    ] {
        refused(with("name", name), "not the name of a plugin");
    }
    refused(with("name", &"a".repeat(101)), "not the name of a plugin");
    for name in ["tmp", "app-temp"] {
        refused(with("name", name), "cannot be called");
    }
    refused(with("source", ""), "`source` of `app` is empty");
    refused(with("source", "https://x\n"), "not one line");
    refused(with("governor", &"g".repeat(5_000)), "too long");
    refused(
        with("checksum", "abc"),
        "`checksum` of `app` is not a SHA-256",
    );
    refused(with("verify_checksum", &"é".repeat(32)), "not a SHA-256");
}

#[test]
fn vectors_of_a_signed_list() {
    let Some(sample) = vector() else { return };
    let key = sample["public_key_hex"].as_str().unwrap().parse().unwrap();
    for list in [
        &sample["spec"],
        &serde_json::from_str(sample["raw"].as_str().unwrap()).unwrap(),
    ] {
        let plugins = read(list, Some(&key)).unwrap();
        assert_eq!(plugins.len(), 1);
        assert_eq!(plugins[0].name, "app");
        let condition = "identity('^node1') && get_fact('location') == 'lon'";
        assert_eq!(plugins[0].matcher.as_deref(), Some(condition));
    }
}

fn vector() -> Option<Value> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let folder = set.clone().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join("vectors/events/plugins-spec-signed.json");
    if !path.exists() {
        let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
        assert!(!required, "{} is not here", path.display());
        println!("not run: the vectors are not here");
        return None;
    }
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

proptest! {
    #[test]
    fn a_changed_list_is_never_obeyed(at in any::<prop::sample::Index>(), by in 1u8.., field in 0..2usize) {
        let key = SigningKey::generate().unwrap();
        let mut list = sign(&json!([app()]), &key).unwrap();
        let field = ["plugins", "signature"][field];
        let mut bytes = list[field].as_str().unwrap().as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = bytes[at].wrapping_add(by);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // Hexadecimal digits count in both cases.
        prop_assume!(!text.eq_ignore_ascii_case(list[field].as_str().unwrap()) || field == "plugins");
        list[field] = text.into();
        let refused = matches!(read(&list, Some(&key.public())), Err(Refusal::Signature(_)));
        prop_assert!(refused);
    }

    #[test]
    fn no_list_is_too_odd(text in any::<Vec<u8>>(), signature in ".{0,130}") {
        let key = SigningKey::generate().unwrap();
        let list = json!({"plugins": STANDARD.encode(&text), "signature": signature});
        prop_assert!(read(&list, Some(&key.public())).is_err());
        let _ = read(&list, None);
        let odd = json!({"plugins": String::from_utf8_lossy(&text), "signature": signature});
        prop_assert!(read(&odd, Some(&key.public())).is_err());
    }

    #[test]
    fn no_name_leads_out_of_its_directory(name in "[a-z./\\\\ \\-_]{0,8}") {
        let mut plugin = app();
        plugin["name"] = name.as_str().into();
        if let Ok(plugins) = read(&unsigned(&json!([plugin])), None) {
            let name = &plugins[0].name;
            prop_assert!(!name.contains(['/', '\\', '.', ' ']) && !name.is_empty());
        }
    }
}
