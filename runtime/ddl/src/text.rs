//! From a word of a command line to the value of an input.

use chorister_ir::ddl::{Input, InputKind};
use serde_json::{Number, Value};

use crate::{Invalid, check};

/// Reads a word as the value of an input.
///
/// # Errors
/// What is wrong with it.
pub fn parse(input: &Input, text: &str) -> Result<Value, Invalid> {
    let invalid = |kind| Invalid::Text {
        text: text.to_owned(),
        kind,
    };
    let value = match &input.kind {
        InputKind::String { .. } | InputKind::List(_) => Value::String(text.to_owned()),
        InputKind::Integer => {
            let number: Option<i64> = text.parse().ok();
            Value::Number(number.ok_or_else(|| invalid("integer"))?.into())
        }
        InputKind::Float | InputKind::Number => {
            let number = text.parse().ok().and_then(Number::from_f64);
            Value::Number(number.ok_or_else(|| invalid("float"))?)
        }
        InputKind::Boolean => Value::Bool(truth(text).ok_or_else(|| invalid("boolean"))?),
        InputKind::Hash => json(text)
            .filter(Value::is_object)
            .ok_or_else(|| invalid("JSON string with a hash inside"))?,
        InputKind::Array(_) => json(text)
            .filter(Value::is_array)
            .ok_or_else(|| invalid("JSON string with an array inside"))?,
        InputKind::Unknown(name) => return Err(Invalid::UnsupportedText(name.to_string())),
    };
    check(input, &value)?;
    Ok(value)
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// The words that Go takes for truth values.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
