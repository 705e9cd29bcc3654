//! From text to pieces: literal text, and actions as tokens.

use core::ops::Range;

use super::Term;
use crate::{SyntaxError, Text};

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// A stretch of the source.
pub(super) enum Piece {
    /// Literal text, trimmed already.
    Text(Range<usize>),
    /// `{{ … }}`
    Action(Action),
}

/// The tokens of an action, read from the front.
pub(super) struct Action {
    /// The action with its braces.
    pub(super) span: Range<usize>,
    tokens: std::vec::IntoIter<Token>,
}

/// The least part of an action that means something.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
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
    Literal(Term),
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
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
    /// Whether the next text loses the space at its beginning.
    trim: bool,
}

// === impl Action ===

impl Action {
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.as_slice().first()
    }

    /// The token behind the next one.
    pub(super) fn peek_second(&self) -> Option<&Token> {
        self.tokens.as_slice().get(1)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        self.tokens.next()
    }

    /// The place where the action ends without a further token.
    pub(super) fn end(&self) -> Range<usize> {
        let end = self.span.end.saturating_sub(CLOSE.len());
        end..self.span.end
    }
}

// === impl Lexer ===

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            source,
            at: 0,
            trim: false,
        }
    }

    /// The next piece; empty texts and comments are left out.
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

    fn action(&mut self, start: usize) -> Result<Action, SyntaxError> {
        let mut tokens = Vec::new();
        let mut spaced = false;
        while !self.close() {
            let Some(character) = self.rest().chars().next() else {
                let error =
                    SyntaxError::new(start..start + OPEN.len(), "this action is not closed");
                return Err(error.with_help("end it with `}}`, or write `{{\"{{\"}}` for braces"));
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
            ("{", "end the action before with `}}`"),
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

    /// A text or a character between quotes.
    fn quoted(&mut self, quote: char) -> Result<Kind, SyntaxError> {
        let begin = self.at;
        let inside = self.rest().get(1..).unwrap_or_default();
        let unclosed = || {
            let line = inside
                .find('\n')
                .filter(|_| quote != '`')
                .unwrap_or(inside.len());
            SyntaxError::new(begin..begin + 1 + line, "this text is not closed")
                .with_help(format!("add a closing {quote}"))
        };
        if quote == '`' {
            let length = inside.find('`').ok_or_else(unclosed)?;
            self.at += length + 2;
            let text = inside.get(..length).unwrap_or_default().replace('\r', "");
            return Ok(Kind::Literal(Term::Text(Text::Owned(text))));
        }
        let mut bytes = Vec::new();
        let mut characters = inside.char_indices();
        loop {
            match characters.next() {
                None | Some((_, '\n')) => return Err(unclosed()),
                Some((_, character)) if character == quote => break,
                Some((at, '\\')) => {
                    let escape = inside.get(at..).unwrap_or_default();
                    let Some((length, decoded)) = unescape(escape, quote) else {
                        let end = escape.chars().nth(1).map_or(1, |it| 1 + it.len_utf8());
                        let span = begin + 1 + at..begin + 1 + at + end;
                        let error = SyntaxError::new(span, "unknown escape");
                        return Err(error.with_help("write `\\\\` for a backslash"));
                    };
                    bytes.extend(decoded);
                    // The backslash is read already.
                    let read = escape.get(1..length).unwrap_or_default().chars().count();
                    for _ in 0..read {
                        characters.next();
                    }
                }
                Some((_, character)) => {
                    bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
                }
            }
        }
        self.at = self.source.len() - characters.as_str().len();
        let span = begin..self.at;
        let text = String::from_utf8(bytes)
            .map_err(|_| SyntaxError::new(span.clone(), "the bytes of this text are not UTF-8"))?;
        if quote == '"' {
            return Ok(Kind::Literal(Term::Text(Text::Owned(text))));
        }
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(Kind::Literal(Term::Integer(i64::from(u32::from(
                character,
            ))))),
            _ => {
                let error = SyntaxError::new(span, "single quotes hold one character");
                Err(error.with_help("write double quotes for a text"))
            }
        }
    }

    fn number(&mut self) -> Result<Kind, SyntaxError> {
        let rest = self.rest();
        let mut previous = ' ';
        let length = rest
            .find(|character: char| {
                // A sign is part of the number at its beginning and in its exponent.
                let is_sign = matches!(character, '+' | '-') && matches!(previous, ' ' | 'e' | 'E');
                previous = character;
                !(is_sign || character == '.' || is_name(character))
            })
            .unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default();
        let span = self.at..self.at + length;
        self.at = span.end;
        number(text).map(Kind::Literal).ok_or_else(|| {
            let error = SyntaxError::new(span, format!("`{text}` is not a number"));
            if matches!(text, "+" | "-") {
                error.with_help("templates do not calculate")
            } else {
                error
            }
        })
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

/// Reads one escape of Go's: how long it is, and its bytes.
fn unescape(escape: &str, quote: char) -> Option<(usize, Vec<u8>)> {
    let letter = escape.chars().nth(1)?;
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = escape.get(from..from + count)?;
        let all_digits = digits.chars().all(|it| it.is_digit(radix));
        all_digits.then(|| u32::from_str_radix(digits, radix).ok())?
    };
    let character = |value: u32| {
        char::from_u32(value).map(|it| it.encode_utf8(&mut [0; 4]).as_bytes().to_vec())
    };
    let plain = |byte: u8| Some((2, vec![byte]));
    match letter {
        'a' => plain(7),
        'b' => plain(8),
        'f' => plain(12),
        'n' => plain(b'\n'),
        'r' => plain(b'\r'),
        't' => plain(b'\t'),
        'v' => plain(11),
        '\\' => plain(b'\\'),
        '\'' | '"' if letter == quote => plain(u8::try_from(letter).ok()?),
        // One character of a number in single quotes is what the number says.
        'x' if quote == '\'' => Some((4, character(digits(2, 2, 16)?)?)),
        '0'..='7' if quote == '\'' => Some((4, character(digits(1, 3, 8)?)?)),
        'x' => Some((4, vec![u8::try_from(digits(2, 2, 16)?).ok()?])),
        '0'..='7' => Some((4, vec![u8::try_from(digits(1, 3, 8)?).ok()?])),
        'u' => Some((6, character(digits(2, 4, 16)?)?)),
        'U' => Some((10, character(digits(2, 8, 16)?)?)),
        _ => None,
    }
}

/// Reads a number as Go's constants are written, without complex and hexadecimal floating-point ones.
fn number(text: &str) -> Option<Term> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let starts = |prefix: &str| {
        digits
            .get(..2)
            .is_some_and(|it| it.eq_ignore_ascii_case(prefix))
    };
    let (radix, body) = if starts("0x") {
        (16, digits.get(2..)?)
    } else if starts("0o") {
        (8, digits.get(2..)?)
    } else if starts("0b") {
        (2, digits.get(2..)?)
    } else if digits.len() > 1
        && digits.starts_with('0')
        && digits.bytes().all(|it| it.is_ascii_digit() || it == b'_')
    {
        (8, digits.get(1..)?)
    } else {
        (10, digits)
    };
    // An underscore separates digits, or the prefix from them.
    let is_misplaced =
        body.ends_with('_') || body.contains("__") || (radix == 10 && body.starts_with('_'));
    let plain = body.replace('_', "");
    if is_misplaced || plain.is_empty() {
        return None;
    }
    if radix != 10 || plain.bytes().all(|it| it.is_ascii_digit()) {
        if !plain.chars().all(|it| it.is_digit(radix)) {
            return None;
        }
        let value = i128::from_str_radix(&plain, radix).ok()?;
        return i64::try_from(if negative { -value } else { value })
            .ok()
            .map(Term::Integer);
    }
    let is_decimal = body
        .bytes()
        .all(|it| matches!(it, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let value: f64 = body
        .parse()
        .ok()
        .filter(|it: &f64| is_decimal && it.is_finite())?;
    Some(Term::Float(if negative { -value } else { value }))
}
