//! Comparisons: `eq`, `ne`, `lt`, `le`, `gt` and `ge`.

use core::cmp::Ordering;

use serde_json::{Number, Value};

use super::value::{integer, kind};

/// Whether two values are equal, or why they cannot be compared.
pub(super) fn equals(left: &Value, right: &Value) -> Result<bool, String> {
    match (left, right) {
        (Value::Null, Value::Null) => Ok(true),
        (Value::Null, _) | (_, Value::Null) => Ok(false),
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        (Value::String(left), Value::String(right)) => Ok(left == right),
        (Value::Number(left), Value::Number(right)) => {
            Ok(order(left, right) == Some(Ordering::Equal))
        }
        _ => Err(incomparable(left, right)),
    }
}

/// How two values are ordered, or why they have no order.
pub(super) fn compare(left: &Value, right: &Value) -> Result<Ordering, String> {
    let order = match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => order(left, right),
        _ => None,
    };
    order.ok_or_else(|| incomparable(left, right))
}

fn order(left: &Number, right: &Number) -> Option<Ordering> {
    let exact = |number: &Number| integer(&Value::Number(number.clone()));
    match (exact(left), exact(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn incomparable(left: &Value, right: &Value) -> String {
    format!("{} and {} cannot be compared", kind(left), kind(right))
}
