//! Values as Go prints them: files and their readers know no other form.

use core::fmt::{self, Write};

use super::Value;

/// `%v`.
pub(super) fn print(value: &Value, out: &mut dyn Write) -> fmt::Result {
    match value {
        Value::Null => out.write_str("<nil>"),
        Value::Bool(truth) => write!(out, "{truth}"),
        Value::Int(number) => write!(out, "{number}"),
        Value::Unsigned(number) => write!(out, "{number}"),
        Value::Float(number) => out.write_str(&float(*number)),
        Value::String(text) | Value::Timestamp(text) => out.write_str(text),
        Value::List(items) => {
            out.write_str("[")?;
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.write_str(" ")?;
                }
                print(item, out)?;
            }
            out.write_str("]")
        }
        Value::Map(entries) => {
            out.write_str("map[")?;
            for (index, (key, item)) in sorted(entries).into_iter().enumerate() {
                if index > 0 {
                    out.write_str(" ")?;
                }
                write!(out, "{key}:")?;
                print(item, out)?;
            }
            out.write_str("]")
        }
    }
}

/// The entries of a mapping by key, which is how Go prints all of them.
pub(super) fn sorted(entries: &[(String, Value)]) -> Vec<(&str, &Value)> {
    let mut sorted: Vec<_> = entries.iter().map(|(key, it)| (key.as_str(), it)).collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    sorted
}

/// `%v` of a number: the fewest digits that read back the same, with an exponent below -4 and from 6 on.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// `%T`.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Unsigned(_) => "uint64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
        Value::Timestamp(_) => "time.Time",
    }
}

/// `%q`.
pub(crate) fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Int(number) => rune(u32::try_from(*number).ok()),
        Value::Unsigned(_) => rune(None),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(quoted_inside).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(entries) => {
            let entries: Vec<_> = sorted(entries)
                .into_iter()
                .map(|(key, value)| format!("{}:{}", quote(key), quoted_inside(value)))
                .collect();
            format!("map[{}]", entries.join(" "))
        }
        Value::Null => "%!q(<nil>)".to_owned(),
        Value::Bool(_) | Value::Float(_) | Value::Timestamp(_) => {
            format!("%!q({}={value})", type_name(value))
        }
    }
}

/// As [`quoted`] in a list or a map, where Go quotes everything but nothing.
fn quoted_inside(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        value => quoted(value),
    }
}

fn rune(code: Option<u32>) -> String {
    let rune = code.and_then(char::from_u32).unwrap_or('\u{fffd}');
    let mut text = String::from("'");
    if rune == '\'' {
        text.push_str("\\'");
    } else if rune == '"' {
        text.push('"');
    } else {
        escape(rune, &mut text);
    }
    text.push('\'');
    text
}

fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for rune in text.chars() {
        escape(rune, &mut quoted);
    }
    quoted.push('"');
    quoted
}

fn escape(rune: char, out: &mut String) {
    match rune {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        _ if rune.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(rune))),
        _ if rune.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(rune))),
        _ => out.push(rune),
    }
}

/// A value and its type, as errors of matchers show it. Values longer than 4,000 bytes are cut.
pub(crate) fn shown(value: &Value, strings: bool) -> String {
    let mut text = String::new();
    show(value, strings, 1, &mut text);
    if text.len() > SHOWN_LIMIT {
        text.truncate(text.floor_char_boundary(SHOWN_LIMIT));
        text.push_str("...");
    }
    format!("    {text}")
}

const SHOWN_LIMIT: usize = 4000;

fn show(value: &Value, strings: bool, depth: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str(if depth == 1 { "<nil>: nil" } else { "nil" }),
        Value::String(text) if depth == 1 => {
            out.push_str("<string>: ");
            out.push_str(&text.replace('\n', "\n    "));
        }
        Value::String(text) => {
            out.push_str("<string>");
            out.push_str(&quote(text));
        }
        Value::List(items) => {
            let kind = if strings {
                "[]string"
            } else {
                "[]interface {}"
            };
            let length = items.len();
            out.push_str(&format!("<{kind} | len:{length}, cap:{length}>"));
            out.push_str(if depth == 1 { ": [" } else { "[" });
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                match item.as_str() {
                    Some(text) if strings => out.push_str(&quote(text)),
                    _ => show(item, false, depth + 1, out),
                }
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push_str(&format!(
                "<map[string]interface {{}} | len:{}>",
                entries.len()
            ));
            out.push_str(if depth == 1 { ": {" } else { "{" });
            for (index, (key, item)) in sorted(entries).into_iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                out.push_str(&quote(key));
                out.push_str(": ");
                show(item, false, depth + 1, out);
            }
            out.push('}');
        }
        _ => {
            let colon = if depth == 1 { ": " } else { "" };
            out.push_str(&format!("<{}>{colon}{value}", type_name(value)));
        }
    }
}
