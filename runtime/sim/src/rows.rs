//! A time line as rows for people: what repeats is said once, and who fired a transition stands beside it.

use core::time::Duration;
use std::borrow::Cow;
use std::collections::HashMap;

use chorister_fsm::{Level, MachineRef, Outcome, Verdict};
use chorister_ir::{TransitionId, WatcherId};

use crate::judge::human;
use crate::{Cause, Entry, Fault, Given, Setup, Sink, What};

/// A row of a time line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When, since the beginning.
    pub at: Duration,
    /// When it happened last; later than `at` only where it happened several times.
    pub until: Duration,
    /// How often it happened.
    pub times: usize,
    /// The machine, by its place; `None` for the whole node.
    pub machine: Option<usize>,
    /// Whom it is about: a machine, `machine#watcher`, or the node.
    pub subject: String,
    /// What kind of thing happened, as one character.
    pub mark: char,
    /// What happened.
    pub text: String,
    /// Why, if there is more to say.
    pub detail: String,
    /// How it is to be shown.
    pub tone: Tone,
    /// The first entry of the time line that it stands for.
    pub entry: usize,
}

/// How a [`Row`] is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A state was entered.
    Change,
    /// Something went well, as always.
    Good,
    /// Something failed.
    Bad,
    /// Something did not happen, or is suspect.
    Suspect,
    /// Somebody outside did something, or broke something.
    Outside,
}

/// Makes rows of a time line, as it comes.
#[derive(Debug)]
pub struct Rows {
    machines: Vec<MachineRef>,
    rows: Vec<Row>,
    /// The last row of each watcher, as long as nothing else has happened to its machine.
    open: HashMap<(usize, Option<WatcherId>), usize>,
    /// A warning that may belong to the outcome that follows.
    warning: Option<(Entry, String)>,
    /// When a transition of which machine was refused, as long as the engine has not remarked that.
    refused: Option<(Duration, usize)>,
    /// How many entries came.
    seen: usize,
}

/// The rows of a whole time line.
#[must_use]
pub fn rows(setup: &Setup, timeline: &[Entry]) -> Vec<Row> {
    let mut rows = Rows::new(setup);
    for entry in timeline {
        rows.take(entry.clone());
    }
    rows.finish()
}

impl Sink for Rows {
    fn take(&mut self, entry: Entry) {
        self.add(entry);
        self.seen += 1;
    }
}

// === impl Rows ===

