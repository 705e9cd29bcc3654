//! What the readers of both formats tell the composer.

use std::borrow::Cow;

use crate::origin::Origin;
use crate::scalar::Schema;
use crate::{Error, Span, Style};

/// A reader of a format: a parser of ours, or one of a library behind an adapter.
pub(crate) trait Events<'s> {
    /// The next event, `None` after the last one.
    ///
    /// # Errors
    /// What keeps the reader from going on; it is not called again then.
    fn next(&mut self) -> Result<Option<Event<'s>>, Box<Error>>;
}

/// A step through a source.
#[derive(Clone, Debug)]
pub(crate) struct Event<'s> {
    pub(crate) span: Span,
    pub(crate) kind: EventKind<'s>,
}

#[derive(Clone, Debug)]
pub(crate) enum EventKind<'s> {
    /// A document begins.
    Document,
    Scalar {
        anchor: Anchor,
        scalar: RawScalar<'s>,
    },
    Sequence {
        anchor: Anchor,
    },
    Mapping {
        anchor: Anchor,
    },
    /// The innermost sequence or mapping ends. The span is that of its closing bracket, and empty where it has none.
    End,
    Alias(Anchor),
    /// An alias without an anchor before it.
    UnknownAlias(Cow<'s, str>),
}

/// The number of an anchor, 0 for none.
pub(crate) type Anchor = usize;

#[derive(Clone, Debug)]
pub(crate) struct RawScalar<'s> {
    pub(crate) text: Cow<'s, str>,
    pub(crate) style: Style,
    pub(crate) schema: Schema,
    pub(crate) origin: Origin,
}
