//! What can be wrong with a source.

use crate::Span;

/// One thing that is wrong with a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", span.start)]
pub struct Error {
    /// What sort of mistake it is.
    pub kind: ErrorKind,
    /// Where.
    pub span: Span,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Another place that has to do with it, and what is there.
    pub related: Option<(Span, String)>,
}

/// The sorts of mistakes in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Bytes that are not UTF-8.
    Encoding,
    /// Text that is neither YAML nor, in a JSON file, JSON.
    Syntax,
    /// A tab where YAML wants spaces.
    Tab,
    /// A line that starts in the wrong column.
    Indentation,
    /// A key that its mapping has already.
    DuplicateKey,
    /// A key that is a list or a mapping.
    KeyType,
    /// An alias without an anchor, or within the value that it stands for.
    Alias,
    /// A merge key `<<` whose value is no mapping and no list of mappings.
    Merge,
    /// A second document.
    Documents,
    /// More bytes than allowed.
    TooLarge,
    /// Nested deeper than allowed.
    TooDeep,
    /// A value that is not what [`from_node`](crate::from_node) was asked for.
    Value,
    /// More values or more text than allowed once aliases are replaced.
    TooMany,
}

// === impl Error ===

impl Error {
    pub(crate) fn new(kind: ErrorKind, span: Span, message: impl Into<String>) -> Self {
        Self {
            kind,
            span,
            message: message.into(),
            help: None,
            related: None,
        }
    }

    /// A template that reads as a mapping in a mapping.
    pub(crate) fn unquoted_template(span: Span) -> Self {
        Self::new(ErrorKind::Syntax, span, "a template has to be quoted here")
            .help("put the whole value in single quotes: `'{{ … }}'`")
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related = Some((span, label.into()));
        self
    }
}
