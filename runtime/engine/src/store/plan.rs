//! What is written when: the loop's side of the store, without any waiting.

use core::time::Duration;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use chorister_fsm::{MachineKey, Weight};
use jiff::Timestamp;
use tokio::task;
use tokio::time::Instant;

use super::database::{Database, Row};
use super::work::{self, Aside, Done, Work};
use super::{Batch, Kept, Memory, StoreMode, StoreStatus};

/// How long what machines merely did is collected before it is written.
const COLLECT: Duration = Duration::from_secs(10);

/// How long after a change of state the medium has it, at most.
const FLUSH: Duration = Duration::from_secs(60);

/// How much the log may hold before it is emptied, in bytes.
const LOG: u64 = 4 << 20;

/// How long to wait after a failure before trying again.
const RETRY: Duration = Duration::from_secs(10);

/// How long events and answers wait for a commit.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many machines go into one batch.
const BATCH: usize = 1_000;

/// How many entries of the flight recorder wait for a store that works; the oldest go.
const RECORDS: usize = 10_000;

/// When machines that nobody has inserted are taken to be gone, after the start.
const SETTLED: Duration = Duration::from_hours(1);

/// How often machines that are gone are looked through after that.
const REVIEW: Duration = Duration::from_hours(24);

/// For how long machines that are gone are remembered, in seconds.
const KEEP: i64 = 7 * 24 * 3600;

/// What is to be written, and what was remembered at start.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    /// Here while nothing is being done with it.
    database: Option<Database>,
    work: Option<Underway>,
    /// Machines whose state has changed.
    changed: HashSet<MachineKey>,
    /// Machines that did something else worth keeping.
    touched: HashSet<MachineKey>,
    /// What else there is to write.
    waiting: Batch,
    /// Since when events wait.
    since: Option<Instant>,
    collected: Option<Instant>,
    flush: Option<Instant>,
    retry: Option<Instant>,
    review: Instant,
    /// Machines that are in the store and not in the fleet.
    absent: HashMap<String, Row>,
    records: Vec<(u64, Vec<u8>)>,
    notes: Vec<(String, Vec<u8>)>,
    status: StoreStatus,
}

/// What is being done beside the loop.
#[derive(Debug)]
struct Underway {
    task: Option<task::Id>,
    machines: Vec<MachineKey>,
    /// Whether any of them has changed its state.
    has_states: bool,
}

/// What an operator should hear after something was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// Why nothing can be written; `None` where all is well.
    pub(crate) problem: Option<String>,
    /// What was in the way; everything has to be written again.
    pub(crate) aside: Option<Aside>,
}

// === impl Store ===

impl Store {
    /// Opens the store and reads what it remembers; blocks.
    pub(crate) fn open(path: PathBuf, now: Instant, wall: Timestamp) -> (Self, News) {
        let opened = work::open(&path, wall);
        let mode = match opened.problem {
            None => StoreMode::Durable,
            Some(_) => StoreMode::Memory,
        };
        let rows = opened.contents.machines.into_iter();
        let store = Self {
            status: StoreStatus {
                path: path.display().to_string(),
                mode,
                bytes: opened.database.as_ref().map_or(0, Database::bytes),
                failures: u64::from(opened.problem.is_some()),
                ..StoreStatus::default()
            },
            path,
            flush: opened
                .database
                .as_ref()
                .is_some_and(|it| it.unflushed() > 0)
                .then_some(now + FLUSH),
            database: opened.database,
            work: None,
            changed: HashSet::new(),
            touched: HashSet::new(),
            waiting: Batch::default(),
            since: None,
            collected: None,
            retry: opened.problem.is_some().then_some(now + RETRY),
            review: now + SETTLED,
            absent: rows.map(|row| (row.name.clone(), row)).collect(),
            records: opened.contents.records,
            notes: opened.contents.notes,
        };
        let news = News {
            problem: opened.problem,
            aside: opened.aside,
        };
        (store, news)
    }

    pub(crate) fn status(&self) -> &StoreStatus {
        &self.status
    }

    /// What is remembered of a machine that is about to be inserted.
    ///
    /// # Errors
    ///
    /// Why what is in the store makes no sense.
    pub(crate) fn recall(&mut self, machine: &str) -> Result<Option<Memory>, String> {
        let Some(row) = self.absent.remove(machine) else {
            return Ok(None);
        };
        if self.absent.is_empty() {
            // A table keeps the size that it once had.
            self.absent = HashMap::new();
        }
        serde_json::from_slice(&row.memory)
            .map(Some)
            .map_err(|error| format!("what was remembered of it makes no sense: {error}"))
    }

