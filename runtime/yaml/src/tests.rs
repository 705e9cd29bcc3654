//! Tests of the whole reader.

mod bombs;
mod corpus;
mod errors;
mod properties;
mod spans;
mod trees;

use crate::{Entry, Error, Format, Limits, Merge, Node, Parsed, Style, Value, parse};

/// A tree in one line: `{key: plain, key: 'single', key: "double", key: |literal, key: >folded, key: [item]}`; merged
/// entries begin with `<<`, those that replace one with `!`, and aliases with `*`.
fn show(node: &Node) -> String {
    let alias = if node.alias_of.is_some() { "*" } else { "" };
    let value = match &node.value {
        Value::Scalar(scalar) => match scalar.style {
            Style::Plain => scalar.text.clone(),
            Style::Single => format!("'{}'", scalar.text),
            Style::Double => format!("{:?}", scalar.text),
            Style::Literal => format!("|{:?}", scalar.text),
            Style::Folded => format!(">{:?}", scalar.text),
        },
        Value::Sequence(items) => {
            format!(
                "[{}]",
                items.iter().map(show).collect::<Vec<_>>().join(", ")
            )
        }
        Value::Mapping(entries) => {
            format!(
                "{{{}}}",
                entries
                    .iter()
                    .map(show_entry)
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
    };
    format!("{alias}{value}")
}

fn show_entry(entry: &Entry) -> String {
    let merge = match entry.merge {
        Merge::None => "",
        Merge::From(_) => "<<",
        Merge::Replaces(_) => "!",
    };
    format!("{merge}{}: {}", entry.key.text, show(&entry.value))
}

/// An error in a few lines: place, message, then help and the other place where there are such.
fn show_error(error: &Error) -> String {
    let mut text = format!("{}-{} {}", error.span.start, error.span.end, error.message);
    if let Some(help) = &error.help {
        text += &format!("\n  help: {help}");
    }
    if let Some((span, label)) = &error.related {
        text += &format!("\n  {}-{} {label}", span.start, span.end);
    }
    text
}

fn show_errors(parsed: &Parsed) -> String {
    parsed
        .errors
        .iter()
        .map(show_error)
        .collect::<Vec<_>>()
        .join("\n")
}

fn yaml(source: &str) -> Parsed {
    parse(source, Format::Yaml, &Limits::SPEC)
}

fn json(source: &str) -> Parsed {
    parse(source, Format::Json, &Limits::SPEC)
}

/// Reads without errors.
fn tree(source: &str) -> Node {
    let parsed = yaml(source);
    assert_eq!(show_errors(&parsed), "", "{source}");
    parsed.root.expect("a tree")
}
