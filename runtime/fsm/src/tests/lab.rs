//! A fleet, a clock and a die, and everything that happens as lines of text.

use core::time::Duration;
use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use chorister_ir::{
    Edge, Edges, Exec, Machine, StateId, StateSet, Subscription, Text, Timer, TransitionDef,
    TransitionId, Watcher, WatcherKind,
};
use chorister_lang::template::Template;

use serde_json::{Map, Value};

use crate::{
    Cx, Effect, Exit, Fired, Fleet, Happening, Instance, Job, JobResult, MachineKey, Notice, Now,
    Random, Record, Report, Snapshot, Weight, Work,
};

/// A fleet and what it needs.
pub(super) struct Lab {
    pub(super) fleet: Fleet,
    pub(super) now: Now,
    pub(super) die: Die,
    pub(super) jobs: VecDeque<Job>,
    pub(super) notices: Vec<Notice>,
    pub(super) records: Vec<Record>,
    /// The data of machines as they were last saved.
    saved: HashMap<MachineKey, Arc<Map<String, Value>>>,
    lines: Vec<String>,
}

/// A source of numbers that are not random at all: this part of every bound, in thousandths.
pub(super) struct Die(pub(super) u64);

impl Random for Die {
    fn below(&mut self, bound: u64) -> u64 {
        (u128::from(bound) * u128::from(self.0) / 1_000) as u64
    }
}

impl Lab {
    /// At noon, with a die that always shows the middle.
    pub(super) fn new() -> Self {
        Self::starting("2026-11-20T12:00:00Z")
    }

    pub(super) fn starting(wall: &str) -> Self {
        Self {
            fleet: Fleet::new("node1"),
            now: Now {
                mono: Duration::ZERO,
                wall: wall.parse().unwrap(),
            },
            die: Die(500),
            jobs: VecDeque::new(),
            notices: Vec::new(),
            records: Vec::new(),
            saved: HashMap::new(),
            lines: Vec::new(),
        }
    }

