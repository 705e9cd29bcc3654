//! Which tokens let somebody ask, one reason at a time.

use chorister_proto::id::{Ksuid, hex};
use chorister_proto::{Credential, Transport, Version};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::key::VerificationKey;
use crate::testing::{
    NODE, SUBJECT, bearer, client, now, public, request, seed, server, token_guard, wire,
};
use crate::token::{self, TokenError};
use crate::{Denial, Proof, Refusal, TokenTrust, Trust};

/// What a node says to a request of somebody whose token says something else than it should.
fn token_verdict(change: Value) -> Result<Proof, Refusal> {
    let mut claims = client("bob");
    merge(&mut claims, change);
    let wire = wire(&bearer("bob", &claims), &request(Version::V2, "up=bob"));
    let admitted = token_guard().admit(&wire, SUBJECT, now())?;
    assert_eq!(admitted.caller.id, "up=bob");
    Ok(admitted.caller.proof)
}

pub(super) fn merge(claims: &mut Value, change: Value) {
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
}

#[test]
fn tokens_decide_who_asks() {
    assert!(token_verdict(json!({})).is_ok());
    let end = now().as_second();
    let refused = |change: Value, expect: Refusal| {
        let text = change.to_string();
        assert_eq!(token_verdict(change), Err(expect), "{text}");
    };
    refused(json!({"exp": end}), TokenError::Expired(now()).into());
    refused(
        json!({"exp": end as f64 + 0.5}),
        TokenError::Expired(now()).into(),
    );
    refused(json!({"issexp": end}), TokenError::Expired(now()).into());
    refused(json!({"exp": null}), TokenError::NoExpiry.into());
    let soon = now() + SignedDuration::from_secs(1);
    refused(
        json!({"nbf": end + 1}),
        TokenError::NotYetValid(soon).into(),
    );
    assert!(token_verdict(json!({"nbf": end})).is_ok());
    refused(json!({"permissions": {}}), Denial::NoFleetManagement.into());
    refused(
        json!({"permissions": null}),
        Denial::NoFleetManagement.into(),
    );
    let both = json!({"fleet_management": true, "signed_fleet_management": true});
    refused(json!({"permissions": both}), Denial::NeedsDelegator.into());
    refused(json!({"public_key": null}), Denial::NoPublicKey.into());
    refused(json!({"public_key": "00"}), Denial::NoPublicKey.into());
    let other = seed("other").public_hex();
    refused(json!({"public_key": other}), Refusal::Signature);
    let unknown = Refusal::UnknownOrganization("acme".to_owned());
    refused(json!({"ou": "acme"}), unknown);
    let another = Denial::NotTheTokenOf("up=bob".to_owned());
    refused(json!({"callerid": "up=alice"}), another.into());
    let malformed = |reason| TokenError::Malformed(reason).into();
    refused(json!({"callerid": ""}), malformed("it has no caller id"));
    refused(json!({"purpose": "x"}), malformed("it is of no known kind"));
    let purpose = Denial::Purpose(token::Purpose::Server);
    refused(
        json!({"purpose": "choria_server", "identity": NODE}),
        purpose.into(),
    );
}

