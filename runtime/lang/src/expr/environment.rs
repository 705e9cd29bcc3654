//! What names mean to the checker.

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
}

impl Type {
    /// A map of which nothing is known.
    #[must_use]
    pub const fn map() -> Self {
        Self::Map(BTreeMap::new())
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
        let get_fact = Signature { parameters: vec![Type::String], result: Type::Any };
        Self {
            variables: variables.map(|(name, ty)| (name.to_owned(), ty)).into(),
            functions: BTreeMap::from([("get_fact".to_owned(), get_fact)]),
            expects_bool: true,
        }
    }
}
