//! Queries and wildcards.

use serde_json::Value;

use super::path::{closed, slice};

/// `path operator value` between the parentheses of `#(…)`.
#[derive(Debug)]
pub(super) struct Query<'p> {
    /// What of an item is compared; empty for the item itself.
    pub(super) path: &'p str,
    operator: &'p str,
    value: String,
}

/// Operators, longer ones first.
const OPERATORS: &[&str] = &["!=", "!%", "<=", ">=", "==", "<", ">", "=", "%"];

impl<'p> Query<'p> {
    /// The query at the start of a path, and the rest.
    pub(super) fn parse(path: &'p str) -> Option<(Self, &'p str)> {
        let body = path.strip_prefix('#')?;
        let end = closed(body)?;
        let inside = slice(body, 1, end - 1);
        let rest = slice(body, end, body.len());
        let (path, comparison) = inside.split_at(operator_at(inside));
        let operator = OPERATORS
            .iter()
            .find(|it| comparison.starts_with(**it))
            .copied();
        let operator = operator.unwrap_or_default();
        let value = trim(slice(comparison, operator.len(), comparison.len()));
        let quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
        let value = match quoted.then(|| serde_json::from_str(value)) {
            Some(Ok(text)) => text,
            Some(Err(_)) => slice(value, 1, value.len() - 1).to_owned(),
            None => value.to_owned(),
        };
        let operator = if operator == "==" { "=" } else { operator };
        Some((
            Self {
                path: trim(path),
                operator,
                value,
            },
            rest,
        ))
    }

    /// Whether what the path led to fits.
    pub(super) fn accepts(&self, subject: Option<&Value>) -> bool {
        if let Some(class) = self.value.strip_prefix('~') {
            let belongs = match class {
                "*" => subject.is_some(),
                "null" => subject.is_none_or(Value::is_null),
                "true" => subject.and_then(truth).unwrap_or_default(),
                "false" => match subject {
                    None | Some(Value::Null) => true,
                    Some(subject) => truth(subject) == Some(false),
                },
                _ => return false,
            };
            return self.operator.is_empty() || compare_bool(belongs, self.operator, "true");
        }
        let Some(subject) = subject else { return false };
        if self.operator.is_empty() {
            return true;
        }
        match subject {
            Value::String(text) => self.compare_text(text),
            Value::Number(number) => {
                let own = number.as_f64().unwrap_or(f64::NAN);
                let other = self.value.parse().unwrap_or_default();
                match self.operator {
                    "=" => own == other,
                    "!=" => own != other,
                    "<" => own < other,
                    "<=" => own <= other,
                    ">" => own > other,
                    ">=" => own >= other,
                    _ => false,
                }
            }
            Value::Bool(value) => compare_bool(*value, self.operator, &self.value),
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        }
    }

    fn compare_text(&self, text: &str) -> bool {
        let other = self.value.as_str();
        match self.operator {
            "=" => text == other,
            "!=" => text != other,
            "<" => text < other,
            "<=" => text <= other,
            ">" => text > other,
            ">=" => text >= other,
            "%" => fits(text, other),
            "!%" => !fits(text, other),
            _ => false,
        }
    }
}

/// Where the comparison begins: at the first operator that is in no brackets or quotes.
fn operator_at(inside: &str) -> usize {
    let mut at = 0;
    while let Some(byte) = inside.as_bytes().get(at) {
        at += match byte {
            b'!' | b'=' | b'<' | b'>' | b'%' => return at,
            b'\\' => 2,
            b'"' | b'[' | b'(' => closed(slice(inside, at, inside.len())).unwrap_or(1),
            _ => 1,
        };
    }
    inside.len()
}

fn compare_bool(value: bool, operator: &str, other: &str) -> bool {
    match (operator, value) {
        ("=", _) => other == if value { "true" } else { "false" },
        ("!=", _) => other != if value { "true" } else { "false" },
        (">", true) => other == "false",
        ("<", false) => other == "true",
        (">=", true) | ("<=", false) => true,
        _ => false,
    }
}

/// What `~true` and `~false` take a value for.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "1" | "t" | "true" => Some(true),
            "0" | "f" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// Whether a text fits a pattern in which `*` is anything, `?` any character, and what follows `\` itself.
pub(super) fn fits(text: &str, pattern: &str) -> bool {
    let (mut text, mut pattern) = (text.chars(), pattern.chars());
    // Where to go back to when what follows the last star did not fit.
    let mut star = None;
    loop {
        let mut rest = pattern.clone();
        let matched = match rest.next() {
            None if text.as_str().is_empty() => return true,
            None => false,
            Some('*') => {
                star = Some((text.clone(), rest.clone()));
                pattern = rest;
                continue;
            }
            Some('?') => text.next().is_some(),
            Some('\\') => match (rest.next(), text.next()) {
                (Some(wanted), Some(found)) => wanted == found,
                _ => false,
            },
            Some(wanted) => text.next() == Some(wanted),
        };
        if matched {
            pattern = rest;
            continue;
        }
        let Some((from, after)) = &mut star else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        (text, pattern) = (from.clone(), after.clone());
    }
}
