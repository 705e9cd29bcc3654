//! Which requests and replies count, when and where.

use core::time::Duration;

use chorister_proto::{Transport, Version};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::tokens::merge;
use crate::testing::{
    Authority, NODE, SUBJECT, Wanted, bearer, certified, client, now, request, server, token_guard,
    trust, wire,
};
use crate::{Refusal, ReplyRefusal, ReplyVerifier, SignError, Signer};

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
    let ours = Authority::new("authority", (2024, 2036));
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
fn nobody_writes_lines_into_the_log() {
    let forged = "x\nWARN a line of somebody else\u{1b}[2J";
    let refusals = [
        Refusal::Denied(crate::Denial::CallerId(forged.to_owned())),
        Refusal::Denied(crate::Denial::NotTheTokenOf(forged.to_owned())),
        Refusal::UnknownOrganization(forged.to_owned()),
        Refusal::Collective(forged.to_owned()),
        Refusal::Subject(forged.to_owned()),
        Refusal::Replayed(forged.to_owned()),
        Refusal::Forgotten(forged.to_owned()),
        Refusal::Secure(chorister_proto::SecureError::WrongProtocol {
            found: forged.to_owned(),
        }),
    ];
    for refusal in refusals {
        let text = refusal.to_string();
        assert!(!text.contains(char::is_control), "{text:?}");
    }
}
