//! One line for a monitoring system.

use crate::Outcome;

use super::View;

pub(super) fn render(view: &View<'_>) -> String {
    let summary = view.report.summary();
    let status = if summary.failed > 0 { "CRITICAL" } else { "OK" };
    let seconds = summary.duration.as_secs_f64();
    let (count, failed, skipped) = (summary.count, summary.failed, summary.skipped);
    let mut text = format!(
        "GOSS {status} - Count: {count}, Failed: {failed}, Skipped: {skipped}, Duration: {seconds:.3}s"
    );
    if view.options.perfdata {
        text.push_str(&format!(
            "|total={count} failed={failed} skipped={skipped} duration={seconds:.3}s"
        ));
    }
    text.push('\n');
    if view.options.verbose {
        let failures = view.results().filter(|it| it.outcome == Outcome::Fail);
        for (index, result) in failures.enumerate() {
            let line = view.paint.outcome(result.outcome, &view.compact(result));
            text.push_str(&format!("Fail {} - {line}\n", index + 1));
        }
    }
    text
}
