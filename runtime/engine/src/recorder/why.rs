//! From what happened back to what caused it.

use chorister_fsm::Outcome;
use chorister_ir::Machine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::Settings;
use super::entry::{Attempt, Cause, Entry, Evidence, Exit, Name, Names, Run, Verdict, What};

/// How many states back an answer goes where nobody says how far.
const PASSAGES: usize = 4;

/// How many states back it goes at most.
const MOST_PASSAGES: usize = 200;

/// How many attempts it lists at most.
const ATTEMPTS: usize = 12;

/// How far a cause is followed from machine to machine.
const DEPTH: usize = 8;

/// Why a machine is in its state. Crosses the control socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// The machine.
    pub machine: String,
    /// The states that it was in; the present one comes first.
    pub passages: Vec<Passage>,
    /// Whether more is recorded than was asked for.
    pub is_cut: bool,
    /// What ran or was asked for in the present state and did not change it; the latest comes first.
    pub attempts: Vec<Attempted>,
}

/// A time in a state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// The state.
    pub state: String,
    /// When it was entered, or when the record of it begins.
    pub entered: Timestamp,
    /// When it was left; `None` for the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Timestamp>,
    /// Why it was entered.
    pub because: Because,
}

/// Why a state was entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Because {
    /// Who or what it was.
    #[serde(flatten)]
    pub cause: Origin,
    /// The transition, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition: Option<String>,
    /// The state in which it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// How long it was held back because it came too often, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delayed: Option<f64>,
}

/// Who or what asked for a transition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Origin {
    /// A watcher came to something.
    Watcher(Observation),
    /// Somebody fired it.
    Operator,
    /// Another machine completed a transition.
    Machine {
        /// The machine.
        machine: String,
        /// Its transition.
        event: String,
        /// Why that happened; `None` where that is not recorded any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<Box<Because>>,
    },
    /// The machine was started in this state.
    Started {
        /// The version of its definition.
        version: String,
        /// Whether it goes on where it was before a restart of the node.
        restored: bool,
    },
    /// It is not recorded any more.
    Unknown,
}

/// What a watcher came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The watcher.
    pub watcher: String,
    /// Its `type`; empty where the machine does not have it any more.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it came to.
    pub outcome: Outcome,
    /// When; of several times the last.
    pub time: Timestamp,
    /// How often in a row.
    pub times: u32,
    /// The exit status of its command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// How its command ended otherwise, or why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The beginning of what its command printed, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// How long its command, its timer or its window ran, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<f64>,
}

/// Something that did not change the state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempted {
    /// Who or what it was.
    #[serde(flatten)]
    pub cause: Origin,
    /// When; of several times the last.
    pub last: Timestamp,
    /// What was asked for, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition: Option<String>,
    /// What came of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Refusal>,
}

/// Why a transition that was asked for did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It led to the state the machine was in.
    Stayed,
    /// It came too often, and had to wait.
    Delayed,
    /// It was waiting already.
    Coalesced,
    /// The state does not offer it.
    Refused,
    /// Its cause began in a state that was left since.
    Stale,
    /// It was waiting when the state was left.
    Dropped,
}

/// What is recorded of a machine, and what it is now.
pub(super) struct History<'a> {
    pub(super) machine: Option<&'a Machine>,
    pub(super) names: &'a Names,
    pub(super) entries: Vec<Entry>,
    pub(super) clock: &'a Settings,
}

/// Answers why a machine is in its state. `others` has the histories of other machines.
pub(super) fn why<'a>(
    name: &str,
    state: &str,
    entered: Timestamp,
    since: Option<Timestamp>,
    others: &dyn Fn(&str) -> Option<History<'a>>,
) -> Why {
    let mut why = Why {
        machine: name.to_owned(),
        passages: Vec::new(),
        is_cut: false,
        attempts: Vec::new(),
    };
    let Some(history) = others(name) else {
        why.passages.push(unknown(state, entered));
        return why;
    };
    let mut left = None;
    for (place, entry) in history.entries.iter().enumerate().rev() {
        let Some(to) = entry.enters() else { continue };
        let asked = since.map_or(why.passages.len() < PASSAGES, |since| {
            left.is_none_or(|it| it > since)
        });
        if !asked || why.passages.len() >= MOST_PASSAGES {
            why.is_cut = true;
            return why;
        }
        if why.passages.is_empty() {
            why.attempts = history.attempts(place + 1);
        }
        why.passages.push(Passage {
            state: history.text(to),
            entered: history.clock.wall(entry.time),
            left,
            because: history.because(place, DEPTH, others),
        });
        left = Some(history.clock.wall(entry.time));
        if let What::Started {
            restored: false, ..
        } = entry.what
        {
            return why;
        }
    }
    if why.passages.is_empty() {
        why.passages.push(unknown(state, entered));
        why.attempts = history.attempts(0);
    }
    why
}

