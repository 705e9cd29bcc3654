//! Running many tests, on as many threads as there are processors.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use chorister_fsm::{Check, MachineRef};
use chorister_spec::scenario::Test;

use crate::coverage::Coverage;
use crate::report::{Report, Tested};
use crate::run::run_with;

/// Tests that are about the same machines.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The file that the tests stand in, as people see it.
    pub file: Arc<str>,
    /// The machines, in the order of their ids.
    pub subjects: Vec<Subject>,
    /// The tests.
    pub tests: Vec<Test>,
}

/// A machine that tests are about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The file of its spec; tests in several files about one machine count together.
    pub file: Arc<str>,
    /// The machine.
    pub machine: MachineRef,
    /// What it runs, where it is that of a check class.
    pub check: Option<Arc<Check>>,
}

/// Which tests are run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only tests with this text in `FILE: MACHINE: NAME`, in any case.
    pub filter: Option<String>,
    /// Whether no test is begun after one has failed.
    pub fail_fast: bool,
}

/// Runs tests; results are in the order of the batches and of their files.
#[must_use]
pub fn run(batches: &[Batch], options: &Options) -> Report {
    let wanted: Vec<(&Batch, &Test)> = batches
        .iter()
        .flat_map(|batch| batch.tests.iter().map(move |test| (batch, test)))
        .filter(|(batch, test)| options.wants(batch, test))
        .collect();
    let total: usize = batches.iter().map(|it| it.tests.len()).sum();
    let results = run_all(&wanted, options.fail_fast);
    let mut coverage = coverage(batches);
    let mut tested = Vec::with_capacity(wanted.len());
    for ((batch, test), result) in wanted.iter().zip(results) {
        let Some(run) = result else { continue };
        let mut seen = BTreeMap::new();
        Coverage::observe(&run.timeline, &mut seen);
        for (place, seen) in seen {
            if let Some(subject) = batch.subjects.get(place)
                && let Some(own) = coverage.iter_mut().find(|it| it.0.file == subject.file)
            {
                own.1.add(&seen);
            }
        }
        tested.push(Tested {
            file: Arc::clone(&batch.file),
            test: (*test).clone(),
            machines: batch.subjects.iter().map(|it| it.machine.clone()).collect(),
            run,
        });
    }
    Report {
        filtered: total - wanted.len(),
        skipped: wanted.len() - tested.len(),
        tested,
        coverage,
    }
}

impl Options {
    fn wants(&self, batch: &Batch, test: &Test) -> bool {
        let Some(filter) = &self.filter else {
            return true;
        };
        let machine = batch.subjects.get(test.machine);
        let machine = machine.map_or("", |it| it.machine.name.as_ref());
        let line = format!("{}: {machine}: {}", batch.file, test.name);
        line.to_lowercase().contains(&filter.to_lowercase())
    }
}

/// Every machine that has tests, each once.
fn coverage(batches: &[Batch]) -> Vec<(Subject, Coverage)> {
    let mut all: Vec<(Subject, Coverage)> = Vec::new();
    for batch in batches.iter().filter(|it| !it.tests.is_empty()) {
        for subject in &batch.subjects {
            if all.iter().all(|it| it.0.file != subject.file) {
                all.push((subject.clone(), Coverage::default()));
            }
        }
    }
    all
}

/// What came of each test; nothing of those that were not begun.
fn run_all(tests: &[(&Batch, &Test)], fail_fast: bool) -> Vec<Option<crate::TestRun>> {
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let results = Mutex::new(vec![None; tests.len()]);
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((batch, test)) = tests.get(at) else {
                return;
            };
            let machines: Vec<_> = batch.subjects.iter().map(|it| it.machine.clone()).collect();
            let checks: Vec<_> = batch.subjects.iter().map(|it| it.check.clone()).collect();
            let run = run_with(test, &machines, &checks);
            if fail_fast && !run.passed() {
                stop.store(true, Ordering::Relaxed);
            }
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(slot) = results.get_mut(at) {
                *slot = Some(run);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(tests.len()) {
            scope.spawn(work);
        }
        work();
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}
