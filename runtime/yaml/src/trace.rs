//! Finding out where the characters of a scalar come from.
//!
//! The parser gives a scalar's text and the stretch of the source it was read from. Walking through both side by side
//! tells which bytes stand for which; where the two do not fit, the place is not known and nothing is claimed.

use core::ops::Range;

use crate::origin::{Origin, Piece};
use crate::{Position, Span, Style};

/// Follows the scalars of one source.
pub(crate) struct Tracer {
    /// How many pieces may still be kept.
    pieces_left: usize,
}

// === impl Tracer ===

impl Tracer {
    /// 8 MiB of pieces: more than specs have, and little enough for a source made of escapes.
    const MOST_PIECES: usize = 1 << 18;

    pub(crate) fn new() -> Self {
        Self {
            pieces_left: Self::MOST_PIECES,
        }
    }

    /// Where the characters of `text` come from, read from `written`, which begins at `start`: with the quotes, or from
    /// the line after the header of a block.
    pub(crate) fn trace(
        &mut self,
        written: &str,
        start: Position,
        style: Style,
        text: &str,
    ) -> Origin {
        let (body, start) = match style {
            Style::Single | Style::Double => {
                let Some(body) = written.get(1..written.len().saturating_sub(1)) else {
                    return Origin::Unknown;
                };
                (body, start.after(written.get(..1).unwrap_or_default()))
            }
            _ => (written, start),
        };
        if body == text {
            return Origin::Verbatim(start);
        }
        let mut walk = Walk {
            text,
            source: body,
            text_at: 0,
            source_at: 0,
            place: start,
            pieces: Vec::new(),
            most: self.pieces_left,
        };
        let traced = match style {
            Style::Literal => walk.literal(),
            Style::Folded => walk.folded(),
            _ => walk.inline(style),
        };
        if traced.is_none() {
            return Origin::Unknown;
        }
        self.pieces_left -= walk.pieces.len();
        Origin::Pieces(walk.pieces.into())
    }
}

/// A walk through a text and the source that it was made from.
struct Walk<'t> {
    text: &'t str,
    source: &'t str,
    text_at: usize,
    source_at: usize,
    /// The place of `source_at`.
    place: Position,
    pieces: Vec<Piece>,
    most: usize,
}

// === impl Walk ===

impl<'t> Walk<'t> {
    /// Plain and quoted scalars, whose lines are joined.
    fn inline(&mut self, style: Style) -> Option<()> {
        loop {
            let rest = self.source.get(self.source_at..)?;
            let Some(next) = rest.chars().next() else {
                break;
            };
            let blanks = rest.get(..leading(rest, &[' ', '\t', '\n', '\r']))?;
            if blanks.contains(['\n', '\r']) {
                let breaks = count_breaks(blanks);
                let joined = if breaks == 1 { 1 } else { breaks - 1 };
                let wanted = if breaks == 1 { ' ' } else { '\n' };
                self.replaced(blanks.len(), joined, wanted)?;
            } else if style == Style::Single && rest.starts_with("''") {
                self.unit(2, 1)?;
            } else if style == Style::Double && next == '\\' {
                let (written, made) = self.escape(rest)?;
                self.unit(written, made)?;
            } else {
                self.same(next.len_utf8())?;
            }
        }
        (self.text_at == self.text.len()).then_some(())
    }

    /// The lengths of an escape at the beginning of `rest` and of what it makes.
    fn escape(&self, rest: &str) -> Option<(usize, usize)> {
        let made = self
            .text
            .get(self.text_at..)?
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        let written = match rest.as_bytes().get(1)? {
            b'x' => 4,
            b'u' => {
                let high = u32::from_str_radix(rest.get(2..6)?, 16).ok()?;
                // A pair of surrogates makes one character.
                if (0xd800..0xdc00).contains(&high) {
                    12
                } else {
                    6
                }
            }
            b'U' => 10,
            b'\n' | b'\r' => {
                let after = rest.get(1..)?;
                let after = after.strip_prefix('\r').unwrap_or(after);
                let after = after.strip_prefix('\n').unwrap_or(after);
                return Some((rest.len() - after.len() + leading(after, &[' ', '\t']), 0));
            }
            _ => 1 + rest.get(1..)?.chars().next()?.len_utf8(),
        };
        Some((written, made))
    }

