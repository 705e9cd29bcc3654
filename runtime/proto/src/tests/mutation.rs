//! Bytes that are nearly messages: nothing panics, and what is read is written again.

use crate::testing::mutate;
use crate::{
    Credential, Filter, Reply, Request, SecureReply, SecureRequest, Transport, Version, body,
};

const ROUNDS: u32 = 100_000;

/// Every layer of both versions.
fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for version in [Version::V1, Version::V2] {
        let mut request = Request {
            version,
            id: "0123456789abcdef0123456789abcdef".to_owned(),
            sender: "dev1".to_owned(),
            caller: "choria=alice".to_owned(),
            collective: "acme".to_owned(),
            agent: "rpcutil".to_owned(),
            ttl: 60,
            time: "2026-06-01T12:00:00Z".parse().unwrap(),
            filter: Filter::from_json(
                br#"{"fact":[{"fact":"a","operator":"==","value":"b"}],"cf_class":["/x/"],"agent":["a"],
                "identity":["/\\d+/"],"compound":[[{"expr":"with(\"a\")"}]]}"#,
            )
            .ok(),
            payload: Vec::new(),
        };
        request.set_body(br#"{"agent":"rpcutil","action":"ping","data":{"a":[1,"\u00e9"]}}"#);
        let reply = request.reply("n1", request.time, b"pong".to_vec());
        let secure = SecureRequest {
            request: request.encode().unwrap(),
            signature: vec![7; 64],
            credential: match version {
                Version::V1 => Credential::Certificate("-----BEGIN".to_owned()),
                Version::V2 => Credential::Token {
                    caller: "a.b.c".to_owned(),
                    signer: Some("d.e.f".to_owned()),
                },
            },
        };
        let secure_reply = SecureReply {
            version,
            reply: reply.encode().unwrap(),
            hash: vec![7; 32],
            signature: Some(vec![7; 64]),
            sender: Some("a.b.c".to_owned()),
        };
        let mut transport = Transport::new(version, secure.encode().unwrap());
        transport.add_hop("a", "b", "c");
        samples.extend([
            transport.encode(),
            secure.request.clone(),
            secure.encode().unwrap(),
            reply.encode().unwrap(),
            secure_reply.encode().unwrap(),
            request.body().into_owned(),
        ]);
    }
    samples
}

#[test]
fn nothing_panics_and_what_is_read_is_written() {
    let samples = samples();
    let mut random = fastrand::Rng::with_seed(6);
    for _ in 0..ROUNDS {
        let mut bytes = random.choice(&samples).unwrap().clone();
        mutate(&mut |bound| random.usize(..bound), &mut bytes);
        if let Ok(it) = Transport::decode(&bytes) {
            assert_eq!(Transport::decode(&it.encode()), Ok(it));
        }
        if let Ok(it) = SecureRequest::decode(&bytes) {
            assert_eq!(SecureRequest::decode(&it.encode().unwrap()), Ok(it));
        }
        if let Ok(it) = SecureReply::decode(&bytes) {
            assert_eq!(SecureReply::decode(&it.encode().unwrap()), Ok(it));
        }
        if let Ok(it) = Request::decode(&bytes) {
            assert_eq!(Request::decode(&it.encode().unwrap()), Ok(it));
        }
        if let Ok(it) = Reply::decode(&bytes) {
            assert_eq!(Reply::decode(&it.encode().unwrap()), Ok(it));
        }
        if let Ok(it) = body::Request::decode(&bytes) {
            assert_eq!(body::Request::decode(&it.encode()), Ok(it));
        }
        let _ = body::Reply::decode(&bytes);
    }
}
