//! What was there before, against a model that never forgets.

use std::collections::BTreeSet;

use chorister_proto::{Request, Transport, Version};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::testing::{now, request};
use crate::{Caller, Proof, Refusal, Replays, VerifiedRequest};

pub(super) fn verified(id: &str, time: Timestamp, ttl: u64) -> VerifiedRequest {
    let request = Request {
        id: id.to_owned(),
        time,
        ttl,
        ..request(Version::V1, "choria=alice")
    };
    VerifiedRequest {
        caller: Caller {
            id: request.caller.clone(),
            proof: Proof::Certificate {
                name: "alice".to_owned(),
                privileged: false,
            },
        },
        transport: Transport::new(Version::V1, Vec::new()),
        request,
    }
}

pub(super) fn at(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

#[test]
fn requests_come_once() {
    let mut replays = Replays::default();
    let first = verified("a", now(), 60);
    assert_eq!(replays.admit(&first, now()), Ok(()));
    let again = Err(Refusal::Replayed("a".to_owned()));
    assert_eq!(replays.admit(&first, at(59)), again);
    // What expired is not kept.
    assert_eq!(replays.admit(&verified("b", at(61), 60), at(61)), Ok(()));
    assert_eq!(replays.len(), 1);
}

#[test]
fn callers_have_ids_of_their_own() {
    let mut replays = Replays::default();
    let first = verified("a", now(), 60);
    let mut other = first.clone();
    other.caller.id = "choria=bob".to_owned();
    assert_eq!(replays.admit(&first, now()), Ok(()));
    assert_eq!(replays.admit(&other, now()), Ok(()));
}

#[test]
fn what_was_forgotten_does_not_come_again() {
    let mut replays = Replays::new(8);
    for (id, time) in [("a", 0), ("b", 1), ("c", 2)] {
        let request = verified(id, at(time), 60);
        assert_eq!(replays.admit(&request, at(2)), Ok(()));
    }
    assert_eq!(replays.len(), 2);
    let found = replays.admit(&verified("a", at(0), 60), at(3));
    assert_eq!(found, Err(Refusal::Forgotten("a".to_owned())));
    // What is newer comes through.
    assert_eq!(replays.admit(&verified("d", at(3), 60), at(3)), Ok(()));
}

#[test]
fn a_restart_forgets_nothing() {
    let mut replays = Replays::new(8);
    for id in ["a", "b", "c"] {
        replays.admit(&verified(id, now(), 60), now()).ok();
    }
    let json = serde_json::to_vec(&replays.snapshot()).unwrap();
    let snapshot = serde_json::from_slice(&json).unwrap();
    let mut replays = Replays::restore(snapshot, 8, at(1));
    for id in ["a", "b", "c"] {
        assert!(replays.admit(&verified(id, now(), 60), at(1)).is_err());
    }
    let snapshot = replays.snapshot();
    assert!(Replays::restore(snapshot, 8, at(100)).is_empty());
}

/// A request of somebody with a certificate of this name.
fn of(name: &str, id: &str, ttl: u64) -> VerifiedRequest {
    let mut request = verified(id, now(), ttl);
    request.caller.id = format!("choria={name}");
    request.caller.proof = Proof::Certificate {
        name: name.to_owned(),
        privileged: false,
    };
    request
}

#[test]
fn nobody_takes_the_room_of_others() {
    let mut replays = Replays::new(64);
    for id in 0..1_000 {
        let mut request = of("mallory", &id.to_string(), 3_600);
        // Other caller ids with the same certificate do not help.
        request.caller.id = format!("x{id}=mallory");
        // Those that find no room are refused.
        let admitted = replays.admit(&request, now());
        assert_eq!(admitted.is_ok(), id < 17, "{id}");
    }
    let short = of("mallory", "a", 60);
    let forgotten = Err(Refusal::Forgotten("a".to_owned()));
    assert_eq!(replays.admit(&short, now()), forgotten);
    assert_eq!(replays.admit(&of("alice", "a", 60), now()), Ok(()));
    assert_eq!(replays.len(), 17);
    // Nor do restarts, or many friends.
    let mut replays = Replays::restore(replays.snapshot(), 64, at(1));
    assert_eq!(replays.admit(&short, at(1)), forgotten);
    assert!(replays.admit(&of("alice", "a", 60), at(1)).is_err());
    for (friend, id) in (0..9).flat_map(|friend| (0..100).map(move |id| (friend, id))) {
        let name = format!("friend{friend}");
        let request = of(&name, &id.to_string(), 3_600);
        replays.admit(&request, at(1)).ok();
        assert!(replays.len() <= 64);
    }
    assert_eq!(replays.admit(&of("bob", "a", 60), at(1)), Ok(()));
    assert!(replays.admit(&of("alice", "a", 60), at(1)).is_err());
}

#[test]
fn more_callers_than_there_is_room_for_forget_in_order() {
    let mut replays = Replays::new(4);
    for (at_second, name) in (0..).zip(["a", "b", "c", "d", "e"]) {
        let request = of(name, "1", 60 + at_second);
        assert_eq!(replays.admit(&request, now()), Ok(()));
    }
    assert_eq!(replays.len(), 4);
    for (at_second, name) in (0..).zip(["a", "b", "c", "d", "e"]) {
        assert!(
            replays
                .admit(&of(name, "1", 60 + at_second), now())
                .is_err()
        );
    }
}

proptest! {
    /// Whatever comes in whatever order, nothing comes through twice, and what is new does while there is room.
    #[test]
    fn nothing_comes_through_twice(
        arrivals in prop::collection::vec((0u8..40, 0i64..3), 1..200),
        room in 1usize..64,
    ) {
        let mut replays = Replays::new(room);
        let mut through = BTreeSet::new();
        let mut clock = 0;
        for (which, pause) in arrivals {
            clock += pause;
            let id = which.to_string();
            let (made, ttl) = (i64::from(which), 30 + u64::from(which % 7) * 10);
            if clock - made >= i64::try_from(ttl).unwrap() {
                // The verifier would not let it come this far.
                continue;
            }
            match replays.admit(&verified(&id, at(made), ttl), at(clock)) {
                Ok(()) => prop_assert!(through.insert(id)),
                Err(Refusal::Replayed(_)) => prop_assert!(through.contains(&id)),
                Err(Refusal::Forgotten(_)) => prop_assert!(through.len() >= room.div_ceil(4)),
                Err(other) => prop_assert!(false, "{other}"),
            }
            prop_assert!(replays.len() <= room);
        }
    }
}
