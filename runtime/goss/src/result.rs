//! What came of a property, and of all of them.

use core::fmt;
use core::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::matcher::{Comparison, Verdict};
use crate::{Kind, Value};

/// What came of one property.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResult {
    /// The kind of resource.
    pub kind: Kind,
    /// The id of the resource as results show it; see [`Resource::shown_id`](crate::Resource::shown_id).
    pub id: String,
    /// The name of the property in results.
    pub property: &'static str,
    /// The title of the resource, or nothing.
    pub title: String,
    /// What people noted about the resource.
    pub meta: Vec<(String, Value)>,
    /// Whether it is as expected.
    pub outcome: Outcome,
    /// Why it failed without a comparison, or in one.
    pub error: Option<String>,
    /// What was compared with what; empty where nothing was.
    pub comparison: Comparison,
    /// When the look at the property began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
}

/// Whether a property is as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is.
    Pass,
    /// It is not, or nobody can say.
    Fail,
    /// Nobody looked.
    Skip,
}

/// What came of all resources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The results of each resource, in the order in which its properties are reported. No resource is without results.
    groups: Vec<Vec<TestResult>>,
}

/// A report in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// All results.
    pub count: usize,
    /// Those that failed.
    pub failed: usize,
    /// Those that were skipped.
    pub skipped: usize,
    /// From the first start to the last end.
    pub duration: Duration,
    /// The first start; nothing where there are no results.
    pub started: Option<Timestamp>,
}

// === impl TestResult ===

impl TestResult {
    /// Takes over what came of a comparison.
    #[must_use]
    pub fn with_verdict(self, verdict: Verdict) -> Self {
        Self {
            outcome: if verdict.passed {
                Outcome::Pass
            } else {
                Outcome::Fail
            },
            error: verdict.error,
            comparison: verdict.comparison,
            ..self
        }
    }

    /// When the look at the property ended.
    #[must_use]
    pub fn ended(&self) -> Timestamp {
        SignedDuration::try_from(self.duration)
            .ok()
            .and_then(|duration| self.started.checked_add(duration).ok())
            .unwrap_or(self.started)
    }

    /// What results are sorted by: kind and id.
    pub(crate) fn sort_key(&self) -> String {
        format!("{}:{}", self.kind.type_name(), self.id)
    }
}

// === impl Outcome ===

impl Outcome {
    /// Its number in documents: 0 passed, 1 failed, 2 skipped.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Skip => 2,
        }
    }

    /// Its name in metrics: `pass`, `fail`, `skip`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

// === impl Report ===

impl Report {
    /// Adds the results of one resource; none are no resource.
    pub fn push(&mut self, group: Vec<TestResult>) {
        if !group.is_empty() {
            self.groups.push(group);
        }
    }

    /// The results of each resource.
    #[must_use]
    pub fn groups(&self) -> &[Vec<TestResult>] {
        &self.groups
    }

    /// All results.
    pub fn results(&self) -> impl Iterator<Item = &TestResult> {
        self.groups.iter().flatten()
    }

    /// Whether nothing failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.results().all(|it| it.outcome != Outcome::Fail)
    }

    /// The report in numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let count = |outcome| self.results().filter(|it| it.outcome == outcome).count();
        let started = self.results().map(|it| it.started).min();
        let ended = self.results().map(TestResult::ended).max();
        let duration = started
            .zip(ended)
            .and_then(|(started, ended)| ended.duration_since(started).try_into().ok());
        Summary {
            count: self.results().count(),
            failed: count(Outcome::Fail),
            skipped: count(Outcome::Skip),
            duration: duration.unwrap_or_default(),
            started,
        }
    }
}

// === impl Summary ===

impl fmt::Display for Summary {
    /// The line that go-choria shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Count: {}, Failed: {}, Duration: {:.3}s",
            self.count,
            self.failed,
            self.duration.as_secs_f64()
        )
    }
}
