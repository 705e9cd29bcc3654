//! Writing YAML: one line flow style, everything quoted that could be taken for something else.

use std::fmt::Write as _;

use serde_json::Value;

/// Words that are no texts when they stand bare.
const RESERVED: [&str; 12] = [
    "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity",
];

/// A text as a scalar.
pub(super) fn text(text: &str) -> String {
    let is_plain = text
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b'/'))
        && text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A text in double quotes.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        let _ = match letter {
            '"' => write!(out, "\\\""),
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\t' => write!(out, "\\t"),
            '\r' => write!(out, "\\r"),
            // Not printable in YAML, or a line break to some of its readers.
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => write!(out, "\\x{:02x}", u32::from(letter)),
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                write!(out, "\\u{:04x}", u32::from(letter))
            }
            _ => write!(out, "{letter}"),
        };
    }
    out.push('"');
    out
}

/// A value on one line.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(it) => text(it),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, it)| (name.as_str(), self::value(it)));
            mapping(members)
        }
    }
}

/// A mapping on one line, of values that are written already.
pub(super) fn mapping<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> = members
        .into_iter()
        .map(|(name, value)| format!("{}: {value}", text(name)))
        .collect();
    format!("{{{}}}", members.join(", "))
}

/// A text in a comment, on one line.
pub(super) fn comment(text: &str) -> String {
    text.chars()
        .map(|it| if it.is_control() { ' ' } else { it })
        .collect()
}

#[cfg(test)]
mod tests {
    use chorister_yaml::{Format, Limits};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(yaml: &str) -> Value {
        let parsed = chorister_yaml::parse(yaml.as_bytes(), Format::Yaml, &Limits::SPEC);
        chorister_yaml::to_json(&parsed.into_result().expect("YAML"))
    }

    #[test]
    fn what_could_be_something_else_is_quoted() {
        for (given, expect) in [
            ("check", "check"),
            ("on", "\"on\""),
            ("Null", "\"Null\""),
            ("1.5", "\"1.5\""),
            ("a: b", "\"a: b\""),
            ("-x", "\"-x\""),
            ("", "\"\""),
            ("a\nb\u{7}", "\"a\\nb\\x07\""),
        ] {
            assert_eq!(text(given), expect);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was(given in any::<String>()) {
            let document = format!("a: {}\n", mapping([(given.as_str(), text(&given))]));
            let read = read(&document);
            prop_assert_eq!(read, json!({"a": {given.clone(): given}}));
        }
    }
}
