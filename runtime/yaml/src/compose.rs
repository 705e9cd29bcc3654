//! Events to a flat tree: one document, within the limits.

use std::collections::BTreeMap;

use crate::error::Errors;
use crate::event::{Anchor, Event, EventKind, Events, RawScalar};
use crate::{Documents, Error, ErrorKind, Limits, Span};

/// A document, every node after its parent and before its next sibling. The first is the root.
#[derive(Debug, Default)]
pub(crate) struct Document<'s> {
    nodes: Vec<Raw<'s>>,
}

/// A node of a [`Document`].
#[derive(Debug)]
pub(crate) struct Raw<'s> {
    pub(crate) span: Span,
    pub(crate) value: RawValue<'s>,
    /// The index after its last descendant.
    pub(crate) end: Index,
    weight: Weight,
}

#[derive(Debug)]
pub(crate) enum RawValue<'s> {
    Scalar(RawScalar<'s>),
    Sequence,
    Mapping,
    /// The node with this index, which comes earlier and does not contain this one.
    Alias(Index),
}

/// The number of a node in its document.
pub(crate) type Index = u32;

/// What a node amounts to once aliases are replaced.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    nodes: u32,
    text: u32,
    /// Levels of lists and mappings, itself included.
    depth: u32,
}

/// Reads the first document; `None` where there is none. Adds what is wrong to `errors`.
///
/// # Errors
/// What keeps the document from being read to its end.
pub(crate) fn compose<'s>(
    mut events: impl Events<'s>,
    limits: &Limits,
    errors: &mut Errors,
) -> Result<Option<Document<'s>>, Box<Error>> {
    if events.next()?.is_none() {
        return Ok(None);
    }
    let mut composer = Composer {
        document: Document::default(),
        open: Vec::new(),
        anchors: BTreeMap::new(),
        total: Weight::default(),
        limits,
    };
    while let Some(event) = events.next()? {
        composer.add(event, errors)?;
        if composer.open.is_empty() {
            break;
        }
    }
    if limits.documents == Documents::One
        && let Some(second) = events.next()?
        && !is_blank(&mut events)
    {
        errors.push(
            Error::new(
                ErrorKind::Documents,
                second.span,
                "a second document begins here",
            )
            .help("put it into a file of its own; one file holds one document"),
        );
    }
    Ok(Some(composer.document))
}

/// Whether the document that has just begun holds nothing, as after a `---` at the end of a file.
fn is_blank<'s>(events: &mut impl Events<'s>) -> bool {
    let is_nothing = |it: &Event<'_>| {
        let empty = matches!(&it.kind, EventKind::Scalar { scalar, .. } if scalar.text.is_empty());
        empty && it.span.range().is_empty()
    };
    let blank = matches!(events.next(), Ok(first) if first.as_ref().is_none_or(is_nothing));
    blank && matches!(events.next(), Ok(None))
}

// === impl Document ===

impl<'s> Document<'s> {
    pub(crate) fn get(&self, index: Index) -> Option<&Raw<'s>> {
        self.nodes.get(index as usize)
    }

    fn get_mut(&mut self, index: Index) -> Option<&mut Raw<'s>> {
        self.nodes.get_mut(index as usize)
    }

    fn len(&self) -> Index {
        Index::try_from(self.nodes.len()).unwrap_or(Index::MAX)
    }
}

struct Composer<'s, 'l> {
    document: Document<'s>,
    /// Indices of the lists and mappings that have not ended.
    open: Vec<Index>,
    anchors: BTreeMap<Anchor, Index>,
    /// The weight of everything so far.
    total: Weight,
    limits: &'l Limits,
}

// === impl Composer ===

