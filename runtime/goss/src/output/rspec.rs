//! The formats for people: `rspecish` and `documentation`.

use crate::Outcome;

use super::{View, human, sort};

/// A character for each result, then what failed or was skipped.
pub(super) fn rspecish(view: &View<'_>) -> String {
    let mut text = String::new();
    for result in view.results() {
        let mark = match result.outcome {
            Outcome::Pass => ".",
            Outcome::Fail => "F",
            Outcome::Skip => "S",
        };
        text.push_str(&view.paint.outcome(result.outcome, mark));
    }
    finish(view, text)
}

/// Every result, then what failed or was skipped.
pub(super) fn documentation(view: &View<'_>) -> String {
    let mut text = String::new();
    for group in &view.groups {
        text.extend(group.first().map(human::header));
        for result in *group {
            let line = view.paint.outcome(result.outcome, &view.long(result));
            text.push_str(&line);
            text.push('\n');
        }
    }
    finish(view, text)
}

fn finish(view: &View<'_>, mut text: String) -> String {
    text.push_str("\n\n");
    let is_told = |outcome| outcome != Outcome::Pass;
    let mut groups = view.groups.clone();
    groups.retain(|group| group.iter().any(|it| is_told(it.outcome)));
    sort(&mut groups);
    if !groups.is_empty() {
        text.push_str("Failures/Skipped:\n\n");
    }
    for group in groups {
        text.extend(group.first().map(human::header));
        for result in group.iter().filter(|it| is_told(it.outcome)) {
            text.push_str(&view.paint.outcome(result.outcome, &view.long(result)));
            text.push('\n');
        }
        text.push('\n');
    }
    let summary = view.report.summary();
    let outcome = if summary.failed > 0 {
        Outcome::Fail
    } else {
        Outcome::Pass
    };
    let counts = format!(
        "Count: {}, Failed: {}, Skipped: {}",
        summary.count, summary.failed, summary.skipped
    );
    text.push_str(&format!(
        "Total Duration: {:.3}s\n{}\n",
        summary.duration.as_secs_f64(),
        view.paint.outcome(outcome, &counts)
    ));
    text
}
