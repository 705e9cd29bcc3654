//! What expressions about nodes and about replies have in common.

use chorister_lang::expr::EvalError;
use chorister_lang::gjson;
use serde_json::{Number, Value};

use super::semver;

/// Calls a function that both have; `None` where it is not one of them.
pub(super) fn call(function: &str, arguments: &[Value]) -> Option<Result<Value, EvalError>> {
    let found = match (function, arguments) {
        ("include", [Value::Array(items), item]) => Some(items.iter().any(|it| alike(it, item))),
        ("semver", [Value::String(version), Value::String(constraint)]) => {
            semver::satisfies(version, constraint)
        }
        ("include" | "semver", _) => None,
        _ => return None,
    };
    Some(found.map(Value::from).ok_or_else(|| misused(function)))
}

/// What lies at a path; nothing is `null`.
pub(super) fn look_up(values: &Value, path: &str) -> Value {
    gjson::get(values, path).map_or(Value::Null, |found| floats(found.into_owned()))
}

/// That a function has no such arguments.
pub(super) fn misused(function: &str) -> EvalError {
    EvalError::new(format!("`{function}` cannot be used with these arguments"))
}

/// The value with all numbers as upstream has them.
fn floats(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let float = number.as_f64().and_then(Number::from_f64);
            Value::Number(float.unwrap_or(number))
        }
        Value::Array(items) => items.into_iter().map(floats).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, floats(value)))
            .collect(),
        other => other,
    }
}

/// Whether two values are the same; `3` and `3.0` are.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}
