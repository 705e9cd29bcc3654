//! From text to pieces: literal text, and actions as tokens.

mod constant;

use core::ops::Range;

use super::syntax::Constant;
use crate::SyntaxError;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// A stretch of the source.
#[derive(Debug)]
pub(super) enum Piece {
    /// Literal text, trimmed already.
    Text(Range<usize>),
    /// `{{ … }}`
    Action(Action),
}

/// The tokens of an action, read from the front.
#[derive(Debug)]
pub(super) struct Action {
    /// The action with its braces.
    pub(super) span: Range<usize>,
    tokens: std::vec::IntoIter<Token>,
}

/// The least part of an action that means something.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Where it is, in bytes.
    pub(super) span: Range<usize>,
    /// Whether there is space before it.
    pub(super) spaced: bool,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name of a function or a keyword.
    Name,
    /// `$` and `$name`.
    Variable,
    /// `.name`
    Field,
    /// `.`
    Dot,
    /// A constant.
    Literal(Constant),
    /// `|`
    Pipe,
    /// `,`
    Comma,
    /// `:=`
    Declare,
    /// `=`
    Assign,
    /// `(`
    Open,
    /// `)`
    Close,
}

/// Reads one piece after the other.
#[derive(Debug)]
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
    /// Whether the next text loses the space at its beginning.
    trim: bool,
}

// === impl Action ===

impl Action {
    /// The next token.
    #[must_use]
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.as_slice().first()
    }

    /// The token behind the next one.
    #[must_use]
    pub(super) fn peek_second(&self) -> Option<&Token> {
        self.tokens.as_slice().get(1)
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Option<Token> {
        self.tokens.next()
    }

    /// The place where the action ends without a further token.
    #[must_use]
    pub(super) fn end(&self) -> Range<usize> {
        let end = self.span.end.saturating_sub(CLOSE.len());
        end..self.span.end
    }
}

// === impl Lexer ===

