//! What came of tests, for people and for tools.

mod json;
#[cfg(feature = "junit")]
mod junit;
mod text;

use std::sync::Arc;

use chorister_fsm::MachineRef;
use chorister_spec::scenario::{Action, Test};
use chorister_spec::{Code, Diagnostic};

use crate::batch::Subject;
use crate::coverage::Coverage;
use crate::run::{Failure, Place, TestRun};

pub use json::json;
#[cfg(feature = "junit")]
pub use junit::junit;
pub use text::{Detail, failures, summary, tests, text};

/// What came of some tests.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The tests that ran, in order.
    pub tested: Vec<Tested>,
    /// What they have seen of each machine.
    pub coverage: Vec<(Subject, Coverage)>,
    /// How many tests were not asked for.
    pub filtered: usize,
    /// How many tests did not run because another had failed.
    pub skipped: usize,
}

/// A test that ran.
#[derive(Clone, Debug)]
pub struct Tested {
    /// The file that it stands in.
    pub file: Arc<str>,
    /// The test.
    pub test: Test,
    /// Its machines.
    pub machines: Vec<MachineRef>,
    /// What came of it.
    pub run: TestRun,
}

impl Report {
    /// Whether a test failed.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.failed() > 0
    }

    /// How many tests failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.tested.iter().filter(|it| !it.run.passed()).count()
    }

    /// What failed, as findings at the expectations.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        self.tested.iter().flat_map(Tested::diagnostics).collect()
    }
}

impl Tested {
    /// The name of the machine that the test is about.
    #[must_use]
    pub fn machine(&self) -> &str {
        let machine = self.machines.get(self.test.machine);
        machine.map_or("", |it| it.name.as_ref())
    }

    /// What failed, as findings at the expectations.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let failures = self.run.failures.iter();
        failures.map(|it| self.diagnostic(it)).collect()
    }

    fn diagnostic(&self, failure: &Failure) -> Diagnostic {
        let place = match failure.place {
            Place::Test => &self.test.place,
            Place::Expectation(at) => self
                .test
                .expect
                .get(at)
                .map_or(&self.test.place, |it| &it.place),
            Place::Step(at, run) => {
                let step = self.test.steps.get(at);
                let run = step.zip(run).and_then(|(step, run)| match &step.action {
                    Action::Run(runs) => Some(&runs.get(run)?.place),
                    _ => None,
                });
                run.or(step.map(|it| &it.place)).unwrap_or(&self.test.place)
            }
        };
        Diagnostic {
            code: Code::TestFailed,
            severity: Code::TestFailed.severity(),
            message: format!("test `{}` failed: {}", self.test.name, failure.message),
            help: None,
            notes: Vec::new(),
            file: Arc::clone(&self.file),
            span: place.span,
            path: place.path.clone(),
            labels: Vec::new(),
        }
    }
}
