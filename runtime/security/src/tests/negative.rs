//! What is refused, one reason at a time, with certificates and tokens of our own.

use core::time::Duration;

use chorister_proto::{Credential, Transport, Version};
use jiff::SignedDuration;
use rcgen::{ExtendedKeyUsagePurpose, KeyPair};
use serde_json::{Value, json};

use crate::certificate::{CertificateError, Roots};
use crate::testing::{
    Authority, NODE, SUBJECT, Wanted, bearer, certified, client, now, public, request, rsa,
    rsa_pair, seed, server, token_guard, trust, wire,
};
use crate::token::{self, TokenError};
use crate::{
    Denial, Patterns, Proof, Refusal, ReplyRefusal, ReplyVerifier, SignError, Signer, TokenTrust,
    Trust,
};

fn authority() -> Authority {
    Authority::new("authority", (2024, 2036))
}

/// What a node of an authority says to a request of somebody with a certificate.
fn certificate_verdict(
    authority: &Authority,
    issuer: &Authority,
    wanted: &Wanted<'_>,
    caller: &str,
) -> Result<Proof, Refusal> {
    let request = request(Version::V1, caller);
    let wire = wire(&certified(issuer, wanted), &request);
    let admitted = authority.guard().admit(&wire, SUBJECT, now())?;
    assert_eq!(admitted.request, request);
    Ok(admitted.caller.proof)
}

#[test]
fn certificates_decide_who_asks() {
    let ours = authority();
    let verdict =
        |wanted: Wanted<'_>, caller: &str| certificate_verdict(&ours, &ours, &wanted, caller);
    let plain = Wanted::default;
    assert_eq!(
        verdict(plain(), "choria=alice.mcollective"),
        Ok(Proof::Certificate {
            name: "alice.mcollective".to_owned(),
            privileged: false,
        })
    );
    let by_common_name = Wanted {
        dns_names: &["other.mcollective"],
        ..plain()
    };
    assert!(verdict(by_common_name, "x=alice.mcollective").is_ok());
    let privileged = Wanted {
        dns_names: &["aaa.privileged.mcollective"],
        ..plain()
    };
    assert_eq!(
        verdict(privileged, "choria=anybody"),
        Ok(Proof::Certificate {
            name: "aaa.privileged.mcollective".to_owned(),
            privileged: true,
        })
    );
    // The dots of the patterns are dots.
    let similar = Wanted {
        dns_names: &["aaa.privilegedXmcollective"],
        ..plain()
    };
    assert!(verdict(similar, "choria=anybody").is_err());
    let refused = |wanted, caller: &str, expect: Refusal| {
        assert_eq!(verdict(wanted, caller), Err(expect), "{caller}");
    };
    refused(
        plain(),
        "choria=bob.mcollective",
        Denial::NotTheCertificateOf("bob.mcollective".to_owned()).into(),
    );
    refused(
        plain(),
        "choria=ALICE.mcollective",
        Denial::NotTheCertificateOf("ALICE.mcollective".to_owned()).into(),
    );
    for caller in [
        "alice.mcollective",
        "=alice.mcollective",
        "choria=",
        "choria=alice.mcollective;x",
        "choria=alice.mcollective\n",
        "Choria=alice.mcollective",
        "email:alice.mcollective",
    ] {
        refused(plain(), caller, Denial::CallerId(caller.to_owned()).into());
    }
    let foreign = Wanted {
        common_name: "alice.example.net",
        dns_names: &[],
        ..plain()
    };
    refused(
        foreign,
        "choria=alice.example.net",
        Denial::NotAllowed("alice.example.net".to_owned()).into(),
    );
    let for_servers = Wanted {
        uses: &[ExtendedKeyUsagePurpose::ServerAuth],
        ..plain()
    };
    let caller = "choria=alice.mcollective";
    refused(for_servers, caller, CertificateError::NotForClients.into());
    for years in [(2020, 2025), (2030, 2036)] {
        let wanted = Wanted { years, ..plain() };
        refused(wanted, caller, CertificateError::NotNow.into());
    }
}

