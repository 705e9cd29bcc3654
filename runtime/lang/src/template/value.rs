//! Values while a template is expanded.

use core::ops::Deref;
use std::rc::Rc;

use serde_json::Value;

/// A part of what the scope holds, or something that was computed. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Val<'a> {
    Borrowed(&'a Value),
    Shared(Rc<Value>),
}

// === impl Val ===

impl<'a> Val<'a> {
    pub(super) const NULL: Self = Self::Borrowed(&Value::Null);

    /// A part of this value, chosen by `part`; nothing if it has none.
    pub(super) fn part(&self, part: impl Fn(&Value) -> Option<&Value>) -> Option<Val<'a>> {
        match self {
            Self::Borrowed(value) => part(value).map(Val::Borrowed),
            Self::Shared(value) => part(value).map(|part| Val::from(part.clone())),
        }
    }
}

impl Deref for Val<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Borrowed(value) => value,
            Self::Shared(value) => value,
        }
    }
}

impl<T: Into<Value>> From<T> for Val<'_> {
    fn from(value: T) -> Self {
        Self::Shared(Rc::new(value.into()))
    }
}

/// Whether a value counts as true: all but nothing, `false`, 0 and what is empty.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// The whole number that a value is, however it is stored.
pub(super) fn integer(value: &Value) -> Option<i128> {
    let Value::Number(number) = value else {
        return None;
    };
    if let Some(number) = number.as_i128() {
        return Some(number);
    }
    let number = number.as_f64()?;
    // Beyond this a whole number is one by chance.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number of at most 22 digits"
    )]
    (number.trunc() == number && number.abs() < 1e21).then_some(number as i128)
}

/// What a value is, in the words of an error.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// How much work it is to copy a value: about the number of its bytes.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => 8 + text.len(),
        Value::Array(items) => items.iter().map(weight).fold(8, usize::saturating_add),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| key.len().saturating_add(weight(value)))
            .fold(8, usize::saturating_add),
    }
}
