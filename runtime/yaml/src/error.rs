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

/// The errors of a source: enough of them to work with, however many there are.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<Error>);

// === impl Errors ===

impl Errors {
    pub(crate) const MOST: usize = 100;

    pub(crate) fn push(&mut self, error: Error) {
        if self.0.len() < Self::MOST {
            self.0.push(error);
        }
    }

    /// Gives other advice for the last error.
    pub(crate) fn advise(&mut self, help: &str) {
        if let Some(last) = self.0.last_mut() {
            last.help = Some(help.to_owned());
        }
    }

    /// Adds the error at which reading ended.
    ///
    /// Forgets what looked like an alias on the same line: where a file stops being YAML right after it, it is text
    /// without quotes, as in `schedule: */5 * * * *`.
    pub(crate) fn push_last(&mut self, last: Error) {
        self.0.retain(|error| {
            error.kind != ErrorKind::Alias || error.span.start.line != last.span.start.line
        });
        self.0.push(last);
    }

    /// In the order of the source.
    pub(crate) fn into_sorted(mut self) -> Vec<Error> {
        self.0.sort_by_key(|error| error.span.start);
        self.0
    }
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
