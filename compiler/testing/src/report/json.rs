//! Results as JSON.

use chorister_lang::duration::brief;
use serde_json::{Value, json};

use super::{Report, Tested};
use crate::coverage::Covered;
use crate::story::Story;

/// An object with `tests`, `coverage` and counts, as text that ends with a line feed.
///
/// Lines and columns are from 1. A test that failed has `failures`, and `timeline` as it is shown to people.
#[must_use]
pub fn json(report: &Report) -> String {
    let failed = report.failed();
    let value = json!({
        "passed": report.tested.len() - failed,
        "failed": failed,
        "not_run": report.skipped,
        "not_asked_for": report.filtered,
        "tests": report.tested.iter().map(test).collect::<Vec<_>>(),
        "coverage": report
            .coverage
            .iter()
            .map(|(subject, seen)| {
                let machine = &subject.machine;
                json!({
                    "machine": machine.name,
                    "file": &*subject.file,
                    "states": covered(&seen.states(machine)),
                    "transitions": covered(&seen.transitions(machine)),
                    "watchers": covered(&seen.watchers(machine)),
                })
            })
            .collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn test(tested: &Tested) -> Value {
    let start = tested.test.place.span.start;
    let mut value = json!({
        "name": tested.test.name,
        "machine": tested.machine(),
        "file": &*tested.file,
        "line": start.line,
        "column": start.column,
        "passed": tested.run.passed(),
        "seconds": tested.run.took.as_secs_f64(),
    });
    if !tested.run.passed() {
        value["failures"] = failures(tested);
        value["timeline"] = timeline(tested);
    }
    value
}

fn failures(tested: &Tested) -> Value {
    let places = tested.diagnostics().into_iter().zip(&tested.run.failures);
    places
        .map(|(at, failure)| {
            json!({
                "message": failure.message,
                "expected": failure.expected,
                "path": at.path,
                "line": at.span.start.line,
                "column": at.span.start.column,
                "end_line": at.span.end.line,
                "end_column": at.span.end.column,
            })
        })
        .collect()
}

fn timeline(tested: &Tested) -> Value {
    let lines = Story::of(tested).lines.into_iter();
    lines
        .map(|line| {
            let mut value = json!({"text": line.text});
            if let Some(at) = line.at {
                value["at"] = brief(at).into();
            }
            if !line.machine.is_empty() {
                value["machine"] = line.machine.into();
            }
            if let Some(mark) = line.mark {
                value["mark"] = mark.into();
            }
            value
        })
        .collect()
}

fn covered(it: &Covered) -> Value {
    json!({"seen": it.seen, "of": it.of, "missing": it.missing})
}