    /// Does something, and writes down what came of it.
    pub(super) fn with<T>(&mut self, act: impl FnOnce(&mut Fleet, &mut Cx<'_>) -> T) -> T {
        let mut effects = Vec::new();
        let mut cx = Cx {
            now: self.now,
            random: &mut self.die,
            effects: &mut effects,
        };
        let result = act(&mut self.fleet, &mut cx);
        for effect in effects {
            if let Some(line) = self.line(&effect) {
                self.lines.push(line);
            }
            match effect {
                Effect::Record(record) => self.records.push(record),
                Effect::Start(job) => self.jobs.push_back(*job),
                Effect::Publish(notice) => self.notices.push(notice),
                _ => {}
            }
        }
        result
    }

    /// Ends the process and starts it again after so long, with what is remembered of each machine.
    pub(super) fn restart(&mut self, after: Duration) {
        let remembered: Vec<_> = self
            .fleet
            .machines()
            .map(|view| {
                let snapshot = self.fleet.snapshot(view.key(), self.now).unwrap();
                let json = serde_json::to_string(&snapshot).unwrap();
                assert_eq!(serde_json::from_str::<Snapshot>(&json).unwrap(), snapshot);
                let mut instance = Instance::new([7; 16], view.directory().into());
                instance.check = view.check().cloned();
                instance.memory = Some(Box::new(snapshot));
                (view.definition_ref(), instance)
            })
            .collect();
        self.pass(after);
        self.now.mono = Duration::ZERO;
        self.jobs.clear();
        self.fleet = Fleet::new("node1");
        for (machine, instance) in remembered {
            self.with(|fleet, cx| fleet.insert(machine, instance, cx));
        }
    }

    pub(super) fn insert(&mut self, machine: Machine) -> MachineKey {
        let directory: Arc<Path> = Path::new("/machines").join(machine.name.as_ref()).into();
        let instance = Instance::new([7; 16], directory);
        self.with(|fleet, cx| fleet.insert(machine, instance, cx))
    }

    pub(super) fn fire(&mut self, key: MachineKey, transition: &str) -> Fired {
        let definition = self.fleet.machine(key).unwrap().definition();
        let transition = definition.transition_named(transition).unwrap();
        self.with(|fleet, cx| fleet.fire(key, transition, cx))
    }

    /// Replaces the data of a machine, which then count as saved.
    pub(super) fn set_data(&mut self, key: MachineKey, data: Map<String, Value>) -> bool {
        self.saved.insert(key, Arc::new(data.clone()));
        self.fleet.set_data(key, data)
    }

    /// An effect as a line, if it shows: of what is saved only data do, and records show nowhere.
    fn line(&mut self, effect: &Effect) -> Option<String> {
        match effect {
            Effect::Record(_)
            | Effect::Save {
                weight: Weight::Progress,
                ..
            } => None,
            Effect::Save { machine, .. } => {
                let view = self.fleet.machine(*machine)?;
                let data = Arc::clone(view.data());
                let before = self.saved.insert(*machine, Arc::clone(&data));
                let unchanged = match before {
                    Some(before) => before == data,
                    None => data.is_empty(),
                };
                (!unchanged).then(|| {
                    let json = serde_json::to_string(&*data).unwrap();
                    format!("{} saves {json}", view.name())
                })
            }
            _ => Some(line(&self.fleet, effect)),
        }
    }

    /// Ends the oldest job with this status.
    pub(super) fn end(&mut self, code: i32) {
        self.end_printing(code, "");
    }

    pub(super) fn end_printing(&mut self, code: i32, output: &str) {
        let runtime = Duration::from_millis(20);
        let exit = Exit::Code(code);
        self.end_as(JobResult::Exec {
            exit,
            output: output.into(),
            runtime,
        });
    }

    pub(super) fn end_as(&mut self, result: JobResult) {
        let job = self.jobs.pop_front().expect("a job");
        self.with(|fleet, cx| fleet.finish(job.id, result, cx));
    }

    /// Lets both clocks run, stopping wherever the fleet wants to do something.
    pub(super) fn run(&mut self, duration: Duration) {
        let end = self.now.mono + duration;
        while let Some(wakeup) = self.fleet.next_wakeup(self.now).filter(|&it| it <= end) {
            self.pass(wakeup.saturating_sub(self.now.mono));
            self.with(Fleet::tick);
        }
        self.pass(end - self.now.mono);
    }

    pub(super) fn run_secs(&mut self, seconds: u64) {
        self.run(Duration::from_secs(seconds));
    }

    /// Lets both clocks run without doing anything.
    pub(super) fn pass(&mut self, duration: Duration) {
        self.now.mono += duration;
        self.now.wall = self.now.wall.checked_add(duration).unwrap();
    }

    /// Sets the wall clock, and lets the fleet notice.
    pub(super) fn set_clock(&mut self, wall: &str) {
        self.now.wall = wall.parse().unwrap();
        self.with(Fleet::tick);
    }

    /// Everything that happened since the last look.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    /// Looks, and expects these lines.
    #[track_caller]
    pub(super) fn saw(&mut self, expect: &[&str]) {
        assert_eq!(self.take(), expect);
    }

    pub(super) fn state(&self, key: MachineKey) -> &str {
        self.fleet.machine(key).unwrap().state_name()
    }
}

/// An effect as a line.
fn line(fleet: &Fleet, effect: &Effect) -> String {
    let name = |key: MachineKey, watcher: Option<chorister_ir::WatcherId>| {
        let Some(machine) = fleet.machine(key) else {
            return "?".to_owned();
        };
        match watcher {
            Some(id) => {
                format!(
                    "{}#{}",
                    machine.name(),
                    machine.watcher(id).unwrap().definition().name
                )
            }
            None => machine.name().to_owned(),
        }
    };
    match effect {
        Effect::Observe(notice) => {
            let told = line(fleet, &Effect::Publish(notice.clone()));
            format!("{told} (quietly)")
        }
        Effect::Publish(Notice {
            machine, happening, ..
        }) => match happening {
            Happening::Transition {
                transition,
                from,
                to,
            } => {
                let definition = fleet.machine(*machine).unwrap().definition();
                format!(
                    "{}: {} -{}-> {}",
                    definition.name,
                    definition.state(*from),
                    definition.transition(*transition),
                    definition.state(*to)
                )
            }
            Happening::Watcher {
                watcher,
                report,
                announced,
            } => {
                let text = match report {
                    Report::Metric { measurement, .. } => {
                        format!("{:?} {:?}", measurement.labels, measurement.metrics)
                    }
                    Report::Gossip(told) => format!("{told:?}"),
                    Report::Timer { state, length } => format!("{} {length:?}", state.as_str()),
                    other => other.outcome().unwrap().as_str().to_owned(),
                };
                let announced = if *announced { " (announced)" } else { "" };
                format!("{} {text}{announced}", name(*machine, Some(*watcher)))
            }
        },
        Effect::Start(job) => {
            let work = match &job.work {
                Work::Exec(command) => command.argv.join(" "),
                Work::File(look) => match &look.content {
                    Some(content) => format!("keep {} {:o}", look.path.display(), content.mode),
                    None => format!("look at {}", look.path.display()),
                },
                Work::Archive(download) => format!("get {}", download.source),
                Work::Kv(read) => format!("read {} of {}", read.key, read.bucket),
                Work::Tell(message) => format!("tell {}: {}", message.subject, message.payload),
                Work::Plugins(wanted) => {
                    let list = wanted.list.as_ref().map(ToString::to_string);
                    format!("keep {}", list.unwrap_or_default())
                }
                Work::Check(examination) => format!("check {:?}", examination.subject),
            };
            format!(
                "{} starts {work}",
                name(job.id.machine, Some(job.id.watcher))
            )
        }
        Effect::Cancel(job) => format!("cancel {:?}", job.watcher),
        Effect::Listen(it) => format!(
            "{} listens to {}",
            name(it.machine, Some(it.watcher)),
            it.subject
        ),
        Effect::Relay(relay) => format!("relay to {}:{} {}", relay.host, relay.port, relay.prefix),
        Effect::Save { .. } | Effect::Record(_) => String::new(),
        Effect::Log(remark) => format!("{}: {}", name(remark.machine, remark.watcher), remark.text),
    }
}

// === machines ===

/// A machine without watchers; the first state that is named is the initial one.
pub(super) fn machine(name: &str, rows: &[(&str, &[&str], &str)]) -> Machine {
    let mut states: Vec<&str> = Vec::new();
    let mut transitions: Vec<&str> = Vec::new();
    let mut edges = Vec::new();
    let place = |list: &mut Vec<&str>, name: &str| list.iter().position(|it| *it == name);
    for &(transition, from, to) in rows {
        for &state in from.iter().chain([&to]) {
            if place(&mut states, state).is_none() {
                states.push(state);
            }
        }
        if place(&mut transitions, transition).is_none() {
            transitions.push(transition);
        }
        let state = |name: &str| StateId(states.iter().position(|it| *it == name).unwrap() as u16);
        let at = transitions.iter().position(|it| *it == transition).unwrap();
        for from in from.iter().copied() {
            edges.push(Edge {
                from: state(from),
                transition: TransitionId(at as u16),
                to: state(to),
            });
        }
    }
    edges.sort_unstable();
    Machine {
        name: text(name),
        description: text(""),
        version: text("1.0.0"),
        initial: StateId(0),
        splay_start: Duration::ZERO,
        states: states.iter().map(|it| text(it)).collect(),
        transitions: transitions
            .iter()
            .map(|it| TransitionDef {
                name: text(it),
                ..TransitionDef::DEFAULT
            })
            .collect(),
        edges: Edges::Table(edges.into()),
        watchers: Vec::new().into(),
    }
}

/// A machine that goes from `a` to `b` and back, with a self transition in `a`.
pub(super) fn two_states(name: &str) -> Machine {
    machine(
        name,
        &[
            ("go", &["a"], "b"),
            ("back", &["b"], "a"),
            ("stay", &["a"], "a"),
        ],
    )
}

pub(super) fn text(text: &str) -> Text {
    Text::Owned(text.to_owned())
}

/// Small changes, one after another.
pub(super) trait Adjust: Sized {
    fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Adjust for Machine {}
impl Adjust for Watcher {}

/// What is done to machines under construction.
pub(super) trait Build {
    /// With a watcher of this name in these states (none: all) that fires these transitions (empty: none).
    fn watch(self, name: &str, states: &[&str], fires: [&str; 2], kind: WatcherKind) -> Self;
    /// With a transition that another machine's transition fires.
    fn subscribe(self, transition: &str, machine: &str, event: &str) -> Self;
    /// With a change to the last watcher.
    fn tune(self, change: impl FnOnce(&mut Watcher)) -> Self;
}

impl Build for Machine {
    fn watch(self, name: &str, states: &[&str], fires: [&str; 2], kind: WatcherKind) -> Self {
        let [on_success, on_failure] =
            fires.map(|it| (!it.is_empty()).then(|| self.transition_named(it).unwrap()));
        let watcher = Watcher {
            name: text(name),
            active_in: states
                .iter()
                .map(|it| self.state_named(it).unwrap())
                .collect::<StateSet>(),
            foreign: Vec::new().into(),
            on_success,
            on_failure,
            interval: None,
            announce_interval: None,
            kind,
        };
        let watchers = self.watchers.iter().cloned().chain([watcher]).collect();
        Self { watchers, ..self }
    }

