//! Tests as they are run: names have become ids of the machines that a test is about.

use core::time::Duration;

use chorister_ir::{StateId, TransitionId, WatcherId};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::outline::Mark;

/// What happens to some machines, and what has to come of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Its name, unique in its file.
    pub name: String,
    /// The machine that it is about where an entry names none, as an index of its machines.
    pub machine: usize,
    /// How it begins.
    pub given: Given,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What has to come of it; the order means nothing.
    pub expect: Vec<Expectation>,
    /// When it ends, since its start: what its author says, or else the latest time that anything in it names.
    pub until: Duration,
    /// Where it stands.
    pub place: Mark,
}

/// How a test begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// What was said of machines, by their indexes.
    pub machines: Vec<Start>,
    /// The facts of the node.
    pub facts: Map<String, Value>,
    /// What the wall clock shows.
    pub at: Timestamp,
    /// IANA name of the node's own time zone.
    pub timezone: String,
    /// What random numbers follow from.
    pub seed: u64,
    /// How long transitions that come too often wait, in the order in which they do; chance decides about more.
    pub waits: Vec<Duration>,
}

/// How a machine begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    /// The machine, as an index.
    pub machine: usize,
    /// Its state; the initial one where nothing is said.
    pub state: Option<StateId>,
    /// Its data.
    pub data: Map<String, Value>,
}

/// Something that happens at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When, since the start of the test; never before the step above it.
    pub at: Duration,
    /// The machine that it happens to, as an index.
    pub machine: usize,
    /// What happens.
    pub action: Action,
    /// Where it stands.
    pub place: Mark,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Watchers run, and come to these outcomes.
    Run(Vec<Run>),
    /// An operator fires a transition.
    Fire(TransitionId),
    /// Another machine of the node completes a transition, whether it is part of the test or not.
    Announce {
        /// Name of the other machine.
        machine: String,
        /// Name of its transition.
        event: String,
    },
    /// The facts of the node become these.
    Facts(Map<String, Value>),
    /// This is merged into the data of the machine.
    Data(Map<String, Value>),
    /// The wall clock jumps by so many nanoseconds.
    Clock(i64),
    /// The node crashes, and starts again after this time from what it has remembered.
    Restart(Duration),
    /// The disk is full from now on, or has room again. While it is full nothing new is remembered.
    Disk {
        /// Whether it is full.
        full: bool,
    },
}

/// What a run of a watcher comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The watcher.
    pub watcher: WatcherId,
    /// What comes of it.
    pub outcome: Outcome,
    /// How long it takes.
    pub runtime: Duration,
    /// Where it stands.
    pub place: Mark,
}

/// What comes of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The command ends with this status and prints this.
    Exit {
        /// The exit status.
        code: u8,
        /// The standard output.
        stdout: String,
    },
    /// The run does not end before its deadline.
    Hang,
    /// The run comes to this, by its name on the wire; one that watchers of the type have.
    Named(&'static str),
    /// The command measures this.
    Metrics {
        /// Values by name.
        metrics: Map<String, Value>,
        /// What they are about.
        labels: Map<String, Value>,
    },
    /// Somebody turns the switch on or off.
    Switch(bool),
}

/// Something that has to come of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The machine that it is about, as an index.
    pub machine: usize,
    /// What is expected.
    pub what: Expected,
    /// Where it stands.
    pub place: Mark,
}

/// What is expected. Times count from the start of the test and are inclusive.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// The machine is in a state when all that happens at a time has happened.
    StateAt {
        /// When.
        at: Duration,
        /// The state.
        state: StateId,
    },
    /// A state is entered, or was the first, sooner or later.
    Eventually {
        /// The state.
        state: StateId,
        /// By when at the latest; by the end of the test if nothing is said.
        within: Option<Duration>,
    },
    /// An event is published.
    Event {
        /// Which.
        event: Event,
        /// By when at the latest; by the end of the test if nothing is said.
        within: Option<Duration>,
        /// How often; at least once if nothing is said.
        times: Option<u32>,
    },
    /// Runs of a watcher come to an outcome.
    Ran {
        /// The watcher.
        watcher: WatcherId,
        /// By when at the latest; by the end of the test if nothing is said.
        within: Option<Duration>,
        /// How often; at least once if nothing is said.
        times: Option<u32>,
    },
    /// Something does not happen in the whole of the test.
    Never(Never),
}

/// What must not happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Never {
    /// The machine is in this state.
    State(StateId),
    /// Such an event is published.
    Event(Event),
    /// A run of this watcher comes to an outcome.
    Ran(WatcherId),
}

/// An event, by its type and by fields of its data.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The type of the CloudEvent.
    pub kind: &'static str,
    /// Fields of its data and the values they have to have.
    pub fields: Vec<(&'static str, Value)>,
}
