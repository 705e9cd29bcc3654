//! What is recorded of a machine.

use chorister_fsm::Outcome;
use serde::{Deserialize, Serialize};

/// A time in microseconds since 1970, by a clock that nobody sets: it shows the time of day until somebody sets that.
/// Fine enough for order, small enough to keep.
pub(crate) type Micros = i64;

/// A name in the [`Names`] of a machine's track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Name(u16);

/// The names that the entries of one machine use. They outlive the definition that they come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    texts: Vec<Box<str>>,
    size: usize,
}

/// Something that was decided about a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When; of several equal runs the last one.
    pub(crate) time: Micros,
    /// What.
    pub(crate) what: What,
}

/// What an [`Entry`] is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum What {
    /// The machine was inserted.
    Started {
        /// The state it is in.
        state: Name,
        /// Whether it goes on where it was before a restart.
        restored: bool,
        /// The version of its definition.
        version: Name,
    },
    /// A watcher came to something.
    Ran(Run),
    /// A transition was asked for by somebody else than a watcher that has just run.
    Fired {
        /// Who asked.
        cause: Cause,
        /// What came of it.
        attempt: Attempt,
    },
    /// The facts that the machine reads, as JSON.
    Facts(Box<str>),
    /// Somebody set the time of day: from now on it is this many microseconds ahead.
    Clock(i64),
}

/// Runs of a watcher that came to the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The watcher.
    pub(crate) watcher: Name,
    /// What they came to.
    pub(crate) outcome: Outcome,
    /// What that is based on; of several runs, what the last one is based on.
    pub(crate) evidence: Evidence,
    /// What they fired.
    pub(crate) attempt: Option<Attempt>,
    /// How many.
    pub(crate) count: u32,
    /// When the first was, this many microseconds before the last.
    pub(crate) span: u64,
}

/// What the outcome of a run is based on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Evidence {
    /// Time, or its own formula.
    None,
    /// A command.
    Command {
        /// How it ended.
        exit: Exit,
        /// What it printed, without secrets, and not more than is needed.
        output: Box<str>,
        /// Whether that is all that it printed.
        is_whole: bool,
        /// How long it took, in microseconds.
        runtime: u64,
    },
    /// A job of another kind.
    Job {
        /// What it had to say.
        reason: Box<str>,
        /// How long it took, in microseconds.
        runtime: u64,
    },
    /// There was no job, or no answer; why.
    Reason(Box<str>),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Exit {
    /// By itself, with this status.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// At its deadline.
    Timeout,
    /// It did not start, or had to be ended.
    Failed,
}

/// A transition that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// The transition.
    pub(crate) transition: Name,
    /// The state in which it was asked for.
    pub(crate) from: Name,
    /// What came of it.
    pub(crate) verdict: Verdict,
}

/// Who asked for a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Cause {
    /// A watcher of the machine.
    Watcher(Name),
    /// Somebody outside.
    Operator,
    /// A transition that a machine has completed.
    Machine {
        /// The machine.
        machine: Name,
        /// Its transition.
        transition: Name,
    },
    /// It is not known any more.
    Elsewhere,
}

/// What came of asking for a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verdict {
    /// The machine entered this state.
    Entered(Name),
    /// It led to the state the machine was in.
    Stayed,
    /// It comes too often, and happens this many microseconds later.
    Delayed(u64),
    /// It was waiting already.
    Coalesced,
    /// The state does not offer it.
    Refused,
    /// Its cause began in a state that was left since.
    Stale,
    /// It was waiting when the state was left.
    Dropped,
}

// === impl Entry ===

impl Entry {
    /// The transition that was asked for here.
    pub(crate) fn attempt(&self) -> Option<&Attempt> {
        match &self.what {
            What::Ran(run) => run.attempt.as_ref(),
            What::Fired { attempt, .. } => Some(attempt),
            _ => None,
        }
    }

    /// The state that the machine came into here.
    pub(crate) fn enters(&self) -> Option<Name> {
        match (&self.what, self.attempt().map(|it| it.verdict)) {
            (What::Started { state, .. }, _) => Some(*state),
            (_, Some(Verdict::Entered(state))) => Some(state),
            _ => None,
        }
    }
}

// === impl Names ===

impl Names {
    /// The name of this text, which may be new.
    ///
    /// A machine has fewer names than a `u16` counts; should it ever have more, the last one stands for them.
    pub(crate) fn intern(&mut self, text: &str) -> Name {
        let known = self.texts.iter().position(|it| &**it == text);
        let place = known.unwrap_or_else(|| {
            self.extend(vec![text.into()]);
            self.texts.len() - 1
        });
        Name(u16::try_from(place).unwrap_or(u16::MAX))
    }

    /// The text of a name; empty for one of another machine.
    pub(crate) fn text(&self, name: Name) -> &str {
        self.texts
            .get(usize::from(name.0))
            .map_or("", AsRef::as_ref)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Those from a place on.
    pub(crate) fn since(&self, place: usize) -> &[Box<str>] {
        self.texts.get(place..).unwrap_or_default()
    }

    /// Adds names in their order, as they were saved.
    pub(crate) fn extend(&mut self, names: Vec<Box<str>>) {
        self.size += names.iter().map(|it| it.len() + 24).sum::<usize>();
        self.texts.extend(names);
    }

    /// The memory they take, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

// === impl Run ===

impl Run {
    /// Takes another run that came to the same into this one; false where it did not.
    ///
    /// How long commands took does not matter, and what they printed only where it is kept as a whole because
    /// the machine reads it.
    pub(crate) fn fold(&mut self, other: &Self, gap: u64) -> bool {
        let is_same = self.watcher == other.watcher
            && self.outcome == other.outcome
            && self.attempt == other.attempt
            && self.evidence.is_like(&other.evidence);
        if is_same {
            self.evidence = other.evidence.clone();
            self.count = self.count.saturating_add(other.count);
            self.span = self.span.saturating_add(gap);
        }
        is_same
    }
}

// === impl Evidence ===

impl Evidence {
    /// The memory that its text takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Command { output: text, .. }
            | Self::Job { reason: text, .. }
            | Self::Reason(text) => text.len(),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Command {
                    exit,
                    output,
                    is_whole,
                    ..
                },
                Self::Command {
                    exit: other_exit,
                    output: other_output,
                    is_whole: other_whole,
                    ..
                },
            ) => {
                let is_read = *is_whole || *other_whole;
                exit == other_exit
                    && (!is_read || (is_whole == other_whole && output == other_output))
            }
            (Self::Job { reason, .. }, Self::Job { reason: other, .. }) => reason == other,
            _ => self == other,
        }
    }
}
