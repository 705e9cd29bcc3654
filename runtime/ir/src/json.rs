//! Any value, as JSON has them, that can stand in a constant.

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

use crate::{List, Text};

/// A value of any type.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Json {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number without a fraction.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Text),
    /// Values in order.
    Array(List<Json>),
    /// Values by name, in order.
    Object(List<Member>),
}

/// A value of an object, and its name.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Member {
    /// Unique in the object.
    pub name: Text,
    /// The value.
    pub value: Json,
}
