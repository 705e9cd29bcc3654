//! NATS's own tokens, made by hand: those of operators, accounts and users.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

/// A token that says something of `subject`, signed by `by`.
pub(super) fn token(by: &KeyPair, subject: &str, mut claims: Value) -> String {
    claims["sub"] = subject.into();
    claims["iss"] = by.public_key().into();
    claims["iat"] = 1_700_000_000.into();
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"typ": "JWT", "alg": "ed25519-nkey"});
    let text = format!("{}.{}", part(&header), part(&claims));
    let signature = by.sign(text.as_bytes()).expect("signed");
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// What an account without limits is.
pub(super) fn account() -> Value {
    json!({"name": "all", "nats": {
        "type": "account", "version": 2,
        "limits": {
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
        },
    }})
}

/// What a user without limits is.
pub(super) fn user() -> Value {
    json!({"name": "anybody", "nats": {
        "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1,
    }})
}

/// The claims of a token that nobody has to check any more.
pub(super) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("three parts");
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64");
    serde_json::from_slice(&json).expect("JSON")
}
