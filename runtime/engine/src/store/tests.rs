//! The store by itself: what its file goes through, and what is written when.

use core::time::Duration;
use std::fs;
use std::path::Path;

use chorister_fsm::{MachineKey, Weight};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::time::Instant;

use super::database::{Contents, Database, Failure, Row};
use super::plan::Store;
use super::work::{self, Done, Work};
use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn row(name: &str, memory: &str) -> Row {
    Row {
        name: name.to_owned(),
        memory: memory.into(),
        gone: None,
    }
}

fn batch(rows: &[(&str, &str)]) -> Batch {
    Batch {
        rows: rows
            .iter()
            .map(|(name, memory)| row(name, memory))
            .collect(),
        ..Batch::default()
    }
}

/// A store that holds a machine `m`, closed, its path, and what keeps that there.
fn stored() -> (TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let mut database = Database::open(&path).unwrap();
    database.commit(&batch(&[("m", "before")])).unwrap();
    (directory, path)
}

fn machines(contents: Contents) -> Vec<(String, String)> {
    let text = |row: Row| (row.name, String::from_utf8(row.memory).unwrap());
    contents.machines.into_iter().map(text).collect()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_committed_comes_back_even_if_nothing_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let mut database = Database::open(&path).unwrap();
    database.commit(&batch(&[("m", "1"), ("n", "1")])).unwrap();
    let mut second = batch(&[("m", "2")]);
    second.dropped.push("n".to_owned());
    second.records = vec![(7, b"seven".to_vec()), (8, b"eight".to_vec())];
    second.first_record = Some(8);
    database.commit(&second).unwrap();
    // As after the end of the process: what is in the files is all there is.
    std::mem::forget(database);
    let contents = Database::open(&path).unwrap().load().unwrap();
    assert_eq!(contents.records, [(8, b"eight".to_vec())]);
    assert_eq!(machines(contents), [("m".to_owned(), "2".to_owned())]);
}

