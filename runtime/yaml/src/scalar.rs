//! Scalars: their text, their style, and what they mean.

use core::ops::Range;
use std::borrow::Cow;

use crate::{Kind, Span};

/// One piece of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text, without quotes and escapes, lines joined as the style says.
    pub text: String,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// Bare.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`: lines are kept.
    Literal,
    /// `>`: lines are joined.
    Folded,
}

/// What a scalar means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved<'a> {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number, from `i64::MIN` to `u64::MAX`.
    Int(i128),
    /// A number with a fraction, an infinity, or not a number.
    Float(f64),
    /// Text.
    Str(&'a str),
}

/// A scalar read as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeakText<'a> {
    /// The text that upstream would see.
    pub text: Cow<'a, str>,
    /// Whether a string is written there. If not, `text` was made from a number or a truth value and can differ from
    /// what is written (`1.10` gives `1.1`): worth a "quote this".
    pub is_string: bool,
}

// === impl Scalar ===

impl Scalar {
    /// What the scalar means to go-choria.
    #[must_use]
    pub fn resolve(&self) -> Resolved<'_> {
        Resolved::Str(&self.text)
    }

    /// The text where upstream wants a string: numbers and truth values are written out, nothing is `""`.
    #[must_use]
    pub fn as_text(&self) -> WeakText<'_> {
        WeakText {
            text: Cow::Borrowed(&self.text),
            is_string: true,
        }
    }

    /// A truth value where upstream wants one in watcher properties: `true`, a number, or one of the words of Go's
    /// `strconv.ParseBool`; nothing and `""` are false. `None` for anything else, `yes` and `on` included.
    #[must_use]
    pub fn as_bool_weak(&self) -> Option<bool> {
        None
    }

    /// A whole number where upstream wants one: a number without a fraction (`1.0` too).
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        None
    }

    /// A whole number where upstream wants one in watcher properties: also cut-off fractions, strings that hold a
    /// number in Go's notation, truth values and nothing.
    #[must_use]
    pub fn as_int_weak(&self) -> Option<i64> {
        None
    }

    /// A number: whole or with a fraction.
    #[must_use]
    pub fn as_float(&self) -> Option<f64> {
        None
    }

    /// The place of a byte range of `text`, where it is known.
    pub(crate) fn locate(&self, range: Range<usize>) -> Option<Span> {
        let _ = range;
        None
    }
}

// === impl Resolved ===

impl Resolved<'_> {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Float(_) => Kind::Float,
            Self::Str(_) => Kind::Str,
        }
    }
}
