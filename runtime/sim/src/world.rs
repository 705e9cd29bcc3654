//! A fleet, its clocks, and what comes from outside.

use core::mem;
use core::time::Duration;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use chorister_fsm::{
    Cx, Decision, Effect, Fired, Fleet, Happening, Instance, Job, JobId, JobResult, MachineKey,
    MachineRef, Notice, Now, Outcome, Record, Switched, Verdict, Work,
};
use chorister_ir::{Machine, StateId, TransitionId, Watcher, WatcherId, WatcherKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::random::Fate;
use crate::{Action, Cause, Entry, Fault, Given, Scripted, Setup, Step, What};

/// A node in virtual time.
pub struct World<S = Vec<Entry>> {
    setup: Setup,
    fleet: Fleet,
    /// Keys of the machines, in the order of the setup; none while the node is down.
    keys: Vec<MachineKey>,
    places: HashMap<MachineKey, usize>,
    elapsed: Duration,
    wall: Timestamp,
    /// When the engine started, since the beginning.
    booted: Duration,
    /// When the node comes back, and with what.
    down: Option<(Duration, Vec<Instance>)>,
    /// What is remembered of the machines since the disk is full.
    kept: Option<Vec<Instance>>,
    random: Fate,
    effects: Vec<Effect>,
    /// Jobs that end at once, in the order they began.
    ending: VecDeque<(JobId, JobResult)>,
    /// Jobs that take time, by when they end.
    running: BTreeMap<(Duration, u64), (JobId, JobResult)>,
    serial: u64,
    /// Outcomes that wait for their runs.
    waiting: BTreeMap<(usize, WatcherId), VecDeque<Waiting>>,
    /// Whether a state has changed since the waiting outcomes were looked at.
    changed: bool,
    step: Option<usize>,
    /// Whether a machine is being started.
    starting: bool,
    /// Who fired the transition that is being made.
    entering: Option<Cause>,
    surroundings: S,
}

/// What a world happens in: answers what no script answers, and sees everything.
pub trait Surroundings {
    /// Takes note of something that happened; the first comes first.
    fn note(&mut self, entry: Entry);

    /// What a run comes to that no script has an outcome for; `None` lets it not happen.
    fn answer(&mut self, run: &Run<'_>) -> Option<Scripted> {
        let _ = run;
        None
    }
}

/// A run of a watcher that has begun.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// When, since the beginning.
    pub at: Duration,
    /// The machine, by its place.
    pub machine: usize,
    /// The watcher.
    pub watcher: WatcherId,
    /// What the watcher is.
    pub definition: &'a Watcher,
    /// What it has to do.
    pub job: &'a Job,
}

/// An outcome of a script that no run has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unused {
    /// The machine, by its place.
    pub machine: usize,
    /// The watcher.
    pub watcher: WatcherId,
    /// The step that brought it, by its place, if it was a step.
    pub step: Option<usize>,
}

struct Waiting {
    scripted: Scripted,
    step: Option<usize>,
}

impl Surroundings for Vec<Entry> {
    fn note(&mut self, entry: Entry) {
        self.push(entry);
    }
}

// === impl World ===

impl World {
    /// A node that has just started and keeps its time line; every run waits for an outcome.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self::within(setup, Vec::new())
    }

    /// Everything that happened, the first first.
    #[must_use]
    pub fn timeline(&self) -> &[Entry] {
        &self.surroundings
    }
}

impl<S: Surroundings> World<S> {
    /// A node that has just started in these surroundings. Machines start without splay.
    #[must_use]
    pub fn within(mut setup: Setup, surroundings: S) -> Self {
        for member in &mut setup.machines {
            if !member.machine.splay_start.is_zero() {
                let machine = Machine {
                    splay_start: Duration::ZERO,
                    ..Machine::clone(&member.machine)
                };
                member.machine = MachineRef::from(machine);
            }
        }
        let instances = setup
            .machines
            .iter()
            .map(|member| Instance {
                state: member.state,
                data: member.data.clone(),
                ..instance(&member.machine)
            })
            .collect();
        let mut world = Self {
            fleet: Fleet::new(setup.identity.clone()),
            keys: Vec::new(),
            places: HashMap::new(),
            elapsed: Duration::ZERO,
            wall: setup.start,
            booted: Duration::ZERO,
            down: None,
            kept: None,
            random: Fate::new(setup.seed, &setup.waits),
            effects: Vec::new(),
            ending: VecDeque::new(),
            running: BTreeMap::new(),
            serial: 0,
            waiting: BTreeMap::new(),
            changed: false,
            step: None,
            starting: false,
            entering: None,
            surroundings,
            setup,
        };
        world.boot(instances);
        world
    }

