//! Requests that were let in before the process ended.

use std::fs;
use std::path::Path;

use super::replays::{at, verified};
use crate::load::Journal;
use crate::testing::now;
use crate::{Refusal, Replays};

fn open(path: &Path) -> Replays {
    Journal::open(path, 100, now()).unwrap().0
}

#[test]
fn the_end_of_a_process_forgets_nothing() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("replays");
    let mut first = open(&path);
    for id in ["a", "b"] {
        assert_eq!(first.admit(&verified(id, now(), 60), now()), Ok(()));
    }
    // As it is when the process is killed: nobody says goodbye.
    std::mem::forget(first);
    let mut second = open(&path);
    for id in ["a", "b"] {
        let again = Err(Refusal::Replayed(id.to_owned()));
        assert_eq!(second.admit(&verified(id, now(), 60), at(1)), again);
    }
    assert_eq!(second.admit(&verified("c", now(), 60), at(1)), Ok(()));
    assert_eq!(open(&path).len(), 3);
    let late = Journal::open(&path, 100, at(100)).unwrap().0;
    assert!(late.is_empty(), "what expired is not kept");
}

#[test]
fn what_had_no_room_stays_out_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("replays");
    let mut first = Journal::open(&path, 8, now()).unwrap().0;
    for (id, time) in [("a", 0), ("b", 1), ("c", 2)] {
        assert_eq!(first.admit(&verified(id, at(time), 60), at(2)), Ok(()));
    }
    let mut second = Journal::open(&path, 8, at(2)).unwrap().0;
    for (id, time) in [("a", 0), ("b", 1), ("c", 2)] {
        assert!(
            second.admit(&verified(id, at(time), 60), at(2)).is_err(),
            "{id}"
        );
    }
}

#[test]
fn the_file_stays_small() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("replays");
    let mut replays = Journal::open(&path, 1, now()).unwrap().0;
    for second in 0..3_000 {
        let request = verified(&second.to_string(), at(second), 60);
        assert_eq!(replays.admit(&request, at(second)), Ok(()));
    }
    assert!(fs::metadata(&path).unwrap().len() < 1_100 * 32);
}

#[test]
fn half_a_record_and_other_files_do_no_harm() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("replays");
    let mut first = open(&path);
    first.admit(&verified("a", now(), 60), now()).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend([7; 11]);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(open(&path).len(), 1);
    fs::write(&path, "something else").unwrap();
    assert!(open(&path).is_empty());
    let aside = fs::read_to_string(path.with_extension("broken")).unwrap();
    assert_eq!(aside, "something else");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(Journal::open(&path, 100, now()).is_err());
}

#[test]
fn what_cannot_be_written_is_said_until_it_can() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("below/replays");
    fs::create_dir(home.path().join("below")).unwrap();
    let (mut replays, journal) = Journal::open(&path, 1, now()).unwrap();
    fs::remove_dir_all(home.path().join("below")).unwrap();
    for second in 0..2_000 {
        let request = verified(&second.to_string(), at(second), 60);
        // It is let in all the same, and remembered as long as the process lives.
        assert_eq!(replays.admit(&request, at(second)), Ok(()));
        assert!(replays.admit(&request, at(second)).is_err());
    }
    assert!(journal.problem().unwrap().contains("below/replays"));
    fs::create_dir(home.path().join("below")).unwrap();
    replays
        .admit(&verified("a", at(2_000), 60), at(2_000))
        .unwrap();
    assert_eq!(journal.problem(), None);
    assert_eq!(Journal::open(&path, 1, at(2_000)).unwrap().0.len(), 1);
}
