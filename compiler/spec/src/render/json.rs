//! Findings as JSON.

use serde_json::{Value, json as value};

use crate::diagnostic::Diagnostic;

/// An array of objects with `code`, `severity`, `message`, `help`, `file`, `line`, `column`, `end_line`, `end_column`
/// and `path`; lines and columns count from 1, the end is exclusive. Where something shows the finding there are `notes`.
#[must_use]
pub fn json(diagnostics: &[Diagnostic]) -> String {
    let items: Vec<Value> = diagnostics.iter().map(object).collect();
    let mut text = serde_json::to_string_pretty(&items).unwrap_or_default();
    text.push('\n');
    text
}

fn object(it: &Diagnostic) -> Value {
    let mut object = value!({
        "code": it.code.as_str(),
        "severity": it.severity.as_str(),
        "message": it.message,
        "help": it.help,
        "file": &*it.file,
        "line": it.span.start.line,
        "column": it.span.start.column,
        "end_line": it.span.end.line,
        "end_column": it.span.end.column,
        "path": it.path,
    });
    if !it.notes.is_empty() {
        object["notes"] = value!(it.notes);
    }
    object
}
