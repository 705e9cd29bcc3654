//! Findings as SARIF 2.1.0, which code hosts show beside the lines.

use std::collections::BTreeSet;

use serde_json::{Value, json as value};

use chorister_yaml::Span;

use crate::diagnostic::{Diagnostic, Severity};

/// One SARIF log with one run.
#[must_use]
pub fn sarif(diagnostics: &[Diagnostic]) -> String {
    let codes: BTreeSet<_> = diagnostics.iter().map(|it| it.code).collect();
    let rules: Vec<Value> = codes
        .into_iter()
        .map(|code| {
            value!({
                "id": code.as_str(),
                "shortDescription": {"text": code.title()},
                "help": {"text": code.page(), "markdown": code.page()},
                "defaultConfiguration": {"level": code.severity().as_str()},
            })
        })
        .collect();
    let results: Vec<Value> = diagnostics.iter().map(result).collect();
    let log = value!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "choristerc",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn result(it: &Diagnostic) -> Value {
    let mut message = it.message.clone();
    for note in &it.notes {
        message.push_str(&format!("\nNote: {note}"));
    }
    if let Some(help) = &it.help {
        message.push_str(&format!("\nHelp: {help}"));
    }
    let related: Vec<Value> = it
        .labels
        .iter()
        .map(|label| {
            let mut place = location(label.file.as_deref().unwrap_or(&it.file), label.span);
            place["message"] = value!({"text": label.text});
            place
        })
        .collect();
    let mut place = location(&it.file, it.span);
    if !it.path.is_empty() {
        place["logicalLocations"] = value!([{"fullyQualifiedName": it.path}]);
    }
    value!({
        "ruleId": it.code.as_str(),
        "level": match it.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        "message": {"text": message},
        "locations": [place],
        "relatedLocations": related,
    })
}

fn location(file: &str, span: Span) -> Value {
    value!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(file)},
            "region": {
                "startLine": span.start.line,
                "startColumn": span.start.column,
                "endLine": span.end.line,
                "endColumn": span.end.column,
            },
        },
    })
}

/// A path as a relative URI reference: what is not allowed in one is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
