//! Syntax errors in plain words.
//!
//! The parser says which rule of the grammar did not hold, and where it noticed. What follows looks at the lines around
//! that place for the mistake that a person is likely to have made.

mod brackets;
mod indent;
mod outline;
mod quotes;

use granit_parser::{ErrorKind as Theirs, ScanError};

use crate::granit::Source;
use crate::{Error, ErrorKind, Position, Span};

/// Our words for an error of the parser.
pub(crate) fn syntax(error: &ScanError, source: Source<'_>) -> Error {
    let at = source
        .byte_at(source.position(*error.marker()))
        .min(source.text.len());
    let context = Context { source, at };
    context
        .tab(error.kind())
        .or_else(|| context.template())
        .unwrap_or_else(|| context.explain(error.kind()))
}

/// Refuses a block that a tab indents. The parser lets some through that upstream refuses.
///
/// # Errors
/// The tab.
pub(crate) fn tab_before(source: Source<'_>, block: Position) -> Result<(), Box<Error>> {
    let context = Context {
        source,
        at: source.byte_at(block),
    };
    match context.tab_in_indentation(context.line_start(context.at)) {
        Some(tab) if tab < context.at => Err(context.tab_at(tab).into()),
        _ => Ok(()),
    }
}

/// The place of an error and what is around it. Places are bytes of the text.
struct Context<'s> {
    source: Source<'s>,
    at: usize,
}

// === impl Context ===

impl<'s> Context<'s> {
    fn explain(&self, kind: &Theirs) -> Error {
        match kind {
            Theirs::UnclosedQuotedScalar
            | Theirs::InvalidQuotedScalarIndent
            | Theirs::DocumentIndicatorInQuotedScalar => self.unclosed_quote(),
            Theirs::InvalidTrailingSingleQuotedScalar
            | Theirs::InvalidTrailingDoubleQuotedScalar
            | Theirs::CommentNotSeparated => self.after_quote(),
            Theirs::UnknownQuotedScalarEscape
            | Theirs::InvalidQuotedScalarHexEscape
            | Theirs::InvalidLowSurrogateHexEscape
            | Theirs::InvalidLowSurrogate
            | Theirs::MissingLowSurrogate
            | Theirs::UnpairedLowSurrogate
            | Theirs::InvalidUnicodeEscape => self.bad_escape(),
            Theirs::UnclosedFlowCollection { .. }
            | Theirs::UnexpectedEofFlowSequence
            | Theirs::UnexpectedEofFlowMapping
            | Theirs::MismatchedFlowCollectionEnd { .. }
            | Theirs::MisplacedFlowCollectionEnd
            | Theirs::ExpectedFlowMappingSeparator
            | Theirs::ExpectedFlowSequenceSeparator
            | Theirs::UnexpectedEofImplicitFlowMapping
            | Theirs::InvalidColonPlacement
            | Theirs::FlowMappingValueAdjacentCollection
            | Theirs::BlockEntryInFlowCollection => self.in_brackets(kind),
            Theirs::MappingValueNotAllowed => self.unexpected_colon(),
            Theirs::ExpectedBlockMappingKey
            | Theirs::ExpectedBlockSequenceEntry
            | Theirs::ExpectedDocumentStart
            | Theirs::SimpleKeyExpected
            | Theirs::InvalidSimpleKey
            | Theirs::InvalidIndentation
            | Theirs::InvalidFlowScalarIndent
            | Theirs::InvalidBlockScalarIndent => self.misplaced(),
            Theirs::RecursionLimitExceeded => self.error(
                ErrorKind::TooDeep,
                self.at,
                0,
                "lists and mappings are nested too deep",
            ),
            _ => self.small(kind),
        }
    }

