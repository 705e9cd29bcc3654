//! Whether a rule holds.

use crate::Value;
use crate::value::shown;

use super::assign::Assignment;
use super::rule::{Comparison, Rule};
use super::seen::Seen;

impl Rule {
    /// Whether it holds of a value, or why that cannot be said.
    pub(super) fn holds(&self, seen: &Seen<'_>) -> Result<bool, String> {
        match self {
            Self::Equal(expected) => equal(seen, expected),
            Self::Text(test, part) => Ok(test.holds(seen.text(), part)),
            Self::Regexp(_, Ok(regex)) => Ok(regex.is_match(seen.text())),
            Self::Regexp(_, Err(error)) => Err(error.clone()),
            Self::Patterns(patterns) => Ok(patterns.search(seen.text().as_bytes())?.passed()),
            Self::Number(comparison, limit) => compare(*comparison, seen, limit),
            Self::Length(length) => Ok(i64::try_from(measure(seen)?).is_ok_and(|it| it == *length)),
            Self::Key(rule) => has_key(rule, seen),
            Self::Element(rule) => has_element(rule, seen),
            Self::Elements(_) | Self::ConsistOf(_) => {
                Ok(self.assign(seen)?.is_some_and(|it| it.is_complete()))
            }
            Self::Not(rule) => Ok(!rule.holds(seen)?),
            Self::And(rules) => {
                for rule in rules {
                    if !rule.holds(seen)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(rules) => {
                for rule in rules {
                    if rule.holds(seen)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Versions(source, range) => {
                let Some(range) = range else {
                    let source = shown(&source.as_str().into(), false);
                    return Err(format!(
                        "Expected a valid semver constraint.  Got:\n{source}"
                    ));
                };
                let versions = seen.versions().ok_or_else(|| {
                    format!(
                        "Expected a single or list of semver valid version(s).  Got:\n{}",
                        seen.shown()
                    )
                })?;
                Ok(versions.iter().all(|version| range.contains(version)))
            }
            Self::Through(transform, rule) => match seen.through(transform) {
                Ok(changed) => rule.holds(&changed),
                Err((_, error)) => Err(error),
            },
        }
    }
}

impl Rule {
    /// Which items of a value [`Rule::Elements`] and [`Rule::ConsistOf`] are content with.
    pub(super) fn assign(&self, seen: &Seen<'_>) -> Result<Option<Assignment>, String> {
        let (name, rules) = match self {
            Self::Elements(rules) => ("ContainElements", rules),
            Self::ConsistOf(rules) => ("ConsistOf", rules),
            _ => return Ok(None),
        };
        let items = seen.items().ok_or_else(|| no_list(name, seen))?;
        // What cannot be compared does not fit.
        let mut assignment = Assignment::find(items.len(), rules.len(), |item, rule| {
            rules[rule].holds(&Seen::of(items[item])).unwrap_or(false)
        });
        if let Self::Elements(_) = self {
            assignment.extra.clear();
        }
        Ok(Some(assignment))
    }
}

fn equal(seen: &Seen<'_>, expected: &Value) -> Result<bool, String> {
    if (seen.value.as_ref(), expected) == (&Value::Null, &Value::Null) {
        return Err(
            "Refusing to compare <nil> to <nil>: nothing was found, and nothing is expected"
                .to_owned(),
        );
    }
    Ok(!seen.strings && *seen.value == *expected)
}

fn compare(comparison: Comparison, seen: &Seen<'_>, limit: &Value) -> Result<bool, String> {
    if let (Value::Int(one), Value::Int(two)) = (seen.value.as_ref(), limit) {
        return Ok(comparison.holds(one, two));
    }
    let Some(two) = number(limit) else {
        let limit = shown(limit, false);
        return Err(format!("Expected a number.  Got:\n{limit}"));
    };
    let Some(one) = number(&seen.value) else {
        return Err(format!("Expected a number.  Got:\n{}", seen.shown()));
    };
    Ok(comparison.holds(one, two))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Unsigned(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

fn measure(seen: &Seen<'_>) -> Result<usize, String> {
    match seen.value.as_ref() {
        Value::String(text) => Ok(text.len()),
        Value::List(items) => Ok(items.len()),
        Value::Map(entries) => Ok(entries.len()),
        _ => Err(format!(
            "HaveLen matcher expects a string/array/map/channel/slice.  Got:\n{}",
            seen.shown()
        )),
    }
}

fn has_key(rule: &Rule, seen: &Seen<'_>) -> Result<bool, String> {
    let Some(entries) = seen.value.as_map() else {
        return Err(format!(
            "HaveKey matcher expects a map.  Got:{}",
            seen.shown()
        ));
    };
    for (key, _) in entries {
        let held = rule
            .holds(&Seen::owned(key.as_str().into()))
            .map_err(|error| format!("HaveKey's key matcher failed with:\n    {error}"))?;
        if held {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Errors of items count only where no item is as expected; the last one is told.
fn has_element(rule: &Rule, seen: &Seen<'_>) -> Result<bool, String> {
    let items = seen
        .items()
        .ok_or_else(|| no_list("ContainElement", seen))?;
    let mut last = Ok(false);
    for item in items {
        match rule.holds(&Seen::of(item)) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(error) => last = Err(error),
        }
    }
    last
}

fn no_list(name: &str, seen: &Seen<'_>) -> String {
    format!(
        "{name} matcher expects an array/slice/map.  Got:\n{}",
        seen.shown()
    )
}
