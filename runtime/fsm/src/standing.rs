//! How a check stands: its last result, those before it, and what follows from them.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use chorister_ir::{Flapping, Pair, Policy, Publish, Retry};
use chorister_lang::nagios::{PerfData, Status};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::results::{Execution, Measures, Results};
use crate::snapshot::{timestamp, unix};
use crate::{Check, UnixNanos};

/// The most bytes of an output that are kept.
const LONGEST_OUTPUT: usize = 64 << 10;

/// How a check stands.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckState {
    /// The command that was run, or the name of what is built in; empty before the first run.
    pub plugin: Arc<str>,
    /// What the last run came to, or what the machine was told since; `None` before the first.
    pub status: Option<Status>,
    /// What the last run printed, trimmed.
    pub output: Arc<str>,
    /// When the last run began.
    pub check_time: Option<Timestamp>,
    /// How long it took.
    pub runtime: Duration,
    /// The results that are remembered, oldest first; the last one has the performance data.
    pub history: Vec<Execution>,
    /// How many bad results there were in a row that do not count yet, and how many it takes.
    pub attempt: Option<(u32, u32)>,
    /// Whether it changes too often to be believed.
    pub flapping: bool,
    /// Why the last run did not take place.
    pub skipped: Option<Arc<str>>,
    /// When the result is too old to be believed.
    pub valid_until: Option<Timestamp>,
    /// Free text for those who show the check, sorted by key.
    pub annotations: Arc<[Pair]>,
}

/// What the engine remembers of a check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) status: Option<Status>,
    pub(crate) plugin: Arc<str>,
    pub(crate) output: Arc<str>,
    pub(crate) check_time: Option<UnixNanos>,
    results: Results,
    /// The status that counts.
    hard: Option<Status>,
    /// Bad results in a row that do not count yet.
    soft: u32,
    /// The last results, of which the share of changes is taken; the newest first.
    recent: VecDeque<Status>,
    flapping: bool,
    pub(crate) skipped: Option<Arc<str>>,
    /// How often the remedy has run since the check was OK.
    pub(crate) remedies: u32,
    /// Whether the run in progress was asked for by an operator.
    pub(crate) forced: bool,
    /// Which result was told last.
    told: Option<Status>,
    /// When something was told last.
    told_at: Option<UnixNanos>,
}

/// What a result means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// Whether it counts.
    pub(crate) is_hard: bool,
    /// Whether it is published.
    pub(crate) is_told: bool,
}

/// What is remembered of a check over a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckMemory {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u8>,
    #[serde(default, skip_serializing_if = "is_empty")]
    plugin: Arc<str>,
    #[serde(default, skip_serializing_if = "is_empty")]
    output: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check_time: Option<UnixNanos>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    history: Vec<PastExecution>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hard: Option<u8>,
    #[serde(default)]
    soft: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    recent: Vec<u8>,
    #[serde(default)]
    flapping: bool,
    #[serde(default)]
    remedies: u32,
}

/// One result, as it is remembered: when the run began, what it came to, and label, unit and value of what it measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct PastExecution(UnixNanos, u8, Vec<(String, String, f64)>);

fn is_empty(text: &Arc<str>) -> bool {
    text.is_empty()
}

fn status(code: u8) -> Option<Status> {
    Status::of_code(code.into())
}

// === impl CheckState ===

impl CheckState {
    /// What the last run measured.
    #[must_use]
    pub fn measures(&self) -> Measures {
        let last = self.history.last();
        last.map(|it| it.measures.clone()).unwrap_or_default()
    }

    /// Whether the result is too old to be believed; a check that has never run has none.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.valid_until.is_some_and(|until| until < now)
    }
}

// === impl Standing ===

impl Standing {
    /// Takes a result; what it means. `forced` results count at once.
    pub(crate) fn take(
        &mut self,
        result: Status,
        output: &str,
        data: &[PerfData],
        began: UnixNanos,
        now: UnixNanos,
        rules: &Rules<'_>,
    ) -> Judgement {
        self.status = Some(result);
        self.output = capped(output).into();
        self.check_time = Some(began);
        self.skipped = None;
        self.results.push(began, result, data);
        let flapped = self.flap(result, rules.flapping);
        let was = self.hard;
        let is_hard = self.settle(result, rules.retry);
        let changed = flapped || (is_hard && was != self.hard);
        Judgement {
            is_hard,
            is_told: self.tell(result, changed, now, rules.publish),
        }
    }

    /// Whether a result counts.
    fn settle(&mut self, result: Status, retry: Retry) -> bool {
        let forced = core::mem::take(&mut self.forced);
        let is_problem = self.hard.is_some_and(|it| it != Status::Ok);
        // Recovery counts at once, and so does a problem that becomes another one.
        let is_hard = forced
            || result == Status::Ok
            || is_problem
            || self.soft.saturating_add(1) >= retry.attempts;
        if is_hard {
            self.hard = Some(result);
            self.soft = 0;
        } else {
            self.soft = self.soft.saturating_add(1);
        }
        if result == Status::Ok {
            self.remedies = 0;
        }
        is_hard
    }

    /// Looks at the share of changes; true where the check begins or ceases to flap.
    fn flap(&mut self, result: Status, flapping: Option<Flapping>) -> bool {
        let Some(rule) = flapping else {
            self.recent.clear();
            return core::mem::take(&mut self.flapping);
        };
        self.recent.push_front(result);
        self.recent.truncate(usize::from(rule.window.max(2)));
        let pairs = self.recent.iter().zip(self.recent.iter().skip(1));
        let changes = pairs.filter(|(one, other)| one != other).count();
        // A window that is not full yet counts as if nothing had changed before.
        let share = changes as f64 * 100.0 / f64::from(rule.window.max(2) - 1);
        let flaps = match self.flapping {
            true => share > rule.low,
            false => share >= rule.high,
        };
        core::mem::replace(&mut self.flapping, flaps) != flaps
    }

