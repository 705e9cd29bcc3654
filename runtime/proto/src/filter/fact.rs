//! Facts against values.

use core::cmp::Ordering;

use chorister_lang::gjson;
use chorister_lang::re2::{self, Regex};
use serde_json::{Number, Value};

use super::Semantics;

/// What a fact has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactFilter {
    /// The fact: a gjson path.
    pub fact: String,
    /// How it is compared.
    pub operator: Operator,
    /// What with.
    pub value: String,
}

/// How a fact is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Matches,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A fact filter with its pattern read.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    filter: FactFilter,
    pattern: Option<Regex>,
    semantics: Semantics,
}

/// The longest pattern, in bytes.
const PATTERN_LIMIT: usize = 1000;
/// What a pattern may take when it is compiled, in bytes.
const PATTERN_SIZE: usize = 256 << 10;

// === impl Operator ===

impl Operator {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Equal,
        Self::NotEqual,
        Self::Matches,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
    ];

    /// How it is written in a request.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Matches => "=~",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The operator that is written so in a request.
    #[must_use]
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.symbol() == symbol)
    }

    /// Whether an order is what it asks for; never for `=~`.
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Matches => false,
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

// === impl Condition ===

impl Condition {
    /// Reads the pattern of a filter.
    pub(super) fn new(filter: &FactFilter, semantics: Semantics) -> Result<Self, String> {
        let pattern = if filter.operator == Operator::Matches {
            let pattern = filter.value.trim_matches('/');
            Some(compile(&format!("(?i){pattern}"))?)
        } else {
            None
        };
        Ok(Self {
            filter: filter.clone(),
            pattern,
            semantics,
        })
    }

    /// Whether the facts are so; `None` where they cannot be compared like this.
    pub(super) fn holds(&self, facts: &Value) -> Option<bool> {
        let Some(fact) = gjson::get(facts, &self.filter.fact) else {
            return Some(false);
        };
        let orders = !matches!(
            self.filter.operator,
            Operator::Equal | Operator::NotEqual | Operator::Matches
        );
        match &*fact {
            Value::String(text) => Some(self.text(text)),
            Value::Number(number) => self.number(number),
            // Neither has an order.
            _ if orders => None,
            Value::Bool(value) => Some(self.boolean(*value)),
            Value::Null | Value::Array(_) | Value::Object(_) => Some(false),
        }
    }

    fn matches(&self, text: &str) -> bool {
        self.pattern.as_ref().is_some_and(|it| it.is_match(text))
    }

    fn text(&self, fact: &str) -> bool {
        let (fact, value) = match self.filter.operator {
            Operator::Matches => return self.matches(fact),
            _ => (fact.to_lowercase(), self.filter.value.to_lowercase()),
        };
        self.filter.operator.accepts(fact.cmp(&value))
    }

    fn number(&self, fact: &Number) -> Option<bool> {
        let (operator, value) = (self.filter.operator, &*self.filter.value);
        let float = fact.as_f64()?;
        if self.semantics == Semantics::Corrected {
            if operator == Operator::Matches {
                return Some(self.matches(&fact.to_string()));
            }
            return match compare(fact, value) {
                Some(order) => Some(operator.accepts(order)),
                // What is no number is not equal to one.
                None if operator == Operator::Equal => Some(false),
                None if operator == Operator::NotEqual => Some(true),
                None => None,
            };
        }
        if value.contains('.') {
            if operator == Operator::Matches {
                return Some(self.matches(&format!("{float:.4}")));
            }
            let order = float.partial_cmp(&value.parse().ok()?)?;
            // Compat: go-choria filter/facts: on floats `>` is `>=`.
            return Some(match operator {
                Operator::Greater => order.is_ge(),
                other => other.accepts(order),
            });
        }
        // Compat: go-choria filter/facts: without a dot in the value, the fact is cut to an integer.
        let integer = fact.as_i64().map_or_else(|| cut(float), i128::from);
        match operator {
            Operator::Matches => Some(self.matches(&integer.to_string())),
            Operator::Equal => Some(integer.to_string() == value),
            Operator::NotEqual => Some(integer.to_string() != value),
            other => {
                let value: i64 = value.parse().ok()?;
                Some(other.accepts(integer.cmp(&value.into())))
            }
        }
    }

    fn boolean(&self, fact: bool) -> bool {
        let value = &*self.filter.value;
        let truth = matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True");
        let falsehood = matches!(value, "0" | "f" | "F" | "FALSE" | "false" | "False");
        match (self.semantics, self.filter.operator) {
            (Semantics::Corrected, Operator::Matches) => self.matches(&fact.to_string()),
            (Semantics::Corrected, operator) => {
                let equal = if fact { truth } else { falsehood };
                equal == (operator == Operator::Equal)
            }
            (Semantics::Compatible, Operator::Equal) if fact => truth,
            (Semantics::Compatible, Operator::NotEqual) if fact => !truth,
            (Semantics::Compatible, _) if fact => value.to_lowercase() == "true",
            // Compat: go-choria filter/facts: for a false fact all three ask whether the value is not true.
            (Semantics::Compatible, _) => !truth,
        }
    }
}

/// The integer part of a number.
#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
fn cut(number: f64) -> i128 {
    number as i128
}

/// How a number compares with a text that is one.
fn compare(fact: &Number, value: &str) -> Option<Ordering> {
    if let (Some(fact), Ok(value)) = (fact.as_i64(), value.parse::<i64>()) {
        return Some(fact.cmp(&value));
    }
    fact.as_f64()?.partial_cmp(&value.parse().ok()?)
}

/// Reads a pattern.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > PATTERN_LIMIT {
        return Err(format!("the pattern is longer than {PATTERN_LIMIT} bytes"));
    }
    re2::compile_within(pattern, PATTERN_SIZE).map_err(|error| error.to_string())
}