#[test]
fn authorities_decide_which_certificates_count() {
    let ours = authority();
    let caller = "choria=alice.mcollective";
    let verdict = |authority: &Authority, issuer: &Authority| {
        certificate_verdict(authority, issuer, &Wanted::default(), caller)
    };
    let unknown = Err(CertificateError::UnknownIssuer.into());
    // Of the same name, but another.
    assert!(verdict(&ours, &authority()).is_err());
    assert_eq!(
        verdict(&ours, &Authority::new("other", (2024, 2036))),
        unknown
    );
    // Who vouched once does not any more.
    let old = Authority::new("old", (2020, 2025));
    assert_eq!(verdict(&old, &old), unknown);
    // An intermediate has to be there.
    let between = ours.intermediate("between");
    assert_eq!(verdict(&ours, &between), unknown);
    let pair = rsa_pair();
    let leaf = between.certify(&Wanted::default(), &pair);
    let signer = Signer::certificate(rsa(&pair), format!("{leaf}{}", between.pem)).unwrap();
    let wire = wire(&signer, &request(Version::V1, caller));
    assert!(ours.guard().admit(&wire, SUBJECT, now()).is_ok());
    // Whoever trusts nobody says so.
    for pem in [
        "",
        "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
    ] {
        let none = Roots::from_pem(pem.as_bytes()).unwrap_err();
        assert_eq!(none, CertificateError::NotPem);
    }
}

#[test]
fn certificates_of_other_keys_are_refused_cleanly() {
    let ours = authority();
    let pair = rsa_pair();
    let caller = "choria=alice.mcollective";
    let mut signed = Signer::certificate(rsa(&pair), ours.certify(&Wanted::default(), &pair))
        .unwrap()
        .sign_request(&request(Version::V1, caller))
        .unwrap();
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ED25519,
    ] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let pem = ours.certify(&Wanted::default(), &key);
        signed.credential = Credential::Certificate(pem.clone());
        let wire = Transport::new(Version::V1, signed.encode().unwrap()).encode();
        let refusal = ours.guard().admit(&wire, SUBJECT, now()).unwrap_err();
        assert_eq!(refusal, CertificateError::NotRsa.into());
        let error = Signer::certificate(rsa(&pair), pem).unwrap_err();
        assert_eq!(error, SignError::Certificate(CertificateError::NotRsa));
    }
    // That of another RSA key.
    let pem = ours.certify(&Wanted::default(), &rsa_pair());
    signed.credential = Credential::Certificate(pem.clone());
    let wire = Transport::new(Version::V1, signed.encode().unwrap()).encode();
    let refusal = ours.guard().admit(&wire, SUBJECT, now()).unwrap_err();
    assert_eq!(refusal, Refusal::Signature);
    let error = Signer::certificate(rsa(&pair), pem).unwrap_err();
    assert_eq!(error, SignError::OtherKey);
}

/// What a node says to a request of somebody whose token says something else than it should.
fn token_verdict(change: Value) -> Result<Proof, Refusal> {
    let mut claims = client("bob");
    merge(&mut claims, change);
    let wire = wire(&bearer("bob", &claims), &request(Version::V2, "up=bob"));
    let admitted = token_guard().admit(&wire, SUBJECT, now())?;
    assert_eq!(admitted.caller.id, "up=bob");
    Ok(admitted.caller.proof)
}

