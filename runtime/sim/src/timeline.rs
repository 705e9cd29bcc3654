//! What happened, and when.

use core::time::Duration;
use std::borrow::Cow;

use chorister_fsm::{Evidence, Level, Outcome, Report, Verdict};
use chorister_ir::{StateId, TransitionId, WatcherId};
use jiff::{SignedDuration, Timestamp};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When, since the beginning.
    pub at: Duration,
    /// When, by the wall clock.
    pub wall: Timestamp,
    /// The machine it is about, as its place in [`Setup::machines`](crate::Setup::machines); 0 for what concerns the
    /// node.
    pub machine: usize,
    /// What.
    pub what: What,
}

/// What an [`Entry`] says.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The machine was started.
    Started {
        /// In this state.
        state: StateId,
        /// Whether it goes on from what was remembered of it.
        restored: bool,
    },
    /// The machine changed its state; the event that it publishes.
    Transition {
        /// What was fired.
        transition: TransitionId,
        /// The state before.
        from: StateId,
        /// The state now.
        to: StateId,
        /// Who fired it.
        cause: Option<Cause>,
    },
    /// A transition was asked for, but the state was not changed by it, or not yet.
    Held {
        /// What was asked for.
        transition: TransitionId,
        /// Who asked.
        cause: Cause,
        /// What came of it.
        verdict: Verdict,
    },
    /// A watcher came to an outcome: by a run, or as time has passed.
    Ran {
        /// The watcher.
        watcher: WatcherId,
        /// What it came to.
        outcome: Outcome,
        /// What that is based on.
        evidence: Evidence,
    },
    /// A watcher told its state; the event that it publishes.
    Report {
        /// The watcher.
        watcher: WatcherId,
        /// What it said.
        report: Report,
        /// Whether it spoke because its `announce_interval` had passed.
        announced: bool,
    },
    /// A step of the script was done; its place.
    Step(usize),
    /// Something came from outside.
    Given(Given),
    /// Something went wrong with the node.
    Fault(Fault),
    /// The engine remarked something.
    Remark {
        /// The watcher it is about, if it is about one.
        watcher: Option<WatcherId>,
        /// How much it matters.
        level: Level,
        /// A sentence without a full stop.
        text: Cow<'static, str>,
    },
}

/// Who fired a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A watcher of the machine.
    Watcher(WatcherId),
    /// Somebody, by hand.
    Operator,
    /// A transition of a machine.
    Machine {
        /// The machine, by its place.
        machine: usize,
        /// Its transition.
        transition: TransitionId,
    },
    /// A transition of a machine that is not here.
    Elsewhere,
    /// The end of a maintenance that had one.
    Time,
}

/// What comes from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// The facts were replaced.
    Facts,
    /// Something was added to the data of the machine.
    Data,
    /// A machine that may not be here has completed a transition.
    Heard {
        /// The name of that machine.
        machine: String,
        /// The name of its transition.
        event: String,
    },
}

/// What goes wrong with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The wall clock was set, by this much.
    Clock(SignedDuration),
    /// The node stopped without warning, to start again after this time.
    Crash(Duration),
    /// Whether the disk is full now, so that nothing is kept.
    Disk {
        /// Whether it is.
        full: bool,
    },
}
