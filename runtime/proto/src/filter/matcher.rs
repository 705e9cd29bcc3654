//! Filters that were read, and nodes held against them.

use chorister_lang::re2::Regex;

use super::compound::{Expression, Functions};
use super::fact::{self, Condition};
use super::{Filter, Node, Semantics};

/// A filter with all patterns and expressions read.
#[derive(Clone, Debug)]
pub struct Matcher {
    identities: Vec<Read<Name>>,
    agents: Vec<Read<Name>>,
    classes: Vec<Read<Class>>,
    facts: Vec<Read<Condition>>,
    compound: Vec<Read<Expression>>,
    semantics: Semantics,
    faults: Vec<FilterError>,
}

/// Something in a filter that cannot be read, and matches no node therefore.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// A pattern.
    #[error("`{pattern}` is not a pattern: {reason}")]
    Pattern {
        /// The entry that it is part of.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An expression.
    #[error("`{expression}` is not an expression for filters: {reason}")]
    Expression {
        /// The expression.
        expression: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry of a compound filter that is not one expression.
    #[error("an entry of a compound filter is not one expression")]
    NoExpression,
}

/// Something of a filter, `None` where it cannot be read.
type Read<T> = Option<T>;

/// A name, or a pattern of names.
#[derive(Clone, Debug)]
pub(super) enum Name {
    Exact(String),
    Pattern(Regex),
}

/// A class, or a pattern of classes.
#[derive(Clone, Debug)]
pub(super) struct Class {
    name: Name,
    folds: bool,
}

// === impl Matcher ===

impl Matcher {
    pub(super) fn new(filter: &Filter, semantics: Semantics, functions: &Functions) -> Self {
        let mut faults = Vec::new();
        let names = |names: &[String], faults: &mut Vec<FilterError>| {
            names.iter().map(|it| keep(Name::new(it), faults)).collect()
        };
        Self {
            identities: names(&filter.identities, &mut faults),
            agents: names(&filter.agents, &mut faults),
            classes: filter
                .classes
                .iter()
                .map(|it| keep(Class::new(it, semantics), &mut faults))
                .collect(),
            facts: filter
                .facts
                .iter()
                .map(|it| {
                    let condition = Condition::new(it, semantics);
                    let condition = condition.map_err(|reason| FilterError::Pattern {
                        pattern: it.value.clone(),
                        reason,
                    });
                    keep(condition, &mut faults)
                })
                .collect(),
            compound: filter
                .compound
                .iter()
                .map(|it| {
                    let text = it.expression().ok_or(FilterError::NoExpression);
                    let expression = text.and_then(|text| {
                        Expression::new(text, functions).map_err(|reason| FilterError::Expression {
                            expression: text.to_owned(),
                            reason,
                        })
                    });
                    keep(expression, &mut faults)
                })
                .collect(),
            semantics,
            faults,
        }
    }

    /// What cannot be read, in the order in which kinds are held against a node.
    #[must_use]
    pub fn faults(&self) -> &[FilterError] {
        &self.faults
    }

    /// Whether a node is meant: all kinds that have entries hold. What cannot be evaluated does not.
    #[must_use]
    pub fn matches(&self, node: &Node<'_>) -> bool {
        let given = |empty: bool, holds: &dyn Fn() -> bool| empty || holds();
        given(self.identities.is_empty(), &|| {
            self.matches_identity(node.identity)
        }) && given(self.agents.is_empty(), &|| self.matches_agents(node))
            && given(self.classes.is_empty(), &|| self.matches_classes(node))
            && given(self.facts.is_empty(), &|| self.matches_facts(node))
            && given(self.compound.is_empty(), &|| self.matches_compound(node))
    }

    /// Whether one of the identities is this one.
    pub(super) fn matches_identity(&self, identity: &str) -> bool {
        self.identities.iter().flatten().any(|it| it.is(identity))
    }

    /// Whether there are agents in the filter and the node has all of them.
    pub(super) fn matches_agents(&self, node: &Node<'_>) -> bool {
        all(&self.agents, |it| it.is_in(node.agents))
    }

    /// Whether there are classes in the filter and the node has all of them.
    pub(super) fn matches_classes(&self, node: &Node<'_>) -> bool {
        all(&self.classes, |it| it.is_in(node.classes))
    }

    /// Whether there are facts in the filter and the node has all of them.
    pub(super) fn matches_facts(&self, node: &Node<'_>) -> bool {
        all(&self.facts, |it| it.holds(node.facts) == Some(true))
    }

    /// Whether there are expressions in the filter and they are true of the node.
    pub(super) fn matches_compound(&self, node: &Node<'_>) -> bool {
        let holds = |it: &Expression| it.holds(node, self.semantics);
        if self.semantics == Semantics::Corrected {
            return all(&self.compound, |it| holds(it) == Some(true));
        }
        // Compat: go-choria filter/compound: each that is true counts one, each that is false one less.
        let mut sum = 0;
        for expression in &self.compound {
            match expression.as_ref().and_then(holds) {
                Some(true) => sum += 1,
                Some(false) => sum -= 1,
                None => return false,
            }
        }
        sum > 0
    }
}

/// Whether there are some and all of them hold.
fn all<T>(items: &[Read<T>], mut holds: impl FnMut(&T) -> bool) -> bool {
    !items.is_empty() && items.iter().all(|it| it.as_ref().is_some_and(&mut holds))
}

fn keep<T>(read: Result<T, FilterError>, faults: &mut Vec<FilterError>) -> Read<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}

/// The pattern that a name in slashes is: one slash is taken away at each end.
fn pattern(name: &str) -> Option<&str> {
    match name.strip_prefix('/') {
        Some("") => Some(""),
        Some(rest) => rest.strip_suffix('/'),
        None => None,
    }
}

fn compile(name: &str, flags: &str, pattern: &str) -> Result<Name, FilterError> {
    fact::compile(&format!("{flags}{pattern}"))
        .map(Name::Pattern)
        .map_err(|reason| FilterError::Pattern {
            pattern: name.to_owned(),
            reason,
        })
}

// === impl Name ===

impl Name {
    /// A name whose case matters.
    pub(super) fn new(name: &str) -> Result<Self, FilterError> {
        pattern(name).map_or_else(
            || Ok(Self::Exact(name.to_owned())),
            |pattern| compile(name, "", pattern),
        )
    }

    fn is(&self, name: &str) -> bool {
        match self {
            Self::Exact(wanted) => wanted == name,
            Self::Pattern(pattern) => pattern.is_match(name),
        }
    }

    /// Whether one of these names is meant.
    pub(super) fn is_in(&self, names: &[String]) -> bool {
        names.iter().any(|it| self.is(it))
    }
}

// === impl Class ===

impl Class {
    pub(super) fn new(name: &str, semantics: Semantics) -> Result<Self, FilterError> {
        Ok(Self {
            name: match pattern(name) {
                Some(pattern) => compile(name, "(?i)", pattern)?,
                // Compat: go-choria filter/classes: only this side is lower-cased.
                None => Name::Exact(name.to_lowercase()),
            },
            folds: semantics == Semantics::Corrected,
        })
    }

    /// Whether one of these classes is meant.
    pub(super) fn is_in(&self, classes: &[String]) -> bool {
        if self.folds {
            classes.iter().any(|it| self.name.is(&it.to_lowercase()))
        } else {
            self.name.is_in(classes)
        }
    }
}
