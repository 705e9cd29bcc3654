//! A value on its way through a matcher, and what it is turned into.

use std::borrow::Cow;
use std::io::Read;

use chorister_lang::gjson;

use crate::Value;
use crate::value::shown;

use super::rule::Transform;

/// Bytes of a stream that is compared as a whole.
const TEXT_LIMIT: u64 = 64 << 20;

/// A value as a matcher sees it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen<'a> {
    pub(super) value: Cow<'a, Value>,
    /// Whether a list is one of texts by its type, as lists of the system are.
    pub(super) strings: bool,
}

// === impl Seen ===

impl<'a> Seen<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        Self {
            value: Cow::Borrowed(value),
            strings: false,
        }
    }

    pub(super) fn owned(value: Value) -> Self {
        Self {
            value: Cow::Owned(value),
            strings: false,
        }
    }

    pub(super) fn strings(texts: Vec<String>) -> Self {
        Self {
            value: Cow::Owned(texts.into()),
            strings: true,
        }
    }

    pub(super) fn into_owned(self) -> Seen<'static> {
        Seen {
            value: Cow::Owned(self.value.into_owned()),
            strings: self.strings,
        }
    }

    /// The value with its type, as errors show it.
    pub(super) fn shown(&self) -> String {
        shown(&self.value, self.strings)
    }

    /// The text; a matcher of text only ever sees that.
    pub(super) fn text(&self) -> &str {
        self.value.as_str().unwrap_or_default()
    }

    /// The items of a list and the values of a mapping.
    pub(super) fn items(&self) -> Option<Vec<&Value>> {
        match self.value.as_ref() {
            Value::List(items) => Some(items.iter().collect()),
            Value::Map(entries) => Some(entries.iter().map(|(_, value)| value).collect()),
            _ => None,
        }
    }

    /// The version, or the versions of a list that is not empty; nothing where one is none.
    pub(super) fn versions(&self) -> Option<Vec<semver::Version>> {
        let texts = match self.value.as_ref() {
            text @ Value::String(_) => core::slice::from_ref(text),
            Value::List(items) if !items.is_empty() => items,
            _ => return None,
        };
        texts
            .iter()
            .map(|text| semver::Version::parse(text.as_str()?).ok())
            .collect()
    }

    /// What a transform makes of it; with the error there is what results show instead.
    pub(super) fn through(&self, transform: &Transform) -> Result<Seen<'_>, (Value, String)> {
        let changed = match transform {
            Transform::Text => Ok(self.to_text()),
            Transform::Number => self.to_number().map_err(|error| (Value::Int(0), error)),
            Transform::Lines => Ok(self.to_lines()),
            Transform::Gjson(path) => self.to_part(path).map_err(|error| (Value::Null, error)),
        };
        changed.map_err(|(value, error)| (value, format!("{}: {error}", transform.name())))
    }

    fn same(&self) -> Seen<'_> {
        Seen {
            value: Cow::Borrowed(&self.value),
            strings: self.strings,
        }
    }

    fn to_text(&self) -> Seen<'_> {
        match self.value.as_ref() {
            Value::String(_) => self.same(),
            Value::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                Seen::owned(items.join("\n").into())
            }
            value => Seen::owned(value.to_string().into()),
        }
    }

    fn to_number(&self) -> Result<Seen<'_>, String> {
        match self.value.as_ref() {
            Value::Int(_) | Value::Float(_) => return Ok(self.same()),
            Value::String(_) => {}
            Value::List(_) if self.strings => {}
            _ => return Err(format!("Expected numeric, Got:{}", self.shown())),
        }
        let text = self.to_text();
        match number(text.text().trim()) {
            Some(number) if number.is_finite() || !reads_finite(text.text()) => {
                Ok(Seen::owned(number.into()))
            }
            other => {
                let text = crate::value::quoted(&text.text().trim().into());
                let reason = if other.is_some() {
                    "value out of range"
                } else {
                    "invalid syntax"
                };
                Err(format!("strconv.ParseFloat: parsing {text}: {reason}"))
            }
        }
    }

    fn to_lines(&self) -> Seen<'_> {
        match self.value.as_ref() {
            Value::String(text) => Seen::strings(text.split('\n').map(str::to_owned).collect()),
            _ => self.same(),
        }
    }

    fn to_part(&self, path: &str) -> Result<Seen<'_>, String> {
        let Value::String(text) = self.value.as_ref() else {
            return Err(format!("Expected string, Got:{}", self.shown()));
        };
        let json: serde_json::Value =
            serde_json::from_str(text).map_err(|_| "Invalid json".to_owned())?;
        match gjson::get(&json, path) {
            Some(part) => Ok(Seen::owned(Value::from(part.as_ref()))),
            None => Err(format!("Path not found: {path}")),
        }
    }
}

/// Reads all of a stream; bytes that are no text become U+FFFD.
pub(super) fn read(reader: &mut dyn Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    reader
        .take(TEXT_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > TEXT_LIMIT {
        return Err(format!(
            "the text is longer than {} MiB; write a list of patterns, which reads it line by line",
            TEXT_LIMIT >> 20
        ));
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// What Go's `strconv.ParseFloat` reads: decimal, hexadecimal with a binary exponent, infinity and not-a-number, and
/// underscores between digits.
fn number(text: &str) -> Option<f64> {
    let joined = joined(text)?;
    let text = joined.as_ref();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(hex) = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        let number = hexadecimal(hex)?;
        return Some(if negative { -number } else { number });
    }
    if digits.eq_ignore_ascii_case("nan") {
        // Only without a sign.
        return (digits.len() == text.len()).then_some(f64::NAN);
    }
    if digits.starts_with(['-', '+']) {
        return None;
    }
    text.parse().ok()
}

/// A number without its underscores, if they all are between digits or after `0x`.
fn joined(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_hex = digits.starts_with("0x") || digits.starts_with("0X");
    let is_digit = |it: &u8| match is_hex {
        true => it.is_ascii_hexdigit() || matches!(it, b'x' | b'X'),
        false => it.is_ascii_digit(),
    };
    let bytes = digits.as_bytes();
    let is_between = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        before.is_some_and(is_digit) && bytes.get(at + 1).is_some_and(is_digit)
    };
    let well = digits.match_indices('_').all(|(at, _)| is_between(at));
    well.then(|| Cow::Owned(text.replace('_', "")))
}

/// `H.HHHpN`; the exponent must be there.
fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut number = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        number = number * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    Some(number * 2f64.powi(exponent.checked_sub(shift)?))
}

/// Whether text that became infinite says a number: then it is too great for one.
fn reads_finite(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}
