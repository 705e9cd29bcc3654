//! Templates: commands, file contents and settings with values in them.
//!
//! Two dialects are Go's `text/template` with different functions:
//!
//! - [`Dialect::Machine`], which go-choria expands with nothing as dot: `lookup "facts.os.family" "default"`
//!   is a gjson path over `{"facts": …, "data": …}`; `Title`, `Capitalize`, `ToLower`, `ToUpper`, `StringsJoin`,
//!   `Base64Encode` and `Base64Decode` work on text.
//! - [`Dialect::Overrides`], for the plugins of checks: `o "path" "default"` is a gjson path over the overrides of
//!   the check.
//!
//! Both have actions, comments, trim markers, pipelines, variables, `if`, `with`, `range`, `break`, `continue`, and
//! Go's own functions except `call`. `define`, `template` and `block` are refused. What Go finds out when a template
//! is expanded (an unknown number of arguments, an argument for something that is no function) is found out here
//! when it is parsed.
//!
//! Deliberate differences from go-choria:
//!
//! - Numbers print as people write them: `1000000`, not `1e+06`; whole numbers from facts and literals compare and
//!   format as the same kind.
//! - `StringsJoin` takes the lists that `lookup` finds.
//! - Nothing is escaped as HTML in the dialect of overrides.
//! - Output, nesting and work are limited.

mod call;
mod compare;
mod escape;
mod expand;
mod format;
mod function;
pub mod go;
mod lex;
mod lower;
mod parse;
mod print;
pub mod syntax;
mod value;

use core::ops::Range;

use serde_json::{Map, Value};

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

pub use function::Function;

use crate::{List, SyntaxError, Text};

/// The most bytes that a template may have, and the most that it may expand to.
pub const MAX_LENGTH: usize = 1 << 20;

/// How deep actions, parentheses and pipelines may nest in each other.
pub const MAX_DEPTH: usize = 48;

/// A text with actions in it that are replaced when it is expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The template as it was written.
    pub source: Text,
    /// What is done, in order; nothing at all where `source` is printed as it is.
    pub nodes: List<Node>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Node {
    /// Prints text as it is.
    Text(Text),
    /// Prints a value.
    Print(Term),
    /// Gives a new variable its value.
    Declare {
        /// Name of the variable, without `$`.
        name: Text,
        /// Its value.
        value: Term,
    },
    /// Gives a variable another value.
    Assign {
        /// Name of the variable, without `$`.
        name: Text,
        /// Its value.
        value: Term,
    },
    /// Parts whose variables end with them.
    Scope(List<Node>),
    /// `if`
    If {
        /// Zero, nothing and empty values count as false.
        condition: Term,
        /// Done if it is true.
        then: List<Node>,
        /// Done if it is not.
        otherwise: List<Node>,
    },
    /// `with`
    With {
        /// The dot of `then`, unless it counts as false.
        value: Term,
        /// Done if it is true.
        then: List<Node>,
        /// Done if it is not.
        otherwise: List<Node>,
    },
    /// `range`
    Range {
        /// The variable for the index or the key.
        key: Option<Text>,
        /// The variable for the item.
        item: Option<Text>,
        /// The list, object or number that is gone through.
        over: Term,
        /// Done for each item, which is its dot.
        body: List<Node>,
        /// Done if there is no item.
        otherwise: List<Node>,
    },
    /// Ends the innermost `range`.
    Break,
    /// Goes on with the next item of the innermost `range`.
    Continue,
}

/// Something that has a value.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Term {
    /// `nil`, and `$`: there is nothing that a whole template is expanded with.
    Nil,
    /// What the innermost `with` or `range` is about; nothing outside of them.
    Dot,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A text.
    Text(Text),
    /// A variable, without `$`.
    Variable(Text),
    /// The result of a function; what comes through a pipe is the last argument.
    Call(Function, List<Term>),
}

/// Which functions a template may call, besides Go's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Machines: `lookup` and the functions on text.
    Machine,
    /// Plugins of checks: `o`.
    Overrides,
}

