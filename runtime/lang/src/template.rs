//! Templates.

use core::ops::Range;

use serde_json::{Map, Value};

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

use crate::{List, SyntaxError, Text};

/// A text with actions in it that are replaced when it is expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The template as it was written.
    pub source: Text,
    /// What is printed, in order; none where `source` is printed as it is.
    pub nodes: List<Node>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Node {
    /// Text printed as it is.
    Text(Text),
    /// A value to print.
    Print(Term),
}

/// Something that has a value.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Term {
    /// A text.
    Text(Text),
}

/// Which functions a template may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Machines: `lookup` and the functions on text.
    Machine,
    /// Overrides of checks: `o`.
    Overrides,
}

/// What a template may read.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// `lookup "facts.…"`.
    pub facts: &'a Value,
    /// `lookup "data.…"`.
    pub data: &'a Map<String, Value>,
    /// `o "…"`: the values for this check, if there are any.
    pub overrides: Option<&'a Value>,
}

/// A value that a template looks up under a path that is written in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The gjson path, such as `facts.os.family`.
    pub path: String,
    /// What is taken where the path has no value, if it is written as a constant.
    pub default: Option<Value>,
    /// The path in the template, in bytes, with its quotes.
    pub span: Range<usize>,
}

/// Why a template has no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpandError {
    /// What is wrong.
    pub message: String,
}

/// A template that prints this text as it is.
#[must_use]
pub const fn literal(text: &'static str) -> Template {
    Template { source: Text::Borrowed(text), nodes: List::EMPTY }
}

impl Template {
    /// The template that prints nothing.
    pub const EMPTY: Self = Self { source: Text::Borrowed(""), nodes: List::EMPTY };

    /// Parses a template of a machine.
    ///
    /// # Errors
    /// Skeleton.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        Self::parse_with(source, Dialect::Machine)
    }

    /// Parses a template.
    ///
    /// # Errors
    /// Skeleton.
    pub fn parse_with(source: &str, _dialect: Dialect) -> Result<Self, SyntaxError> {
        Ok(Self { source: Text::Owned(source.to_owned()), nodes: List::EMPTY })
    }

    /// Whether the template prints its source.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The text.
    ///
    /// # Errors
    /// Skeleton.
    pub fn expand(&self, _scope: &Scope<'_>) -> Result<String, ExpandError> {
        Ok(self.source.clone().into_owned())
    }

    /// What it looks up under paths that are constants.
    #[must_use]
    pub fn lookups(&self) -> Vec<Lookup> {
        Vec::new()
    }

    /// Whether it looks up a path that only its expansion knows.
    #[must_use]
    pub fn computes_paths(&self) -> bool {
        false
    }
}

#[cfg(feature = "emit")]
impl crate::ConstTokens for Template {
    fn const_tokens(&self) -> proc_macro2::TokenStream {
        let source = proc_macro2::Literal::string(&self.source);
        quote::quote!(literal(#source))
    }
}