    fn subscribe(self, transition: &str, machine: &str, event: &str) -> Self {
        let at = usize::from(self.transition_named(transition).unwrap().0);
        let mut transitions = self.transitions.to_vec();
        let subscription = Subscription {
            machine: text(machine),
            event: text(event),
        };
        transitions[at].subscribe = transitions[at]
            .subscribe
            .iter()
            .cloned()
            .chain([subscription])
            .collect();
        Self {
            transitions: transitions.into(),
            ..self
        }
    }

    fn tune(self, change: impl FnOnce(&mut Watcher)) -> Self {
        let mut watchers = self.watchers.to_vec();
        change(watchers.last_mut().expect("a watcher"));
        Self {
            watchers: watchers.into(),
            ..self
        }
    }
}

/// A template without actions.
pub(super) fn literal(source: &str) -> Template {
    Template {
        source: text(source),
        ..Template::EMPTY
    }
}

pub(super) fn exec(command: &str) -> WatcherKind {
    WatcherKind::Exec(Exec {
        command: literal(command),
        ..Exec::DEFAULT
    })
}

pub(super) fn timer(seconds: u64) -> WatcherKind {
    WatcherKind::Timer(Timer {
        timer: Duration::from_secs(seconds),
        splay: false,
    })
}

pub(super) fn every(seconds: u64) -> impl FnOnce(&mut Watcher) {
    move |watcher| watcher.interval = Some(Duration::from_secs(seconds))
}