fn merge(claims: &mut Value, change: Value) {
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
fn requests_count_for_a_time_in_a_place() {
    let signer = bearer("bob", &client("bob"));
    let at = |subject: &str, seconds: i64, ttl: u64| {
        let mut request = request(Version::V2, "up=bob");
        request.ttl = ttl;
        let later = now() + SignedDuration::from_secs(seconds);
        let admitted = token_guard().admit(&wire(&signer, &request), subject, later);
        admitted.map(|_| ()).map_err(|it| it.code())
    };
    assert_eq!(at(SUBJECT, 0, 60), Ok(()));
    assert_eq!(at(SUBJECT, 59, 60), Ok(()));
    assert_eq!(at(SUBJECT, 60, 60), Err("ttl"));
    assert_eq!(at(SUBJECT, -59, 60), Ok(()));
    assert_eq!(at(SUBJECT, -60, 60), Err("ttl"));
    // However long it counts, clocks must not be too far apart.
    assert_eq!(at(SUBJECT, -299, 3600), Ok(()));
    assert_eq!(at(SUBJECT, -300, 3600), Err("ttl"));
    assert_eq!(at(SUBJECT, 0, 3601), Err("ttl"));
    assert_eq!(at("acme.broadcast.service.rpcutil", 0, 60), Ok(()));
    assert_eq!(at("acme.node.n1.example.net", 0, 60), Ok(()));
    for elsewhere in [
        "acme.node.n2.example.net",
        "acme.broadcast.agent.scout",
        "other.broadcast.agent.rpcutil",
        "acme.reply.0123.1",
        "choria.federation.acme.federation",
        "",
    ] {
        assert_eq!(at(elsewhere, 0, 60), Err("subject"), "{elsewhere}");
    }
    let mut foreign = request(Version::V2, "up=bob");
    foreign.collective = "other".to_owned();
    let refusal = token_guard().admit(
        &wire(&signer, &foreign),
        "other.broadcast.agent.rpcutil",
        now(),
    );
    assert_eq!(refusal, Err(Refusal::Collective("other".to_owned())));
    let mut patient = token_guard();
    patient.verifier.bounds.ttl = Duration::from_secs(7200);
    let mut long = request(Version::V2, "up=bob");
    long.ttl = 7200;
    assert!(patient.admit(&wire(&signer, &long), SUBJECT, now()).is_ok());
}

#[test]
fn nodes_speak_one_version() {
    let ours = authority();
    let one = wire(
        &certified(&ours, &Wanted::default()),
        &request(Version::V1, "choria=alice.mcollective"),
    );
    let two = wire(
        &bearer("bob", &client("bob")),
        &request(Version::V2, "up=bob"),
    );
    let version = |found| Err(Refusal::Version { found });
    assert_eq!(
        token_guard().admit(&one, SUBJECT, now()),
        version(Version::V1)
    );
    assert_eq!(
        ours.guard().admit(&two, SUBJECT, now()),
        version(Version::V2)
    );
    // A layer of the other version inside does not help.
    let mut mixed = Transport::decode(&one).unwrap();
    mixed.version = Version::V2;
    assert_eq!(
        token_guard().admit(&mixed.encode(), SUBJECT, now()),
        version(Version::V1)
    );
    let error = bearer("bob", &client("bob")).sign_request(&request(Version::V1, "up=bob"));
    assert_eq!(error, Err(SignError::Version { found: Version::V1 }));
}

#[test]
fn replies_are_believed_or_not() {
    let asked = Transport::new(Version::V2, Vec::new());
    let request = request(Version::V2, "up=bob");
    let from = |key: &str, claims: &Value, sender: &str| {
        let reply = request.reply(sender, now(), b"{}".to_vec());
        bearer(key, claims).reply_transport(&reply, &asked).unwrap()
    };
    let verifier = ReplyVerifier {
        trust: Some(trust()),
        signed_only: true,
    };
    let verdict = |transport: &Transport| {
        let found = verifier.verify(&transport.encode(), Some(&request.id), now());
        found.map(|it| (it.signed, it.reply.sender))
    };
    let good = from(NODE, &server(NODE), NODE);
    assert_eq!(verdict(&good), Ok((true, NODE.to_owned())));
    assert_eq!(
        verdict(&from(NODE, &server(NODE), "n2")),
        Err(ReplyRefusal::NotTheTokenOf("n2".to_owned()))
    );
    assert_eq!(
        verdict(&from("n2", &server(NODE), NODE)),
        Err(ReplyRefusal::Signature)
    );
    // A client's token is no node's.
    let mut claims = client(NODE);
    merge(&mut claims, json!({"callerid": NODE}));
    let found = verdict(&from(NODE, &claims, NODE));
    assert_eq!(found, Err(ReplyRefusal::NotTheTokenOf(NODE.to_owned())));
    let mut late = server(NODE);
    merge(&mut late, json!({"exp": 1}));
    let found = verdict(&from(NODE, &late, NODE));
    assert!(matches!(found, Err(ReplyRefusal::Token(_))));
    let mut liar = good.clone();
    liar.sender = Some("n2".to_owned());
    assert!(matches!(verdict(&liar), Err(ReplyRefusal::Sender { .. })));
    let other = verifier.verify(&good.encode(), Some("another"), now());
    assert!(matches!(other, Err(ReplyRefusal::OtherRequest(_))));
    let mut quiet = bearer(NODE, &server(NODE));
    if let Signer::Token { sign_replies, .. } = &mut quiet {
        *sign_replies = false;
    }
    let reply = request.reply(NODE, now(), b"{}".to_vec());
    let unsigned = quiet.reply_transport(&reply, &asked).unwrap();
    assert_eq!(verdict(&unsigned), Err(ReplyRefusal::Unsigned));
    let lenient = ReplyVerifier {
        signed_only: false,
        ..verifier.clone()
    };
    let found = lenient.verify(&unsigned.encode(), None, now()).unwrap();
    assert!(!found.signed);
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
fn patterns_that_are_none_let_nobody_in() {
    assert!(Patterns::parse("(").is_err());
    assert!(!Patterns::parse("").unwrap().match_name("x"));
    let patterns = Patterns::parse(r"/^a/, \.b$").unwrap();
    assert!(patterns.match_name("abc") && patterns.match_name("x.b"));
    assert!(!patterns.match_name("xa"));
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