    /// Mistakes of one character, which need no look around.
    fn small(&self, kind: &Theirs) -> Error {
        let word = self.word(self.at);
        let error = |message: &str| self.error(ErrorKind::Syntax, self.at, word.len(), message);
        match kind {
            Theirs::UnexpectedCharacter {
                character: char @ ('@' | '`' | '%'),
            } => error(&format!("text cannot begin with `{char}`")).help("put the text in quotes"),
            Theirs::UnexpectedCharacter {
                character: char @ ('|' | '>'),
            } => error(&format!(
                "a text block (`{char}`) cannot stand within `[…]` or `{{…}}`"
            ))
            .help("put the text in quotes, or write the list or mapping in lines of its own"),
            Theirs::UnexpectedCharacter { character } => {
                let message = format!(
                    "the character U+{:04X} is not allowed",
                    u32::from(*character)
                );
                error(&message).help("write it as an escape within double quotes")
            }
            Theirs::BomInsideDocument => error("a byte order mark within the text")
                .help("remove it; it can stand at the very beginning only"),
            Theirs::BlockSequenceEntryNotAllowed => error(
                "a list cannot begin on the line of its key",
            )
            .help("begin it on the next line, or write it as `[…]`; quote the text if it is none"),
            Theirs::MappingKeyNotAllowed => {
                error("`?` begins a key, which cannot stand here").help("put the text in quotes")
            }
            Theirs::InvalidBlockEntryWhitespace | Theirs::InvalidMappingValueWhitespace => {
                error("a space is missing").help("write a space here")
            }
            Theirs::InvalidBlockScalarHeader => error("text on the line of `|` or `>`").help(
                "begin the text on the next line; put it in quotes if `|` or `>` is part of it",
            ),
            Theirs::ZeroBlockScalarIndent => error("the indentation of a text block is 1 to 9"),
            Theirs::CommentInterceptedScalar => {
                error("a comment ends the text, but it goes on below")
                    .help("move the comment, or put the whole text in quotes")
            }
            Theirs::MissingAnchorOrAliasName if let Some(error) = self.starred() => error,
            Theirs::MissingAnchorOrAliasName => {
                let message = match word.chars().next() {
                    Some('*') => "`*` needs the name of an anchor",
                    _ => "`&` needs a name",
                };
                error(message).help("put the text in quotes if it is no alias")
            }
            Theirs::UndeclaredTagHandle | Theirs::UnclosedVerbatimTag | Theirs::MissingTagUri => {
                error("`!` begins a tag, and this is none that can be read")
                    .help("put the text in quotes if it is no tag")
            }
            Theirs::PlainScalarStartsWithDashFlowIndicator => {
                error("`-` before a bracket or a comma").help("put the text in quotes")
            }
            Theirs::UnsupportedYamlMajorVersion => {
                error("the file asks for a YAML of another version").help("remove the `%YAML` line")
            }
            other => error(&format!("this is not YAML: {other}")),
        }
    }

    /// A value that begins with `*` and goes on after a blank, such as a schedule.
    fn starred(&self) -> Option<Error> {
        let start = self.line_start(self.at);
        let line = self.line(start).trim_end();
        let value = [": *", "- *"].iter().filter_map(|it| line.find(it)).min()? + 2;
        let text = line.get(value..)?;
        text.contains(' ').then(|| {
            self.error(
                ErrorKind::Syntax,
                start + value,
                text.len(),
                "text cannot begin with `*`, which begins an alias",
            )
            .help("put the text in quotes")
        })
    }

    /// A tab that indents the line of the error, or one of those that follow, where the parser has already looked ahead.
    fn tab(&self, kind: &Theirs) -> Option<Error> {
        let is_about_tabs = matches!(
            kind,
            Theirs::TabInBlockIndentation
                | Theirs::TabInPlainScalar
                | Theirs::TabInIndentation
                | Theirs::TabAtBlockScalarStart
                | Theirs::TabNotAllowed
        );
        let mut start = self.line_start(self.at);
        let tab = loop {
            if let Some(tab) = self.tab_in_indentation(start) {
                break Some(tab);
            }
            let Some(next) = self.next_line(start).filter(|_| is_about_tabs) else {
                break None;
            };
            start = next;
        };
        match tab {
            Some(tab) => Some(self.tab_at(tab)),
            None if is_about_tabs => Some(self.tab_at(self.at)),
            None => None,
        }
    }

