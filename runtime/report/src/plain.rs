//! Text of others that is safe to print.

use serde_json::Value;

use crate::json::indented;

/// The text without what a terminal would obey; lines and tabs stay.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|it| match it {
            '\n' | '\t' => it,
            _ if it.is_control() => '\u{fffd}',
            _ => it,
        })
        .collect()
}

/// A value in one line, as it is counted and compared: text as it is, anything else as JSON.
pub(crate) fn word(value: &Value) -> String {
    match value {
        Value::Null => "nil".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value in as many lines as it needs.
pub(crate) fn lines(value: &Value, indent: usize) -> String {
    let text = match value {
        Value::Array(_) | Value::Object(_) => indented(&sorted(value), indent),
        other => word(other),
    };
    plain(&text)
}

/// Everything but the first line moved to the right.
pub(crate) fn hanging(text: &str, by: usize) -> String {
    let margin = format!("\n{:by$}", "");
    text.replace('\n', &margin)
}

/// A value with all members in the order of their names.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), sorted(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
