//! The machine that every check is, written once: classes say only what its watchers do.

use core::time::Duration;

use chorister_lang::template::Template;

use crate::{
    Edges, Exec, List, Machine, Nagios, Probe, StateId, StateSet, Text, TransitionDef,
    TransitionId, Watcher, WatcherKind, list, text,
};

/// States of a check; it starts in [`State::Unknown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum State {
    /// Nobody knows yet, or any more.
    Unknown = 0,
    /// Everything is as it should be.
    Ok = 1,
    /// Something wants attention.
    Warning = 2,
    /// Something is broken.
    Critical = 3,
    /// It is looked at right now because somebody asked.
    ForceCheck = 4,
    /// Nothing is looked at, and nothing done.
    Maintenance = 5,
}

/// Transitions of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Transition {
    /// A result.
    Unknown = 0,
    /// A result.
    Ok = 1,
    /// A result.
    Warning = 2,
    /// A result.
    Critical = 3,
    /// Somebody wants to know now.
    ForceCheck = 4,
    /// Somebody works on what is checked.
    Maintenance = 5,
    /// The work is done.
    Resume = 6,
}

impl State {
    /// Every state, in the order of first mention.
    pub const ALL: [Self; 6] = [
        Self::Unknown,
        Self::Ok,
        Self::Warning,
        Self::Critical,
        Self::ForceCheck,
        Self::Maintenance,
    ];

    /// Where `transition` leads from here, or `None` where it is not offered.
    #[must_use]
    pub const fn next(self, transition: Transition) -> Option<Self> {
        match (self, transition) {
            (Self::Maintenance, Transition::Resume) => Some(Self::Unknown),
            (Self::Maintenance, _)
            | (_, Transition::Resume)
            | (Self::ForceCheck, Transition::ForceCheck) => None,
            (_, Transition::Unknown) => Some(Self::Unknown),
            (_, Transition::Ok) => Some(Self::Ok),
            (_, Transition::Warning) => Some(Self::Warning),
            (_, Transition::Critical) => Some(Self::Critical),
            (_, Transition::ForceCheck) => Some(Self::ForceCheck),
            (_, Transition::Maintenance) => Some(Self::Maintenance),
        }
    }

    /// The state as an id.
    #[must_use]
    pub const fn id(self) -> StateId {
        StateId(self as u16)
    }

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::ForceCheck => "FORCE_CHECK",
            Self::Maintenance => "MAINTENANCE",
        }
    }
}

impl Transition {
    /// Every transition, in the order of first mention.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::Ok,
        Self::Warning,
        Self::Critical,
        Self::ForceCheck,
        Self::Maintenance,
        Self::Resume,
    ];

    /// The transition as an id.
    #[must_use]
    pub const fn id(self) -> TransitionId {
        TransitionId(self as u16)
    }
}

static STATES: [Text; 6] = [
    text(State::Unknown.name()),
    text(State::Ok.name()),
    text(State::Warning.name()),
    text(State::Critical.name()),
    text(State::ForceCheck.name()),
    text(State::Maintenance.name()),
];

static TRANSITIONS: [TransitionDef; 7] = [
    transition("UNKNOWN", ""),
    transition("OK", ""),
    transition("WARNING", ""),
    transition("CRITICAL", ""),
    transition("FORCE_CHECK", "Runs the check now."),
    transition("MAINTENANCE", "Stops checks and remediation."),
    transition("RESUME", "Ends the maintenance."),
];

/// The states in which a check runs by itself.
static RESULTS: [StateId; 4] = [
    State::Unknown.id(),
    State::Ok.id(),
    State::Warning.id(),
    State::Critical.id(),
];

const fn transition(name: &'static str, description: &'static str) -> TransitionDef {
    TransitionDef {
        name: text(name),
        description: text(description),
        subscribe: List::EMPTY,
    }
}

/// The machine of a class; `watchers` are a [`check`] and perhaps a [`remediation`].
#[must_use]
pub const fn machine(
    name: Text,
    version: Text,
    description: Text,
    watchers: List<Watcher>,
) -> Machine {
    Machine {
        name,
        description,
        version,
        initial: State::Unknown.id(),
        splay_start: Duration::ZERO,
        states: list(&STATES),
        transitions: list(&TRANSITIONS),
        edges: Edges::Compiled(next),
        watchers,
    }
}

/// The watcher that runs a check; what and when is said by each instance, the times here hold without one.
#[must_use]
pub const fn check(interval: Duration, timeout: Duration) -> Watcher {
    Watcher {
        name: text("check"),
        active_in: StateSet::of(&RESULTS),
        foreign: List::EMPTY,
        on_success: None,
        on_failure: None,
        interval: Some(interval),
        announce_interval: None,
        kind: WatcherKind::Nagios(Nagios {
            probe: Probe::Check,
            timeout,
            annotations: List::EMPTY,
        }),
    }
}

/// The watcher that does something about bad states.
#[must_use]
pub const fn remediation(states: StateSet, interval: Duration, timeout: Duration) -> Watcher {
    Watcher {
        name: text("remediate"),
        active_in: states,
        foreign: List::EMPTY,
        on_success: Some(Transition::Unknown.id()),
        on_failure: None,
        interval: Some(interval),
        announce_interval: None,
        kind: WatcherKind::Exec(Exec {
            command: Template::EMPTY,
            environment: List::EMPTY,
            timeout,
            parse_as_data: false,
            suppress_success_announce: false,
            gather_initial_state: false,
            disown: false,
            remedies: true,
            governor: None,
        }),
    }
}

fn next(from: StateId, transition: TransitionId) -> Option<StateId> {
    let from = *State::ALL.get(usize::from(from.0))?;
    let transition = *Transition::ALL.get(usize::from(transition.0))?;
    from.next(transition).map(State::id)
}
