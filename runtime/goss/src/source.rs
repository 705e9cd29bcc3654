//! A goss file as its author wrote it, and places in it.

use core::ops::Range;

use chorister_yaml::{Position, Span};

use crate::template::SourceMap;

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFile {
    /// Its path as it was asked for.
    pub path: String,
    /// Its text, before it is rendered.
    pub text: String,
    /// The offsets at which its lines begin.
    lines: Vec<usize>,
    /// Where each part of the rendered text comes from.
    map: SourceMap,
}

// === impl SourceFile ===

impl SourceFile {
    pub(crate) fn new(path: String, text: String) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = core::iter::once(0).chain(ends).collect();
        let map = SourceMap::identity(text.len());
        Self {
            path,
            text,
            lines,
            map,
        }
    }

    pub(crate) fn set_map(&mut self, map: SourceMap) {
        self.map = map;
    }

    /// The place of bytes of the text.
    pub(crate) fn span(&self, bytes: Range<usize>) -> Span {
        Span::new(self.position(bytes.start), self.position(bytes.end))
    }

    /// Where the bytes of the rendered text that `rendered` covers come from.
    pub(crate) fn origin(&self, rendered: Span) -> Span {
        if self.map.is_identity() {
            return rendered;
        }
        self.span(self.map.source(rendered.range()))
    }

    fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|at| self.lines.get(at))
            .copied()
            .unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Position {
            offset: number(offset),
            line: number(line),
            column: number(before.chars().count() + 1),
        }
    }
}
