//! Messages that were changed on their way: no panic, and nothing that is signed is let in changed.

use chorister_proto::{SecureRequest, Transport, Version};

use super::samples::{
    Authority, SUBJECT, Wanted, bearer, certified, client, now, request, token_guard, wire,
};
use crate::Verifier;

/// Changes some bytes: replaces, removes, repeats, or takes from elsewhere in the message.
pub(super) fn mutate(random: &mut fastrand::Rng, bytes: &mut Vec<u8>) {
    for _ in 0..random.usize(1..4) {
        if bytes.is_empty() {
            return;
        }
        let at = random.usize(..bytes.len());
        let length = random.usize(..16).min(bytes.len() - at);
        match random.u8(..6) {
            0 => bytes[at] ^= 1 << random.u8(..8),
            1 => bytes[at] = *random.choice(b"{}[]\",:\\0-19.eE=/+nullA \0\xff").unwrap(),
            2 => {
                bytes.drain(at..at + length);
            }
            3 => {
                let part = bytes[at..at + length].to_vec();
                let to = random.usize(..=bytes.len());
                bytes.splice(to..to, part);
            }
            4 => {
                let from = random.usize(..bytes.len() - length.min(bytes.len() - 1));
                let part: Vec<_> = bytes[from..].iter().take(length).copied().collect();
                bytes.splice(at..at + part.len().min(bytes.len() - at), part);
            }
            _ => bytes.truncate(at),
        }
    }
}

/// Changes a layer of a message, and wraps it up again.
pub(super) fn mutated(random: &mut fastrand::Rng, wire: &[u8]) -> Vec<u8> {
    let mut wire = wire.to_vec();
    match random.u8(..4) {
        0 => mutate(random, &mut wire),
        1 => {
            let mut transport = Transport::decode(&wire).unwrap();
            mutate(random, &mut transport.data);
            wire = transport.encode();
        }
        layer => {
            let mut transport = Transport::decode(&wire).unwrap();
            let mut secure = SecureRequest::decode(&transport.data).unwrap();
            let part = if layer == 2 {
                &mut secure.request
            } else {
                &mut secure.signature
            };
            mutate(random, part);
            if let Ok(data) = secure.encode() {
                transport.data = data;
                wire = transport.encode();
            }
        }
    }
    wire
}

fn check(verifier: &Verifier, wire: &[u8], rounds: u32) {
    let original = verifier.verify(wire, SUBJECT, now()).unwrap();
    let mut random = fastrand::Rng::with_seed(u64::from(rounds));
    for _ in 0..rounds {
        let changed = mutated(&mut random, wire);
        if let Ok(accepted) = verifier.verify(&changed, SUBJECT, now()) {
            // What is not signed may be another: the headers of the transport.
            assert_eq!(accepted.request, original.request);
            assert_eq!(accepted.caller, original.caller);
        }
    }
}

#[test]
fn changed_requests_of_version_1_are_not_let_in() {
    let authority = Authority::new("authority", (2024, 2036));
    let alice = certified(&authority, &Wanted::default());
    let wire = wire(&alice, &request(Version::V1, "choria=alice.mcollective"));
    check(&authority.guard().verifier, &wire, 50_000);
}

#[test]
fn changed_requests_of_version_2_are_not_let_in() {
    let wire = wire(
        &bearer("bob", &client("bob")),
        &request(Version::V2, "up=bob"),
    );
    check(&token_guard().verifier, &wire, 50_000);
}
