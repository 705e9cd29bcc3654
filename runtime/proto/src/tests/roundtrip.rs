//! What is written is read again, and what Go reads is read alike.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::filter::{Compound, FactFilter, Operator};
use crate::{
    Credential, Fault, Federation, Filter, Hop, Reply, Request, RequestError, SecureReply,
    SecureRequest, Subject, Transport, TransportError, Version, body, id, limits,
};

fn version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V1), Just(Version::V2)]
}

/// Text with everything that needs an escape somewhere.
fn text() -> impl Strategy<Value = String> {
    "[a-z<>&\"\\\\\u{0}-\u{1f}\u{2028}\u{2029}é💥/ ]{1,12}"
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_.=-]{1,12}"
}

fn filter() -> impl Strategy<Value = Filter> {
    let texts = || prop::collection::vec(text(), 0..3);
    let facts = (text(), prop::sample::select(&Operator::ALL[..]), text());
    let facts = facts.prop_map(|(fact, operator, value)| FactFilter {
        fact,
        operator,
        value,
    });
    let compound = text().prop_map(|it| Compound::new(&it));
    (
        prop::collection::vec(facts, 0..3),
        texts(),
        texts(),
        texts(),
        prop::collection::vec(compound, 0..3),
    )
        .prop_map(|(facts, classes, agents, identities, compound)| Filter {
            facts,
            classes,
            agents,
            identities,
            compound,
        })
}

fn request() -> impl Strategy<Value = Request> {
    let names = (name(), name(), name(), name());
    let numbers = (30u64..1 << 40, 1i64..4_000_000_000, 0i64..1_000_000_000);
    (
        version(),
        names,
        numbers,
        filter(),
        text(),
        any::<[u8; 16]>(),
    )
        .prop_map(
            |(version, names, (ttl, second, nanosecond), filter, payload, random)| {
                let (sender, caller, collective, agent) = names;
                let nanosecond = match version {
                    Version::V1 => 0,
                    Version::V2 => nanosecond,
                };
                Request {
                    version,
                    id: match version {
                        Version::V1 => id::request_v1(random),
                        Version::V2 => id::request_v2(second, random),
                    },
                    sender,
                    caller,
                    collective,
                    agent,
                    ttl,
                    time: Timestamp::new(second, i32::try_from(nanosecond).unwrap()).unwrap(),
                    filter: Some(filter),
                    payload: payload.into_bytes(),
                }
            },
        )
}

fn transport() -> impl Strategy<Value = Transport> {
    let hop = (text(), text(), text()).prop_map(|(received_from, processor, sent_to)| Hop {
        received_from,
        processor,
        sent_to,
    });
    let federation = (
        text(),
        prop::option::of(text()),
        prop::collection::vec(text(), 0..3),
    );
    let federation = federation.prop_map(|(request, reply_to, targets)| Federation {
        request,
        reply_to,
        targets,
    });
    (
        version(),
        prop::collection::vec(any::<u8>(), 0..64),
        prop::option::of(text()),
        prop::option::of(text()),
        prop::collection::vec(hop, 0..3),
        prop::option::of(federation),
    )
        .prop_map(
            |(version, data, reply_to, sender, hops, federation)| Transport {
                version,
                data,
                reply_to,
                sender,
                hops,
                federation,
            },
        )
}

