//! The formats for programs: `json` and `structured`.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::value::{Escape, Layout, to_json};
use crate::{Outcome, TestResult, Value};

use super::View;

/// One result, in the order of `structured`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Record<'a> {
    successful: bool,
    skipped: bool,
    resource_id: &'a str,
    resource_type: &'a str,
    property: &'a str,
    title: &'a str,
    meta: Option<Value>,
    result: u8,
    err: Option<&'a str>,
    matcher_result: MatcherResult<'a>,
    start_time: String,
    end_time: String,
    duration: u64,
    summary_line: String,
    summary_line_compact: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct MatcherResult<'a> {
    actual: &'a Value,
    message: &'a str,
    expected: &'a Value,
    missing_elements: Option<&'a [Value]>,
    found_elements: Option<&'a [Value]>,
    extra_elements: Option<&'a [Value]>,
    transform_chain: Option<&'a [Value]>,
    untransformed_value: &'a Value,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Structured<'a> {
    results: Vec<Record<'a>>,
    summary: StructuredSummary,
    summary_line: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct StructuredSummary {
    test_count: usize,
    failed_count: usize,
    total_duration: u64,
}

/// Results and a summary with all keys sorted.
pub(super) fn json(view: &View<'_>) -> String {
    let records: Vec<Json> = view
        .results()
        .map(|result| {
            // A record is text, numbers and values: all of it is JSON.
            sorted(serde_json::to_value(record(view, result)).unwrap_or_default())
        })
        .collect();
    let summary = view.report.summary();
    let line = format!(
        "Count: {}, Failed: {}, Skipped: {}, Duration: {:.3}s",
        summary.count,
        summary.failed,
        summary.skipped,
        summary.duration.as_secs_f64()
    );
    let document = json!({
        // Compat: goss outputs/json.go: a list that nothing was added to is null.
        "results": if records.is_empty() { Json::Null } else { Json::Array(records) },
        "summary": {
            "failed-count": summary.failed,
            "skipped-count": summary.skipped,
            "summary-line": line,
            "test-count": summary.count,
            "total-duration": nanoseconds(summary.duration),
        },
    });
    written(&document, view.options.pretty, 4)
}

/// Results and a summary as go-choria reads them.
pub(super) fn structured(view: &View<'_>) -> String {
    let summary = view.report.summary();
    let document = Structured {
        results: view.results().map(|it| record(view, it)).collect(),
        summary: StructuredSummary {
            test_count: summary.count,
            failed_count: summary.failed,
            total_duration: nanoseconds(summary.duration),
        },
        summary_line: summary.to_string(),
    };
    written(&document, view.options.pretty, 2)
}

fn record<'a>(view: &View<'_>, result: &'a TestResult) -> Record<'a> {
    let comparison = &result.comparison;
    let transforms = comparison.transforms.as_slice();
    Record {
        successful: result.outcome != Outcome::Fail,
        skipped: result.outcome == Outcome::Skip,
        resource_id: &result.id,
        resource_type: result.kind.type_name(),
        property: result.property,
        title: &result.title,
        meta: (!result.meta.is_empty()).then(|| Value::Map(result.meta.clone())),
        result: result.outcome.number(),
        err: result.error.as_deref(),
        matcher_result: MatcherResult {
            actual: &comparison.actual,
            message: &comparison.message,
            expected: &comparison.expected,
            missing_elements: comparison.missing.as_deref(),
            found_elements: comparison.found.as_deref(),
            extra_elements: comparison.extra.as_deref(),
            transform_chain: (!transforms.is_empty()).then_some(transforms),
            untransformed_value: &comparison.untransformed,
        },
        start_time: result.started.to_string(),
        end_time: result.ended().to_string(),
        duration: nanoseconds(result.duration),
        summary_line: view.long(result),
        summary_line_compact: view.compact(result),
    }
}

/// The same document with sorted keys.
fn sorted(document: Json) -> Json {
    match document {
        Json::Object(entries) => {
            let mut entries: Vec<_> = entries
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            entries.sort_by(|(one, _), (two, _)| one.cmp(two));
            Json::Object(entries.into_iter().collect())
        }
        other => other,
    }
}

fn written(document: &impl Serialize, pretty: bool, blanks: usize) -> String {
    let layout = if pretty {
        Layout::Pretty(blanks)
    } else {
        Layout::Compact
    };
    let mut text = to_json(document, Escape::Html, layout);
    text.push('\n');
    text
}

fn nanoseconds(duration: core::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
