//! What people and tools see of tests: `cases/NAME.test.yaml` is run, `cases/NAME.txt`, `.json` and `.xml` are what is
//! printed. `BLESS=1` writes what is printed now.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_spec::render::Color;
use chorister_spec::scenario::Suite;
use chorister_spec::{Options, Source, machine};
use chorister_testing::report::{self, Detail};
use chorister_testing::{Batch, Subject, run};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn source(name: &str) -> Source {
    Source::new(name, std::fs::read_to_string(folder().join(name)).unwrap())
}

/// The report about a file of tests of the machine `queue`, and the texts that it is about.
fn tested(name: &str) -> (report::Report, Vec<Source>) {
    let [spec, suite] = [source("queue.machine.yaml"), source(name)];
    let checked = machine::check(&spec, &Options::default());
    let tests = Suite::read(&suite).check(&[&checked]);
    assert_eq!(tests.diagnostics, []);
    let batch = Batch {
        file: Arc::clone(&suite.path),
        subjects: vec![Subject {
            file: Arc::clone(&spec.path),
            machine: checked.machine.unwrap().into(),
            check: None,
        }],
        tests: tests.tests,
    };
    let mut report = run(&[batch], &chorister_testing::Options::default());
    for tested in &mut report.tested {
        // Every run takes another time.
        tested.run.took = core::time::Duration::from_millis(3);
    }
    (report, vec![spec, suite])
}

#[track_caller]
fn check(name: &str, printed: &str) {
    let path = folder().join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, printed).unwrap();
    } else {
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(printed, golden, "{name} (BLESS=1 accepts it)");
    }
}

#[test]
fn a_failed_expectation_shows_where_it_turned() {
    let (report, sources) = tested("fails.test.yaml");
    assert!(report.has_failures());
    check(
        "fails.txt",
        &report::text(&report, &sources, Detail::Full, Color::Never),
    );
    check("fails.json", &report::json(&report));
}

#[test]
fn a_check_that_mends_itself_passes() {
    let (report, sources) = tested("heals.test.yaml");
    check(
        "heals.txt",
        &report::text(&report, &sources, Detail::Brief, Color::Never),
    );
    assert!(!report.has_failures());
}

#[cfg(feature = "junit")]
#[test]
fn continuous_integration_sees_failures() {
    let (report, sources) = tested("fails.test.yaml");
    check("fails.xml", &report::junit(&report, &sources).unwrap());
}