/// What a template may read.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// What `lookup "facts.…"` reads.
    pub facts: &'a Value,
    /// What `lookup "data.…"` reads.
    pub data: &'a Map<String, Value>,
    /// What `o "…"` reads: the overrides for this check, if there are any.
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

/// What a template reads, as far as its text tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reads {
    /// Lookups with a constant path, in the order of the text.
    pub lookups: Vec<Lookup>,
    /// Lookups with a path that only expansion knows; the functions in the text.
    pub computed: Vec<Range<usize>>,
    /// Fields like `.facts` outside `with` and `range`, where they are always nothing.
    pub absent: Vec<Range<usize>>,
}

/// Why a template could not be expanded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpandError {
    /// A function, or what goes through a list, got a value it cannot work with.
    #[error("{name}: {reason}")]
    Value {
        /// The function or action.
        name: &'static str,
        /// What is wrong with the value.
        reason: String,
    },
    /// The text would be longer than [`MAX_LENGTH`].
    #[error("the text is longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// The expansion does more work than any sensible template needs.
    #[error("the expansion does not come to an end")]
    TooMuchWork,
}

/// A template that prints this text as it is, even if there are actions in it.
#[must_use]
pub const fn literal(text: &'static str) -> Template {
    Template {
        source: Text::Borrowed(text),
        nodes: List::EMPTY,
    }
}

// === impl Template ===

impl Template {
    /// The template that prints nothing.
    pub const EMPTY: Self = Self {
        source: Text::Borrowed(""),
        nodes: List::EMPTY,
    };

    /// Parses a template of a machine.
    ///
    /// # Errors
    /// The first thing that Go would refuse to parse, or would always refuse to expand.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        Self::parse_with(source, Dialect::Machine)
    }

    /// Parses a template.
    ///
    /// # Errors
    /// The first thing that Go would refuse to parse, or would always refuse to expand.
    pub fn parse_with(source: &str, dialect: Dialect) -> Result<Self, SyntaxError> {
        let (nodes, _) = lower::template(source, Some(dialect))?;
        Ok(Self {
            source: Text::Owned(source.to_owned()),
            nodes,
        })
    }

    /// Whether the template prints its source as it is.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The text of the template for what is in `scope`.
    ///
    /// # Errors
    /// A value of the wrong kind, or a limit that was reached.
    pub fn expand(&self, scope: &Scope<'_>) -> Result<String, ExpandError> {
        if self.is_literal() {
            return Ok(self.source.clone().into_owned());
        }
        expand::expand(&self.nodes, scope)
    }

    /// What it looks up under paths that are written in it.
    #[must_use]
    pub fn lookups(&self) -> Vec<Lookup> {
        self.reads().lookups
    }

    /// What it reads, as far as its source tells.
    #[must_use]
    pub fn reads(&self) -> Reads {
        if self.is_literal() {
            return Reads::default();
        }
        // The constant form has no spans; the source does.
        lower::template(&self.source, None)
            .map(|(_, reads)| reads)
            .unwrap_or_default()
    }
}

impl Default for Template {
    fn default() -> Self {
        Self::EMPTY
    }
}

#[cfg(feature = "emit")]
impl crate::ConstTokens for Template {
    fn const_tokens(&self) -> proc_macro2::TokenStream {
        if self.is_literal() {
            let text = proc_macro2::Literal::string(&self.source);
            return quote::quote!(literal(#text));
        }
        let (source, nodes) = (self.source.const_tokens(), self.nodes.const_tokens());
        quote::quote!(Template { source: #source, nodes: #nodes })
    }
}

// === impl Scope ===

impl<'a> Scope<'a> {
    /// A scope without overrides.
    #[must_use]
    pub const fn new(facts: &'a Value, data: &'a Map<String, Value>) -> Self {
        Self {
            facts,
            data,
            overrides: None,
        }
    }
}

#[cfg(test)]
mod tests;
