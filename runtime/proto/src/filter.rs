//! Filters: which nodes a request is meant for.
//!
//! A [`Filter`] is what a request carries. [`Filter::compile`] reads its patterns and expressions once and gives a
//! [`Matcher`], which says of a [`Node`] whether it is meant. [`Semantics`] decides between upstream's rules with all
//! their oddities, which every node of a mixed network has to share, and the rules as they are meant.

mod compound;
mod fact;
mod functions;
mod matcher;
mod oddity;
mod replies;
mod semver;
mod text;
mod wire;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use compound::{DataFunction, Functions};
pub use fact::{FactFilter, Operator};
pub use matcher::{FilterError, Matcher};
pub use oddity::Oddity;
pub use replies::ReplyFilter;
pub use text::{FactSyntax, Words};

/// Which nodes a request is meant for: those for which every kind that has entries holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// All of these facts.
    pub facts: Vec<FactFilter>,
    /// All of these classes; `/…/` is a pattern.
    pub classes: Vec<String>,
    /// All of these agents; `/…/` is a pattern.
    pub agents: Vec<String>,
    /// One of these identities; `/…/` is a pattern.
    pub identities: Vec<String>,
    /// These expressions, see [`Semantics`].
    pub compound: Vec<Compound>,
}

/// An entry of a compound filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Compound(
    /// One object with one member `expr`; anything else matches no node.
    pub Vec<Map<String, Value>>,
);

/// How filters are understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Semantics {
    /// As all nodes of upstream do: numbers are cut to integers unless the value has a dot, `>` with a dot is `>=`,
    /// `!=` of a false fact is `==`, classes with capitals never match by name, and of several expressions more must
    /// be true than false.
    #[default]
    Compatible,
    /// As it is meant: numbers are numbers, `>` and `!=` are what they say, the case of classes does not matter, and
    /// all expressions must be true.
    Corrected,
}

/// What filters know of a node.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    /// Its identity.
    pub identity: &'a str,
    /// Its agents.
    pub agents: &'a [String],
    /// Its classes.
    pub classes: &'a [String],
    /// Its facts, an object.
    pub facts: &'a Value,
    /// What its data plugins say: the name of one and the query, if it takes one.
    pub data: Option<&'a DataSource<'a>>,
}

/// Asks a data plugin; `None` where it has no answer.
pub type DataSource<'a> = dyn Fn(&str, Option<&Value>) -> Option<Value> + 'a;

// === impl Filter ===

impl Filter {
    /// A filter for the nodes that have an agent.
    #[must_use]
    pub fn agent(agent: &str) -> Self {
        Self {
            agents: vec![agent.to_owned()],
            ..Self::default()
        }
    }

    /// Whether it is for all nodes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.facts.is_empty()
            && self.classes.is_empty()
            && self.agents.is_empty()
            && self.identities.is_empty()
            && self.compound.is_empty()
    }

    /// Reads all patterns and expressions. What cannot be read matches no node and is among [`Matcher::faults`].
    #[must_use]
    pub fn compile(&self, semantics: Semantics, functions: &Functions) -> Matcher {
        Matcher::new(self, semantics, functions)
    }
}

// === impl Compound ===

impl Compound {
    /// An entry with an expression.
    #[must_use]
    pub fn new(expression: &str) -> Self {
        let member = ("expr".to_owned(), Value::from(expression));
        Self(vec![Map::from_iter([member])])
    }

    /// The expression, if it is an entry with one.
    #[must_use]
    pub fn expression(&self) -> Option<&str> {
        match self.0.as_slice() {
            [only] => only.get("expr")?.as_str(),
            _ => None,
        }
    }
}
