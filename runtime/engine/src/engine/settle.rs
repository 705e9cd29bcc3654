//! When what has happened may be told: as soon as it is remembered.

use std::collections::HashMap;

use chorister_fsm::{Fleet, MachineKey, Now, Weight};
use tokio::time::Instant;

use super::{Chore, Engine};
use crate::handle::Reply;
use crate::store::{Done, History, Kept, Memory, News};

/// Answers that wait, in the order in which they were given.
#[derive(Default)]
pub(super) struct Held {
    /// Those of which part is not being written yet.
    open: Vec<Answer>,
    /// Those that are told as soon as what is being written is.
    sealed: Vec<Answer>,
}

type Answer = Box<dyn FnOnce() + Send>;

impl Engine {
    /// Writes what has changed, and passes on what has gathered unless it tells of that.
    pub(super) fn settle(&mut self) {
        self.keep_budget();
        let now = Instant::now();
        self.publish_summary(now);
        self.store_changes(false);
        if self.store.is_slow(now) {
            let problem = "the disk is slow: changes are told before they are written";
            self.note_store(Some(problem.to_owned()));
        }
        if !self.store.holds(now) {
            self.seal();
            self.release();
        }
        self.write_metrics(now, false);
        self.changes.tell();
    }

    /// Answers a request as soon as what the answer tells is remembered.
    pub(super) fn reply<T: Send + 'static>(&mut self, reply: Reply<T>, answer: T) {
        self.held.open.push(Box::new(move || {
            // Who has stopped waiting for an answer does not need it.
            let _ = reply.send(answer);
        }));
    }

    /// Hands what was recorded to the store, if it is time.
    fn keep_records(&mut self, now: Instant, last: bool) {
        let with_change = self.store.has_changes();
        let part = self.keeper.next(&mut self.recorder, now, with_change, last);
        let Some(part) = part else {
            return;
        };
        self.store.append([(part.number, part.bytes)], now);
        if part.is_whole {
            self.store.trim_records(part.number, now);
        }
    }

    /// Starts to write what has changed, if it is time.
    pub(super) fn store_changes(&mut self, last: bool) {
        self.keep_records(Instant::now(), last);
        let wall = self.clock.now();
        let (fleet, histories) = (&self.fleet, &self.histories);
        let keep = |key| keep(fleet, histories, key, wall);
        let now = Instant::now();
        let Some(work) = self.store.next((now, wall.wall), last, keep) else {
            return;
        };
        if self.store.has_all() {
            self.seal();
        }
        let task = self
            .chores
            .spawn_blocking(move || Chore::Stored(Box::new(work.perform())));
        self.store.started(task.id());
    }

    /// Takes note of what was written, and tells what waited for it.
    pub(super) fn stored(&mut self, done: Done) {
        let wall = self.clock.now().wall;
        let flushed = done.flushed;
        let news = self.store.done(done, Instant::now(), wall);
        self.release();
        // Its figures change with each commit, and are not worth a file for each.
        if flushed {
            self.touch_textfile();
        }
        if news.aside.is_some() {
            self.change_all();
        }
        self.hear(news);
    }

    /// Tells operators how the store is.
    pub(super) fn hear(&mut self, news: News) {
        if let Some(aside) = news.aside {
            let text = format!(
                "the store could not be used and was moved here; a new one is in its place, and machines \
                 that were not running then start anew: {}",
                aside.reason
            );
            self.note("store", aside.path.display().to_string(), Some(text));
        }
        let problem = news
            .problem
            .map(|it| format!("nothing can be remembered over a restart: {it}"));
        self.note_store(problem);
    }

    fn note_store(&mut self, problem: Option<String>) {
        let path = self.store.status().path.clone();
        self.note("store", path, problem);
    }

    /// Writes every machine again.
    fn change_all(&mut self) {
        let now = Instant::now();
        for machine in self.fleet.machines() {
            let weight = Weight::State;
            self.store.change(machine.key(), weight, now);
        }
    }

    /// Sets apart what has gathered so far; what comes now belongs to what is written next.
    pub(super) fn seal(&mut self) {
        for sink in &mut self.sinks {
            sink.seal();
        }
        self.notifier.seal();
        self.held.sealed.append(&mut self.held.open);
    }

    /// Tells what was set apart.
    pub(super) fn release(&mut self) {
        for sink in &mut self.sinks {
            sink.settle();
        }
        self.notifier.settle();
        for answer in self.held.sealed.drain(..) {
            answer();
        }
    }

    /// What is to be remembered of a machine now.
    pub(super) fn keep(&self, machine: MachineKey) -> Option<Kept> {
        keep(&self.fleet, &self.histories, machine, self.clock.now())
    }
}

fn keep(
    fleet: &Fleet,
    histories: &HashMap<MachineKey, History>,
    key: MachineKey,
    now: Now,
) -> Option<Kept> {
    let machine = fleet.machine(key)?;
    let past = histories.get(&key);
    let past = past.map(|it| it.past(machine.definition()));
    Some(Kept {
        key,
        name: machine.name().to_owned(),
        memory: Memory {
            id: machine.id(),
            machine: fleet.snapshot(key, now)?,
            past: past.unwrap_or_default(),
        },
    })
}
