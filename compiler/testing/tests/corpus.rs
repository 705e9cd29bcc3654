//! Machines of others: whatever an operator fires, a simulation of them ends and says something.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may panic, and say what it does not test"
)]

use std::path::PathBuf;
use std::sync::Arc;

use chorister_spec::scenario::Suite;
use chorister_spec::{Options, Source, machine};
use chorister_testing::report::{self, Detail};
use chorister_testing::{Batch, Subject, run};

/// The shared data, where it is; else one line says what was not run.
fn shared() -> Option<PathBuf> {
    let set = std::env::var_os("CHORISTER_SHARED").map(PathBuf::from);
    let needed = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = set.unwrap_or_else(beside);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(!needed, "{} is not there", folder.display());
    println!("not run: machines of the corpus under test");
    None
}

#[test]
fn corpus_machines_can_be_driven_by_their_operators() {
    let Some(folder) = shared().map(|it| it.join("corpus/machines")) else {
        return;
    };
    let mut batches = Vec::new();
    let mut sources = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some((batch, source)) = smoke(&path) {
                batches.push(batch);
                sources.push(source);
            }
        }
    }
    assert!(batches.len() > 20, "only {} machines", batches.len());
    let report = run(&batches, &chorister_testing::Options::default());
    assert_eq!(report.tested.len(), batches.len());
    assert_eq!(
        report.failed(),
        0,
        "{}",
        report::failures(&report, &sources, Default::default())
    );
    let text = report::text(&report, &sources, Detail::Full, Default::default());
    assert!(!text.is_empty());
}

/// A test that fires each transition of a machine twice, at its own time, and expects that it lives.
fn smoke(path: &std::path::Path) -> Option<(Batch, Source)> {
    let name = path.to_str()?;
    if !name.ends_with(".yaml") && !name.ends_with(".json") {
        return None;
    }
    let bytes = std::fs::read(path).unwrap();
    let spec = Source::from_bytes(name, bytes).ok()?;
    let lenient = Options {
        lenient: true,
        build: false,
    };
    let checked = machine::check(&spec, &lenient);
    let machine = checked.machine.clone()?;
    let events = machine.transitions.iter().chain(machine.transitions.iter());
    let steps: String = events
        .map(|it| {
            format!(
                "      - {{after: 10m, event: {}}}\n",
                serde_json::json!(it.name)
            )
        })
        .collect();
    let initial = serde_json::json!(machine.state(machine.initial));
    let text = format!(
        "tests:\n  - name: smoke\n    steps:\n{steps}    expect:\n      - {{eventually: {{state: {initial}}}}}\n"
    );
    let suite = Source::new(format!("{name}.test.yaml"), text);
    let tests = Suite::read(&suite).check(&[&checked]);
    assert_eq!(tests.diagnostics, [], "{name}");
    let batch = Batch {
        file: Arc::clone(&suite.path),
        subjects: vec![Subject {
            file: Arc::clone(&spec.path),
            machine: machine.into(),
            check: None,
        }],
        tests: tests.tests,
    };
    Some((batch, suite))
}
