//! What scalars mean where goss asks for no type.

use chorister_yaml::{Node, Resolved, Scalar, Value as Tree};

use crate::Value;

/// The value of a node.
///
/// Compat: goss go.mod: its YAML reader (yaml.v3) reads numbers, truth values and dates in another way than that of
/// go-choria: `1e3` is a number, `2024-01-01` a date. All numbers of JSON have fractions.
pub(crate) fn value(node: &Node) -> Value {
    match &node.value {
        Tree::Scalar(it) => scalar(it),
        Tree::Sequence(items) => Value::List(items.iter().map(value).collect()),
        Tree::Mapping(entries) => Value::Map(
            entries
                .iter()
                .map(|entry| (entry.key.text.clone(), value(&entry.value)))
                .collect(),
        ),
    }
}

/// The value of a scalar.
pub(crate) fn scalar(scalar: &Scalar) -> Value {
    if scalar.is_bare() {
        return bare(&scalar.text);
    }
    match scalar.resolve() {
        Resolved::Null => Value::Null,
        Resolved::Bool(truth) => Value::Bool(truth),
        // Only JSON writes a number that is not bare YAML, unless a tag does.
        #[expect(clippy::cast_precision_loss, reason = "as Go does")]
        Resolved::Int(number) => Value::Float(number as f64),
        Resolved::Float(number) => Value::Float(number),
        Resolved::Str(text) => Value::String(text.to_owned()),
    }
}

/// The value of a bare YAML scalar.
fn bare(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Value::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Value::String(text.to_owned());
    }
    if is_timestamp(text) {
        return Value::Timestamp(text.to_owned());
    }
    number(&text.replace('_', "")).unwrap_or_else(|| Value::String(text.to_owned()))
}

fn number(text: &str) -> Option<Value> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(magnitude) = magnitude(digits) {
        let number = i128::from(magnitude) * if is_negative { -1 } else { 1 };
        if let Ok(number) = i64::try_from(number) {
            return Some(Value::Int(number));
        }
        if let Ok(number) = u64::try_from(number) {
            return Some(Value::Unsigned(number));
        }
    }
    is_decimal(digits)
        .then(|| text.parse().ok())
        .flatten()
        .map(Value::Float)
}

/// A whole number without its sign: with a prefix for its base, or a leading zero for octal.
fn magnitude(digits: &str) -> Option<u64> {
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.get(..2) {
        Some("0x") => (lower.get(2..)?, 16),
        Some("0o") => (lower.get(2..)?, 8),
        Some("0b") => (lower.get(2..)?, 2),
        Some(start) if start.starts_with('0') => (lower.get(1..)?, 8),
        _ => (lower.as_str(), 10),
    };
    // A second sign is no digit.
    let is_number = digits.starts_with(|first: char| first.is_ascii_alphanumeric());
    u64::from_str_radix(digits, radix)
        .ok()
        .filter(|_| is_number)
}

/// Digits with at most one dot, and an exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let is_exponent = exponent.is_none_or(|it| {
        let digits = it.strip_prefix(['+', '-']).unwrap_or(it);
        !digits.is_empty() && are_digits(digits)
    });
    has_digits && are_digits(whole) && are_digits(fraction) && is_exponent
}

/// A date, or a date and a time.
fn is_timestamp(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let end = rest
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(rest.len());
    let (day, time) = rest.split_at(end);
    let within = |text: &str, most: u32, longest: usize| {
        text.len() <= longest && text.parse().is_ok_and(|it: u32| (1..=most).contains(&it))
    };
    year.len() == 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
        && within(month, 12, 2)
        && within(day, 31, 2)
        && (time.is_empty() || is_time(time))
}

/// `T15:04:05Z`, ` 15:04:05` and the like.
fn is_time(text: &str) -> bool {
    let (separator, clock) = match text.chars().next() {
        Some(first @ ('T' | 't' | ' ')) => (first, text.get(1..).unwrap_or_default()),
        _ => return false,
    };
    let end = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(end);
    let mut parts = clock.split(':');
    let part = |text: Option<&str>, most: u32| {
        text.is_some_and(|it| it.len() <= 2 && it.parse().is_ok_and(|it: u32| it <= most))
    };
    let (hours, minutes) = (part(parts.next(), 23), part(parts.next(), 59));
    let seconds = parts.next().map(|it| it.split('.').next().unwrap_or(it));
    hours
        && minutes
        && part(seconds, 59)
        && parts.next().is_none()
        // With a space there is no zone; with a `T` there is one.
        && (separator == ' ') == zone.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_scalars_mean_what_goss_takes_them_for() {
        let check = |text: &str, expect: Value| assert_eq!(bare(text), expect, "{text}");
        check("0644", Value::Int(420));
        check("0o644", Value::Int(420));
        check("0x1F", Value::Int(31));
        check("-0b11", Value::Int(-3));
        check("1_000", Value::Int(1000));
        check("089", Value::Float(89.0));
        check("1e3", Value::Float(1000.0));
        check(".5", Value::Float(0.5));
        check("1.", Value::Float(1.0));
        check("18446744073709551615", Value::Unsigned(u64::MAX));
        check("99999999999999999999", Value::Float(1e20));
        check("1.2.3", Value::String("1.2.3".into()));
        check("+", Value::String("+".into()));
        check("--1", Value::String("--1".into()));
        check("yes", Value::String("yes".into()));
        check("on", Value::String("on".into()));
        check("~", Value::Null);
        check("2024-01-01", Value::Timestamp("2024-01-01".into()));
        check(
            "2024-01-01 10:20:30",
            Value::Timestamp("2024-01-01 10:20:30".into()),
        );
        check(
            "2024-01-01T10:20:30.5Z",
            Value::Timestamp("2024-01-01T10:20:30.5Z".into()),
        );
        check("2024-13-01", Value::String("2024-13-01".into()));
        check("10:20", Value::String("10:20".into()));
    }
}