    /// Literal blocks: every line of the text is one of the source without its indentation.
    fn literal(&mut self) -> Option<()> {
        while self.text_at < self.text.len() {
            let content = self.text.get(self.text_at..)?.split('\n').next()?;
            let line = self.source_line()?;
            let indent = line.len().checked_sub(content.len())?;
            let is_blank = |text: &str| text.bytes().all(|byte| byte == b' ');
            if content.is_empty() && is_blank(line) {
                self.skip(line.len())?;
            } else if line.ends_with(content) && is_blank(line.get(..indent)?) {
                self.skip(indent)?;
                self.same(content.len())?;
            } else {
                return None;
            }
            if self.text_at < self.text.len() {
                let rest = self.source.get(self.source_at..)?;
                // The last line of a file can lack its end.
                self.unit(
                    if rest.starts_with("\r\n") {
                        2
                    } else {
                        rest.len().min(1)
                    },
                    1,
                )?;
            }
        }
        Some(())
    }

    /// Folded blocks: the same, but lines are joined, unless they are indented deeper than the first.
    fn folded(&mut self) -> Option<()> {
        let mut was_indented = false;
        while self.text_at < self.text.len() {
            let text = self.text.get(self.text_at..)?;
            if !text.starts_with('\n') {
                was_indented = text.starts_with([' ', '\t']);
                // The line goes on in the text; it begins like that of the source after its indentation.
                let line = self.source_line()?;
                let kept = leading(text, &[' ']);
                let indent = leading(line, &[' ']).checked_sub(kept)?;
                self.skip(indent)?;
                self.same(line.len() - indent)?;
            }
            // Line breaks up to the next line with text.
            let Some(text) = self
                .text
                .get(self.text_at..)
                .filter(|text| !text.is_empty())
            else {
                break;
            };
            let rest = self.source.get(self.source_at..)?;
            let blanks = rest.get(..leading(rest, &[' ', '\n', '\r']))?;
            let width = blanks.rfind(['\n', '\r']).map_or(0, |at| at + 1);
            let breaks = count_breaks(blanks);
            let made = leading(text, &['\n']);
            if breaks == 1 && text.starts_with(' ') && !was_indented {
                self.unit(width, 1)?;
            } else if (1..=breaks.max(1)).contains(&made) {
                self.unit(width, made)?;
            } else {
                return None;
            }
        }
        Some(())
    }

    /// What is left of the line of the source.
    fn source_line(&self) -> Option<&'t str> {
        self.source
            .get(self.source_at..)?
            .split(['\n', '\r'])
            .next()
    }

    /// `blanks` bytes of the source became `count` times `char`.
    fn replaced(&mut self, blanks: usize, count: usize, char: char) -> Option<()> {
        let made = self.text.get(self.text_at..self.text_at + count)?;
        if !made.chars().all(|made| made == char) {
            return None;
        }
        self.unit(blanks, count)
    }

    /// The next `length` bytes are the same in both.
    fn same(&mut self, length: usize) -> Option<()> {
        let written = self.source.get(self.source_at..self.source_at + length)?;
        let made = self.text.get(self.text_at..self.text_at + length)?;
        if written != made {
            return None;
        }
        if length == 0 {
            return Some(());
        }
        let start = self.place;
        self.place = start.after(written);
        let text = range(self.text_at, length)?;
        self.source_at += length;
        self.text_at += length;
        match self.pieces.last_mut() {
            Some(last) if last.is_verbatim && last.span.end == start => {
                last.text.end = text.end;
                last.span.end = self.place;
                Some(())
            }
            _ => self.push(text, start, true),
        }
    }

    /// The next `written` bytes of the source stand for the next `made` bytes of the text.
    fn unit(&mut self, written: usize, made: usize) -> Option<()> {
        self.text.get(self.text_at..self.text_at + made)?;
        let start = self.place;
        self.skip(written)?;
        let text = range(self.text_at, made)?;
        self.text_at += made;
        if made == 0 {
            return Some(());
        }
        self.push(text, start, false)
    }

    fn skip(&mut self, written: usize) -> Option<()> {
        self.place = self
            .place
            .after(self.source.get(self.source_at..self.source_at + written)?);
        self.source_at += written;
        Some(())
    }

    fn push(&mut self, text: Range<u32>, start: Position, is_verbatim: bool) -> Option<()> {
        if self.pieces.len() >= self.most {
            return None;
        }
        self.pieces.push(Piece {
            text,
            span: Span::new(start, self.place),
            is_verbatim,
        });
        Some(())
    }
}

/// The length of the characters that `text` begins with.
fn leading(text: &str, chars: &[char]) -> usize {
    text.len() - text.trim_start_matches(chars).len()
}

fn range(start: usize, length: usize) -> Option<Range<u32>> {
    Some(u32::try_from(start).ok()?..u32::try_from(start + length).ok()?)
}

/// Line breaks: `\n`, `\r\n` and `\r`.
pub(crate) fn count_breaks(blanks: &str) -> usize {
    let feeds = blanks.matches('\n').count();
    let returns = blanks.matches('\r').count();
    let pairs = blanks.matches("\r\n").count();
    feeds + returns - pairs
}