    /// Remembers a machine that is about to be removed, for some days.
    pub(crate) fn release(&mut self, kept: &Kept, wall: Timestamp, now: Instant) {
        self.changed.remove(&kept.key);
        self.touched.remove(&kept.key);
        let Ok(memory) = serde_json::to_vec(&kept.memory) else {
            return;
        };
        let row = Row {
            name: kept.name.clone(),
            memory,
            gone: Some(wall.as_second()),
        };
        self.absent.insert(kept.name.clone(), row.clone());
        self.waiting.rows.push(row);
        self.collect(now);
    }

    /// Takes note of a machine that has changed.
    pub(crate) fn change(&mut self, machine: MachineKey, weight: Weight, now: Instant) {
        match weight {
            Weight::State => {
                self.touched.remove(&machine);
                self.changed.insert(machine);
                // Where nothing can be written, nothing waits for it.
                if self.retry.is_none() {
                    self.since.get_or_insert(now);
                }
            }
            Weight::Progress if self.changed.contains(&machine) => {}
            Weight::Progress => {
                self.touched.insert(machine);
                self.collect(now);
            }
        }
    }

    /// A file whose contents a machine has taken over, to be renamed once they are written.
    pub(crate) fn imported(&mut self, path: PathBuf) {
        self.waiting.imported.push(path);
    }

    /// The entries of the flight recorder that were there at start, oldest first; gives them away.
    pub(crate) fn take_records(&mut self) -> Vec<(u64, Vec<u8>)> {
        std::mem::take(&mut self.records)
    }

    /// What others than machines remembered at start, by its name; gives it away.
    pub(crate) fn take_notes(&mut self) -> Vec<(String, Vec<u8>)> {
        std::mem::take(&mut self.notes)
    }

    /// Remembers something that belongs to no machine, or forgets it.
    pub(crate) fn note(
        &mut self,
        notes: impl IntoIterator<Item = (String, Option<Vec<u8>>)>,
        now: Instant,
    ) {
        self.waiting.notes.extend(notes);
        self.collect(now);
    }

    /// Adds entries of the flight recorder, which are written with the next change or a little later.
    pub(crate) fn append(
        &mut self,
        records: impl IntoIterator<Item = (u64, Vec<u8>)>,
        now: Instant,
    ) {
        self.waiting.records.extend(records);
        self.collect(now);
    }

    /// Drops the entries of the flight recorder before this one.
    pub(crate) fn trim_records(&mut self, first: u64, now: Instant) {
        self.waiting.first_record = Some(first);
        self.collect(now);
    }

    fn collect(&mut self, now: Instant) {
        self.collected.get_or_insert(now + COLLECT);
    }

    /// What to do now on another thread, if anything; `last` takes everything and waits for the medium.
    /// Whoever does it says so with [`started`](Self::started) and [`done`](Self::done).
    pub(crate) fn next(
        &mut self,
        (now, wall): (Instant, Timestamp),
        last: bool,
        mut keep: impl FnMut(MachineKey) -> Option<Kept>,
    ) -> Option<Work> {
        let is_over = |due: Option<Instant>| due.is_some_and(|due| due <= now);
        let is_resting = self.retry.is_some() && !is_over(self.retry) && !last;
        if self.work.is_some() || is_resting {
            return None;
        }
        if self.review <= now {
            self.review(wall.as_second());
            self.review = now + REVIEW;
        }
        let collected = last || is_over(self.collected);
        let reopen = self.retry.is_some();
        let unflushed = self.database.as_ref().map_or(0, Database::unflushed);
        if unflushed == 0 {
            self.flush = None;
        }
        let flush = last || is_over(self.flush) || unflushed > LOG;
        if self.changed.is_empty() && !collected && !reopen && !flush {
            return None;
        }
        let mut keys: Vec<_> = self.changed.iter().copied().take(BATCH).collect();
        let has_states = !keys.is_empty();
        if collected {
            let room = BATCH.saturating_sub(keys.len());
            keys.extend(self.touched.iter().copied().take(room));
        }
        for key in &keys {
            self.changed.remove(key);
            self.touched.remove(key);
        }
        // What is left over follows at once.
        self.collected = (!self.touched.is_empty()).then_some(match self.collected {
            Some(due) if !collected => due,
            _ => now,
        });
        let mut batch = std::mem::take(&mut self.waiting);
        batch.machines = keys.iter().filter_map(|key| keep(*key)).collect();
        self.work = Some(Underway {
            task: None,
            machines: keys,
            has_states,
        });
        Some(Work {
            path: self.path.clone(),
            database: self.database.take(),
            batch,
            flush,
            close: last,
            now: wall,
        })
    }

