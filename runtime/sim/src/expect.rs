//! What is expected of a time line.

use core::time::Duration;

use chorister_ir::{StateId, WatcherId};
use serde_json::{Map, Value};

/// Something that is expected. Times are since the beginning and compare inclusively; machines are named by their
/// places in [`Setup::machines`](crate::Setup::machines).
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// The machine is in this state at this time, after everything that happens at that time.
    At {
        /// The machine.
        machine: usize,
        /// When.
        at: Duration,
        /// The state.
        state: StateId,
    },
    /// The machine is in this state at some time.
    Eventually {
        /// The machine.
        machine: usize,
        /// The state.
        state: StateId,
        /// By when; `None` is the end.
        within: Option<Duration>,
    },
    /// An event is published.
    Event {
        /// Which.
        event: EventMatch,
        /// By when; `None` is the end.
        within: Option<Duration>,
        /// How often exactly; `None` is once or more.
        times: Option<u64>,
    },
    /// A watcher runs and comes to an outcome.
    Ran {
        /// The machine.
        machine: usize,
        /// The watcher.
        watcher: WatcherId,
        /// By when; `None` is the end.
        within: Option<Duration>,
        /// How often exactly; `None` is once or more.
        times: Option<u64>,
    },
    /// Something does not happen.
    Never {
        /// What.
        unwanted: Unwanted,
        /// Until when; `None` is the end.
        within: Option<Duration>,
    },
}

/// What is expected not to happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Unwanted {
    /// A machine is in this state.
    State {
        /// The machine.
        machine: usize,
        /// The state.
        state: StateId,
    },
    /// An event is published.
    Event(EventMatch),
    /// A watcher runs and comes to an outcome.
    Ran {
        /// The machine.
        machine: usize,
        /// The watcher.
        watcher: WatcherId,
    },
}

/// Which published events are meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventMatch {
    /// The machine; `None` is any.
    pub machine: Option<usize>,
    /// The type of the CloudEvent, such as `io.choria.machine.v1.transition`; empty is any.
    pub kind: String,
    /// Members that the data of the event has, with these values.
    pub fields: Map<String, Value>,
}

impl Expectation {
    /// The time that it names, if it names one.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match self {
            Self::At { at, .. } => Some(*at),
            Self::Eventually { within, .. }
            | Self::Event { within, .. }
            | Self::Ran { within, .. }
            | Self::Never { within, .. } => *within,
        }
    }
}
