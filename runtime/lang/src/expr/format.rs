//! Values as text, the way Go prints them.

use core::fmt::Write;

use super::value::Val;

/// The text of a value as Go's `%v` has it: `[a b]`, `map[a:1]`, `<nil>`.
pub(super) fn display(value: &Val<'_>) -> String {
    let mut text = String::new();
    write_display(&mut text, value);
    text
}

/// The text of a value as indented JSON with sorted keys, safe to stand in HTML.
pub(super) fn json(value: &Val<'_>) -> String {
    let mut text = String::new();
    write_json(&mut text, value, 0);
    text
}

fn write_display(out: &mut String, value: &Val<'_>) {
    match value {
        Val::Nil => out.push_str("<nil>"),
        Val::Bool(value) => push(out, format_args!("{value}")),
        Val::Int(value) => push(out, format_args!("{value}")),
        Val::Float(value) => match float(*value, -4..6) {
            (text, None) => out.push_str(&text),
            (mantissa, Some(exponent)) => {
                let sign = if exponent < 0 { '-' } else { '+' };
                push(
                    out,
                    format_args!("{mantissa}e{sign}{:02}", exponent.unsigned_abs()),
                );
            }
        },
        Val::Str(text) => out.push_str(text),
        Val::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                write_display(out, &item);
            }
            out.push(']');
        }
        Val::Map(members) => {
            out.push_str("map[");
            let mut members: Vec<_> = members
                .iter()
                .map(|(key, value)| (display(&key), value))
                .collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            for (at, (key, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write_display(out, value);
            }
            out.push(']');
        }
    }
}

fn write_json(out: &mut String, value: &Val<'_>, indent: usize) {
    match value {
        Val::Nil => out.push_str("null"),
        Val::Bool(value) => push(out, format_args!("{value}")),
        Val::Int(value) => push(out, format_args!("{value}")),
        Val::Float(value) => match float(*value, -6..21) {
            (text, None) => out.push_str(&text),
            (mantissa, Some(exponent)) => push(out, format_args!("{mantissa}e{exponent:+}")),
        },
        Val::Str(text) => write_quoted(out, text),
        Val::List(items) if items.len() == 0 => out.push_str("[]"),
        Val::Map(members) if members.len() == 0 => out.push_str("{}"),
        Val::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                new_line(out, at > 0, indent + 1);
                write_json(out, &item, indent + 1);
            }
            new_line(out, false, indent);
            out.push(']');
        }
        Val::Map(members) => {
            out.push('{');
            let mut members: Vec<_> = members
                .iter()
                .map(|(key, value)| (display(&key), value))
                .collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            for (at, (key, value)) in members.iter().enumerate() {
                new_line(out, at > 0, indent + 1);
                write_quoted(out, key);
                out.push_str(": ");
                write_json(out, value, indent + 1);
            }
            new_line(out, false, indent);
            out.push('}');
        }
    }
}

fn new_line(out: &mut String, comma: bool, indent: usize) {
    if comma {
        out.push(',');
    }
    out.push('\n');
    out.extend(core::iter::repeat_n("  ", indent));
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                push(out, format_args!("\\u{:04x}", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// The shortest text that reads back as the same number, with an exponent when that is outside `plain`.
fn float(value: f64, plain: core::ops::Range<i32>) -> (String, Option<i32>) {
    if !value.is_finite() {
        let text = match value {
            f64::INFINITY => "+Inf",
            f64::NEG_INFINITY => "-Inf",
            _ => "NaN",
        };
        return (text.to_owned(), None);
    }
    // Rust's `{:e}` is the shortest as well: `1.5e-7`.
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse() {
        Ok(exponent) if value != 0.0 && !plain.contains(&exponent) => {
            (mantissa.to_owned(), Some(exponent))
        }
        _ => (value.to_string(), None),
    }
}

fn push(out: &mut String, text: core::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(text);
}