impl<'s> Composer<'s, '_> {
    fn add(&mut self, event: Event<'s>, errors: &mut Errors) -> Result<(), Box<Error>> {
        let span = event.span;
        match event.kind {
            EventKind::Document => {}
            EventKind::Scalar { anchor, scalar } => {
                let weight = Weight {
                    nodes: 1,
                    text: u32::try_from(scalar.text.len()).unwrap_or(u32::MAX),
                    depth: 0,
                };
                self.leaf(anchor, span, RawValue::Scalar(scalar), weight)?;
            }
            EventKind::Sequence { anchor } => self.open(anchor, span, RawValue::Sequence)?,
            EventKind::Mapping { anchor } => self.open(anchor, span, RawValue::Mapping)?,
            EventKind::End => self.close(span),
            EventKind::Alias(anchor) => self.alias(anchor, span, errors)?,
            EventKind::UnknownAlias(name) => {
                errors.push(
                    Error::new(
                        ErrorKind::Alias,
                        span,
                        format!("alias `*{name}` has no anchor"),
                    )
                    .help(format!(
                        "mark the value that it stands for with `&{name}`, further up; \
                             quote the text if it is none"
                    )),
                );
                self.placeholder(span)?;
            }
        }
        Ok(())
    }

    fn alias(&mut self, anchor: Anchor, span: Span, errors: &mut Errors) -> Result<(), Box<Error>> {
        let Some(&target) = self.anchors.get(&anchor) else {
            return self.placeholder(span);
        };
        if self.open.contains(&target) {
            let mut error = Error::new(
                ErrorKind::Alias,
                span,
                "an alias within the value that it stands for",
            );
            if let Some(target) = self.document.get(target) {
                error = error.related(Span::at(target.span.start), "the value begins here");
            }
            errors.push(error);
            return self.placeholder(span);
        }
        let weight = self
            .document
            .get(target)
            .map(|raw| raw.weight)
            .unwrap_or_default();
        self.leaf(0, span, RawValue::Alias(target), weight)
    }

    /// Something in the place of what is wrong.
    fn placeholder(&mut self, span: Span) -> Result<(), Box<Error>> {
        let null = RawScalar {
            text: "".into(),
            style: crate::Style::Plain,
            schema: crate::scalar::Schema::Null,
            origin: crate::origin::Origin::Unknown,
        };
        self.leaf(
            0,
            span,
            RawValue::Scalar(null),
            Weight {
                nodes: 1,
                ..Weight::default()
            },
        )
    }

    fn leaf(
        &mut self,
        anchor: Anchor,
        span: Span,
        value: RawValue<'s>,
        weight: Weight,
    ) -> Result<(), Box<Error>> {
        self.charge(span, weight)?;
        let index = self.push(anchor, span, value, weight);
        self.grow_parent(span, weight);
        if let Some(raw) = self.document.get_mut(index) {
            raw.end = index + 1;
        }
        Ok(())
    }

    fn open(&mut self, anchor: Anchor, span: Span, value: RawValue<'s>) -> Result<(), Box<Error>> {
        let weight = Weight {
            nodes: 1,
            text: 0,
            depth: 1,
        };
        self.charge(span, weight)?;
        let index = self.push(anchor, span, value, weight);
        self.open.push(index);
        Ok(())
    }

    fn close(&mut self, closing: Span) {
        let end = self.document.len();
        let Some(raw) = self
            .open
            .pop()
            .and_then(|index| self.document.get_mut(index))
        else {
            return;
        };
        raw.end = end;
        // A block ends with its last child, which has grown it; the place of its end event is that of what follows.
        if !closing.range().is_empty() {
            raw.span.end = closing.end;
        }
        let (span, weight) = (raw.span, raw.weight);
        self.grow_parent(span, weight);
    }

    fn push(&mut self, anchor: Anchor, span: Span, value: RawValue<'s>, weight: Weight) -> Index {
        let index = self.document.len();
        self.document.nodes.push(Raw {
            span,
            value,
            end: index,
            weight,
        });
        if anchor != 0 {
            self.anchors.insert(anchor, index);
        }
        index
    }

    fn grow_parent(&mut self, span: Span, weight: Weight) {
        let parent = self
            .open
            .last()
            .and_then(|index| self.document.get_mut(*index));
        if let Some(parent) = parent {
            parent.span.end = parent.span.end.max(span.end);
            parent.weight.nodes = parent.weight.nodes.saturating_add(weight.nodes);
            parent.weight.text = parent.weight.text.saturating_add(weight.text);
            parent.weight.depth = parent.weight.depth.max(weight.depth + 1);
        }
    }

    /// Refuses what would go above the limits.
    fn charge(&mut self, span: Span, weight: Weight) -> Result<(), Box<Error>> {
        self.total.nodes = self.total.nodes.saturating_add(weight.nodes);
        self.total.text = self.total.text.saturating_add(weight.text);
        let limits = self.limits;
        let error = |kind, message: String| Err(Error::new(kind, span, message).into());
        if self.open.len() + weight.depth as usize > limits.max_depth() {
            return error(
                ErrorKind::TooDeep,
                format!(
                    "lists and mappings are nested more than {} levels deep",
                    limits.max_depth()
                ),
            );
        }
        if self.total.nodes as usize > limits.max_nodes() {
            return error(
                ErrorKind::TooMany,
                format!(
                    "more than {} keys and values, counting aliases in full",
                    limits.nodes
                ),
            );
        }
        if self.total.text as usize > limits.max_text() {
            return error(
                ErrorKind::TooMany,
                format!(
                    "more than {} bytes of text, counting aliases in full",
                    limits.text
                ),
            );
        }
        Ok(())
    }
}
