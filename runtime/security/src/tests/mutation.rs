//! Messages that were changed on their way: no panic, and nothing that is signed is let in changed.

use chorister_proto::Version;

use crate::Verifier;
use crate::testing::{
    Authority, SUBJECT, Wanted, bearer, certified, client, mutated, now, request, token_guard, wire,
};

/// Of each version. `cargo bench` does more.
const ROUNDS: u32 = 50_000;

fn check(verifier: &Verifier, wire: &[u8]) {
    let original = verifier.verify(wire, SUBJECT, now()).unwrap();
    let mut random = fastrand::Rng::with_seed(6);
    let mut accepted = 0;
    for _ in 0..ROUNDS {
        let changed = mutated(&mut |bound| random.usize(..bound), wire);
        if let Ok(found) = verifier.verify(&changed, SUBJECT, now()) {
            // What is not signed may be another: the headers of the transport.
            assert_eq!(found.request, original.request);
            assert_eq!(found.caller, original.caller);
            accepted += 1;
        }
    }
    assert!(accepted < ROUNDS / 10, "{accepted}");
}

#[test]
fn changed_requests_of_version_1_are_not_let_in() {
    let authority = Authority::new("authority", (2024, 2036));
    let alice = certified(&authority, &Wanted::default());
    let wire = wire(&alice, &request(Version::V1, "choria=alice.mcollective"));
    check(&authority.guard().verifier, &wire);
}

#[test]
fn changed_requests_of_version_2_are_not_let_in() {
    let bob = bearer("bob", &client("bob"));
    let wire = wire(&bob, &request(Version::V2, "up=bob"));
    check(&token_guard().verifier, &wire);
}