    /// Whether a change of state waits to be written, and can be now.
    pub(crate) fn has_changes(&self) -> bool {
        self.work.is_none() && !self.changed.is_empty()
    }

    /// Whether everything that has changed is being written.
    pub(crate) fn has_all(&self) -> bool {
        self.work.is_some() && self.changed.is_empty()
    }

    /// Takes note of the task that does it.
    pub(crate) fn started(&mut self, id: task::Id) {
        if let Some(work) = &mut self.work {
            work.task = Some(id);
        }
    }

    /// Takes note of what was done, and says what an operator should hear.
    pub(crate) fn done(&mut self, done: Done, now: Instant, wall: Timestamp) -> News {
        let underway = self.work.take();
        self.database = done.database;
        self.status.bytes = done.bytes;
        match &done.result {
            Ok(()) => {
                self.status.mode = StoreMode::Durable;
                self.retry = None;
                if !done.batch.is_empty() {
                    self.status.commits = self.status.commits.saturating_add(1);
                    self.status.last_commit = Some(wall.as_second());
                }
                if done.flushed {
                    self.status.flushes = self.status.flushes.saturating_add(1);
                    self.flush = None;
                } else if underway.is_some_and(|it| it.has_states) {
                    self.flush.get_or_insert(now + FLUSH);
                }
                self.since = (!self.changed.is_empty()).then_some(now);
            }
            Err(_) => self.failed(underway, done.batch, now),
        }
        News {
            problem: done.result.err(),
            aside: done.aside,
        }
    }

    /// Takes note of a task that has panicked; true where it was the store's.
    pub(crate) fn lost(&mut self, id: task::Id, now: Instant) -> bool {
        if self.work.as_ref().is_none_or(|it| it.task != Some(id)) {
            return false;
        }
        let underway = self.work.take();
        self.failed(underway, Batch::default(), now);
        true
    }

    fn failed(&mut self, underway: Option<Underway>, batch: Batch, now: Instant) {
        self.status.mode = StoreMode::Memory;
        self.status.failures = self.status.failures.saturating_add(1);
        self.retry = Some(now + RETRY);
        self.since = None;
        self.changed
            .extend(underway.into_iter().flat_map(|it| it.machines));
        let newer = std::mem::replace(&mut self.waiting, batch);
        self.waiting.machines = Vec::new();
        self.waiting.rows.extend(newer.rows);
        self.waiting.dropped.extend(newer.dropped);
        self.waiting.imported.extend(newer.imported);
        self.waiting.records.extend(newer.records);
        self.waiting.notes.extend(newer.notes);
        self.waiting.first_record = newer.first_record.or(self.waiting.first_record);
        let surplus = self.waiting.records.len().saturating_sub(RECORDS);
        self.waiting.records.drain(..surplus);
    }

    /// Whether machines have changed that are not being written.
    pub(crate) fn has_more(&self) -> bool {
        !self.changed.is_empty() || !self.touched.is_empty()
    }

    /// Whether the last attempt failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.retry.is_some()
    }

    /// Whether something is being done.
    pub(crate) fn is_working(&self) -> bool {
        self.work.is_some()
    }

    /// Whether events and answers have to wait, because what they tell is not written yet.
    pub(crate) fn holds(&self, now: Instant) -> bool {
        self.since.is_some_and(|since| now < since + PATIENCE)
    }

    /// Whether they no longer wait although it is still not written.
    pub(crate) fn is_slow(&self, now: Instant) -> bool {
        self.since.is_some() && !self.holds(now)
    }

    /// When to ask again although nothing happened.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        if self.work.is_some() {
            return self.since.map(|it| it + PATIENCE).filter(|it| *it > now);
        }
        if self.retry.is_some() {
            return self.retry;
        }
        [self.collected, self.flush, Some(self.review)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Looks through the machines that nobody has inserted: for some days they may come back.
    fn review(&mut self, wall: i64) {
        for row in self.absent.values_mut() {
            match row.gone {
                None => {
                    row.gone = Some(wall);
                    self.waiting.rows.push(row.clone());
                }
                Some(since) if wall.saturating_sub(since) > KEEP => {
                    self.waiting.dropped.push(row.name.clone());
                }
                Some(_) => {}
            }
        }
        for name in &self.waiting.dropped {
            self.absent.remove(name);
        }
        if !self.waiting.rows.is_empty() || !self.waiting.dropped.is_empty() {
            self.collected = self.collected.or(Some(self.review));
        }
    }
}
