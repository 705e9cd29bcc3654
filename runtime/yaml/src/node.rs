//! The tree.

use core::fmt;
use core::ops::Range;

use crate::{Scalar, Span, Style};

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value is written; the place of the alias where it is written as one.
    pub span: Span,
    /// Where the value is defined, when `span` is the place of an alias (`*name`).
    /// Nodes below it have the spans of the definition.
    pub alias_of: Option<Span>,
    /// The value.
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// One piece of text that may mean a number, a truth value or nothing.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping in the order of the source, every key once.
    Mapping(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Node,
    /// What a merge key (`<<`) had to do with it.
    pub merge: Merge,
}

/// What a merge key (`<<`) had to do with an [`Entry`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Merge {
    /// Nothing.
    #[default]
    None,
    /// It brought the entry: the place of the value of `<<`.
    From(Span),
    /// It brought an entry that this one replaces: the place of the replaced key.
    ///
    /// Upstream refuses that where it reads a mapping into a structure (a machine, a watcher), and takes it where it
    /// reads one into a map (watcher properties, facts).
    Replaces(Span),
}

/// The key of an [`Entry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its text, without quotes and escapes. Keys are text as written: `on` and `012` stay so.
    pub text: String,
    /// Where it is written, with its quotes.
    pub span: Span,
    /// How it is written.
    pub style: Style,
}

/// What a node is, for messages: displays as "a list", "a number" and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number without a fraction.
    Int,
    /// A number with a fraction.
    Float,
    /// Text.
    Str,
    /// A list.
    Sequence,
    /// A mapping.
    Mapping,
}

// === impl Node ===

impl Node {
    /// What the node is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.value {
            Value::Scalar(scalar) => scalar.resolve().kind(),
            Value::Sequence(_) => Kind::Sequence,
            Value::Mapping(_) => Kind::Mapping,
        }
    }

    /// Whether it is a scalar that says "nothing": empty, `null` or `~`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// The scalar, if it is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of the scalar as written, whatever it means, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| scalar.text.as_str())
    }

    /// The items, if it is a list.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if it is a mapping.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items; none when it is no list.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        self.as_sequence().unwrap_or_default()
    }

    /// The entries; none when it is no mapping.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.as_mapping().unwrap_or_default()
    }

    /// The entry with this key, if it is a mapping that has one.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key.text == key)
    }

    /// The value of this key, if it is a mapping that has one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The place of the bytes `range` of the scalar's text in the source: exact in plain, quoted and block scalars
    /// where that can be, the whole node otherwise.
    ///
    /// An empty range gives an empty span at its place.
    #[must_use]
    pub fn locate(&self, range: Range<usize>) -> Span {
        match &self.value {
            Value::Scalar(scalar) => scalar.locate(range).unwrap_or(self.span),
            _ => self.span,
        }
    }
}

// === impl Kind ===

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "nothing",
            Self::Bool => "a boolean",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Str => "a string",
            Self::Sequence => "a list",
            Self::Mapping => "a mapping",
        })
    }
}
