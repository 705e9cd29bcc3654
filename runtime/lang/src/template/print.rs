//! Values as text, the way Go prints them, but with numbers as people write them.

use core::fmt::{self, Write};

use serde_json::{Number, Value};

use super::{ExpandError, MAX_LENGTH};

/// Text that cannot become longer than [`MAX_LENGTH`].
#[derive(Default)]
pub(super) struct Sink {
    text: String,
}

// === impl Sink ===

impl Sink {
    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Writes a character several times.
    pub(super) fn repeat(&mut self, character: char, times: usize) -> fmt::Result {
        for _ in 0..times {
            self.write_char(character)?;
        }
        Ok(())
    }
}

impl Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() > MAX_LENGTH - self.text.len() {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// Writing to a sink fails for one reason only.
impl From<fmt::Error> for ExpandError {
    fn from(_: fmt::Error) -> Self {
        Self::TooLong
    }
}

/// Writes the value of an action.
pub(super) fn action(sink: &mut Sink, value: &Value) -> fmt::Result {
    match value {
        Value::Null => sink.write_str("<no value>"),
        value => plain(sink, value),
    }
}

/// Writes a value as `%v` does.
pub(super) fn plain(sink: &mut Sink, value: &Value) -> fmt::Result {
    match value {
        Value::Null => sink.write_str("<nil>"),
        Value::Bool(value) => write!(sink, "{value}"),
        Value::Number(number) => sink.write_str(&self::number(number)),
        Value::String(text) => sink.write_str(text),
        Value::Array(items) => {
            sink.write_char('[')?;
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    sink.write_char(' ')?;
                }
                plain(sink, item)?;
            }
            sink.write_char(']')
        }
        Value::Object(fields) => {
            sink.write_str("map[")?;
            for (at, (key, value)) in sorted(fields).into_iter().enumerate() {
                if at > 0 {
                    sink.write_char(' ')?;
                }
                write!(sink, "{key}:")?;
                plain(sink, value)?;
            }
            sink.write_char(']')
        }
    }
}

/// The fields of an object in the order in which Go goes through them.
pub(super) fn sorted(fields: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    sorted
}

/// A number without an exponent, unless it is very large or very small.
///
/// go-choria prints numbers of seven digits and more with an exponent, which no program that is given them as an
/// argument expects.
pub(super) fn number(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => float(value),
        _ => number.to_string(),
    }
}

/// A floating-point number like [`number`].
pub(super) fn float(value: f64) -> String {
    if value == 0.0 || (1e-4..1e21).contains(&value.abs()) {
        value.to_string()
    } else {
        with_exponent(&format!("{value:e}"))
    }
}

/// Rewrites Rust's `1.5e7` as Go's `1.5e+07`.
pub(super) fn with_exponent(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text.to_owned();
    };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}