#[test]
fn tokens_with_other_algorithms_are_refused() {
    let url = |text: &str| {
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
    };
    let claims = url(&client("bob").to_string());
    for algorithm in ["none", "None", "HS256", "ES256", "PS256", "eddsa", ""] {
        let header = url(&format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#));
        for signature in ["", "AAAA"] {
            let token = format!("{header}.{claims}.{signature}");
            let refusal = token::Token::parse(&token).unwrap_err();
            assert_eq!(refusal, TokenError::Algorithm(algorithm.to_owned()));
        }
    }
    let header = url(r#"{"alg":"EdDSA","crit":["b64"],"b64":false}"#);
    assert!(token::Token::parse(&format!("{header}.{claims}.AAAA")).is_err());
    for text in ["", ".", "..", "...", "a.b.c", "e30.e30.e30", "e30.e30"] {
        assert!(token::Token::parse(text).is_err(), "{text}");
    }
}

/// The claims of a client that a Chain Issuer made, whom an organization made.
fn chained(organization: &str, issuer: &str) -> Value {
    let made = now().as_second();
    let sign = |name: &str, text: String| hex(&seed(name).sign(text.as_bytes()));
    let own = Ksuid::new(made, [1; 16]);
    let issuer_id = format!(
        "{}.{}",
        Ksuid::new(made, [2; 16]),
        seed(issuer).public_hex()
    );
    let issuer_chain = sign(organization, issuer_id.clone());
    let own_chain = sign(issuer, format!("{own}.{issuer_chain}"));
    let mut claims = client("bob");
    merge(
        &mut claims,
        json!({
            "iss": format!("C-{issuer_id}"),
            "jti": own.to_string(),
            "tcs": format!("{issuer_chain}.{own_chain}"),
            "issexp": made + 60,
        }),
    );
    claims
}

#[test]
fn chains_of_issuers_are_followed() {
    let verdict = |claims: &Value, signer: &str| {
        let token = token::sign(claims, &seed(signer)).unwrap();
        let key = VerificationKey::Ed25519(public("organization"));
        let token = token::Token::parse(&token).unwrap();
        token.verify(&key, now()).map(|it| it.standard.expires())
    };
    let good = || chained("organization", "login");
    // It ends with its issuer.
    let end = now() + SignedDuration::from_mins(1);
    assert_eq!(verdict(&good(), "login"), Ok(Some(end)));
    for signer in ["organization", "bob"] {
        assert_eq!(verdict(&good(), signer), Err(TokenError::Signature));
    }
    let broken = |claims: &Value| {
        let found = verdict(claims, "login");
        assert!(
            matches!(found, Err(TokenError::Chain(_))),
            "{found:?} {claims}"
        );
    };
    broken(&chained("another", "login"));
    // Somebody else's chain.
    let mut stolen = good();
    stolen["jti"] = Ksuid::new(now().as_second(), [3; 16]).to_string().into();
    broken(&stolen);
    let mut other = good();
    other["tcs"] = chained("organization", "other")["tcs"].clone();
    broken(&other);
    for (name, value) in [
        ("issexp", Value::Null),
        ("exp", Value::Null),
        ("public_key", Value::Null),
        ("iat", json!(now().as_second() + 1)),
        ("iat", Value::Null),
        ("jti", json!("x")),
        ("tcs", json!("00")),
        ("tcs", json!("zz.zz")),
        ("tcs", Value::Null),
        ("iss", json!("C-")),
        ("iss", json!("C-a.b")),
    ] {
        let mut claims = good();
        claims[name] = value;
        broken(&claims);
    }
    let mut late = good();
    late["issexp"] = now().as_second().into();
    assert_eq!(verdict(&late, "login"), Err(TokenError::Expired(now())));
    // Nodes that say to be in a chain have to be.
    let mut node = server(NODE);
    node["tcs"] = good()["tcs"].clone();
    let found = verdict(&node, "organization");
    assert!(matches!(found, Err(TokenError::Chain(_))), "{found:?}");
}

#[test]
fn delegators_sign_for_others() {
    let delegator = |permissions: Value| {
        let mut claims = client("aaa");
        merge(&mut claims, json!({ "permissions": permissions }));
        token::sign(&claims, &seed("organization")).unwrap()
    };
    let verdict = |caller_claims: &Value, signer: String, key: &str, caller: &str| {
        let request = request(Version::V2, caller);
        let signed = bearer(key, caller_claims).sign_request(&request);
        let mut signed = signed.unwrap();
        if let Credential::Token { signer: it, .. } = &mut signed.credential {
            *it = Some(signer);
        }
        let wire = Transport::new(Version::V2, signed.encode().unwrap()).encode();
        let admitted = token_guard().admit(&wire, SUBJECT, now());
        admitted.map(|it| it.caller.delegator().map(ToOwned::to_owned))
    };
    let may = || delegator(json!({"authentication_delegator": true}));
    let mut dana = client("dana.x@y");
    merge(
        &mut dana,
        json!({"permissions": {"signed_fleet_management": true}}),
    );
    let ok = Ok(Some("up=aaa".to_owned()));
    assert_eq!(verdict(&dana, may(), "aaa", "up=dana.x@y"), ok);
    // As the AAA service writes it.
    assert_eq!(verdict(&dana, may(), "aaa", "up=dana_x_y"), ok);
    let other = Denial::NotTheTokenOf("up=root".to_owned());
    assert_eq!(verdict(&dana, may(), "aaa", "up=root"), Err(other.into()));
    let caller = "up=dana.x@y";
    assert_eq!(
        verdict(&dana, may(), "dana.x@y", caller),
        Err(Refusal::Signature)
    );
    assert_eq!(
        verdict(
            &dana,
            delegator(json!({"fleet_management": true})),
            "aaa",
            caller
        ),
        Err(Denial::NotADelegator.into())
    );
    let mut powerless = dana.clone();
    merge(&mut powerless, json!({"permissions": {}}));
    assert_eq!(
        verdict(&powerless, may(), "aaa", caller),
        Err(Denial::NoFleetManagement.into())
    );
    let foreign = token::sign(&client("aaa"), &seed("other organization")).unwrap();
    assert_eq!(
        verdict(&dana, foreign, "aaa", caller),
        Err(TokenError::Signature.into())
    );
}

#[test]
fn organizations_sign_only_for_their_own() {
    let two = TokenTrust::Issuers(
        [
            ("choria".to_owned(), public("organization")),
            ("acme".to_owned(), public("acme")),
        ]
        .into(),
    );
    let mut guard = token_guard();
    guard.verifier.trust = Trust::Tokens(two);
    let mut claims = client("bob");
    merge(&mut claims, json!({"ou": "acme"}));
    let wire = wire(&bearer("bob", &claims), &request(Version::V2, "up=bob"));
    let refusal = guard.admit(&wire, SUBJECT, now());
    assert_eq!(refusal, Err(TokenError::Signature.into()));
}

#[test]
fn secrets_are_not_printed() {
    let seed = seed("bob");
    let printed = format!("{:?} {seed:?}", bearer("bob", &client("bob")));
    let digits = chorister_proto::id::unique_fips("bob");
    assert!(!printed.contains(&digits) && !printed.contains("eyJ"));
    let claims = json!({"purpose": "choria_provisioning", "cht": "s3cret", "chpwd": "passw0rd"});
    let token = token::sign(&claims, &seed).unwrap();
    let printed = format!("{:?}", token::Token::parse(&token).unwrap());
    assert!(!printed.contains("s3cret") && !printed.contains("passw0rd"));
}
