//! What results show of a comparison that failed.

use std::borrow::Cow;

use crate::Value;

use super::Comparison;
use super::pattern::{Patterns, Search};
use super::rule::{Rule, Transform, describe};
use super::seen::Seen;

impl Rule {
    /// What was asked of a value in vain; where `negated`, what it was asked not to be.
    pub(super) fn explain(&self, seen: &Seen<'_>, negated: bool) -> Comparison {
        let ask = |message: &'static str, expected: Value| ask(seen, negated, message, expected);
        match self {
            Self::Equal(expected) => ask("to equal", expected.clone()),
            Self::Text(test, part) => ask(test.message(), part.as_str().into()),
            Self::Regexp(source, _) => ask("to match regular expression", source.as_str().into()),
            Self::Number(comparison, limit) => ask(comparison.message(), limit.clone()),
            Self::Length(length) => ask("to have length", Value::Int(*length)),
            Self::Versions(source, _) => {
                ask("to satisfy semver constraint", source.as_str().into())
            }
            Self::Key(rule) => ask("to have key matching", rule.describe()),
            Self::Element(rule) => ask("to contain element matching", rule.describe()),
            Self::Elements(rules) | Self::ConsistOf(rules) => {
                let message = match self {
                    Self::Elements(_) => "to contain elements matching",
                    _ => "to consist of",
                };
                let asked = ask(message, describe(rules));
                if negated {
                    asked
                } else {
                    self.left_over(rules, seen, asked)
                }
            }
            Self::Patterns(patterns) if negated => ask("to have patterns", patterns.describe()),
            Self::Patterns(list) => Comparison {
                actual: seen.value.as_ref().clone(),
                ..patterns(list, list.search(seen.text().as_bytes()).ok().as_ref())
            },
            Self::Not(rule) => rule.explain(seen, !negated),
            Self::And(rules) => {
                let failed = rules.iter().find(|rule| rule.holds(seen) != Ok(true));
                match failed.filter(|_| !negated) {
                    Some(rule) => rule.explain(seen, false),
                    None => ask("to satisfy all of these matchers", describe(rules)),
                }
            }
            Self::Or(rules) => {
                let held = rules.iter().find(|rule| rule.holds(seen) == Ok(true));
                match held.filter(|_| negated) {
                    Some(rule) => rule.explain(seen, true),
                    None => ask("to satisfy at least one of these matchers", describe(rules)),
                }
            }
            Self::Through(transform, rule) => through(transform, rule, seen, negated),
        }
    }

    /// Adds what is left over of the items and of what was expected.
    fn left_over(&self, rules: &[Rule], seen: &Seen<'_>, asked: Comparison) -> Comparison {
        let assignment = self.assign(seen).ok().flatten().unwrap_or_default();
        let items = seen.items().unwrap_or_default();
        let is_missing = |index: &usize| assignment.missing.contains(index);
        let describe = |pick: &dyn Fn(&usize) -> bool| -> Vec<Value> {
            let picked = rules.iter().enumerate().filter(|(index, _)| pick(index));
            picked.map(|(_, rule)| rule.describe()).collect()
        };
        let extra = assignment.extra.iter().filter_map(|&item| items.get(item));
        Comparison {
            missing: some(describe(&is_missing)),
            found: Some(describe(&|index| !is_missing(index))),
            extra: some(extra.map(|item| (*item).clone()).collect()),
            ..asked
        }
    }
}

/// What was searched for in text; without what was seen of the text itself.
pub(super) fn patterns(patterns: &Patterns, searched: Option<&Search>) -> Comparison {
    let list = |texts: &[String]| some(texts.iter().map(|it| it.as_str().into()).collect());
    Comparison {
        message: Cow::Borrowed("to have patterns"),
        expected: patterns.describe(),
        missing: searched.and_then(|it| list(&it.missing)),
        found: searched.and_then(|it| list(&it.found)),
        ..Comparison::default()
    }
}

fn through(transform: &Transform, rule: &Rule, seen: &Seen<'_>, negated: bool) -> Comparison {
    let mut chain = Vec::new();
    let mut current = seen.clone();
    let mut step = Some(transform);
    let mut rule = rule;
    while let Some(transform) = step {
        let changed = match current.through(transform) {
            Ok(changed) => Ok(changed.into_owned()),
            Err((value, _)) => Err(Seen::owned(value)),
        };
        let failed = changed.is_err();
        let (Ok(changed) | Err(changed)) = changed;
        if changed != current {
            chain.push(transform.describe());
        }
        current = changed;
        step = None;
        while let Rule::Through(next, below) = rule {
            rule = below;
            if failed {
                // What comes after a transform that failed never saw a value.
                current = Seen::owned(Value::Null);
            } else {
                step = Some(next);
                break;
            }
        }
    }
    Comparison {
        transforms: chain,
        untransformed: seen.value.as_ref().clone(),
        ..rule.explain(&current, negated)
    }
}

fn ask(seen: &Seen<'_>, negated: bool, message: &'static str, expected: Value) -> Comparison {
    Comparison {
        actual: seen.value.as_ref().clone(),
        message: if negated {
            Cow::Owned(format!("not {message}"))
        } else {
            Cow::Borrowed(message)
        },
        expected,
        ..Comparison::default()
    }
}

fn some(values: Vec<Value>) -> Option<Vec<Value>> {
    (!values.is_empty()).then_some(values)
}