#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let mut database = Database::open(&path).unwrap();
    database.commit(&batch(&[("m", "1")])).unwrap();
    for name in names(directory.path()) {
        let metadata = fs::metadata(directory.path().join(&name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[track_caller]
fn check_aside(why: &str, spoil: impl FnOnce(&Path)) {
    let (directory, path) = stored();
    spoil(&path);
    let spoilt = fs::read(&path).unwrap();
    let opened = work::open(&path, NOW);
    assert_eq!(opened.problem, None);
    assert!(opened.contents.machines.is_empty());
    let aside = opened.aside.unwrap();
    assert!(fs::read(&aside.path).unwrap() == spoilt, "it was changed");
    let name = aside.path.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(name, format!("store.{why}-19700101T000000.000Z"));
    let mut database = opened.database.unwrap();
    database.commit(&batch(&[("m", "after")])).unwrap();
    drop(database);
    assert_eq!(names(directory.path()), [FILE.to_owned(), name]);
}

#[test]
fn garbage_is_moved_aside() {
    check_aside("corrupt", |path| fs::write(path, [0xa5; 5000]).unwrap());
    check_aside("corrupt", |path| fs::write(path, "short").unwrap());
}

#[test]
fn a_truncated_store_is_moved_aside() {
    check_aside("corrupt", |path| {
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        let length = file.metadata().unwrap().len();
        file.set_len(length / 2).unwrap();
    });
}

#[test]
fn a_store_with_a_damaged_page_is_moved_aside() {
    check_aside("corrupt", |path| {
        let mut bytes = fs::read(path).unwrap();
        bytes[1024..].fill(0x5a);
        fs::write(path, bytes).unwrap();
    });
}

#[test]
fn a_store_of_a_newer_version_is_moved_aside() {
    check_aside("newer", |path| {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA user_version = 2").unwrap();
    });
}

#[test]
fn a_database_of_another_program_is_moved_aside() {
    check_aside("corrupt", |path| {
        fs::remove_file(path).unwrap();
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
    });
}

#[test]
fn a_log_of_which_the_end_is_missing_costs_only_that() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let log = directory.path().join("store-wal");
    let mut database = Database::open(&path).unwrap();
    database.commit(&batch(&[("m", "1")])).unwrap();
    let whole = fs::metadata(&log).unwrap().len();
    database.commit(&batch(&[("m", "2")])).unwrap();
    std::mem::forget(database);
    let file = fs::OpenOptions::new().write(true).open(&log).unwrap();
    file.set_len(whole + 100).unwrap();
    let contents = work::open(&path, NOW).contents;
    assert_eq!(machines(contents), [("m".to_owned(), "1".to_owned())]);
}

#[test]
fn a_few_stores_that_were_set_aside_are_kept() {
    let (directory, path) = stored();
    for second in 0..6 {
        fs::write(&path, [1; 2000]).unwrap();
        work::open(&path, Timestamp::from_second(second).unwrap());
    }
    let expect = ["store", "3", "4", "5"].map(|it| match it {
        "store" => it.to_owned(),
        second => format!("store.corrupt-19700101T00000{second}.000Z"),
    });
    assert_eq!(names(directory.path()), expect);
}

#[test]
fn what_can_only_be_read_is_read() {
    let (_directory, path) = stored();
    let mut database = Database::open_to_read(&path).unwrap();
    let failure = database.commit(&batch(&[("m", "after")])).unwrap_err();
    assert!(matches!(failure, Failure::Unusable(_)), "{failure:?}");
    let contents = database.load().unwrap();
    assert_eq!(machines(contents), [("m".to_owned(), "before".to_owned())]);
}

#[test]
fn a_full_disk_takes_nothing_away() {
    let (_directory, path) = stored();
    let mut database = Database::open(&path).unwrap();
    database.limit_pages(8);
    let large = "x".repeat(100_000);
    let failure = database.commit(&batch(&[("m", &large)])).unwrap_err();
    assert_eq!(failure.to_string(), "database or disk is full");
    assert_eq!(
        machines(database.load().unwrap()),
        [("m".to_owned(), "before".to_owned())]
    );
    database.limit_pages(1000);
    database.commit(&batch(&[("m", &large)])).unwrap();
}

/// A store that works, and the time.
struct Plan {
    store: Store,
    now: Instant,
    _directory: TempDir,
}

impl Plan {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now = Instant::now();
        let (store, news) = Store::open(directory.path().join(FILE), now, NOW);
        assert_eq!(news, Default::default());
        Self {
            store,
            now,
            _directory: directory,
        }
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn next(&mut self) -> Option<Work> {
        self.store.next((self.now, NOW), false, |_| None)
    }

    fn done(&mut self, done: Done) {
        self.store.done(done, self.now, NOW);
    }

    /// Does what there is to do; how many machines it was about, and whether the medium has it.
    fn perform(&mut self) -> Option<bool> {
        let done = self.next()?.perform();
        assert_eq!(done.result, Ok(()));
        let flushed = done.flushed;
        self.done(done);
        Some(flushed)
    }

    fn change(&mut self, machine: MachineKey, weight: Weight) {
        self.store.change(machine, weight, self.now);
    }
}

/// Keys of machines that were never inserted; the store does not look.
fn keys(count: usize) -> Vec<MachineKey> {
    let mut fleet = chorister_fsm::Fleet::new("node");
    let machine = chorister_fsm::MachineRef::from(lamp());
    let mut random = crate::Seeded::new(1);
    (0..count)
        .map(|_| {
            let mut cx = chorister_fsm::Cx {
                now: chorister_fsm::Now {
                    mono: Duration::ZERO,
                    wall: NOW,
                },
                random: &mut random,
                effects: &mut Vec::new(),
            };
            let instance = chorister_fsm::Instance::new([0; 16], Path::new("/").into());
            fleet.insert(machine.clone(), instance, &mut cx)
        })
        .collect()
}

fn lamp() -> chorister_ir::Machine {
    chorister_ir::Machine {
        name: "lamp".into(),
        description: "".into(),
        version: "1.0.0".into(),
        initial: chorister_ir::StateId(0),
        splay_start: Duration::ZERO,
        states: vec!["A".into()].into(),
        transitions: chorister_ir::List::EMPTY,
        edges: chorister_ir::Edges::Table(chorister_ir::List::EMPTY),
        watchers: chorister_ir::List::EMPTY,
    }
}

#[test]
fn a_change_of_state_is_written_at_once_and_holds_events() {
    let mut plan = Plan::new();
    let machine = keys(1)[0];
    assert!(plan.next().is_none());
    plan.change(machine, Weight::State);
    assert!(plan.store.holds(plan.now));
    let work = plan.next().unwrap();
    assert!(plan.store.has_all());
    assert!(plan.store.holds(plan.now), "until it is done");
    plan.done(work.perform());
    assert!(!plan.store.holds(plan.now));
}

#[test]
fn what_changes_meanwhile_is_the_next_batch() {
    let mut plan = Plan::new();
    let keys = keys(2);
    plan.change(keys[0], Weight::State);
    let work = plan.next().unwrap();
    plan.change(keys[1], Weight::State);
    assert!(plan.next().is_none(), "one at a time");
    plan.done(work.perform());
    assert!(plan.store.holds(plan.now));
    assert!(plan.perform().is_some());
    assert!(!plan.store.holds(plan.now));
}

#[test]
fn progress_is_collected_for_ten_seconds() {
    let mut plan = Plan::new();
    let keys = keys(2);
    plan.change(keys[0], Weight::Progress);
    assert!(!plan.store.holds(plan.now));
    plan.pass(9);
    plan.change(keys[1], Weight::Progress);
    assert!(plan.next().is_none());
    plan.pass(1);
    assert_eq!(plan.store.due(plan.now), Some(plan.now));
    assert!(plan.perform().is_some());
    assert!(plan.next().is_none());
}

#[test]
fn the_medium_is_waited_for_once_a_minute_and_never_when_idle() {
    let mut plan = Plan::new();
    let machine = keys(1)[0];
    let mut flushes = 0;
    for _ in 0..600 {
        plan.change(machine, Weight::State);
        plan.store.append([(1, vec![0; 10])], plan.now);
        flushes += usize::from(plan.perform().unwrap());
        plan.pass(1);
    }
    assert!((9..=10).contains(&flushes), "{flushes}");
    for _ in 0..600 {
        flushes += usize::from(plan.perform().unwrap_or(false));
        let due = plan.store.due(plan.now);
        assert!(due.is_none_or(|it| it > plan.now), "it would ask for ever");
        plan.pass(1);
    }
    assert!((10..=11).contains(&flushes), "{flushes}");
}

#[test]
fn events_do_not_wait_for_a_disk_that_hangs() {
    let mut plan = Plan::new();
    let machine = keys(1)[0];
    plan.change(machine, Weight::State);
    let work = plan.next().unwrap();
    assert_eq!(
        plan.store.due(plan.now),
        Some(plan.now + Duration::from_secs(2))
    );
    plan.pass(2);
    assert!(!plan.store.holds(plan.now));
    assert!(plan.store.is_slow(plan.now));
    assert_eq!(
        plan.store.due(plan.now),
        None,
        "nothing to do until it is done"
    );
    plan.done(work.perform());
    assert!(!plan.store.is_slow(plan.now));
}

#[test]
fn what_could_not_be_written_is_tried_again_later() {
    let mut plan = Plan::new();
    let keys = keys(2);
    plan.change(keys[0], Weight::State);
    plan.store.append([(1, b"one".to_vec())], plan.now);
    let mut work = plan.next().unwrap();
    let database = work.database.take();
    let done = Done {
        database,
        batch: work.batch,
        flushed: false,
        bytes: 0,
        aside: None,
        result: Err("the disk is full".to_owned()),
    };
    plan.done(done);
    assert_eq!(plan.store.status().mode, StoreMode::Memory);
    plan.change(keys[1], Weight::State);
    assert!(!plan.store.holds(plan.now), "nothing waits for nothing");
    plan.pass(9);
    assert!(plan.next().is_none());
    plan.pass(1);
    let work = plan.next().unwrap();
    assert_eq!(work.batch.records, [(1, b"one".to_vec())]);
    assert!(plan.store.has_all());
    plan.done(work.perform());
    assert_eq!(plan.store.status().mode, StoreMode::Durable);
}

#[test]
fn machines_that_are_gone_are_remembered_for_a_week() {
    let (_directory, path) = stored();
    let mut now = Instant::now();
    let day = |days: i64| Timestamp::from_second(days * 24 * 3600).unwrap();
    let (mut store, _) = Store::open(path.clone(), now, day(0));
    let mut rows = Vec::new();
    for days in 0..=9 {
        now += Duration::from_hours(24);
        while let Some(work) = store.next((now, day(days)), false, |_| None) {
            store.done(work.perform(), now, day(days));
        }
        let contents = Database::open_to_read(&path).unwrap().load().unwrap();
        rows.push(contents.machines.len());
    }
    assert_eq!(rows, [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
}
