//! Where the characters of a scalar's text come from.

use core::ops::Range;
use std::sync::Arc;

use crate::{Position, Span};

/// The places of a scalar's characters in the source.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Origin {
    /// Not known, or too long to keep.
    #[default]
    Unknown,
    /// The text stands in the source as it is, from here.
    Verbatim(Position),
    /// The text is put together from these, in order and without gaps in the text.
    Pieces(Arc<[Piece]>),
}

/// A part of a text and what it is made from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    pub(crate) text: Range<u32>,
    pub(crate) span: Span,
    /// Whether the source has the same text, so that the piece can be split; else it is an escape, a fold or the like.
    pub(crate) is_verbatim: bool,
}

// === impl Origin ===

impl Origin {
    /// The place of `range` of `text`.
    pub(crate) fn locate(&self, text: &str, range: Range<usize>) -> Option<Span> {
        // Both ends have to be between characters.
        text.get(range.clone())?;
        match self {
            Self::Unknown => None,
            Self::Verbatim(start) => {
                let start = start.after(text.get(..range.start)?);
                Some(Span::new(start, start.after(text.get(range)?)))
            }
            Self::Pieces(pieces) => {
                let start = find(pieces, range.start).map_or_else(
                    || pieces.last().map(|piece| piece.span.end),
                    |piece| piece.place(text, range.start, piece.span.start),
                )?;
                let Some(last) = range.len().checked_sub(1).map(|_| range.end - 1) else {
                    return Some(Span::at(start));
                };
                let piece = find(pieces, last)?;
                Some(Span::new(
                    start,
                    piece.place(text, range.end, piece.span.end)?,
                ))
            }
        }
    }
}

// === impl Piece ===

impl Piece {
    /// The place of the byte `at` of `text`; `otherwise` when this piece is a unit.
    fn place(&self, text: &str, at: usize, otherwise: Position) -> Option<Position> {
        if !self.is_verbatim {
            return Some(otherwise);
        }
        let before = text.get(self.text.start as usize..at)?;
        Some(self.span.start.after(before))
    }
}

/// The piece with this byte of the text.
fn find(pieces: &[Piece], at: usize) -> Option<&Piece> {
    let after = pieces.partition_point(|piece| piece.text.end as usize <= at);
    pieces.get(after)
}
