//! What is wrong with one value.

use chorister_ir::ddl::ValueType;

/// What is wrong with one value; reads after the name of its input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// It is of another type.
    #[error("{}", not_a(*_0))]
    Type(ValueType),
    /// An item of an array is of another type.
    #[error("item {position} {}", not_a(*.wanted))]
    Item {
        /// Which one, from 1.
        position: usize,
        /// What it has to be.
        wanted: ValueType,
    },
    /// There are too many bytes.
    #[error("is longer than {0} characters")]
    TooLong(u32),
    /// A shell would do something with it.
    #[error("may not contain '{0}'")]
    ShellUnsafe(&'static str),
    /// It is no address.
    #[error("{text} is not an {kind} address")]
    Address {
        /// What it is.
        text: String,
        /// `IPv4`, `IPv6` or `IP`.
        kind: &'static str,
    },
    /// The pattern does not match.
    #[error("input does not match '{0}'")]
    Mismatch(String),
    /// The pattern cannot be read, so that nothing passes.
    #[error("invalid regex '{0}'")]
    Pattern(String),
    /// It is none of the values that there are.
    #[error("should be one of {}", .0.join(", "))]
    NotListed(Vec<String>),
    /// There are no values to choose from.
    #[error("input type of list without a valid list of items in DDL")]
    EmptyList,
    /// Nobody knows the type of the input.
    #[error("unsupported input type '{0}'")]
    UnsupportedType(String),
    /// A word of a command line cannot be read as a value of an input whose type nobody knows.
    #[error("unsupported type '{0}'")]
    UnsupportedText(String),
    /// A word of a command line cannot be read as such a value.
    #[error("'{text}' is not a valid {kind}")]
    Text {
        /// The word.
        text: String,
        /// What it should be.
        kind: &'static str,
    },
}

fn not_a(wanted: ValueType) -> &'static str {
    match wanted {
        ValueType::String => "is not a string",
        ValueType::Integer => "is not an integer",
        ValueType::Float => "is not a float",
        ValueType::Number => "is not a number",
        ValueType::Boolean => "is not a boolean",
        ValueType::List => "should be a string",
        ValueType::Hash => "is not a hash map",
        ValueType::Array => "is not an array",
    }
}