    /// What it began with, apart from facts that were replaced since.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The time since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// What the wall clock shows.
    #[must_use]
    pub fn wall(&self) -> Timestamp {
        self.wall
    }

    /// The definition of a machine.
    #[must_use]
    pub fn machine(&self, machine: usize) -> Option<&MachineRef> {
        self.setup.machines.get(machine).map(|it| &it.machine)
    }

    /// The state that a machine is in; `None` while the node is down.
    #[must_use]
    pub fn state(&self, machine: usize) -> Option<StateId> {
        let key = *self.keys.get(machine)?;
        self.fleet.machine(key).map(|it| it.state())
    }

    /// The fleet; empty while the node is down.
    #[must_use]
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// What it happens in.
    #[must_use]
    pub fn surroundings(&self) -> &S {
        &self.surroundings
    }

    /// What it happened in.
    #[must_use]
    pub fn into_surroundings(self) -> S {
        self.surroundings
    }

    /// Outcomes that no run has come to yet.
    pub fn unused(&self) -> impl Iterator<Item = Unused> + '_ {
        self.waiting.iter().flat_map(|(&(machine, watcher), all)| {
            all.iter().map(move |waiting| Unused {
                machine,
                watcher,
                step: waiting.step,
            })
        })
    }

    /// Lets time pass until `at`, what happens at that time included. A time that is over changes nothing.
    pub fn run_until(&mut self, at: Duration) {
        while let Some(next) = self.next_deadline().filter(|&next| next <= at) {
            self.pass(next.saturating_sub(self.elapsed));
            if let Some((_, instances)) = self.down.take_if(|(until, _)| *until <= next) {
                self.boot(instances);
                continue;
            }
            while let Some(first) = self.running.first_entry() {
                if first.key().0 > next {
                    break;
                }
                let ended = first.remove();
                self.ending.push_back(ended);
            }
            self.settle();
            self.call(Fleet::tick);
        }
        self.pass(at.saturating_sub(self.elapsed));
    }

    /// Does the steps at their times, and lets time pass until `until`.
    pub fn play(&mut self, steps: &[Step], until: Duration) {
        for (place, step) in steps.iter().enumerate() {
            self.run_until(step.at);
            self.step(place, step.action.clone());
        }
        self.run_until(until);
    }

    /// Does a step of a script now; `place` is its place in the script.
    pub fn step(&mut self, place: usize, action: Action) {
        self.begin_step(place);
        self.act(action);
        self.step = None;
    }

    /// Writes on the time line that a step of a script is done now; outcomes that come before the next call belong to it.
    pub fn begin_step(&mut self, place: usize) {
        self.step = Some(place);
        self.note(0, What::Step(place));
    }

    /// Does what a step does.
    pub fn act(&mut self, action: Action) {
        match action {
            Action::Outcome {
                machine,
                watcher,
                outcome,
            } => self.outcome(machine, watcher, outcome),
            Action::Switch {
                machine,
                watcher,
                on,
            } => {
                self.switch(machine, watcher, on);
            }
            Action::Fire {
                machine,
                transition,
            } => {
                self.fire(machine, transition);
            }
            Action::Hear { machine, event } => self.announce_foreign(&machine, &event),
            Action::Facts(facts) => self.set_facts(facts),
            Action::Data { machine, data } => self.merge_data(machine, data),
            Action::Clock(by) => self.jump_clock(by),
            Action::Restart(after) => self.restart(after),
            Action::Disk { full } => self.set_disk(full),
        }
    }

    /// Runs a watcher, now or else as soon as it is active, and says what that run comes to.
    pub fn outcome(&mut self, machine: usize, watcher: WatcherId, scripted: Scripted) {
        let waiting = Waiting {
            scripted,
            step: self.step,
        };
        self.waiting
            .entry((machine, watcher))
            .or_default()
            .push_back(waiting);
        match self.kind(machine, watcher) {
            Some(WatcherKind::Expression(_) | WatcherKind::HttpSwitch(_)) => {
                self.changed = true;
                self.settle();
            }
            Some(_) => {
                if let Some(&key) = self.keys.get(machine) {
                    self.call(|fleet, cx| fleet.prompt(key, watcher, cx));
                }
            }
            None => {}
        }
    }

    /// Fires a transition, as an operator does.
    pub fn fire(&mut self, machine: usize, transition: TransitionId) -> Fired {
        match self.keys.get(machine) {
            Some(&key) => self.call(|fleet, cx| fleet.fire(key, transition, cx)),
            None => Fired::NoMachine,
        }
    }

    /// Turns a switch, as people do over HTTP.
    pub fn switch(&mut self, machine: usize, watcher: WatcherId, on: bool) -> Switched {
        match self.keys.get(machine) {
            Some(&key) => self.call(|fleet, cx| fleet.switch(key, watcher, on, cx)),
            None => Switched::NoSwitch,
        }
    }

    /// Lets a machine of this name, which need not be here, complete a transition of this name.
    pub fn announce_foreign(&mut self, machine: &str, event: &str) {
        let heard = Given::Heard {
            machine: machine.to_owned(),
            event: event.to_owned(),
        };
        self.note(0, What::Given(heard));
        self.call(|fleet, cx| fleet.hear(machine, event, cx));
    }

    /// Replaces the facts.
    pub fn set_facts(&mut self, facts: Value) {
        self.note(0, What::Given(Given::Facts));
        let facts = Arc::new(facts);
        self.setup.facts = Arc::clone(&facts);
        self.fleet.set_facts(facts);
    }

    /// Adds to the data of a machine; a key that is there already gets a new value.
    pub fn merge_data(&mut self, machine: usize, data: Map<String, Value>) {
        let Some(&key) = self.keys.get(machine) else {
            return;
        };
        let Some(view) = self.fleet.machine(key) else {
            return;
        };
        let mut merged = Map::clone(view.data());
        merged.extend(data);
        self.fleet.set_data(key, merged);
        self.note(machine, What::Given(Given::Data));
    }

    /// Sets the wall clock, by this much.
    pub fn jump_clock(&mut self, by: SignedDuration) {
        self.note(0, What::Fault(Fault::Clock(by)));
        self.wall = self.wall.saturating_add(by).unwrap_or(self.wall);
        self.call(Fleet::tick);
    }

    /// Fills the disk, or makes room on it. While it is full nothing new is remembered of the machines.
    pub fn set_disk(&mut self, full: bool) {
        self.note(0, What::Fault(Fault::Disk { full }));
        self.kept = match (full, self.kept.take()) {
            (true, Some(kept)) => Some(kept),
            (true, None) => Some(self.remembered()),
            (false, _) => None,
        };
    }

    /// Stops the node without warning, and starts it again after this time from what was remembered. A node that is
    /// down already stays down for so long.
    pub fn restart(&mut self, after: Duration) {
        self.note(0, What::Fault(Fault::Crash(after)));
        let remembered = match (self.down.take(), &self.kept) {
            (Some((_, remembered)), _) => remembered,
            (None, Some(kept)) => kept.clone(),
            (None, None) => self.remembered(),
        };
        self.fleet = Fleet::new(self.setup.identity.clone());
        self.keys.clear();
        self.places.clear();
        self.ending.clear();
        self.running.clear();
        let back = self.elapsed.saturating_add(after);
        self.down = Some((back, remembered));
        self.run_until(self.elapsed);
    }

    /// What is remembered of the machines now.
    fn remembered(&self) -> Vec<Instance> {
        self.setup
            .machines
            .iter()
            .zip(&self.keys)
            .map(|(member, &key)| {
                let memory = self.fleet.snapshot(key, self.now());
                Instance {
                    memory: memory.map(Box::new),
                    ..instance(&member.machine)
                }
            })
            .collect()
    }

    /// Starts the engine.
    fn boot(&mut self, instances: Vec<Instance>) {
        self.booted = self.elapsed;
        self.fleet = Fleet::new(self.setup.identity.clone()).with_zones(self.setup.zones.clone());
        self.fleet.set_facts(Arc::clone(&self.setup.facts));
        for (place, instance) in instances.into_iter().enumerate() {
            let Some(member) = self.setup.machines.get(place) else {
                continue;
            };
            let machine = member.machine.clone();
            let mut cx = Cx {
                now: Now {
                    mono: Duration::ZERO,
                    wall: self.wall,
                },
                random: &mut self.random,
                effects: &mut self.effects,
            };
            let key = self.fleet.insert(machine, instance, &mut cx);
            self.keys.push(key);
            self.places.insert(key, place);
            self.starting = true;
            self.carry_out();
            self.starting = false;
        }
        self.changed = true;
        self.settle();
    }

    /// When something happens next, since the beginning.
    fn next_deadline(&self) -> Option<Duration> {
        if let Some((until, _)) = &self.down {
            return Some(*until);
        }
        let wakeup = self.fleet.next_wakeup(self.now());
        let wakeup = wakeup.map(|it| self.booted.saturating_add(it));
        let ends = self.running.first_key_value().map(|(&(end, _), _)| end);
        wakeup.into_iter().chain(ends).min()
    }

    fn now(&self) -> Now {
        Now {
            mono: self.elapsed.saturating_sub(self.booted),
            wall: self.wall,
        }
    }

    /// Lets both clocks run.
    fn pass(&mut self, time: Duration) {
        self.elapsed = self.elapsed.saturating_add(time);
        self.wall = self.wall.saturating_add(time).unwrap_or(self.wall);
    }

    /// Does something with the fleet, and all that comes of it.
    fn call<T>(&mut self, act: impl FnOnce(&mut Fleet, &mut Cx<'_>) -> T) -> T {
        let result = self.call_once(act);
        self.settle();
        result
    }

    fn call_once<T>(&mut self, act: impl FnOnce(&mut Fleet, &mut Cx<'_>) -> T) -> T {
        let mut cx = Cx {
            now: self.now(),
            random: &mut self.random,
            effects: &mut self.effects,
        };
        let result = act(&mut self.fleet, &mut cx);
        self.carry_out();
        result
    }

    /// Ends the jobs that end at once, and lets waiting outcomes come to pass, until nothing is left.
    fn settle(&mut self) {
        loop {
            if let Some((job, result)) = self.ending.pop_front() {
                self.call_once(|fleet, cx| fleet.finish(job, result, cx));
            } else if mem::take(&mut self.changed) {
                self.retry();
            } else {
                return;
            }
        }
    }

    /// Tries the waiting outcomes of those watchers that have no jobs.
    fn retry(&mut self) {
        let waiting: Vec<_> = self.waiting.keys().copied().collect();
        for (machine, watcher) in waiting {
            let (Some(&key), Some(WatcherKind::Expression(_) | WatcherKind::HttpSwitch(_))) =
                (self.keys.get(machine), self.kind(machine, watcher))
            else {
                continue;
            };
            let Some(Scripted::Outcome { outcome, .. }) = self
                .waiting
                .get(&(machine, watcher))
                .and_then(|all| all.front())
                .map(|first| &first.scripted)
            else {
                continue;
            };
            let outcome = *outcome;
            let done = match outcome {
                Outcome::On | Outcome::Off => {
                    let on = outcome == Outcome::On;
                    self.call_once(|fleet, cx| fleet.switch(key, watcher, on, cx)) == Switched::Done
                }
                _ => self.call_once(|fleet, cx| fleet.assume(key, watcher, outcome, cx)),
            };
            if done {
                self.take_waiting(machine, watcher);
                self.changed = true;
            }
        }
    }

    fn take_waiting(&mut self, machine: usize, watcher: WatcherId) -> Option<Scripted> {
        let waiting = self.waiting.get_mut(&(machine, watcher))?;
        let first = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&(machine, watcher));
        }
        first.map(|it| it.scripted)
    }

    /// Carries out what the fleet asked for.
    fn carry_out(&mut self) {
        let mut effects = mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Publish(notice) => self.published(notice),
                Effect::Start(job) => self.begin(&job),
                Effect::Cancel(job) => self.running.retain(|_, (running, _)| *running != job),
                Effect::Record(record) => self.decided(record),
                Effect::Save { .. } | Effect::Relay(_) => {}
                Effect::Log(remark) => {
                    let machine = self.place(remark.machine);
                    let what = What::Remark {
                        watcher: remark.watcher,
                        level: remark.level,
                        text: remark.text,
                    };
                    self.note(machine, what);
                }
            }
        }
        self.effects = effects;
    }

    fn published(&mut self, notice: Notice) {
        let machine = self.place(notice.machine);
        let what = match notice.happening {
            Happening::Transition {
                transition,
                from,
                to,
            } => {
                self.changed |= !self.waiting.is_empty();
                What::Transition {
                    transition,
                    from,
                    to,
                    cause: self.entering.take(),
                }
            }
            Happening::Watcher {
                watcher,
                report,
                announced,
            } => What::Report {
                watcher,
                report,
                announced,
            },
        };
        self.note(machine, what);
    }

    fn decided(&mut self, record: Record) {
        let machine = self.place(record.machine);
        let what = match record.decision {
            Decision::Started { state, restored } => What::Started { state, restored },
            Decision::Ran {
                watcher,
                outcome,
                evidence,
            } => What::Ran {
                watcher,
                outcome,
                evidence,
            },
            Decision::Fired {
                transition,
                cause,
                verdict,
                ..
            } => {
                let cause = self.cause(cause);
                if let Verdict::Entered(_) = verdict {
                    self.entering = Some(cause);
                    return;
                }
                What::Held {
                    transition,
                    cause,
                    verdict,
                }
            }
        };
        self.note(machine, what);
    }

    fn cause(&self, cause: chorister_fsm::Cause) -> Cause {
        match cause {
            chorister_fsm::Cause::Watcher(watcher) => Cause::Watcher(watcher),
            chorister_fsm::Cause::Operator => Cause::Operator,
            chorister_fsm::Cause::Machine {
                machine,
                transition,
            } => Cause::Machine {
                machine: self.place(machine),
                transition,
            },
            chorister_fsm::Cause::Elsewhere => Cause::Elsewhere,
        }
    }

    /// Begins a job, if anything says what it comes to.
    fn begin(&mut self, job: &Job) {
        let machine = self.place(job.id.machine);
        let watcher = job.id.watcher;
        if self.starting && matches!(job.work, Work::File(_)) {
            // A look for reference is no run, so no outcome is for it.
            self.fleet.abandon(job.id);
            return;
        }
        let scripted = self.take_waiting(machine, watcher).or_else(|| {
            let definition = self.setup.machines.get(machine)?;
            let definition = definition.machine.watchers.get(usize::from(watcher.0))?;
            self.surroundings.answer(&Run {
                at: self.elapsed,
                machine,
                watcher,
                definition,
                job,
            })
        });
        match scripted.and_then(|it| it.answer(&job.work, self.wall)) {
            Some((Duration::ZERO, result)) => self.ending.push_back((job.id, result)),
            Some((runtime, result)) => {
                self.serial += 1;
                let end = self.elapsed.saturating_add(runtime);
                self.running.insert((end, self.serial), (job.id, result));
            }
            None => self.fleet.abandon(job.id),
        }
    }

    fn kind(&self, machine: usize, watcher: WatcherId) -> Option<&WatcherKind> {
        let machine = self.machine(machine)?;
        let watcher = machine.watchers.get(usize::from(watcher.0))?;
        Some(&watcher.kind)
    }

    fn place(&self, key: MachineKey) -> usize {
        // A machine that is being inserted is the next one.
        self.places.get(&key).copied().unwrap_or(self.keys.len())
    }

    fn note(&mut self, machine: usize, what: What) {
        self.surroundings.note(Entry {
            at: self.elapsed,
            wall: self.wall,
            machine,
            what,
        });
    }
}

/// What makes one machine of a node out of a definition.
fn instance(machine: &Machine) -> Instance {
    let directory = Path::new("/").join(machine.name.as_ref());
    Instance::new([0; 16], directory.into())
}
