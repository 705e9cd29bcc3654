//! What names mean to the checker.

use core::fmt;
use std::collections::BTreeMap;

/// The type of a value, as far as it is known before it exists.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Type {
    /// Anything, `nil` included.
    #[default]
    Any,
    /// The value of `nil`.
    Nil,
    /// A boolean.
    Bool,
    /// A 64-bit integer.
    Int,
    /// A 64-bit floating point number.
    Float,
    /// Text.
    String,
    /// A list of values of one type.
    List(Box<Type>),
    /// A map with text keys; the types of some of its values may be known.
    Map(BTreeMap<String, Type>),
}

/// The parameters and the result of a function of an [`Environment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Types of the parameters.
    pub parameters: Vec<Type>,
    /// Type of the result.
    pub result: Type,
}

/// The names that an expression may use, and what it has to give.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Variables by name.
    pub variables: BTreeMap<String, Type>,
    /// Functions by name, besides those of the language.
    pub functions: BTreeMap<String, Signature>,
    /// Whether the result must be a boolean.
    pub expects_bool: bool,
    /// Whether a name that is not known is `nil` instead of an error.
    pub undefined_is_nil: bool,
}

impl Type {
    /// A map of which nothing is known.
    #[must_use]
    pub const fn map() -> Self {
        Self::Map(BTreeMap::new())
    }

    /// The type of the items of a list.
    pub(super) fn item(&self) -> Self {
        match self {
            Self::List(item) => (**item).clone(),
            _ => Self::Any,
        }
    }

    /// Whether it is a number.
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }

    /// Whether a value may be of both types, so that comparing them can have either result.
    pub(super) fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any | Self::Nil, _) | (_, Self::Any | Self::Nil) => true,
            (Self::List(_), Self::List(_)) | (Self::Map(_), Self::Map(_)) => true,
            _ => self == other || self.is_number() && other.is_number(),
        }
    }

    /// The type of a value that is of either type.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            // Compat: expr-lang checker: `nil` is a value of every type.
            (Self::Nil, other) => other,
            (own, Self::Nil) => own,
            (own, other) if own == other => own,
            (Self::List(_), Self::List(_)) => Self::List(Box::default()),
            (Self::Map(_), Self::Map(_)) => Self::map(),
            _ => Self::Any,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "a value",
            Self::Nil => "nil",
            Self::Bool => "a bool",
            Self::Int => "an int",
            Self::Float => "a float",
            Self::String => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        })
    }
}

impl Environment {
    /// The names of an `expression` watcher: `data`, `facts`, `get_fact(path)` and `identity`; the result
    /// is a boolean.
    #[must_use]
    pub fn watcher() -> Self {
        let variables = [
            ("data", Type::map()),
            // Compat: go-choria aagent/watchers/expressionwatcher: there `facts` is raw bytes, so that
            // `facts.x` never compiles; here it is what everybody expects, the facts.
            ("facts", Type::map()),
            ("identity", Type::String),
        ];
        let get_fact = Signature {
            parameters: vec![Type::String],
            result: Type::Any,
        };
        Self {
            variables: variables.map(|(name, ty)| (name.to_owned(), ty)).into(),
            functions: BTreeMap::from([("get_fact".to_owned(), get_fact)]),
            expects_bool: true,
            undefined_is_nil: false,
        }
    }
}