    fn tab_in_indentation(&self, line: usize) -> Option<usize> {
        let rest = self.source.text.get(line..)?;
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let tab = rest.get(..blanks)?.find('\t')?;
        // A line of blanks indents nothing.
        (!outline::line(rest.get(blanks..)?).is_empty()).then_some(line + tab)
    }

    fn tab_at(&self, tab: usize) -> Error {
        self.error(ErrorKind::Tab, tab, 1, "tab character in the indentation")
            .help("use spaces: YAML does not say how wide a tab is")
    }

    /// A template that begins a value, which reads as a mapping in a mapping, or a line, which belongs to a file that is
    /// YAML only after its templates are expanded.
    fn template(&self) -> Option<Error> {
        let start = self.line_start(self.at);
        let line = self.line(start);
        let opening = [": {{", "- {{", "[{{", ", {{", "[ {{"]
            .iter()
            .filter_map(|pattern| line.find(pattern).map(|at| at + pattern.len() - 2))
            .min();
        let Some(opening) = opening else {
            return self.template_line();
        };
        let outline = outline::outline(self.source.text, start + opening);
        outline.quote.is_none().then(|| {
            let value = line
                .get(opening..)
                .map_or(2, |value| value.trim_end().len());
            Error::unquoted_template(self.span(start + opening, value))
        })
    }

    /// The first line up to the error that is a template.
    fn template_line(&self) -> Option<Error> {
        let end = self.line_start(self.at) + self.line(self.line_start(self.at)).len();
        let lines = self.source.text.get(..end)?.split_inclusive('\n');
        let mut start = 0;
        for line in lines {
            let first = line.len() - line.trim_start_matches([' ', '-']).len();
            let content = line.get(first..)?.trim_end();
            if content.starts_with("{{") {
                let message = "a line that is a template is not YAML";
                return Some(
                    self.error(ErrorKind::Syntax, start + first, content.len(), message).help(
                        "expand the templates of the file first, or quote the text that begins here",
                    ),
                );
            }
            start += line.len();
        }
        None
    }

    fn error(&self, kind: ErrorKind, at: usize, length: usize, message: &str) -> Error {
        Error::new(kind, self.span(at, length), message)
    }

    fn span(&self, at: usize, length: usize) -> Span {
        let start = self.source.position_at(at);
        let covered = self.source.text.get(at..at + length).unwrap_or_default();
        Span::new(start, start.after(covered))
    }

    fn line_number(&self, at: usize) -> u32 {
        self.source.position_at(at).line
    }

    /// The word at a place, without the colon that may end it.
    fn word(&self, at: usize) -> &'s str {
        let rest = self.source.text.get(at..).unwrap_or_default();
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        word.strip_suffix(':')
            .filter(|word| !word.is_empty())
            .unwrap_or(word)
    }

    /// The line that begins at `start`, without its end.
    fn line(&self, start: usize) -> &'s str {
        outline::line(self.source.text.get(start..).unwrap_or_default())
    }

    fn line_start(&self, at: usize) -> usize {
        let before = self.source.text.get(..at).unwrap_or_default();
        before.rfind(['\n', '\r']).map_or(0, |end| end + 1)
    }

    /// Where the line before the one at `start` begins.
    fn previous_line(&self, start: usize) -> Option<usize> {
        let before = self.source.text.get(..start)?;
        let line = before.strip_suffix('\n').unwrap_or(before);
        let line = line.strip_suffix('\r').unwrap_or(line);
        (line.len() < before.len()).then(|| self.line_start(line.len()))
    }

    fn next_line(&self, start: usize) -> Option<usize> {
        let rest = self.source.text.get(start..)?;
        let line = outline::line(rest).len();
        let end = rest.get(line..)?;
        let end = if end.starts_with("\r\n") {
            2
        } else {
            end.len().min(1)
        };
        (end > 0)
            .then_some(start + line + end)
            .filter(|next| *next < self.source.text.len())
    }
}
