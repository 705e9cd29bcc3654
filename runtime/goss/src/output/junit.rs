//! JUnit's XML.

use crate::{Outcome, TestResult};

use super::View;

pub(super) fn render(view: &View<'_>) -> String {
    let summary = view.report.summary();
    let timestamp = summary
        .started
        .map(|it| it.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuite name=\"goss\" errors=\"0\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{:.3}\" \
         timestamp=\"{timestamp}\">\n",
        summary.count,
        summary.failed,
        summary.skipped,
        summary.duration.as_secs_f64()
    );
    for result in view.results() {
        text.push_str(&case(view, result));
    }
    text.push_str("</testsuite>\n");
    text
}

fn case(view: &View<'_>, result: &TestResult) -> String {
    let line = escaped(&view.compact(result));
    let body = match result.outcome {
        Outcome::Pass => format!("<system-out>{line}</system-out>"),
        Outcome::Skip => format!("<skipped/><system-out>{line}</system-out>"),
        Outcome::Fail => {
            format!("<system-err>{line}</system-err>\n<failure>{line}</failure>")
        }
    };
    format!(
        "<testcase name=\"{} {} {}\" time=\"{:.3}\">\n{body}\n</testcase>\n",
        result.kind.type_name(),
        escaped(&result.id),
        result.property,
        result.duration.as_secs_f64()
    )
}

/// Text as XML takes it; what XML has no room for becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' => escaped.push_str("&#x9;"),
            '\n' => escaped.push_str("&#xA;"),
            '\r' => escaped.push_str("&#xD;"),
            '\0'..'\x20' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(it),
        }
    }
    escaped
}
