//! From places in the rendered text back to the template.

use core::ops::Range;

/// Where each part of a rendered text comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceMap {
    /// In the order of the text, without gaps and empty parts.
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
struct Part {
    /// Where it begins in the rendered text.
    start: usize,
    origin: Origin,
}

#[derive(Clone, Debug, PartialEq)]
enum Origin {
    /// The template has the same text, from this byte on.
    Verbatim(usize),
    /// An action printed it.
    Action(Range<usize>),
}

// === impl SourceMap ===

impl SourceMap {
    /// The map of a text that is its own template.
    pub(crate) fn identity(length: usize) -> Self {
        let mut map = Self::default();
        if length > 0 {
            map.verbatim(0, 0);
        }
        map
    }

    /// What follows from byte `start` on is the text of the template from byte `source` on.
    pub(super) fn verbatim(&mut self, start: usize, source: usize) {
        self.parts.push(Part {
            start,
            origin: Origin::Verbatim(source),
        });
    }

    /// What follows from byte `start` on is printed by the action at `action`.
    pub(super) fn printed(&mut self, start: usize, action: Range<usize>) {
        self.parts.push(Part {
            start,
            origin: Origin::Action(action),
        });
    }

    /// Whether the text is its own template.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        match self.parts.as_slice() {
            [] => true,
            [only] => only.origin == Origin::Verbatim(0),
            _ => false,
        }
    }

    /// The bytes of the template that `span` of the rendered text comes from: exact where the template has the same
    /// text, the action where it printed it.
    #[must_use]
    pub fn source(&self, span: Range<usize>) -> Range<usize> {
        let start = self.place(span.start);
        if span.is_empty() {
            return match self.part(span.start) {
                Some(Part {
                    origin: Origin::Action(action),
                    ..
                }) => action.clone(),
                _ => start.start..start.start,
            };
        }
        let end = self.place(span.end - 1);
        // A loop goes through its template several times: what ends before it starts is not one stretch.
        if end.end < start.start {
            start
        } else {
            start.start..end.end.max(start.start)
        }
    }

    /// The place of one byte, and the place after it.
    fn place(&self, at: usize) -> Range<usize> {
        match self.part(at) {
            None => at..at,
            Some(part) => match &part.origin {
                Origin::Verbatim(source) => {
                    let place = source + (at - part.start);
                    place..place + 1
                }
                Origin::Action(action) => action.clone(),
            },
        }
    }

    fn part(&self, at: usize) -> Option<&Part> {
        let after = self.parts.partition_point(|part| part.start <= at);
        self.parts.get(after.checked_sub(1)?)
    }
}