    /// Whether a result is published.
    fn tell(&mut self, result: Status, changed: bool, now: UnixNanos, publish: Publish) -> bool {
        let before = self.told.replace(result);
        let is_told = match publish.policy {
            Policy::All => true,
            Policy::Changes => changed || before.is_none(),
            Policy::Failing => {
                result != Status::Ok || before.is_some_and(|before| changed || before != Status::Ok)
            }
        };
        let is_due = publish.summary.is_some_and(|every| {
            let every = i64::try_from(every.as_nanos()).unwrap_or(i64::MAX);
            self.told_at
                .is_none_or(|at| now.saturating_sub(at) >= every)
        });
        if is_told || is_due {
            self.told_at = Some(now);
        }
        is_told || is_due
    }

    /// Whether bad results come in that do not count yet.
    pub(crate) fn is_soft(&self) -> bool {
        self.soft > 0
    }

    /// Takes what the machine was told: it is in the state of this name now. True where that is news.
    pub(crate) fn told(&mut self, status: Status) -> bool {
        self.status = Some(status);
        self.soft = 0;
        self.hard.replace(status) != Some(status)
    }

    /// How it stands, for those who ask.
    pub(crate) fn state(&self, rules: &Rules<'_>, runtime: Duration) -> CheckState {
        let valid = rules.valid_for();
        CheckState {
            plugin: Arc::clone(&self.plugin),
            status: self.status,
            output: Arc::clone(&self.output),
            check_time: self.check_time.map(timestamp),
            runtime,
            history: self.results.iter().collect(),
            attempt: (self.soft > 0).then_some((self.soft, rules.retry.attempts)),
            flapping: self.flapping,
            skipped: self.skipped.clone(),
            valid_until: self
                .check_time
                .and_then(|it| timestamp(it).checked_add(valid).ok()),
            annotations: rules.annotations(),
        }
    }

    pub(crate) fn memory(&self) -> CheckMemory {
        let history = self.results.iter().map(|it| {
            let measures = it.measures.iter();
            let measures = measures.map(|(label, unit, value)| (label.into(), unit.into(), value));
            PastExecution(unix(it.time), it.status.code(), measures.collect())
        });
        CheckMemory {
            status: self.status.map(Status::code),
            plugin: Arc::clone(&self.plugin),
            output: Arc::clone(&self.output),
            check_time: self.check_time,
            history: history.collect(),
            hard: self.hard.map(Status::code),
            soft: self.soft,
            recent: self.recent.iter().map(|it| it.code()).collect(),
            flapping: self.flapping,
            remedies: self.remedies,
        }
    }

    pub(crate) fn restore(memory: &CheckMemory) -> Self {
        let mut standing = Self {
            status: memory.status.and_then(status),
            plugin: Arc::clone(&memory.plugin),
            output: Arc::clone(&memory.output),
            check_time: memory.check_time,
            hard: memory.hard.and_then(status),
            soft: memory.soft,
            recent: memory.recent.iter().copied().filter_map(status).collect(),
            flapping: memory.flapping,
            remedies: memory.remedies,
            ..Self::default()
        };
        for PastExecution(began, code, measures) in &memory.history {
            if let Some(status) = status(*code) {
                standing.results.restore(*began, status, measures);
            }
        }
        standing.told = standing.status;
        standing
    }
}

/// By what rules results are judged.
pub(crate) struct Rules<'a> {
    pub(crate) retry: Retry,
    pub(crate) flapping: Option<Flapping>,
    pub(crate) publish: Publish,
    interval: Option<Duration>,
    timeout: Duration,
    watcher: &'a [Pair],
    check: Option<&'a Check>,
}

impl<'a> Rules<'a> {
    /// Those of a watcher, or of the check that it runs.
    pub(crate) fn of(
        nagios: &'a chorister_ir::Nagios,
        interval: Option<Duration>,
        check: Option<&'a Check>,
    ) -> Self {
        let defaults = &chorister_ir::CheckDefaults::DEFAULT;
        Self {
            retry: check.map_or(defaults.retry, |it| it.retry),
            flapping: check.and_then(|it| it.flapping),
            publish: check.map_or(defaults.publish, |it| it.publish),
            interval: check.map_or(interval, |it| Some(it.interval)),
            timeout: check.map_or(nagios.timeout, |it| it.timeout),
            watcher: &nagios.annotations,
            check,
        }
    }

    /// How long a result is believed: until the next run but one should have ended.
    fn valid_for(&self) -> SignedDuration {
        // What only runs when it is asked to has results that stay.
        let Some(interval) = self.interval else {
            return SignedDuration::MAX;
        };
        let valid = interval.saturating_mul(2).saturating_add(self.timeout);
        SignedDuration::try_from(valid).unwrap_or(SignedDuration::MAX)
    }

    /// How long a run may take, for people.
    pub(crate) fn timeout_text(&self) -> String {
        chorister_lang::duration::brief(self.timeout)
    }

    fn annotations(&self) -> Arc<[Pair]> {
        match self.check {
            Some(check) => Arc::clone(&check.annotations),
            None => self.watcher.into(),
        }
    }
}

/// An output without what is too much of it.
fn capped(output: &str) -> std::borrow::Cow<'_, str> {
    if output.len() <= LONGEST_OUTPUT {
        return output.into();
    }
    let kept = output.floor_char_boundary(LONGEST_OUTPUT);
    let cut = output.len() - kept;
    format!("{} ({cut} bytes more)", &output[..kept]).into()
}
