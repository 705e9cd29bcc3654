//! A fleet, its clocks, and what comes from outside.

mod effects;
mod faults;
mod inputs;

use core::mem;
use core::time::Duration;
use std::collections::{BTreeMap, HashMap, VecDeque};

use chorister_fsm::{
    Cx, Effect, Fleet, Instance, Job, JobId, JobResult, MachineKey, MachineRef, Now, Outcome,
    Switched,
};
use chorister_ir::{Machine, StateId, Watcher, WatcherId, WatcherKind};
use jiff::Timestamp;

use crate::random::Fate;
use crate::{Action, Cause, Entry, Scripted, Setup, Step, What};
use faults::instance;

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
                check: member.check.clone(),
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
