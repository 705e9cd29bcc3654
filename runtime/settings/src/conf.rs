//! go-choria's files: one `key = value` a line.
//!
//! ```text
//! line = blank | "#" any | key "=" value      key: up to the first "=" that has something before it
//! ```
//!
//! Values may hold `=`, are not quoted, and have no comments behind them. What is no such line sets nothing.

use std::sync::Arc;

use chorister_yaml::{ErrorKind, Position, Span};

use crate::LIMITS;
use crate::finding::{Finding, Mistake};

/// A line that sets something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'t> {
    /// The key.
    pub key: &'t str,
    /// Where it stands.
    pub key_span: Span,
    /// The value, which is not empty.
    pub value: &'t str,
    /// Where it stands.
    pub value_span: Span,
}

/// The lines of a file that set something, and what is wrong with others.
#[must_use]
pub fn lines<'t>(file: &Arc<str>, text: &'t str) -> (Vec<Line<'t>>, Vec<Finding>) {
    let (mut lines, mut findings) = (Vec::new(), Vec::new());
    let finding = |mistake, span, key: &str, message: String, help: &str| Finding {
        mistake,
        file: Arc::clone(file),
        span,
        key: key.to_owned(),
        message,
        help: Some(help.to_owned()),
        guard: matches!(mistake, Mistake::Text(_)).then(|| file.to_string()),
    };
    if text.len() > LIMITS.input {
        findings.push(finding(
            Mistake::Text(ErrorKind::TooLarge),
            Span::default(),
            "",
            format!("the file is larger than {} bytes", LIMITS.input),
            "a configuration is some dozen lines",
        ));
        return (lines, findings);
    }
    let mut at = Position::START;
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            at.offset = 3;
            rest
        }
        None => text,
    };
    for (count, whole) in text.split('\n').enumerate() {
        // A lone carriage return ends no line here, whatever it does in YAML.
        let start = Position {
            line: u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1),
            column: 1,
            ..at
        };
        at.offset = at
            .offset
            .saturating_add(u32::try_from(whole.len()).unwrap_or(u32::MAX))
            .saturating_add(1);
        let trimmed = whole.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let place = |part: &str| stretch(start, whole, part);
        match parse(trimmed) {
            Some((key, value)) => lines.push(Line {
                key,
                key_span: place(key),
                value,
                value_span: place(value),
            }),
            None => match trimmed.strip_suffix('=').map(str::trim_end) {
                Some(key) if !key.is_empty() => findings.push(finding(
                    Mistake::Line,
                    place(trimmed),
                    key,
                    format!("`{key}` has no value, and the line sets nothing"),
                    "write a value, or leave the line out: the default is used then",
                )),
                _ => findings.push(finding(
                    Mistake::Line,
                    place(trimmed),
                    trimmed.split_whitespace().next().unwrap_or_default(),
                    format!("`{}` sets nothing", first_word(trimmed)),
                    "write `key = value`, or `#` before a comment",
                )),
            },
        }
    }
    (lines, findings)
}

/// The key and the value of a line without blanks around it.
fn parse(line: &str) -> Option<(&str, &str)> {
    // Compat: go-choria config/config.go: an `=` at the beginning is part of the key.
    let equals = line.char_indices().skip(1).find(|(_, it)| *it == '=')?.0;
    let (key, value) = (line.get(..equals)?, line.get(equals + 1..)?);
    let (key, value) = (key.trim_end(), value.trim_start());
    (!value.is_empty()).then_some((key, value))
}

/// Where a part of a line stands.
fn stretch(start: Position, line: &str, part: &str) -> Span {
    let before = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
    let columns = |it: &str| u32::try_from(it.chars().count()).unwrap_or(u32::MAX);
    let bytes = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    let from = Position {
        offset: start.offset.saturating_add(bytes(before)),
        column: start
            .column
            .saturating_add(columns(line.get(..before).unwrap_or_default())),
        ..start
    };
    let to = Position {
        offset: from.offset.saturating_add(bytes(part.len())),
        column: from.column.saturating_add(columns(part)),
        ..from
    };
    Span::new(from, to)
}

/// The first word of a line: what follows may be a secret.
fn first_word(line: &str) -> String {
    let word = line.split_whitespace().next().unwrap_or_default();
    let short: String = word.chars().take(40).collect();
    match short.len() < line.len() {
        true => format!("{short} …"),
        false => short,
    }
}

#[cfg(test)]
mod tests;
