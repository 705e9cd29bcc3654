//! The one reader of YAML and JSON: a bounded tree with a span for every key and value.
//!
//! [`parse`] turns the bytes of a file into [`Node`]s and collects every error it finds on the way.
//! Scalars keep their text; [`Scalar::resolve`] says what go-choria would take it for.
//! Nothing here opens files: callers read at most [`Limits::read`] allows and hand the bytes over.
//!
//! Start reading at [`Node`], then [`parse`].

mod build;
mod compose;
mod de;
mod error;
mod event;
mod explain;
mod granit;
mod json;
mod json_value;
mod limits;
mod node;
mod number;
mod origin;
mod position;
mod scalar;
mod source;
mod trace;

use error::Errors;

pub use de::{DeserializeError, from_node};
pub use error::{Error, ErrorKind};
pub use json_value::to_json;
pub use limits::{Documents, Limits};
pub use node::{Entry, Key, Kind, Merge, Node, Value};
pub use position::{Position, Span};
pub use scalar::{Resolved, Scalar, Style, WeakText};

/// How a source is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// YAML 1.2, with the scalars that go-choria's reader knows.
    #[default]
    Yaml,
    /// Strict JSON (RFC 8259).
    Json,
}

/// What [`parse`] made of a source.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The tree; `None` when the source is empty or cannot be read to its end.
    pub root: Option<Node>,
    /// Every error, in the order of the source; of more than a hundred, the first that were found.
    /// A tree can be there all the same, as after a duplicate key.
    pub errors: Vec<Error>,
}

/// Reads one document.
///
/// Bytes that are not UTF-8 are an error with a position, and so is a source above one of the `limits`.
#[must_use]
pub fn parse(source: impl AsRef<[u8]>, format: Format, limits: &Limits) -> Parsed {
    let mut errors = Errors::default();
    let root = source::read(source.as_ref(), format, limits, &mut errors).unwrap_or_else(|error| {
        errors.push_last(*error);
        None
    });
    Parsed {
        root,
        errors: errors.into_sorted(),
    }
}

#[cfg(test)]
mod tests;

// === impl Format ===

impl Format {
    /// The format of a file by its name: JSON for `*.json` in any case, YAML for everything else.
    #[must_use]
    pub fn of_file(name: &str) -> Self {
        let is_json = name
            .rsplit_once('.')
            .is_some_and(|(_, end)| end.eq_ignore_ascii_case("json"));
        if is_json { Self::Json } else { Self::Yaml }
    }
}

// === impl Parsed ===

impl Parsed {
    /// The tree, when there is one and nothing was wrong.
    ///
    /// # Errors
    /// All errors of the source; empty when the source holds nothing.
    pub fn into_result(self) -> Result<Node, Vec<Error>> {
        match self.root {
            Some(root) if self.errors.is_empty() => Ok(root),
            _ => Err(self.errors),
        }
    }
}