fn unknown(state: &str, entered: Timestamp) -> Passage {
    Passage {
        state: state.to_owned(),
        entered,
        left: None,
        because: Because {
            cause: Origin::Unknown,
            transition: None,
            from: None,
            delayed: None,
        },
    }
}

impl History<'_> {
    fn text(&self, name: Name) -> String {
        self.names.text(name).to_owned()
    }

    /// Why what an entry says happened.
    fn because<'a>(
        &self,
        place: usize,
        depth: usize,
        others: &dyn Fn(&str) -> Option<History<'a>>,
    ) -> Because {
        let entry = self.entries.get(place);
        let attempt = entry.and_then(Entry::attempt);
        let delay = attempt.and_then(|attempt| self.delay(place, attempt));
        let cause = match entry.map(|it| (it, &it.what)) {
            Some((entry, What::Ran(run))) => Origin::Watcher(self.observation(place, entry, run)),
            Some((
                _,
                What::Fired {
                    cause: Cause::Operator,
                    ..
                },
            )) => Origin::Operator,
            Some((
                _,
                What::Fired {
                    cause: Cause::Watcher(watcher),
                    attempt,
                },
            )) => {
                let asked = delay.map_or(place, |(asked, _)| asked);
                self.asked_by(asked, *watcher, attempt.transition)
            }
            Some((
                entry,
                What::Fired {
                    cause:
                        Cause::Machine {
                            machine,
                            transition,
                        },
                    ..
                },
            )) => {
                let (machine, event) = (self.text(*machine), self.text(*transition));
                let before = delay
                    .and_then(|(asked, _)| self.entries.get(asked))
                    .unwrap_or(entry);
                let because = depth.checked_sub(1).and_then(|depth| {
                    let other = others(&machine)?;
                    let place = other.completed(&event, before.time)?;
                    Some(Box::new(other.because(place, depth, others)))
                });
                Origin::Machine {
                    machine,
                    event,
                    because,
                }
            }
            Some((
                _,
                What::Started {
                    version, restored, ..
                },
            )) => Origin::Started {
                version: self.text(*version),
                restored: *restored,
            },
            _ => Origin::Unknown,
        };
        Because {
            cause,
            transition: attempt.map(|it| self.text(it.transition)),
            from: attempt.map(|it| self.text(it.from)),
            delayed: delay.map(|(_, by)| seconds(by)),
        }
    }

    /// Where a transition was asked for that happened later, and how much later that was to be.
    fn delay(&self, place: usize, attempt: &Attempt) -> Option<(usize, u64)> {
        let Some(What::Fired { .. }) = self.entries.get(place).map(|it| &it.what) else {
            return None;
        };
        let before = self.entries.iter().enumerate().take(place).rev();
        let mut same_state = before.take_while(|(_, it)| it.enters().is_none());
        same_state.find_map(|(at, it)| match it.attempt() {
            Some(Attempt {
                transition,
                verdict: Verdict::Delayed(by),
                ..
            }) if *transition == attempt.transition => Some((at, *by)),
            _ => None,
        })
    }

    /// The run of a watcher that asked for a transition at a place or before.
    fn asked_by(&self, place: usize, watcher: Name, transition: Name) -> Origin {
        let mut before = self.entries.iter().enumerate().take(place + 1).rev();
        before
            .find_map(|(at, entry)| match &entry.what {
                What::Ran(run)
                    if run.watcher == watcher
                        && run.attempt.is_some_and(|it| it.transition == transition) =>
                {
                    Some(Origin::Watcher(self.observation(at, entry, run)))
                }
                _ => None,
            })
            .unwrap_or(Origin::Unknown)
    }

    /// Where a transition was completed at a time.
    fn completed(&self, transition: &str, time: i64) -> Option<usize> {
        let is_it = |entry: &Entry| {
            entry.time == time
                && entry.enters().is_some()
                && entry
                    .attempt()
                    .is_some_and(|it| self.names.text(it.transition) == transition)
        };
        self.entries.iter().rposition(is_it)
    }

    fn observation(&self, place: usize, entry: &Entry, run: &Run) -> Observation {
        let watcher = self.names.text(run.watcher);
        let definition = self
            .machine
            .and_then(|it| it.watchers.iter().find(|it| it.name == watcher));
        let mut observation = Observation {
            watcher: watcher.to_owned(),
            kind: definition.map_or("", |it| it.kind.name()).to_owned(),
            outcome: run.outcome,
            time: self.clock.wall(entry.time),
            times: run.count,
            exit: None,
            reason: None,
            output: None,
            runtime: None,
        };
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        match &run.evidence {
            Evidence::None => {
                if matches!(run.outcome, Outcome::Stopped | Outcome::Off) {
                    observation.runtime = self.ran_since(place, entry, run);
                }
            }
            Evidence::Command {
                exit,
                output,
                runtime,
                ..
            } => {
                observation.runtime = Some(seconds(*runtime));
                match exit {
                    Exit::Code(code) => observation.exit = Some(*code),
                    Exit::Signal(signal) => {
                        observation.reason = Some(format!("ended by signal {signal}"));
                    }
                    Exit::Timeout => observation.reason = Some("it did not end in time".to_owned()),
                    Exit::Failed => {}
                }
                match exit {
                    Exit::Failed => observation.reason = text(output),
                    _ => observation.output = text(output),
                }
            }
            Evidence::Job { reason, runtime } => {
                observation.reason = text(reason);
                observation.runtime = (*runtime > 0).then(|| seconds(*runtime));
            }
            Evidence::Reason(reason) => observation.reason = text(reason),
        }
        observation
    }

    /// How long a timer or a window was on when it ended, in seconds.
    fn ran_since(&self, place: usize, entry: &Entry, run: &Run) -> Option<f64> {
        let mut before = self.entries.iter().take(place).rev();
        let began = before.find(|it| match &it.what {
            What::Ran(other) => {
                other.watcher == run.watcher
                    && matches!(other.outcome, Outcome::Running | Outcome::On)
            }
            _ => false,
        })?;
        u64::try_from(entry.time.saturating_sub(began.time))
            .ok()
            .map(seconds)
    }

    /// What happened from a place on and did not change the state; the latest comes first.
    fn attempts(&self, from: usize) -> Vec<Attempted> {
        let mut attempts: Vec<Attempted> = Vec::new();
        for (place, entry) in self.entries.iter().enumerate().skip(from).rev() {
            let refusal = entry.attempt().and_then(|it| Refusal::of(it.verdict));
            let cause = match &entry.what {
                // That a timer was set when the state was entered explains nothing.
                What::Ran(run) if run.attempt.is_none() && run.outcome == Outcome::Running => {
                    continue;
                }
                What::Ran(run) => Origin::Watcher(self.observation(place, entry, run)),
                What::Fired {
                    cause: Cause::Operator,
                    ..
                } => Origin::Operator,
                What::Fired {
                    cause:
                        Cause::Machine {
                            machine,
                            transition,
                        },
                    ..
                } => Origin::Machine {
                    machine: self.text(*machine),
                    event: self.text(*transition),
                    because: None,
                },
                What::Fired {
                    cause: Cause::Watcher(watcher),
                    attempt,
                } => self.asked_by(place, *watcher, attempt.transition),
                _ => continue,
            };
            let transition = entry.attempt().map(|it| self.text(it.transition));
            let attempted = Attempted {
                cause,
                last: self.clock.wall(entry.time),
                transition,
                verdict: refusal,
            };
            if !attempts.iter_mut().any(|it| it.takes(&attempted)) {
                if attempts.len() == ATTEMPTS {
                    break;
                }
                attempts.push(attempted);
            }
        }
        attempts
    }
}

impl Attempted {
    /// Counts an earlier attempt of the same kind; false where it is of another.
    fn takes(&mut self, earlier: &Self) -> bool {
        let (Origin::Watcher(one), Origin::Watcher(other)) = (&mut self.cause, &earlier.cause)
        else {
            return false;
        };
        let is_same = one.watcher == other.watcher
            && one.outcome == other.outcome
            && one.exit == other.exit
            && self.transition == earlier.transition
            && self.verdict == earlier.verdict;
        if is_same {
            one.times = one.times.saturating_add(other.times);
        }
        is_same
    }
}

impl Refusal {
    fn of(verdict: Verdict) -> Option<Self> {
        Some(match verdict {
            Verdict::Entered(_) => return None,
            Verdict::Stayed => Self::Stayed,
            Verdict::Delayed(_) => Self::Delayed,
            Verdict::Coalesced => Self::Coalesced,
            Verdict::Refused => Self::Refused,
            Verdict::Stale => Self::Stale,
            Verdict::Dropped => Self::Dropped,
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nobody runs for a hundred years"
)]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}
