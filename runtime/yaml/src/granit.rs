//! YAML events from `granit-parser`; only this file and `explain` name it.

use std::borrow::Cow;

use granit_parser::{Marker, Options, Parser, ScalarStyle, StrInput, StructureStyle, Tag};

use crate::event::{Event, EventKind, Events, RawScalar};
use crate::origin::Origin;
use crate::scalar::Schema;
use crate::trace::{Tracer, count_breaks};
use crate::{Error, Limits, Position, Span, Style, explain};

/// Reads YAML.
pub(crate) struct Granit<'s> {
    parser: Parser<'s, StrInput<'s>>,
    source: Source<'s>,
    tracer: Tracer,
}

/// The text of a file without its byte order mark.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'s> {
    pub(crate) text: &'s str,
    /// Bytes of the mark.
    pub(crate) start: u32,
}

// === impl Granit ===

impl<'s> Granit<'s> {
    pub(crate) fn new(source: Source<'s>, limits: &Limits) -> Self {
        let mut options: Options = granit_parser::options! {
            emit_unresolved_aliases: true,
            // The composer counts depth itself, and sooner.
            flow_nesting_limit: limits.max_depth() + 2,
            block_nesting_limit: limits.max_depth() + 2,
        };
        options.set_emit_comments(false);
        Self {
            parser: Parser::new_from_str_with_options(source.text, options),
            source,
            tracer: Tracer::new(),
        }
    }

    fn scalar(
        &mut self,
        text: Cow<'s, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &mut Span,
    ) -> RawScalar<'s> {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        if style == Style::Plain && span.range().is_empty() {
            // The parser says `~` where nothing is written, and says it before the colon.
            if let Some(colon) = self.source.rest(span.start).and_then(colon) {
                *span = Span::at(span.start.after(colon));
            }
            let schema = schema(style, tag);
            return RawScalar {
                text: "".into(),
                style,
                schema,
                origin: Origin::Verbatim(span.start),
            };
        }
        let is_block = matches!(style, Style::Literal | Style::Folded);
        let from = if is_block {
            self.source.block_start(span.start)
        } else {
            Some(span.start)
        };
        let origin = from
            .and_then(|from| {
                let written = self.source.slice(Span::new(from, span.end))?;
                Some(self.tracer.trace(written, from, style, &text))
            })
            .unwrap_or_default();
        if is_block && let Some(written) = self.source.slice(*span) {
            // Without the line breaks at its end.
            span.end = span
                .start
                .after(written.trim_end_matches([' ', '\n', '\r']));
        }
        RawScalar {
            schema: schema(style, tag),
            text,
            style,
            origin,
        }
    }
}

impl<'s> Events<'s> for Granit<'s> {
    fn next(&mut self) -> Result<Option<Event<'s>>, Box<Error>> {
        use granit_parser::Event as Theirs;

        while let Some(next) = self.parser.next_event() {
            let (event, span) = next.map_err(|error| explain::syntax(&error, self.source))?;
            let mut span = Span::new(
                self.source.position(span.start),
                self.source.position(span.end),
            );
            let kind = match event {
                Theirs::DocumentStart(..) => EventKind::Document,
                Theirs::Scalar(text, style, anchor, tag) => {
                    let scalar = self.scalar(text, style, tag.as_deref(), &mut span);
                    EventKind::Scalar { anchor, scalar }
                }
                Theirs::SequenceStart(style, anchor, _) => {
                    if style == StructureStyle::Block {
                        explain::tab_before(self.source, span.start)?;
                        self.source.include_dash(&mut span);
                    }
                    EventKind::Sequence { anchor }
                }
                Theirs::MappingStart(style, anchor, _) => {
                    if style == StructureStyle::Block {
                        explain::tab_before(self.source, span.start)?;
                    }
                    EventKind::Mapping { anchor }
                }
                Theirs::SequenceEnd | Theirs::MappingEnd => EventKind::End,
                Theirs::Alias(anchor) => EventKind::Alias(anchor),
                Theirs::UnresolvedAlias(name) => EventKind::UnknownAlias(name),
                _ => continue,
            };
            return Ok(Some(Event { span, kind }));
        }
        Ok(None)
    }
}

// === impl Source ===

impl<'s> Source<'s> {
    /// Our position of a marker of the parser.
    pub(crate) fn position(self, marker: Marker) -> Position {
        let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        Position {
            offset: number(marker.byte_offset().unwrap_or_default()).saturating_add(self.start),
            line: number(marker.line()),
            column: number(marker.col()).saturating_add(1),
        }
    }

    /// The position of a byte of `text`. Slow: it walks there.
    pub(crate) fn position_at(self, at: usize) -> Position {
        let start = Position {
            offset: self.start,
            ..Position::START
        };
        start.after(self.text.get(..at).unwrap_or(self.text))
    }

    /// The byte of `text` at a position.
    pub(crate) fn byte_at(self, place: Position) -> usize {
        place.offset.saturating_sub(self.start) as usize
    }

    fn slice(self, span: Span) -> Option<&'s str> {
        self.text
            .get(self.byte_at(span.start)..self.byte_at(span.end))
    }

    fn rest(self, place: Position) -> Option<&'s str> {
        self.text.get(self.byte_at(place)..)
    }

    /// The line after the header of the block scalar whose first character is at `content`.
    fn block_start(self, content: Position) -> Option<Position> {
        let before = self.text.get(..self.byte_at(content))?;
        let header = before.trim_end_matches([' ', '\n', '\r']).len();
        let blanks = before.get(header..)?;
        let first = blanks.find(['\n', '\r'])?;
        let width = if blanks.get(first..)?.starts_with("\r\n") {
            2
        } else {
            1
        };
        let lines = blanks.get(first + width..)?;
        Some(Position {
            offset: content.offset - u32::try_from(lines.len()).ok()?,
            line: content.line - u32::try_from(count_breaks(lines)).ok()?,
            column: 1,
        })
    }

    /// Lets a block sequence begin at the dash of its first item; the parser can begin it after that.
    fn include_dash(self, span: &mut Span) {
        let before = self
            .text
            .get(..self.byte_at(span.start))
            .unwrap_or_default();
        let blanks = before.len() - before.trim_end_matches(' ').len();
        let is_at_dash = self
            .rest(span.start)
            .is_some_and(|rest| rest.starts_with('-'));
        if blanks > 0 && !is_at_dash && before.trim_end_matches(' ').ends_with('-') {
            let back = u32::try_from(blanks + 1).unwrap_or_default();
            span.start.offset = span.start.offset.saturating_sub(back);
            span.start.column = span.start.column.saturating_sub(back);
        }
    }
}

/// What stands before the place of a missing value: blanks and a colon.
fn colon(rest: &str) -> Option<&str> {
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    rest.get(blanks..)?
        .starts_with(':')
        .then(|| rest.get(..=blanks))
        .flatten()
}

/// What a tag says about a scalar. Tags that are not of the core schema make a string of it, as upstream does.
fn schema(style: Style, tag: Option<&Tag>) -> Schema {
    let untagged = if style == Style::Plain {
        Schema::Yaml
    } else {
        Schema::Str
    };
    match tag {
        None => untagged,
        Some(tag) => match tag.core_suffix() {
            Some("int" | "float" | "bool") => Schema::Yaml,
            Some("null") => Schema::Null,
            _ => Schema::Str,
        },
    }
}