proptest! {
    #[test]
    fn transports_are_read_as_written(transport in transport()) {
        prop_assert_eq!(Transport::decode(&transport.encode()), Ok(transport));
    }

    #[test]
    fn requests_are_read_as_written(request in request()) {
        let json = request.encode().unwrap();
        prop_assert_eq!(Request::decode(&json), Ok(request));
    }

    #[test]
    fn bodies_are_seen_as_they_were_put_in(
        mut request in request(),
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        request.set_body(&body);
        let json = request.encode();
        // A body of nothing is no message.
        if !body.is_empty() {
            let read = Request::decode(&json.unwrap()).unwrap();
            prop_assert_eq!(read.body(), body);
        }
    }

    #[test]
    fn replies_are_read_as_written(request in request(), payload in text()) {
        let reply = request.reply("n1.example.net", request.time, payload.into_bytes());
        let json = reply.encode().unwrap();
        prop_assert_eq!(Reply::decode(&json), Ok(reply));
    }

    #[test]
    fn secure_layers_are_read_as_written(
        request in text(),
        signature in prop::collection::vec(any::<u8>(), 1..64),
        credential in text(),
        signer in prop::option::of(text()),
        version in version(),
    ) {
        let request = request.into_bytes();
        let secure = SecureRequest {
            request: request.clone(),
            signature: signature.clone(),
            credential: match version {
                Version::V1 => Credential::Certificate(credential.clone()),
                Version::V2 => Credential::Token { caller: credential.clone(), signer },
            },
        };
        prop_assert_eq!(SecureRequest::decode(&secure.encode().unwrap()), Ok(secure));
        let signed = version == Version::V2;
        let secure = SecureReply {
            version,
            reply: request,
            hash: vec![7; 32],
            signature: signed.then_some(signature),
            sender: signed.then_some(credential),
        };
        prop_assert_eq!(SecureReply::decode(&secure.encode().unwrap()), Ok(secure));
    }

    #[test]
    fn calls_are_read_as_written(agent in name(), action in name(), value in text(), code in 0i64..6) {
        let data = json!({ "value": value.clone(), "list": [1, 2.5, null, true] });
        let Value::Object(members) = data.clone() else { unreachable!() };
        let call = body::Request { agent, action: action.clone(), data: members };
        prop_assert_eq!(body::Request::decode(&call.encode()), Ok(call));
        let reply = body::Reply {
            action,
            status: body::Status::from_code(code),
            message: value,
            data,
        };
        prop_assert_eq!(body::Reply::decode(&reply.encode()), Ok(reply));
    }

    #[test]
    fn ids_hold_their_time(time in 1_400_000_000i64..5_000_000_000, random in any::<[u8; 16]>()) {
        let id = id::Ksuid::new(time, random);
        prop_assert_eq!(id.time(), time);
        prop_assert_eq!(id.to_string().len(), 27);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn what_is_no_id_is_none(text in "[0-9A-Za-z]{27}") {
        if let Ok(id) = text.parse::<id::Ksuid>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }
}

#[test]
fn ids_have_their_form() {
    assert_eq!(
        id::request_v1([0xff; 16]),
        "ffffffffffff4fffbfffffffffffffff"
    );
    let first = id::Ksuid::new(0, [0; 16]);
    assert_eq!(first.to_string(), "000000000000000000000000000");
    let last = id::Ksuid::new(i64::MAX, [0xff; 16]).to_string();
    assert_eq!(last, "aWgEPTl1tmebfsQzFP4bxwgy80V");
    assert!("aWgEPTl1tmebfsQzFP4bxwgy80W".parse::<id::Ksuid>().is_err());
    assert!("000000000000000000000000-00".parse::<id::Ksuid>().is_err());
}

/// A request of version 1 with something put in front of its last brace, and something else in its envelope.
fn crafted(message: &str, envelope: &str) -> Result<Request, RequestError> {
    let json = format!(
        r#"{{"protocol":"choria:request:1","message":"x","envelope":{{
            "requestid":"0123456789abcdef0123456789abcdef","senderid":"","callerid":"choria=a",
            "collective":"c","agent":"a","ttl":30,"time":1,
            "filter":{{"fact":[],"cf_class":[],"identity":[],"compound":[]}}{envelope}}}{message}}}"#
    );
    Request::decode(json.as_bytes())
}

