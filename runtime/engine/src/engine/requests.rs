//! Answering those who talk to the engine.

use core::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use chorister_diagram::Diagram;
use chorister_fsm::{Check, Instance, MachineKey, MachineRef, MachineView, Maintenance};
use chorister_ir::WatcherId;
#[cfg(feature = "http")]
use chorister_ir::WatcherKind;
use jiff::SignedDuration;
use tokio::time::Instant;

use super::Engine;
use crate::handle::{Fired, HandleError, Request, Switched};
use crate::recorder::Recording;
use crate::store::{Found, History, Past};
use crate::{MachineStatus, Status, Update, WatcherStatus};

/// Which UUID the events of a machine carry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Uuid {
    /// The one it had before the node was restarted.
    Remembered,
    /// Another one, because it is not the machine any more that it was.
    // Compat: go-choria aagent/aagent.go: a machine that is loaded again is another instance.
    New,
}

impl Engine {
    /// Answers a request; breaks where that was to stop.
    pub(super) fn answer(&mut self, request: Request) -> ControlFlow<()> {
        // Who has stopped waiting for an answer does not need it.
        match request {
            Request::Insert(machine, check, directory, found, reply) => {
                let answer = self.insert(machine, check, directory, found);
                self.reply(reply, answer);
            }
            Request::Replace(old, (machine, check), directory, found, reply) => {
                let answer = self.replace(old, (machine, check), directory, found);
                self.reply(reply, answer);
            }
            Request::Remove(machine, reply) => {
                let answer = self.remove(machine);
                self.reply(reply, answer);
            }
            Request::Fire(machine, transition, reply) => {
                let answer = self.fire(&machine, &transition);
                self.reply(reply, answer);
            }
            Request::Republished(machine, watcher, message) => {
                self.step(|fleet, cx| fleet.republished(machine, watcher, &message, cx));
            }
            Request::NetworkCame => self.step(chorister_fsm::Fleet::network_came),
            Request::Overrides(overrides) => self.fleet.set_overrides(overrides),
            Request::Steer(order, names, reply) => {
                let answer = self.steer(&order, names);
                self.reply(reply, answer);
            }
            Request::Switch(machine, watcher, on, reply) => {
                let answer = self.switch(&machine, &watcher, on);
                self.reply(reply, answer);
            }
            #[cfg(feature = "http")]
            Request::Report(machine, watcher, reply) => {
                let _ = reply.send(self.report(&machine, &watcher));
            }
            Request::Metrics(reply) => {
                let _ = reply.send(self.metrics());
            }
            Request::KnownFacts(reply) => {
                let _ = reply.send(Arc::clone(self.fleet.facts()));
            }
            Request::Unready(reply) => {
                let _ = reply.send(self.unready());
            }
            Request::Status(reply) => {
                let _ = reply.send(self.status());
            }
            Request::Machines(reply) => {
                let mut machines: Vec<_> = self
                    .fleet
                    .machines()
                    .map(|it| self.machine_status(it))
                    .collect();
                machines.sort_by(|one, other| one.name.cmp(&other.name));
                let _ = reply.send(machines);
            }
            Request::Machine(name, reply) => {
                let found = self
                    .fleet
                    .named(&name)
                    .and_then(|key| self.fleet.machine(key));
                let _ = reply.send(found.map(|it| self.machine_status(it)));
            }
            Request::CheckReports(reply) => {
                let _ = reply.send(self.check_reports());
            }
            Request::Diagram(name, reply) => {
                let found = self.named(&name).map(|(_, it)| {
                    // A machine without a state does not exist.
                    Diagram::of(it.definition()).unwrap_or_default()
                });
                let _ = reply.send(found);
            }
            Request::Subscribe(reply) => {
                let _ = reply.send(self.changes.subscribe());
            }
            Request::Update {
                since,
                names,
                reply,
            } => {
                let _ = reply.send(self.update(since, &names));
            }
            Request::Record(machine, since, reply) => {
                let _ = reply.send(self.record(machine, since));
            }
            Request::Why(machine, since, reply) => {
                let why = self.recorder.why(&self.fleet, &machine, since);
                let _ = reply.send(why.ok_or(HandleError::NoMachine { name: machine }));
            }
            Request::Problem {
                source,
                subject,
                text,
            } => self.note(source, subject, text),
            Request::TakeNotes(reply) => {
                let _ = reply.send(self.store.take_notes());
            }
            Request::Note(notes) => self.store.note(notes, Instant::now()),
            Request::Facts(facts) => {
                self.facts.send_replace(Arc::clone(&facts));
                self.fleet.set_facts(facts);
                self.recorder.facts_changed(&self.fleet, self.clock.now());
            }
            Request::Reload => {
                for sink in &mut self.sinks {
                    sink.reopen();
                }
                self.reloads.send_modify(|it| *it = it.wrapping_add(1));
            }
            Request::Stop => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    /// Adds a machine with the data that were found for it.
    pub(super) fn insert(
        &mut self,
        machine: MachineRef,
        check: Option<Arc<Check>>,
        directory: PathBuf,
        found: Found,
    ) -> Result<MachineKey, HandleError> {
        self.check_name(&machine, None)?;
        Ok(self.add((machine, check), directory, found, Uuid::Remembered))
    }

    fn replace(
        &mut self,
        old: MachineKey,
        (machine, check): (MachineRef, Option<Arc<Check>>),
        directory: PathBuf,
        found: Found,
    ) -> Result<MachineKey, HandleError> {
        self.check_name(&machine, Some(old))?;
        // What is remembered of the old one is what the new one starts with, if they have one name.
        self.remove(old);
        Ok(self.add((machine, check), directory, found, Uuid::New))
    }

    fn check_name(&self, machine: &MachineRef, but: Option<MachineKey>) -> Result<(), HandleError> {
        let other = self
            .fleet
            .named(&machine.name)
            .filter(|key| Some(*key) != but);
        match other.and_then(|key| self.fleet.machine(key)) {
            Some(other) => Err(HandleError::NameTaken {
                name: machine.name.to_string(),
                directory: other.directory().to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn add(
        &mut self,
        (machine, check): (MachineRef, Option<Arc<Check>>),
        directory: PathBuf,
        found: Found,
        uuid: Uuid,
    ) -> MachineKey {
        let name = machine.name.to_string();
        for sink in &mut self.sinks {
            sink.machine(&machine);
        }
        let mut instance = Instance::new(self.random.uuid(), Arc::from(directory));
        instance.check = check;
        let (remembered, problem) = match self.store.recall(&name) {
            Ok(Some(memory)) => (Some(memory), None),
            Ok(None) => (None, found.problem),
            Err(problem) => (None, Some(problem)),
        };
        self.note("data", name, problem);
        let mut past = None;
        if let Some(memory) = remembered {
            if uuid == Uuid::Remembered {
                instance.id = memory.id;
            }
            // They stay even if the state they were made in is no more.
            instance.data = (*memory.machine.data).clone();
            instance.memory = Some(Box::new(memory.machine));
            past = Some(memory.past);
        } else {
            instance.data = found.values;
            if let Some(path) = found.own {
                self.store.imported(path);
            }
        }
        let key = self.step(|fleet, cx| fleet.insert(machine, instance, cx));
        if let Some(past) = past {
            self.remember(key, &past);
        }
        self.meet_check(key);
        self.changes.touch(key);
        key
    }

    /// Goes on with the history of a machine that was remembered.
    fn remember(&mut self, key: MachineKey, past: &Past) {
        if let Some(view) = self.fleet.machine(key) {
            let history = History::resume(past, view.definition(), view.entered());
            self.histories.insert(key, history);
        }
    }

    fn remove(&mut self, machine: MachineKey) -> bool {
        self.forget_series(machine);
        self.checks.remove(machine);
        if let Some(view) = self.fleet.machine(machine) {
            self.changes.remove(machine, view.name());
        }
        self.jobs.scratch().forget(machine);
        if let Some(kept) = self.keep(machine) {
            let wall = self.clock.now().wall;
            self.store.release(&kept, wall, Instant::now());
        }
        self.histories.remove(&machine);
        self.listeners.forget(machine);
        self.step(|fleet, cx| fleet.remove(machine, cx))
    }

    pub(super) fn fire(&mut self, machine: &str, transition: &str) -> Result<Fired, HandleError> {
        let (key, view) = self.named(machine)?;
        let id = view
            .definition()
            .transition_named(transition)
            .ok_or_else(|| HandleError::NoTransition {
                machine: machine.to_owned(),
                transition: transition.to_owned(),
            })?;
        self.keeper.hurry(Instant::now());
        let fired = self.step(|fleet, cx| fleet.fire(key, id, cx));
        self.fired(machine, fired)
    }

    pub(super) fn maintain(
        &mut self,
        machine: &str,
        maintenance: Maintenance,
    ) -> Result<Fired, HandleError> {
        let (key, _) = self.named(machine)?;
        self.keeper.hurry(Instant::now());
        let fired = self.step(|fleet, cx| fleet.maintain(key, maintenance, cx));
        self.fired(machine, fired)
    }

    /// What came of firing, by names.
    pub(super) fn fired(
        &self,
        machine: &str,
        fired: chorister_fsm::Fired,
    ) -> Result<Fired, HandleError> {
        let (_, view) = self.named(machine)?;
        Ok(match fired {
            chorister_fsm::Fired::Done { to } => Fired::Done {
                state: view.definition().state(to).to_owned(),
            },
            chorister_fsm::Fired::Delayed { by } => Fired::Delayed {
                milliseconds: u64::try_from(by.as_millis()).unwrap_or(u64::MAX),
            },
            chorister_fsm::Fired::Refused { state } => Fired::Refused {
                state: view.definition().state(state).to_owned(),
                available: available(view),
            },
            chorister_fsm::Fired::NoMachine => {
                return Err(HandleError::NoMachine {
                    name: machine.to_owned(),
                });
            }
        })
    }

    fn switch(&mut self, machine: &str, watcher: &str, on: bool) -> Result<Switched, HandleError> {
        let (key, id) = self.watcher(machine, watcher)?;
        match self.step(|fleet, cx| fleet.switch(key, id, on, cx)) {
            chorister_fsm::Switched::Done => Ok(Switched::Done),
            chorister_fsm::Switched::Inactive => Ok(Switched::Inactive),
            chorister_fsm::Switched::Disabled => Ok(Switched::Disabled),
            chorister_fsm::Switched::NoSwitch => Err(HandleError::NoSwitch {
                machine: machine.to_owned(),
                watcher: watcher.to_owned(),
            }),
        }
    }

    #[cfg(feature = "http")]
    fn report(
        &mut self,
        machine: &str,
        watcher: &str,
    ) -> Result<crate::handle::WatcherReport, HandleError> {
        let (key, id) = self.watcher(machine, watcher)?;
        let (_, view) = self.named(machine)?;
        let report = view.watcher(id).and_then(|it| match &it.definition().kind {
            WatcherKind::Metric(metric) if !metric.http => None,
            _ => Some(it.report()),
        });
        let report = report.ok_or_else(|| HandleError::NoSwitch {
            machine: machine.to_owned(),
            watcher: watcher.to_owned(),
        })?;
        let notice = chorister_fsm::Notice {
            machine: key,
            time: self.clock.now().wall,
            happening: chorister_fsm::Happening::Watcher {
                watcher: id,
                report: report.clone(),
                announced: true,
            },
        };
        let mut event = Vec::new();
        if let Some(it) = chorister_events::Event::new(&self.fleet, &notice) {
            it.write_json(self.random.uuid(), &mut event);
        }
        Ok(crate::handle::WatcherReport { report, event })
    }

    fn named(&self, name: &str) -> Result<(MachineKey, MachineView<'_>), HandleError> {
        let key = self.fleet.named(name);
        key.and_then(|key| Some((key, self.fleet.machine(key)?)))
            .ok_or_else(|| HandleError::NoMachine {
                name: name.to_owned(),
            })
    }

    fn watcher(&self, machine: &str, name: &str) -> Result<(MachineKey, WatcherId), HandleError> {
        let (key, view) = self.named(machine)?;
        let id = view
            .definition()
            .watcher_named(name)
            .ok_or_else(|| HandleError::NoSwitch {
                machine: machine.to_owned(),
                watcher: name.to_owned(),
            })?;
        Ok((key, id))
    }

    fn record(
        &mut self,
        machine: String,
        since: jiff::Timestamp,
    ) -> Result<Recording, HandleError> {
        if self.fleet.named(&machine).is_none() {
            return Err(HandleError::NoMachine { name: machine });
        }
        let (now, zone) = (self.clock.now(), jiff::tz::TimeZone::system());
        let record = self
            .recorder
            .record(&self.fleet, &machine, since, now, zone.iana_name());
        record.ok_or(HandleError::NoRecord { name: machine })
    }

    fn status(&mut self) -> Status {
        let budget = self.budget.status(self.clock.now().mono);
        self.keep_budget();
        let mut counts = self.counts;
        counts.events_lost = self.sinks.iter().map(|it| it.lost()).sum();
        Status {
            name: self.name.clone(),
            version: self.version.clone(),
            identity: self.fleet.identity().to_owned(),
            pid: std::process::id(),
            started: self.started.as_second(),
            machines: self.fleet.len(),
            jobs: self.jobs.len(),
            counts,
            recorder: self.recorder.fill(),
            budget,
            sandbox: self.sandbox.clone(),
            problems: self.problems.values().cloned().collect(),
            store: self.store.status().clone(),
        }
    }

    /// What has changed since a revision, of the machines of these names; no name means all.
    fn update(&mut self, since: u64, names: &[String]) -> Update {
        let node = self.status();
        let complete = self.changes.is_stale(since);
        let is_named = |name: &str| names.is_empty() || names.iter().any(|it| it == name);
        let changed = |it: &MachineView<'_>| complete || self.changes.has_changed(it.key(), since);
        let mut machines: Vec<_> = self
            .fleet
            .machines()
            .filter(|it| is_named(it.name()) && changed(it))
            .map(|it| self.machine_status(it))
            .collect();
        machines.sort_by(|one, other| one.name.cmp(&other.name));
        let removed = self.changes.removed(since).filter(|it| is_named(it));
        Update {
            revision: self.changes.revision(),
            node,
            removed: if complete {
                Vec::new()
            } else {
                removed.map(str::to_owned).collect()
            },
            complete,
            machines,
        }
    }

    fn machine_status(&self, view: MachineView<'_>) -> MachineStatus {
        let counters = view.counters();
        let started = view.started().as_second();
        let history = self.histories.get(&view.key());
        let definition = view.definition();
        MachineStatus {
            name: view.name().to_owned(),
            version: view.version().to_owned(),
            id: uuid_text(view.id()),
            directory: view.directory().display().to_string(),
            state: view.state_name().to_owned(),
            since: view.entered().as_second(),
            started,
            available_transitions: available(view),
            stale: counters.stale,
            refused: counters.refused,
            delayed: counters.delayed,
            last_transitions: history.map_or_else(Vec::new, |it| it.steps(definition)),
            stays: history.map_or_else(Default::default, |it| it.stays(definition)),
            check: self.check_status(view).map(Box::new),
            watchers: view
                .watchers()
                .map(|it| self.watcher_status(view.key(), it))
                .collect(),
            maintenance: view.maintenance().cloned(),
        }
    }

    /// A time of the clock that never jumps, by the one that people know, in Unix seconds.
    pub(super) fn wall(&self, mono: core::time::Duration) -> Option<i64> {
        let now = self.clock.now();
        let ahead = SignedDuration::try_from(mono).ok()?;
        let ahead = ahead.checked_sub(SignedDuration::try_from(now.mono).ok()?)?;
        Some(now.wall.checked_add(ahead).ok()?.as_second())
    }

    fn watcher_status(
        &self,
        machine: MachineKey,
        view: chorister_fsm::WatcherView<'_>,
    ) -> WatcherStatus {
        let waiting = self.budget.is_waiting(machine, view.id());
        let switches = view.next_switch().map(jiff::Timestamp::as_second);
        WatcherStatus {
            name: view.definition().name.to_string(),
            kind: view.definition().kind.name().to_owned(),
            outcome: view.outcome().as_str().to_owned(),
            running: view.is_running() && !waiting,
            waiting,
            last_run: view.last_run().map(jiff::Timestamp::as_second),
            next_run: switches.or_else(|| view.next_run().and_then(|it| self.wall(it))),
        }
    }
}

fn available(view: MachineView<'_>) -> Vec<String> {
    let mut names: Vec<_> = view
        .available()
        .map(|it| view.definition().transition(it).to_owned())
        .collect();
    names.sort();
    names
}

/// A UUID as it is written.
pub(super) fn uuid_text(id: [u8; 16]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(36);
    for (at, byte) in id.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}
