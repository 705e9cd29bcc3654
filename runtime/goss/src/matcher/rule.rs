//! What a matcher asks, as a tree.

use chorister_lang::re2::Regex;

use crate::Value;

use super::pattern::Patterns;
use super::semver::Range;

/// What is asked of a value.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// To be the same, of the same type.
    Equal(Value),
    /// To be text with something in it.
    Text(TextTest, String),
    /// To be text that a regular expression matches.
    Regexp(String, Result<Regex, String>),
    /// To be text of lines that patterns are found in.
    Patterns(Patterns),
    /// To compare so with a number.
    Number(Comparison, Value),
    /// To have so many bytes, items or keys.
    Length(i64),
    /// To have a key of which this holds.
    Key(Box<Rule>),
    /// To have an item of which this holds.
    Element(Box<Rule>),
    /// To have an item of its own for each of these.
    Elements(Vec<Rule>),
    /// As [`Rule::Elements`], and no more.
    ConsistOf(Vec<Rule>),
    /// That this does not hold.
    Not(Box<Rule>),
    /// That all of these hold.
    And(Vec<Rule>),
    /// That one of these holds.
    Or(Vec<Rule>),
    /// To be one version or several that are in a range; nothing where the range cannot be read.
    Versions(String, Option<Range>),
    /// That this holds of what the value is turned into.
    Through(Transform, Box<Rule>),
}

/// What is asked of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextTest {
    Prefix,
    Suffix,
    Substring,
}

/// What is asked of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What a value is turned into before it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Transform {
    /// Text, whatever it was.
    Text,
    /// A number, if it reads as one.
    Number,
    /// A list of lines, if it is text.
    Lines,
    /// What a path of gjson leads to in text that is JSON.
    Gjson(String),
}

// === impl Rule ===

impl Rule {
    /// The rule as a file would say it, or nearly so: what results show of a matcher inside a matcher.
    pub(super) fn describe(&self) -> Value {
        match self {
            Self::Equal(value) => value.clone(),
            Self::Text(test, text) => named(test.name(), text.as_str().into()),
            Self::Regexp(source, _) => named("match-regexp", source.as_str().into()),
            Self::Patterns(patterns) => named("have-patterns", patterns.describe()),
            Self::Number(comparison, limit) => named(comparison.name(), limit.clone()),
            Self::Length(length) => named("have-len", Value::Int(*length)),
            Self::Key(rule) => named("have-key", rule.describe()),
            Self::Element(rule) => named("contain-element", rule.describe()),
            Self::Elements(rules) => named("contain-elements", describe(rules)),
            Self::ConsistOf(rules) => named("consist-of", describe(rules)),
            Self::Not(rule) => named("not", rule.describe()),
            Self::And(rules) => match rules.as_slice() {
                [rule] => rule.describe(),
                _ => named("and", describe(rules)),
            },
            Self::Or(rules) => named("or", describe(rules)),
            Self::Versions(source, _) => named("semver-constraint", source.as_str().into()),
            Self::Through(_, rule) => rule.describe(),
        }
    }
}

/// Rules as a list. Compat: goss resource/gomega.go: a list without any is nothing.
pub(super) fn describe(rules: &[Rule]) -> Value {
    if rules.is_empty() {
        return Value::Null;
    }
    Value::List(rules.iter().map(Rule::describe).collect())
}

fn named(name: &str, argument: Value) -> Value {
    Value::Map(vec![(name.to_owned(), argument)])
}

// === impl TextTest ===

impl TextTest {
    /// The name of the matcher.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Prefix => "have-prefix",
            Self::Suffix => "have-suffix",
            Self::Substring => "contain-substring",
        }
    }

    /// What results say was asked.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Prefix => "to have prefix",
            Self::Suffix => "to have suffix",
            Self::Substring => "to contain substring",
        }
    }

    pub(super) fn holds(self, text: &str, part: &str) -> bool {
        match self {
            Self::Prefix => text.starts_with(part),
            Self::Suffix => text.ends_with(part),
            Self::Substring => text.contains(part),
        }
    }
}

// === impl Comparison ===

impl Comparison {
    /// The comparison of a named matcher.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    /// The name that results show.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }

    /// What results say was asked.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Equal => "to be numerically eq",
            Self::Greater => "to be numerically gt",
            Self::GreaterOrEqual => "to be numerically ge",
            Self::Less => "to be numerically lt",
            Self::LessOrEqual => "to be numerically le",
        }
    }

    pub(super) fn holds<T: PartialOrd>(self, one: T, two: T) -> bool {
        match self {
            Self::Equal => one == two,
            Self::Greater => one > two,
            Self::GreaterOrEqual => one >= two,
            Self::Less => one < two,
            Self::LessOrEqual => one <= two,
        }
    }
}

// === impl Transform ===

impl Transform {
    /// The transform as results show it.
    pub(super) fn describe(&self) -> Value {
        let empty = Value::Map(Vec::new());
        match self {
            Self::Text => named("to-string", empty),
            Self::Number => named("to-numeric", empty),
            Self::Lines => named("to-array", empty),
            Self::Gjson(path) => named("gjson", named("Path", path.as_str().into())),
        }
    }

    /// The transform as errors name it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Text => "matchers.ToString{}".to_owned(),
            Self::Number => "matchers.ToNumeric{}".to_owned(),
            Self::Lines => "matchers.ToArray{}".to_owned(),
            Self::Gjson(path) => {
                format!(
                    "matchers.Gjson{{Path:{}}}",
                    crate::value::quoted(&path.as_str().into())
                )
            }
        }
    }
}