impl<'s> Lexer<'s> {
    /// A lexer at the beginning of a template.
    #[must_use]
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            source,
            at: 0,
            trim: false,
        }
    }

    /// The next piece; empty texts and comments are left out.
    ///
    /// # Errors
    /// A character that cannot be there, and what is not closed.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, SyntaxError> {
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return Ok(None);
            }
            let start = self.at;
            let Some(length) = rest.find(OPEN) else {
                self.at = self.source.len();
                let text = self.text(start..self.at, false);
                return Ok(Some(Piece::Text(text)).filter(is_some_text));
            };
            if length > 0 {
                self.at += length;
                let trims = self.rest().get(OPEN.len()..).is_some_and(starts_trimming);
                let text = self.text(start..self.at, trims);
                if !text.is_empty() {
                    return Ok(Some(Piece::Text(text)));
                }
                continue;
            }
            self.at += OPEN.len();
            if starts_trimming(self.rest()) {
                self.at += 1;
            }
            self.trim = false;
            let comment = self.rest().trim_start_matches(is_space);
            let is_comment = comment.starts_with("/*")
                && (comment.len() == self.rest().len() || self.at > start + OPEN.len());
            if is_comment {
                self.comment(start)?;
            } else {
                return self.action(start).map(|action| Some(Piece::Action(action)));
            }
        }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// Trims a text at its beginning if the action before it asks for that, and at its end if the one after does.
    fn text(&mut self, span: Range<usize>, trim_end: bool) -> Range<usize> {
        let mut text = self.source.get(span.clone()).unwrap_or_default();
        if trim_end {
            text = text.trim_end_matches(is_space);
        }
        let end = span.start + text.len();
        if core::mem::take(&mut self.trim) {
            text = text.trim_start_matches(is_space);
        }
        end - text.len()..end
    }

    /// Skips a comment; `start` is where its braces are.
    fn comment(&mut self, start: usize) -> Result<(), SyntaxError> {
        let Some(end) = self.rest().find("*/") else {
            let error = SyntaxError::new(start..self.source.len(), "this comment is not closed");
            return Err(error.with_help("end it with `*/}}`"));
        };
        self.at += end + "*/".len();
        if !self.close() {
            let error = SyntaxError::new(start..self.at, "a comment has to fill its action");
            return Err(error.with_help("write `}}` right behind `*/`"));
        }
        Ok(())
    }

    /// Steps over the end of an action, if it is here.
    fn close(&mut self) -> bool {
        let rest = self.rest();
        let mut characters = rest.chars();
        if rest.starts_with(CLOSE) {
            self.at += CLOSE.len();
            true
        } else if characters.next().is_some_and(is_space) && characters.as_str().starts_with("-}}")
        {
            self.at += " -}}".len();
            self.trim = true;
            true
        } else {
            false
        }
    }

    /// Whether another action begins before this one ends.
    fn is_left_open(&self) -> bool {
        let mut quote = None;
        let mut characters = self.rest().char_indices();
        while let Some((at, character)) = characters.next() {
            let rest = self.rest().get(at..).unwrap_or_default();
            match (quote, character) {
                (Some('"'), '\\') => {
                    characters.next();
                }
                (Some(open), _) if open == character => quote = None,
                (Some('"'), '\n') => return false,
                (Some(_), _) => {}
                (None, '"' | '`') => quote = Some(character),
                // A brace that ends it alone is found when it is read.
                (None, '}') => return false,
                (None, _) if rest.starts_with(OPEN) => return true,
                (None, _) => {}
            }
        }
        false
    }

    fn action(&mut self, start: usize) -> Result<Action, SyntaxError> {
        let mut tokens = Vec::new();
        let mut spaced = false;
        if self.is_left_open() {
            return Err(unclosed(start));
        }
        while !self.close() {
            let Some(character) = self.rest().chars().next() else {
                return Err(unclosed(start));
            };
            if is_space(character) {
                self.at += character.len_utf8();
                spaced = true;
                continue;
            }
            let begin = self.at;
            let kind = self.token(character)?;
            tokens.push(Token {
                kind,
                span: begin..self.at,
                spaced,
            });
            spaced = false;
        }
        Ok(Action {
            span: start..self.at,
            tokens: tokens.into_iter(),
        })
    }

    fn token(&mut self, first: char) -> Result<Kind, SyntaxError> {
        let rest = self.rest();
        let second = rest.chars().nth(1);
        let simple = |kind: Kind| (kind, first.len_utf8());
        let (kind, length) = match first {
            '|' if second != Some('|') => simple(Kind::Pipe),
            ',' => simple(Kind::Comma),
            '(' => simple(Kind::Open),
            ')' => simple(Kind::Close),
            '=' if second != Some('=') => simple(Kind::Assign),
            ':' if second == Some('=') => (Kind::Declare, ":=".len()),
            '"' | '\'' | '`' => return self.quoted(first),
            '$' => (Kind::Variable, 1 + name_length(rest, 1)),
            '.' if second.is_some_and(|it| it.is_ascii_digit()) => return self.number(),
            '.' => match name_length(rest, 1) {
                0 => simple(Kind::Dot),
                length => (Kind::Field, 1 + length),
            },
            '+' | '-' | '0'..='9' => return self.number(),
            _ if is_name(first) => (Kind::Name, name_length(rest, 0)),
            _ => return Err(self.stray(first)),
        };
        self.at += length;
        Ok(kind)
    }

    /// The error for a character that cannot be in an action, with what may have been meant.
    fn stray(&self, first: char) -> SyntaxError {
        let operators = [
            ("==", "write `eq A B`"),
            ("!=", "write `ne A B`"),
            ("&&", "write `and A B`"),
            ("||", "write `or A B`"),
            ("<=", "write `le A B`"),
            (">=", "write `ge A B`"),
            ("<", "write `lt A B`"),
            (">", "write `gt A B`"),
            ("!", "write `not A`"),
            (":", "a variable is declared with `$name := value`"),
            ("}", "an action ends with `}}`"),
            ("/*", "write `/*` right behind `{{`"),
        ];
        let found = operators
            .iter()
            .find(|(operator, _)| self.rest().starts_with(operator));
        let length = found.map_or(first.len_utf8(), |(operator, _)| operator.len());
        let shown = self.rest().get(..length).unwrap_or_default();
        let error = SyntaxError::new(self.at..self.at + length, format!("unexpected `{shown}`"));
        match found {
            Some((_, help)) => error.with_help(*help),
            None => error,
        }
    }
}

fn is_some_text(piece: &Piece) -> bool {
    !matches!(piece, Piece::Text(text) if text.is_empty())
}

/// Whether what stands behind the opening braces is a trim marker.
fn starts_trimming(rest: &str) -> bool {
    let mut characters = rest.chars();
    characters.next() == Some('-') && characters.next().is_some_and(is_space)
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn is_name(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// How many bytes of `text` from `from` on are a name.
fn name_length(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.find(|character| !is_name(character))
        .unwrap_or(rest.len())
}

/// An action whose braces begin at `start`.
fn unclosed(start: usize) -> SyntaxError {
    SyntaxError::new(start..start + OPEN.len(), "this action is not closed")
        .with_help("end it with `}}`, or write `{{\"{{\"}}` for braces")
}
