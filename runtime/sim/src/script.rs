//! What a script says.

use core::time::Duration;

use chorister_fsm::{Exit, Outcome};
use chorister_ir::{TransitionId, WatcherId};
use jiff::SignedDuration;
use serde_json::{Map, Value};

/// One step of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When, since the beginning. What the clocks bring at that time comes first.
    pub at: Duration,
    /// What is done.
    pub action: Action,
}

/// What a [`Step`] does. Machines are named by their places in [`Setup::machines`](crate::Setup::machines).
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Runs a watcher, now or as soon as it is active, and says what that run comes to.
    Outcome {
        /// The machine.
        machine: usize,
        /// The watcher.
        watcher: WatcherId,
        /// What its run comes to.
        outcome: Scripted,
    },
    /// Turns a switch.
    Switch {
        /// The machine.
        machine: usize,
        /// The switch.
        watcher: WatcherId,
        /// Which way.
        on: bool,
    },
    /// Fires a transition, as an operator does.
    Fire {
        /// The machine.
        machine: usize,
        /// What to fire.
        transition: TransitionId,
    },
    /// Lets a machine that may not be here complete a transition.
    Hear {
        /// The name of that machine.
        machine: String,
        /// The name of its transition.
        event: String,
    },
    /// Replaces the facts.
    Facts(Value),
    /// Adds to the data of a machine.
    Data {
        /// The machine.
        machine: usize,
        /// What is added; a key that is there already gets a new value.
        data: Map<String, Value>,
    },
    /// Sets the wall clock, by this much.
    Clock(SignedDuration),
    /// Stops the node without warning, and starts it again after this time.
    Restart(Duration),
    /// Fills the disk, or makes room on it.
    Disk {
        /// Whether it is full from now on.
        full: bool,
    },
}

/// What a run of a watcher comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Scripted {
    /// A command ends; for `exec` and `metric` watchers.
    Exit {
        /// How.
        exit: Exit,
        /// What it printed.
        output: Vec<u8>,
        /// How long it ran.
        runtime: Duration,
    },
    /// What the run of a watcher of any kind comes to, as far as that is one of its outcomes.
    Outcome {
        /// What.
        outcome: Outcome,
        /// How long the run took.
        runtime: Duration,
    },
    /// It does not end by itself, so it runs into its timeout if it has one.
    Hang,
}

// === impl Scripted ===

impl Scripted {
    /// A command that ends with this status at once, and prints nothing.
    #[must_use]
    pub const fn exit(code: i32) -> Self {
        Self::Exit {
            exit: Exit::Code(code),
            output: Vec::new(),
            runtime: Duration::ZERO,
        }
    }

    /// A run that comes to this at once.
    #[must_use]
    pub const fn outcome(outcome: Outcome) -> Self {
        Self::Outcome {
            outcome,
            runtime: Duration::ZERO,
        }
    }

    /// A `metric` command that measures these values at once.
    #[must_use]
    pub fn metrics(metrics: Map<String, Value>) -> Self {
        let mut measurement = Map::new();
        measurement.insert("metrics".to_owned(), Value::Object(metrics));
        Self::Exit {
            exit: Exit::Code(0),
            output: Value::Object(measurement).to_string().into_bytes(),
            runtime: Duration::ZERO,
        }
    }

    /// The same, but it takes this long; a run that hangs takes as long as it is let.
    #[must_use]
    pub fn taking(mut self, time: Duration) -> Self {
        if let Self::Exit { runtime, .. } | Self::Outcome { runtime, .. } = &mut self {
            *runtime = time;
        }
        self
    }
}