impl Rows {
    /// No rows yet, of a world with this setup.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        Self {
            machines: setup.machines.iter().map(|it| it.machine.clone()).collect(),
            rows: Vec::new(),
            open: HashMap::new(),
            warning: None,
            refused: None,
            seen: 0,
        }
    }

    /// The rows, the first first.
    #[must_use]
    pub fn finish(mut self) -> Vec<Row> {
        self.flush_warning();
        self.rows.retain(|row| row.times > 0);
        self.rows
    }

    fn add(&mut self, entry: Entry) {
        let machine = entry.machine;
        match &entry.what {
            What::Remark {
                level: Level::Warning,
                text,
                ..
            } => {
                self.flush_warning();
                // A refusal has its row already.
                if self.refused.take() != Some((entry.at, machine)) {
                    self.warning = Some((entry.clone(), text.to_string()));
                }
            }
            What::Ran {
                watcher, outcome, ..
            } => {
                let reason = self.reason(&entry, *watcher);
                self.flush_warning();
                let (tone, mark) = look(*outcome);
                let text = outcome.as_str().replace('_', " ");
                self.repeat(&entry, Some(*watcher), mark, text, reason, tone);
            }
            What::Held {
                transition,
                cause,
                verdict,
            } => self.held(&entry, *transition, *cause, *verdict),
            What::Started { state, restored } => {
                let state = self.state(machine, *state);
                let text = match restored {
                    true => format!("goes on as {state}"),
                    false => format!("starts as {state}"),
                };
                self.event(&entry, '○', text, String::new(), Tone::Change);
            }
            What::Transition {
                transition,
                from,
                to,
                cause,
            } => {
                let text = format!(
                    "{} → {}",
                    self.state(machine, *from),
                    self.state(machine, *to)
                );
                let name = self.transition(machine, *transition).to_owned();
                let detail = match cause {
                    Some(cause) => {
                        let ran = match cause {
                            Cause::Watcher(watcher) => self.fold(machine, *watcher, entry.at),
                            _ => None,
                        };
                        let by = self.cause(machine, *cause);
                        let ran = ran.map(|it| format!(": {it}")).unwrap_or_default();
                        format!("{name}, {by}{ran}")
                    }
                    None => name,
                };
                self.event(&entry, '●', text, detail, Tone::Change);
            }
            What::Fault(fault) => {
                self.open.clear();
                let text = match fault {
                    Fault::Clock(by) => {
                        let sign = if by.is_negative() { '-' } else { '+' };
                        format!("the clock is set by {sign}{}", human(by.unsigned_abs()))
                    }
                    Fault::Crash(after) => format!("the node stops, for {}", human(*after)),
                    Fault::Disk { full: true } => "the disk is full".to_owned(),
                    Fault::Disk { full: false } => "the disk has room again".to_owned(),
                };
                self.outside(&entry, None, '⚡', text);
            }
            What::Given(given) => {
                let (machine, text) = match given {
                    Given::Facts => (None, "the facts change".to_owned()),
                    Given::Data => (Some(machine), "its data change".to_owned()),
                    Given::Heard { machine, event } => {
                        (None, format!("{machine} completes {event}"))
                    }
                };
                self.outside(&entry, machine, '▸', text);
            }
            What::Step(_) | What::Report { .. } | What::Remark { .. } => {}
        }
    }

    /// A transition that was asked for and did not happen, or not yet.
    fn held(&mut self, entry: &Entry, transition: TransitionId, cause: Cause, verdict: Verdict) {
        if verdict == Verdict::Refused {
            self.refused = Some((entry.at, entry.machine));
        }
        let name = self.transition(entry.machine, transition);
        let (mark, text) = match verdict {
            Verdict::Delayed(by) => (
                '…',
                format!("{name} waits {}: it comes too often", human(by)),
            ),
            Verdict::Refused => (REFUSED, format!("{name} is not offered here")),
            Verdict::Stale => (
                REFUSED,
                format!("{name} comes too late: its state was left"),
            ),
            Verdict::Dropped => (
                REFUSED,
                format!("{name} no longer waits: its state was left"),
            ),
            Verdict::Entered(_) | Verdict::Stayed | Verdict::Coalesced => return,
        };
        let (watcher, detail) = match cause {
            Cause::Watcher(watcher) => (Some(watcher), String::new()),
            cause => (None, self.cause(entry.machine, cause)),
        };
        self.repeat(entry, watcher, mark, text, detail, Tone::Suspect);
    }

    /// A row that ends what repeated.
    fn event(&mut self, entry: &Entry, mark: char, text: String, detail: String, tone: Tone) {
        self.flush_warning();
        self.open
            .retain(|(machine, _), _| *machine != entry.machine);
        self.push(entry, Some(entry.machine), None, mark, text, detail, tone);
    }

    fn outside(&mut self, entry: &Entry, machine: Option<usize>, mark: char, text: String) {
        self.flush_warning();
        self.push(
            entry,
            machine,
            None,
            mark,
            text,
            String::new(),
            Tone::Outside,
        );
    }

    /// A row, or once more the last one of its watcher.
    fn repeat(
        &mut self,
        entry: &Entry,
        watcher: Option<WatcherId>,
        mark: char,
        text: String,
        detail: String,
        tone: Tone,
    ) {
        let key = (entry.machine, watcher);
        let open = self.open.get(&key).and_then(|&at| self.rows.get_mut(at));
        if let Some(row) = open.filter(|row| row.text == text && row.detail == detail) {
            row.times += 1;
            row.until = entry.at;
            return;
        }
        self.open.insert(key, self.rows.len());
        self.push(
            entry,
            Some(entry.machine),
            watcher,
            mark,
            text,
            detail,
            tone,
        );
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of one row")]
    fn push(
        &mut self,
        entry: &Entry,
        machine: Option<usize>,
        watcher: Option<WatcherId>,
        mark: char,
        text: String,
        detail: String,
        tone: Tone,
    ) {
        self.rows.push(Row {
            at: entry.at,
            until: entry.at,
            times: 1,
            machine,
            subject: machine.map_or_else(|| "node".to_owned(), |it| self.subject(it, watcher)),
            mark,
            text,
            detail,
            tone,
            entry: self.seen,
        });
    }

    /// Takes back the row of the run that fired a transition, and says what it came to.
    fn fold(&mut self, machine: usize, watcher: WatcherId, at: Duration) -> Option<String> {
        let row = self.open.get(&(machine, Some(watcher)))?;
        let row = self.rows.get_mut(*row).filter(|row| row.until == at)?;
        // A row of several runs keeps its end: the last run stands in the row that follows.
        row.times -= 1;
        Some(match row.detail.as_str() {
            "" => row.text.clone(),
            detail => detail.to_owned(),
        })
    }

    /// Why a run failed, as the engine remarked.
    fn reason(&mut self, entry: &Entry, watcher: WatcherId) -> String {
        let is_its = |warning: &mut (Entry, String)| {
            let (of, _) = warning;
            of.at == entry.at
                && of.machine == entry.machine
                && matches!(of.what, What::Remark { watcher: it, .. } if it == Some(watcher))
        };
        let warning = self.warning.take_if(is_its);
        warning.map(|(_, text)| text).unwrap_or_default()
    }

    /// Gives a warning that nothing has taken up a row of its own.
    fn flush_warning(&mut self) {
        let Some((entry, text)) = self.warning.take() else {
            return;
        };
        let watcher = match entry.what {
            What::Remark { watcher, .. } => watcher,
            _ => None,
        };
        self.repeat(&entry, watcher, '!', text, String::new(), Tone::Suspect);
    }

    fn subject(&self, machine: usize, watcher: Option<WatcherId>) -> String {
        match watcher {
            Some(watcher) => format!("{}#{}", self.name(machine), self.watcher(machine, watcher)),
            None => self.name(machine).to_owned(),
        }
    }

    fn cause(&self, machine: usize, cause: Cause) -> String {
        match cause {
            Cause::Watcher(watcher) => format!("by {}", self.watcher(machine, watcher)),
            Cause::Operator => "by an operator".to_owned(),
            Cause::Machine {
                machine,
                transition,
            } => {
                let event = self.transition(machine, transition);
                format!("after {} of {}", event, self.name(machine))
            }
            Cause::Elsewhere => "after another machine".to_owned(),
            Cause::Time => "at the end of the maintenance".to_owned(),
        }
    }

    fn name(&self, machine: usize) -> &str {
        self.machines.get(machine).map_or("", |it| &it.name)
    }

    fn state(&self, machine: usize, state: chorister_ir::StateId) -> &str {
        self.machines.get(machine).map_or("", |it| it.state(state))
    }

    fn transition(&self, machine: usize, transition: TransitionId) -> &str {
        let machine = self.machines.get(machine);
        machine.map_or("", |it| it.transition(transition))
    }

    fn watcher(&self, machine: usize, watcher: WatcherId) -> Cow<'_, str> {
        let machine = self.machines.get(machine);
        let watcher = machine.and_then(|it| it.watchers.get(usize::from(watcher.0)));
        watcher.map_or(Cow::Borrowed(""), |it| Cow::Borrowed(it.name.as_ref()))
    }
}

/// What marks a transition that was asked for in vain.
const REFUSED: char = '⊘';

fn look(outcome: Outcome) -> (Tone, char) {
    match outcome {
        Outcome::Error | Outcome::Warning | Outcome::Critical => (Tone::Bad, '✗'),
        Outcome::FailedWhen => (Tone::Bad, '✗'),
        Outcome::Unchanged | Outcome::NoMatch | Outcome::Unknown | Outcome::Skipped => {
            (Tone::Good, '=')
        }
        Outcome::Running => (Tone::Good, '◔'),
        Outcome::Stopped | Outcome::Off => (Tone::Good, '◌'),
        Outcome::On => (Tone::Good, '◉'),
        Outcome::Success
        | Outcome::Changed
        | Outcome::SuccessWhen
        | Outcome::Verified
        | Outcome::Downloaded
        | Outcome::Updated => (Tone::Good, '✓'),
    }
}
