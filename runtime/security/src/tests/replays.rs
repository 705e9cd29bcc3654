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
    let mut replays = Replays::new(2);
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
    let mut replays = Replays::new(2);
    for id in ["a", "b", "c"] {
        replays.admit(&verified(id, now(), 60), now()).ok();
    }
    let json = serde_json::to_vec(&replays.snapshot()).unwrap();
    let snapshot = serde_json::from_slice(&json).unwrap();
    let mut replays = Replays::restore(snapshot, 2, at(1));
    for id in ["a", "b", "c"] {
        assert!(replays.admit(&verified(id, now(), 60), at(1)).is_err());
    }
    let snapshot = replays.snapshot();
    assert!(Replays::restore(snapshot, 2, at(100)).is_empty());
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
                Err(Refusal::Forgotten(_)) => prop_assert!(through.len() >= room),
                Err(other) => prop_assert!(false, "{other}"),
            }
            prop_assert!(replays.len() <= room);
        }
    }
}
