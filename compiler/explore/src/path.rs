//! Steps of machines, and the way that they make together.

use core::fmt;
use core::time::Duration;

use chorister_ir::{Machine, StateId, TransitionId, WatcherId};
use chorister_lang::duration::brief;
use chorister_lang::nagios::Status;

/// What a machine does: it leaves one state for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The machine, as an index of those that were explored.
    pub machine: usize,
    /// The state that it leaves.
    pub from: StateId,
    /// What is fired.
    pub transition: TransitionId,
    /// The state that it enters.
    pub to: StateId,
    /// What fires it.
    pub cause: Cause,
    /// The least time since the machine has entered `from`.
    pub after: Duration,
}

/// What fires a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// An operator, and nobody else does in this state.
    Operator,
    /// A watcher of the machine.
    Watcher {
        /// Which.
        watcher: WatcherId,
        /// What it came to.
        outcome: Outcome,
    },
    /// A transition of another machine.
    Subscription {
        /// Which of the transition's subscriptions.
        subscription: usize,
    },
}

/// What a watcher comes to that fires something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A command, or a download, has succeeded.
    Success,
    /// A command, a look or a download has failed.
    Failure,
    /// A file has changed.
    Changed,
    /// The formula for success holds.
    SuccessWhen,
    /// The formula for failure holds.
    FailWhen,
    /// A window of a schedule is open.
    Open,
    /// No window of a schedule is open.
    Closed,
    /// A timer is over.
    Over,
    /// Somebody has turned a switch on.
    On,
    /// Somebody has turned a switch off.
    Off,
    /// A check has come to this.
    Status(Status),
}

/// Steps, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// In order.
    pub steps: Vec<Step>,
}

/// A path that can be read.
pub struct Told<'a> {
    path: &'a Path,
    machines: &'a [&'a Machine],
}

// === impl Outcome ===

impl Outcome {
    /// What a watcher does when it comes to this, such as `succeeds`.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Success => "succeeds",
            Self::Failure => "fails",
            Self::Changed => "sees a change",
            Self::SuccessWhen => "finds success_when true",
            Self::FailWhen => "finds fail_when true",
            Self::Open => "has an open window",
            Self::Closed => "has no open window",
            Self::Over => "is over",
            Self::On => "is turned on",
            Self::Off => "is turned off",
            Self::Status(Status::Ok) => "finds OK",
            Self::Status(Status::Warning) => "finds WARNING",
            Self::Status(Status::Critical) => "finds CRITICAL",
            Self::Status(Status::Unknown) => "finds UNKNOWN",
        }
    }

    /// Whether a person makes it happen.
    #[must_use]
    pub fn is_by_hand(self) -> bool {
        matches!(self, Self::On | Self::Off)
    }
}

// === impl Cause ===

impl Cause {
    /// Whether a person makes it happen: an operator, or who turns a switch.
    #[must_use]
    pub fn is_by_hand(self) -> bool {
        match self {
            Self::Operator => true,
            Self::Watcher { outcome, .. } => outcome.is_by_hand(),
            Self::Subscription { .. } => false,
        }
    }
}

// === impl Path ===

impl Path {
    /// The least time that the steps take together. Machines wait side by side: a step comes at the earliest when its
    /// machine has been long enough in its state, and not before the step before it.
    #[must_use]
    pub fn least(&self) -> Duration {
        self.moments().last().copied().unwrap_or_default()
    }

    /// When each step comes at the earliest, since the beginning.
    pub(crate) fn moments(&self) -> Vec<Duration> {
        let mut entered: Vec<(usize, Duration)> = Vec::new();
        let mut now = Duration::ZERO;
        let moments = self.steps.iter().map(|step| {
            let own = entered.iter_mut().find(|it| it.0 == step.machine);
            let since = own.as_ref().map_or(Duration::ZERO, |it| it.1);
            now = now.max(since.saturating_add(step.after));
            match own {
                Some(own) => own.1 = now,
                None => entered.push((step.machine, now)),
            }
            now
        });
        moments.collect()
    }

    /// The path in words, such as `OFF -turn_on (watcher dusk succeeds, after 10s)-> ON`.
    #[must_use]
    pub fn told<'a>(&'a self, machines: &'a [&'a Machine]) -> Told<'a> {
        Told {
            path: self,
            machines,
        }
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self {
            steps: steps.into_iter().collect(),
        }
    }
}

// === impl Told ===

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = self
            .path
            .steps
            .first()
            .is_some_and(|first| self.path.steps.iter().any(|it| it.machine != first.machine));
        let mut before: Option<&Step> = None;
        for step in &self.path.steps {
            let Some(machine) = self.machines.get(step.machine) else {
                continue;
            };
            let goes_on = before.is_some_and(|it| (it.machine, it.to) == (step.machine, step.from));
            if !goes_on {
                f.write_str(if before.is_some() { ", " } else { "" })?;
                if several {
                    write!(f, "{}: ", machine.name)?;
                }
                f.write_str(machine.state(step.from))?;
            }
            let event = machine.transition(step.transition);
            write!(
                f,
                " -{event} ({})-> {}",
                Why(step, machine),
                machine.state(step.to)
            )?;
            before = Some(step);
        }
        Ok(())
    }
}

/// Why and how soon a step comes.
struct Why<'a>(&'a Step, &'a Machine);

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(step, machine) = self;
        match step.cause {
            Cause::Operator => return f.write_str("operator"),
            Cause::Watcher { watcher, outcome } => {
                let watcher = machine.watchers.get(usize::from(watcher.0));
                let name = watcher.map_or("", |it| it.name.as_ref());
                write!(f, "watcher {name} {}", outcome.phrase())?;
                if outcome.is_by_hand() {
                    return Ok(());
                }
            }
            Cause::Subscription { subscription } => {
                let own = machine.transitions.get(usize::from(step.transition.0));
                if let Some(other) = own.and_then(|it| it.subscribe.get(subscription)) {
                    write!(f, "after {} of {}", other.event, other.machine)?;
                }
                return Ok(());
            }
        }
        if step.after.is_zero() {
            f.write_str(", at once")
        } else {
            write!(f, ", after {}", brief(step.after))
        }
    }
}
