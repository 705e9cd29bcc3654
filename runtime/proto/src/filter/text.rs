//! Filters as people write them on command lines.

use super::{FactFilter, Filter, Operator};

/// A text that is not `fact operator value`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not parse fact {text} it does not appear to be in a valid format")]
pub struct FactSyntax {
    /// The text.
    pub text: String,
}

/// What the words of a combined filter are: facts, and classes else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The facts.
    pub facts: Vec<FactFilter>,
    /// The classes.
    pub classes: Vec<String>,
}

/// The operators as people write them; of those that begin at one place the first counts.
const OPERATORS: [(&str, Operator); 10] = [
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("=<", Operator::LessOrEqual),
    ("!=", Operator::NotEqual),
    ("=~", Operator::Matches),
    ("==", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=", Operator::Equal),
];

// === impl FactFilter ===

impl FactFilter {
    /// Reads `fact operator value`. The last operator counts; a value in slashes is a pattern, whatever the operator.
    ///
    /// # Errors
    /// There is no operator, or nothing on a side of it, or a side begins or ends with another one.
    pub fn parse(text: &str) -> Result<Self, FactSyntax> {
        let wrong = || FactSyntax {
            text: text.to_owned(),
        };
        let starts = |rest: &str| OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign));
        // Of two signs that overlap, the one that begins first is meant.
        let mut found = None;
        let mut end = 0;
        for (at, _) in text.char_indices() {
            if at >= end
                && let Some((sign, operator)) = text.get(at..).and_then(starts)
            {
                end = at + sign.len();
                found = Some((at, end, *operator));
            }
        }
        let (at, end, operator) = found.ok_or_else(wrong)?;
        let fact = text.get(..at).unwrap_or_default().trim();
        let value = text.get(end..).unwrap_or_default().trim();
        let edged = |side: &str| {
            let edge = |it: &(&str, Operator)| side.starts_with(it.0) || side.ends_with(it.0);
            OPERATORS.iter().any(edge)
        };
        if fact.is_empty() || value.is_empty() || edged(fact) || edged(value) {
            return Err(wrong());
        }
        let is_pattern = value.len() > 1 && value.starts_with('/') && value.ends_with('/');
        Ok(Self {
            fact: fact.to_owned(),
            operator: if is_pattern {
                Operator::Matches
            } else {
                operator
            },
            value: value.to_owned(),
        })
    }
}

// === impl Words ===

impl Words {
    /// Reads words with spaces between them.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut words = Self::default();
        for word in text.split(' ').filter(|it| !it.is_empty()) {
            match FactFilter::parse(word) {
                Ok(fact) => words.facts.push(fact),
                Err(_) => words.classes.push(word.to_owned()),
            }
        }
        words
    }

    /// Adds them to a filter.
    pub fn add_to(self, filter: &mut Filter) {
        filter.facts.extend(self.facts);
        filter.classes.extend(self.classes);
    }
}