#[test]
fn names_match_as_in_go() {
    assert_eq!(crafted("", "").unwrap().agent, "a");
    // The last counts, in any case, with the letters that Unicode folds into ASCII.
    assert_eq!(crafted("", r#","agent":"b""#).unwrap().agent, "b");
    assert_eq!(crafted("", r#","AGENT":"b""#).unwrap().agent, "b");
    assert_eq!(
        crafted("", ",\"\u{17f}enderid\":\"b\"").unwrap().sender,
        "b"
    );
    assert_eq!(crafted(r#","Message":"y""#, "").unwrap().payload, b"y");
    assert_eq!(crafted(r#","mess\u0061ge":"y""#, "").unwrap().payload, b"y");
    assert!(crafted(r#","unknown":{"a":[1,{}]}"#, r#","unknown":null"#).is_ok());
    // What counts is held against the schema.
    assert!(crafted("", r#","TTL":29"#).is_err());
    assert!(crafted("", r#","ttl":"30""#).is_err());
    assert!(crafted("", r#","ttl":null"#).is_err());
    assert!(crafted("", r#","ttl":30.0"#).is_err());
    assert!(crafted("", r#","ttl":-1"#).is_err());
    assert!(crafted("", r#","ttl":99999999999999999999"#).is_err());
    assert!(crafted("", r#","time":9223372036854775807"#).is_err());
    assert!(
        crafted(
            "",
            r#","filter":{"FACT":[],"cf_class":[],"identity":[],"compound":[]}"#
        )
        .is_err()
    );
    // A name in another case is not the one that must be there.
    let only = br#"{"PROTOCOL":"choria:request:1"}"#;
    let missing = Fault::Missing { name: "protocol" };
    assert_eq!(Request::decode(only), Err(missing.into()));
}

#[test]
fn base64_is_read_as_in_go() {
    let read = |text: &str| crate::base64::decode(text.as_bytes());
    assert_eq!(read("cGlu\r\nZw==\n"), Some(b"ping".to_vec()));
    // Bits that do not matter.
    assert_eq!(read("cGluZx=="), Some(b"ping".to_vec()));
    for text in ["cGluZw=", "cGluZw", "cGluZw===", "cGlu Zw==", "-_-_", "="] {
        assert_eq!(read(text), None, "{text}");
    }
    let ping = |payload: &str| {
        let mut request = crafted("", "").unwrap();
        request.payload = payload.as_bytes().to_vec();
        request.body().into_owned()
    };
    assert_eq!(ping("cGluZw=="), b"ping");
    assert_eq!(ping("{}"), b"{}");
    // What can be base64 is taken for it.
    assert_eq!(ping("ping"), [0xa6, 0x29, 0xe0]);
}

#[test]
fn limits_hold_on_every_layer() {
    let long = |limit: usize| vec![b' '; limit + 1];
    let too_long = |limit| Fault::TooLong { limit };
    assert_eq!(
        Transport::decode(&long(limits::TRANSPORT)),
        Err(TransportError::Json(too_long(limits::TRANSPORT)))
    );
    assert_eq!(
        SecureRequest::decode(&long(limits::SECURE)),
        Err(too_long(limits::SECURE).into())
    );
    assert_eq!(
        SecureReply::decode(&long(limits::SECURE)),
        Err(too_long(limits::SECURE).into())
    );
    assert_eq!(
        Request::decode(&long(limits::MESSAGE)),
        Err(too_long(limits::MESSAGE).into())
    );
    assert_eq!(
        Reply::decode(&long(limits::MESSAGE)),
        Err(too_long(limits::MESSAGE).into())
    );
    assert!(body::Request::decode(&long(limits::BODY)).is_err());
    let name = "a".repeat(limits::NAME + 1);
    assert!(crafted("", &format!(r#","agent":"{name}""#)).is_err());
    let hops = vec![Hop::default(); limits::HOPS + 1];
    let transport = Transport {
        hops,
        ..Transport::new(Version::V1, Vec::new())
    };
    assert!(Transport::decode(&transport.encode()).is_err());
    let filter = vec![r#""""#; limits::FILTERS + 1].join(",");
    let filter = format!(r#"{{"fact":[],"cf_class":[{filter}],"identity":[],"compound":[]}}"#);
    assert!(Filter::from_json(filter.as_bytes()).is_err());
    let hop = r#"{"protocol":"choria:transport:1","data":"","headers":{"seen-by":[["a",null,"c","d"],[]]}}"#;
    let hops = Transport::decode(hop.as_bytes()).unwrap().hops;
    assert_eq!((hops.len(), hops[0].sent_to.as_str()), (2, "c"));
    // Deep JSON is refused, not followed.
    let deep = format!(r#"{{"agent":"a","data":{}"#, "[".repeat(200_000));
    assert!(body::Request::decode(deep.as_bytes()).is_err());
}

#[test]
fn transports_without_headers_are_refused() {
    for headers in ["null", "[]", "\"\"", "1"] {
        let json = format!(r#"{{"protocol":"choria:transport:1","data":"","headers":{headers}}}"#);
        let wrong = Fault::WrongType {
            name: "headers",
            wanted: "an object",
        };
        assert_eq!(
            Transport::decode(json.as_bytes()),
            Err(wrong.into()),
            "{headers}"
        );
    }
}

#[test]
fn answers_go_back_through_federations() {
    let mut asked = Transport::new(Version::V1, Vec::new());
    asked.add_hop("a", "b", "c");
    assert!(asked.answer(Vec::new(), "n1").hops.is_empty());
    asked.federation = Some(Federation {
        request: "r".to_owned(),
        reply_to: Some("x".to_owned()),
        targets: vec!["t".to_owned()],
    });
    let answer = asked.answer(Vec::new(), "n1");
    assert_eq!(answer.hops, asked.hops);
    let federation = answer.federation.unwrap();
    assert_eq!(federation.reply_to.as_deref(), Some("x"));
    assert!(federation.targets.is_empty());
}

#[test]
fn subjects_have_no_wildcards() {
    let node = |identity| Subject::Node {
        collective: "acme",
        identity,
    };
    assert_eq!(
        node("n1.example.net").checked().unwrap(),
        "acme.node.n1.example.net"
    );
    for identity in ["", ">", "*", "a.*", "a..b", "a b", ".a", "a\n"] {
        assert!(node(identity).checked().is_err(), "{identity:?}");
    }
    let agent = Subject::Agent {
        collective: "acme",
        agent: "a.b",
    };
    assert!(agent.checked().is_err());
}

#[test]
fn calls_may_lack_data() {
    let read = |json: &str| body::Request::decode(json.as_bytes()).map(|it| it.data);
    assert_eq!(read(r#"{"agent":"a","action":"b"}"#), Ok(Map::new()));
    assert_eq!(
        read(r#"{"agent":"a","action":"b","data":null}"#),
        Ok(Map::new())
    );
    assert!(read(r#"{"data":[]}"#).is_err());
    let reply = br#"{"action":"a","statuscode":0,"statusmsg":"OK","data":"{}"}"#;
    assert_eq!(body::Reply::decode(reply).unwrap().data, json!({}));
    let mut reply = body::Reply::ok("a", Value::Null);
    let written = br#"{"action":"a","statuscode":0,"statusmsg":"OK","data":{}}"#;
    assert_eq!(reply.encode(), written);
    reply.data = json!({"a": "<&>"});
    assert!(
        String::from_utf8(reply.encode())
            .unwrap()
            .contains(r"\u003c\u0026\u003e")
    );
}

#[test]
fn what_is_no_object_is_not_repeated() {
    for payload in [
        format!("\"{}\"", "A".repeat(100_000)),
        "[1]".to_owned(),
        "{\"protocol\":".to_owned(),
        "{nothing}".to_owned(),
    ] {
        let error = Transport::decode(payload.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(
            error.len() < 100 && error.contains("line 1, column"),
            "{error}"
        );
    }
}
