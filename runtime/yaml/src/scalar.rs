//! Scalars: their text, their style, and what they mean.

use core::ops::Range;
use std::borrow::Cow;

use crate::number::{self, Number};
use crate::origin::Origin;
use crate::{Kind, Span};

/// One piece of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text, without quotes and escapes, lines joined as the style says.
    pub text: String,
    /// How it is written.
    pub style: Style,
    pub(crate) schema: Schema,
    pub(crate) origin: Origin,
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

/// Which rules say what the text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Those of plain YAML scalars.
    Yaml,
    /// Those of JSON words and numbers.
    Json,
    /// It is a string: it is quoted, or its tag says so.
    Str,
    /// It is nothing: its tag says so.
    Null,
}

// === impl Scalar ===

impl Scalar {
    /// A bare YAML scalar that stands nowhere, for tests and defaults.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            style: Style::Plain,
            schema: Schema::Yaml,
            origin: Origin::Unknown,
        }
    }

    /// What the scalar means to go-choria.
    #[must_use]
    pub fn resolve(&self) -> Resolved<'_> {
        resolve(&self.text, self.schema)
    }

    /// Whether only its text says what it means: it is bare YAML without a tag.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.schema == Schema::Yaml && self.style == Style::Plain
    }

    /// The text where upstream wants a string: numbers and truth values are written out, nothing is `""`.
    ///
    /// Compat: go-choria aagent/machine/machine.go: goccy/go-yaml writes numbers anew, so that `1.10` is `1.1` and `012`
    /// is `10`.
    #[must_use]
    pub fn as_text(&self) -> WeakText<'_> {
        let text = match self.resolve() {
            Resolved::Str(text) => {
                return WeakText {
                    text: text.into(),
                    is_string: true,
                };
            }
            Resolved::Null => "".into(),
            Resolved::Bool(bool) => if bool { "true" } else { "false" }.into(),
            Resolved::Int(int) => int.to_string().into(),
            Resolved::Float(float) => number::format_go(float).into(),
        };
        WeakText {
            text,
            is_string: false,
        }
    }

    /// The text where upstream wants a string in watcher properties.
    ///
    /// Compat: go-choria aagent/util/mapstructure_hooks.go: weak typing makes `1` and `0` of truth values, and writes
    /// large and small numbers without an exponent.
    #[must_use]
    pub fn as_text_weak(&self) -> WeakText<'_> {
        let text = match self.resolve() {
            Resolved::Bool(bool) => if bool { "1" } else { "0" }.into(),
            Resolved::Float(float) => number::format_go_plain(float).into(),
            _ => return self.as_text(),
        };
        WeakText {
            text,
            is_string: false,
        }
    }

    /// A truth value: `true` or `false`, not quoted.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.resolve() {
            Resolved::Bool(bool) => Some(bool),
            _ => None,
        }
    }

    /// A truth value where upstream wants one in watcher properties.
    ///
    /// Compat: go-choria aagent/util/mapstructure_hooks.go: weak typing takes numbers (0 is false), the words of Go's
    /// `strconv.ParseBool`, and nothing and `""` for false; `yes` and `on` are errors.
    #[must_use]
    pub fn as_bool_weak(&self) -> Option<bool> {
        match self.resolve() {
            Resolved::Null => Some(false),
            Resolved::Bool(bool) => Some(bool),
            Resolved::Int(int) => Some(int != 0),
            Resolved::Float(float) => Some(float != 0.0),
            Resolved::Str("1" | "t" | "T" | "TRUE" | "true" | "True") => Some(true),
            Resolved::Str("0" | "f" | "F" | "FALSE" | "false" | "False" | "") => Some(false),
            Resolved::Str(_) => None,
        }
    }

    /// A whole number: a number without a fraction (`1.0` too), not quoted.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self.resolve() {
            Resolved::Int(int) => i64::try_from(int).ok(),
            Resolved::Float(float) if float.fract() == 0.0 => truncate(float),
            _ => None,
        }
    }

    /// A whole number where upstream wants one in watcher properties.
    ///
    /// Compat: go-choria aagent/util/mapstructure_hooks.go: weak typing cuts fractions off, takes strings that hold a
    /// number in Go's notation (`"0x1f"`), truth values for 1 and 0, and nothing and `""` for 0.
    #[must_use]
    pub fn as_int_weak(&self) -> Option<i64> {
        match self.resolve() {
            Resolved::Null | Resolved::Str("") => Some(0),
            Resolved::Bool(bool) => Some(bool.into()),
            Resolved::Int(int) => i64::try_from(int).ok(),
            Resolved::Float(float) => truncate(float),
            Resolved::Str(text) => number::parse_go_int(text),
        }
    }

    /// A number, whole or with a fraction, not quoted.
    #[must_use]
    pub fn as_float(&self) -> Option<f64> {
        match self.resolve() {
            Resolved::Int(int) => Some(int as f64),
            Resolved::Float(float) => Some(float),
            _ => None,
        }
    }

    /// A number where upstream wants one in watcher properties: also strings that hold one, truth values and nothing.
    ///
    /// Compat: go-choria aagent/util/mapstructure_hooks.go: weak typing.
    #[must_use]
    pub fn as_float_weak(&self) -> Option<f64> {
        match self.resolve() {
            Resolved::Null | Resolved::Str("") => Some(0.0),
            Resolved::Bool(bool) => Some(f64::from(u8::from(bool))),
            Resolved::Str(text) => text.parse().ok().filter(|float: &f64| float.is_finite()),
            _ => self.as_float(),
        }
    }

    /// The place of a byte range of `text`, where it is known.
    pub(crate) fn locate(&self, range: Range<usize>) -> Option<Span> {
        self.origin.locate(&self.text, range)
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

/// What `text` means.
pub(crate) fn resolve(text: &str, schema: Schema) -> Resolved<'_> {
    let number = match schema {
        Schema::Str => None,
        Schema::Null => return Resolved::Null,
        Schema::Yaml => match text {
            "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
            "true" | "True" | "TRUE" => return Resolved::Bool(true),
            "false" | "False" | "FALSE" => return Resolved::Bool(false),
            ".inf" | ".Inf" | ".INF" => Some(Number::Float(f64::INFINITY)),
            "-.inf" | "-.Inf" | "-.INF" => Some(Number::Float(f64::NEG_INFINITY)),
            ".nan" | ".NaN" | ".NAN" => Some(Number::Float(f64::NAN)),
            _ => number::parse_yaml(text),
        },
        Schema::Json => match text {
            "null" => return Resolved::Null,
            "true" => return Resolved::Bool(true),
            "false" => return Resolved::Bool(false),
            _ => Some(number::parse_json(text)),
        },
    };
    match number {
        Some(Number::Int(int)) => Resolved::Int(int),
        Some(Number::Float(float)) => Resolved::Float(float),
        None => Resolved::Str(text),
    }
}

/// Without its fraction, when that is a 64-bit number.
fn truncate(float: f64) -> Option<i64> {
    // The bounds are powers of two, so they are exact.
    let is_in_range = float >= -(2f64.powi(63)) && float < 2f64.powi(63);
    is_in_range.then_some(float as i64)
}

#[cfg(test)]
mod tests;
