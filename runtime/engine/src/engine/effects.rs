//! Carrying out what the fleet asks for.

use chorister_events::Event;
use chorister_fsm::{Effect, Happening, Job, JobId, Level, MachineKey, Notice, Now, Relay, Remark};
use tokio::task::JoinError;
use tokio::time::Instant;

use super::{Chore, Engine};
use crate::driver::DriverKind;
use crate::sink::Json;
use crate::store::History;
use crate::{jobs, relay};

/// How many measurements are on their way to Graphite at once; what comes then is dropped with a remark.
const RELAYS: usize = 64;

impl Engine {
    /// Carries out all effects, in order.
    pub(super) fn carry_out(&mut self, now: Now) {
        let moment = Instant::now();
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            if let Some(machine) = subject(&effect) {
                self.changes.touch(machine);
            }
            match effect {
                Effect::Publish(notice) => {
                    self.look_at_check(&notice);
                    self.publish(&notice);
                }
                Effect::Observe(notice) => self.look_at_check(&notice),
                Effect::Start(job) => self.start(*job),
                Effect::Cancel(job) => self.cancel(job),
                Effect::Save { machine, weight } => {
                    self.store.change(machine, weight, moment);
                }
                Effect::Record(record) => {
                    self.recorder.note(&self.fleet, &record, now);
                    self.keeper.stir(moment);
                }
                Effect::Relay(relay) => self.relay(*relay),
                Effect::Listen(wanted) => self.listeners.begin(*wanted, self.handle.clone()),
                Effect::Log(remark) => self.remark(now, &remark),
            }
        }
        self.effects = effects;
    }

    /// Hands the result of a job to the fleet.
    pub(super) fn finish(&mut self, ended: jobs::Ended) {
        if ended.panicked {
            self.counts.panics = self.counts.panics.saturating_add(1);
        }
        self.changes.touch(ended.id.machine);
        self.step(|fleet, cx| fleet.finish(ended.id, ended.result, cx));
    }

    /// Takes note of what was done beside the loop.
    pub(super) fn done(&mut self, chore: Result<Chore, JoinError>) {
        match chore {
            Ok(Chore::Stored(done)) => self.stored(*done),
            Ok(Chore::Textfile { error }) => {
                if let Some(textfile) = &mut self.textfile {
                    textfile.written();
                }
                self.note("metrics", "text files".to_owned(), error);
            }
            Ok(Chore::Relayed { subject, error }) => {
                self.relays = self.relays.saturating_sub(1);
                self.note("graphite", subject, error);
            }
            Err(error) => {
                tracing::error!(%error, "A task of the engine failed; this is a bug");
                self.store.lost(error.id(), Instant::now());
            }
        }
    }

    fn publish(&mut self, notice: &Notice) {
        if let Happening::Transition {
            transition,
            from,
            to,
        } = notice.happening
        {
            self.counts.transitions = self.counts.transitions.saturating_add(1);
            if let Some(view) = self.fleet.machine(notice.machine) {
                self.histories
                    .entry(notice.machine)
                    .or_insert_with(|| History::since(view.started()))
                    .passed(transition, [from, to], notice.time);
            }
        }
        let announced = matches!(
            notice.happening,
            Happening::Watcher {
                announced: true,
                ..
            }
        );
        if !self.budget.admit_event(announced, self.clock.now().mono) {
            return;
        }
        let Some(event) = Event::new(&self.fleet, notice) else {
            return;
        };
        self.counts.events = self.counts.events.saturating_add(1);
        let mut json = Json::new(&mut self.json, self.random.uuid());
        for sink in &mut self.sinks {
            sink.event(&event, &mut json);
        }
        if let Some(series) = &mut self.series
            && series.observe(&event)
        {
            self.touch_textfile();
        }
    }

    /// Starts a job, or lets it wait where the budget is spent.
    fn start(&mut self, job: Job) {
        if let Some(job) = self.budget.admit_job(job, self.clock.now().mono) {
            self.launch(job);
        }
    }

    fn cancel(&mut self, job: JobId) {
        if !self.budget.cancel(job) {
            self.jobs.cancel(job);
        }
    }

    /// Starts the jobs that have waited long enough, and notes what is over its limit.
    pub(super) fn keep_budget(&mut self) {
        let now = self.clock.now().mono;
        while let Some(job) = self.budget.next_job(now) {
            self.launch(job);
        }
        if self.budget.look(now) {
            self.touch_textfile();
        }
        for change in self.budget.changes(now) {
            self.note("budget", change.subject.to_owned(), change.text);
        }
    }

    fn launch(&mut self, job: Job) {
        let kind = self
            .fleet
            .machine(job.id.machine)
            .and_then(|machine| machine.watcher(job.id.watcher))
            .and_then(|watcher| DriverKind::of(&watcher.definition().kind));
        self.counts.jobs = self.counts.jobs.saturating_add(1);
        self.jobs.start(kind, job);
    }

    fn relay(&mut self, relay: Relay) {
        let Some(machine) = self.fleet.machine(relay.machine) else {
            return;
        };
        let watcher = machine.watcher(relay.watcher);
        let watcher = watcher.map_or("", |it| it.definition().name.as_ref());
        let subject = format!("{}#{watcher}", machine.name());
        if self.relays >= RELAYS {
            tracing::warn!(subject, "Graphite is too slow; a measurement was not sent");
            return;
        }
        self.relays += 1;
        self.chores.spawn(async move {
            let error = relay::send(&relay).await.err();
            let error = error.map(|it| format!("{}:{}: {it}", relay.host, relay.port));
            Chore::Relayed { subject, error }
        });
    }

    fn remark(&mut self, now: Now, remark: &Remark) {
        let Some(machine) = self.fleet.machine(remark.machine) else {
            return;
        };
        let definition = machine.definition();
        let mut shown = false;
        for sink in &mut self.sinks {
            shown |= sink.remark(now.wall, definition, remark);
        }
        if shown {
            return;
        }
        let watcher = remark
            .watcher
            .and_then(|id| definition.watchers.get(usize::from(id.0)));
        let watcher = watcher.map(|it| it.name.as_ref());
        let machine = machine.name();
        match remark.level {
            Level::Warning => tracing::warn!(machine, watcher, "{}", remark.text),
            Level::Info => tracing::info!(machine, watcher, "{}", remark.text),
            Level::Debug => tracing::debug!(machine, watcher, "{}", remark.text),
        }
    }
}

/// The machine that an effect is about.
fn subject(effect: &Effect) -> Option<MachineKey> {
    match effect {
        Effect::Publish(notice) | Effect::Observe(notice) => Some(notice.machine),
        Effect::Start(job) => Some(job.id.machine),
        Effect::Cancel(job) => Some(job.machine),
        Effect::Log(remark) => Some(remark.machine),
        Effect::Save { machine, .. } => Some(*machine),
        Effect::Record(record) => Some(record.machine),
        Effect::Relay(_) | Effect::Listen(_) => None,
    }
}
