//! Places in a source.

use core::fmt;
use core::ops::Range;

/// A place between two characters of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Bytes before it.
    pub offset: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters (Unicode scalar values).
    pub column: u32,
}

/// A stretch of a source; empty when both ends are the same place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Place before its first character.
    pub start: Position,
    /// Place after its last character.
    pub end: Position,
}

// === impl Position ===

impl Position {
    /// The beginning of every source.
    pub const START: Self = Self {
        offset: 0,
        line: 1,
        column: 1,
    };

    /// The place that follows `text`, when `text` starts here.
    ///
    /// Lines end with `\n`, `\r\n` or a lone `\r`.
    #[must_use]
    pub fn after(self, text: &str) -> Self {
        let mut place = self;
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            place.offset = place.offset.saturating_add(char.len_utf8() as u32);
            if char == '\n' || (char == '\r' && chars.peek() != Some(&'\n')) {
                place.line = place.line.saturating_add(1);
                place.column = 1;
            } else {
                place.column = place.column.saturating_add(1);
            }
        }
        place
    }
}

impl Default for Position {
    fn default() -> Self {
        Self::START
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

// === impl Span ===

impl Span {
    /// The stretch from `start` to `end`.
    #[must_use]
    pub const fn new(start: Position, end: Position) -> Self {
        Self { start, end }
    }

    /// An empty stretch.
    #[must_use]
    pub const fn at(place: Position) -> Self {
        Self {
            start: place,
            end: place,
        }
    }

    /// The bytes of the source that it covers.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start.offset as usize..self.end.offset as usize
    }

    /// The smallest stretch that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The part of `source` that it covers; `None` when it is not a span of that source.
    #[must_use]
    pub fn slice(self, source: &str) -> Option<&str> {
        source.get(self.range())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.start.fmt(f)
    }
}
