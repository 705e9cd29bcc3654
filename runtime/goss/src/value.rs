//! Values that a goss file expects and that a system has.

/// A value, as it is written in a file or as it was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number; all numbers of JSON are [`Value::Float`].
    Int(i64),
    /// A whole number above `i64::MAX`, which no matcher takes.
    Unsigned(u64),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping in the order of the source, every key once.
    Map(Vec<(String, Value)>),
    /// A date or a time as it is written, which no matcher takes.
    Timestamp(String),
}
