//! One result for people.

use serde::Serialize;
use similar::TextDiff;

use crate::value::{Escape, Layout, to_json};
use crate::{Outcome, TestResult, Value};

use super::Options;

/// Lines of either side of a difference; beyond them none is shown.
const DIFF_LIMIT: usize = 2000;

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Many lines.
    Long,
    /// One line.
    Compact,
}

/// A result, without colours.
pub(super) fn result(result: &TestResult, shape: Shape, options: &Options) -> String {
    let subject = format!(
        "{}: {}: {}:",
        result.kind.type_name(),
        result.id,
        result.property
    );
    match result.outcome {
        Outcome::Skip => format!("{subject} skipped"),
        Outcome::Pass => {
            let expected = json(&result.comparison.expected);
            format!("{subject} {}: {expected}", result.comparison.message)
        }
        Outcome::Fail => {
            let mut parts = vec![subject];
            failure(result, shape, options, &mut parts);
            parts.join(match shape {
                Shape::Long => "\n",
                Shape::Compact => " ",
            })
        }
    }
}

/// Title and notes of a resource, on lines of their own.
pub(super) fn header(result: &TestResult) -> String {
    let mut header = String::new();
    if !result.title.is_empty() {
        header.push_str(&format!("Title: {}\n", result.title));
    }
    if !result.meta.is_empty() {
        header.push_str("Meta:\n");
        let mut meta: Vec<_> = result.meta.iter().collect();
        meta.sort_by_key(|(key, _)| key);
        for (key, value) in meta {
            header.push_str(&format!("    {key}: {value}\n"));
        }
    }
    header
}

fn failure(result: &TestResult, shape: Shape, options: &Options, parts: &mut Vec<String>) {
    let comparison = &result.comparison;
    let shown = |value: &dyn Fn() -> String| match shape {
        Shape::Long => indented(&value()),
        Shape::Compact => value(),
    };
    let value = |value: &Value| shown(&|| json(value));
    let list = |values: &[Value]| shown(&|| json(&values));
    if let Some(error) = &result.error {
        parts.push("Error".to_owned());
        parts.push(match shape {
            Shape::Long => indented(error),
            Shape::Compact => squeezed(error),
        });
    } else {
        parts.push("Expected".to_owned());
        parts.push(value(&comparison.actual));
        parts.push(comparison.message.clone().into_owned());
        parts.push(value(&comparison.expected));
        if let (Value::String(expected), Value::String(actual), Shape::Long) =
            (&comparison.expected, &comparison.actual, shape)
        {
            difference(expected, actual, parts);
        }
    }
    if let Some(missing) = &comparison.missing {
        parts.push("the missing elements were".to_owned());
        parts.push(list(missing));
    }
    if let Some(extra) = &comparison.extra {
        parts.push("the extra elements were".to_owned());
        parts.push(list(extra));
    }
    if !comparison.transforms.is_empty() {
        parts.push("the transform chain was".to_owned());
        parts.push(list(&comparison.transforms));
        if !options.exclude_raw {
            parts.push("the raw value was".to_owned());
            parts.push(value(&comparison.untransformed));
        }
    }
}

fn difference(expected: &str, actual: &str, parts: &mut Vec<String>) {
    if expected == actual {
        return;
    }
    let expected: Vec<_> = expected.split('\n').collect();
    let actual: Vec<_> = actual.split('\n').collect();
    if expected.len().max(actual.len()) > DIFF_LIMIT {
        return;
    }
    let diff = TextDiff::from_slices(&expected, &actual);
    let text = diff
        .unified_diff()
        .context_radius(1)
        .missing_newline_hint(false)
        .header("test", "actual")
        .to_string();
    parts.push("diff".to_owned());
    parts.push(indented(&text));
}

fn json(value: &impl Serialize) -> String {
    to_json(value, Escape::Plain, Layout::Compact)
}

/// Every line four blanks further in, without line ends after the last.
fn indented(text: &str) -> String {
    let lines: Vec<_> = text
        .trim_end_matches('\n')
        .split('\n')
        .map(|line| format!("    {line}"))
        .collect();
    lines.join("\n")
}

/// All white space as single blanks.
fn squeezed(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for part in text.split_inclusive([' ', '\t', '\n', '\x0C', '\r']) {
        let word = part.trim_end_matches([' ', '\t', '\n', '\x0C', '\r']);
        squeezed.push_str(word);
        if word.len() < part.len() && !squeezed.ends_with(' ') {
            squeezed.push(' ');
        }
    }
    squeezed
}
