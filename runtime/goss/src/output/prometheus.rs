//! Counters in the text format of Prometheus.

use std::collections::BTreeMap;

use crate::Outcome;

use super::View;

pub(super) fn render(view: &View<'_>) -> String {
    let summary = view.report.summary();
    let mut counts = Metric::default();
    let mut durations = Metric::default();
    for result in view.results() {
        let kind = result.kind.type_name().to_ascii_lowercase();
        let id = match view.options.verbose {
            true => format!("resource_id=\"{}\",", escaped(&result.id)),
            false => String::new(),
        };
        let labels = format!("outcome=\"{}\",{id}type=\"{kind}\"", result.outcome.name());
        counts.add(labels.clone(), 1);
        durations.add(labels, result.duration.as_millis());
    }
    let outcome = view
        .results()
        .map(|it| it.outcome)
        .min_by_key(|it| match it {
            Outcome::Fail => 0,
            Outcome::Pass => 1,
            Outcome::Skip => 2,
        });
    let run = format!("outcome=\"{}\"", outcome.map_or("unknown", Outcome::name));
    let mut text = String::new();
    durations.print(
        "goss_tests_outcomes_duration_milliseconds",
        "The duration of tests from this run. Note; tests run concurrently.",
        &mut text,
    );
    counts.print(
        "goss_tests_outcomes_total",
        "The number of test-outcomes from this run.",
        &mut text,
    );
    Metric::of(run.clone(), summary.duration.as_millis()).print(
        "goss_tests_run_duration_milliseconds",
        "The end-to-end duration of this run.",
        &mut text,
    );
    Metric::of(run, 1).print(
        "goss_tests_run_outcomes_total",
        "The outcomes of this run as a whole.",
        &mut text,
    );
    text
}

/// The values of a counter by its labels.
#[derive(Default)]
struct Metric(BTreeMap<String, u128>);

// === impl Metric ===

impl Metric {
    fn of(labels: String, value: u128) -> Self {
        Self(BTreeMap::from([(labels, value)]))
    }

    fn add(&mut self, labels: String, value: u128) {
        let sum = self.0.entry(labels).or_default();
        *sum = sum.saturating_add(value);
    }

    fn print(&self, name: &str, help: &str, text: &mut String) {
        if self.0.is_empty() {
            return;
        }
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} counter\n"));
        for (labels, value) in &self.0 {
            text.push_str(&format!("{name}{{{labels}}} {value}\n"));
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('"', "\\\"")
}
