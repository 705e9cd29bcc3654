//! JSON events: RFC 8259 and nothing more.

use crate::build::shorten;
use crate::event::{Event, EventKind, Events, RawScalar};
use crate::granit::Source;
use crate::scalar::{Schema, resolve};
use crate::trace::Tracer;
use crate::{Error, ErrorKind, Position, Resolved, Span, Style};

mod string;

/// Reads JSON.
pub(crate) struct Json<'s> {
    /// What is left.
    rest: &'s str,
    place: Position,
    expect: Expect,
    /// The brackets that are open.
    open: Vec<Open>,
    tracer: Tracer,
}

/// An open bracket.
#[derive(Clone, Copy)]
struct Open {
    is_object: bool,
    place: Position,
}

/// What comes next.
#[derive(Clone, Copy)]
enum Expect {
    /// Nothing has been read.
    Start,
    Value,
    /// A value, or the end of the array that has just begun.
    FirstItem,
    /// A key, or the end of the object that has just begun.
    FirstKey,
    /// A colon and a value.
    Colon,
    /// A comma, or the end of what is open.
    Separator,
    /// A key or a value, after the comma at this place.
    AfterComma(Position),
    /// Blanks.
    End,
}

// === impl Json ===

impl<'s> Json<'s> {
    pub(crate) fn new(source: Source<'s>) -> Self {
        Self {
            rest: source.text,
            place: Position {
                offset: source.start,
                ..Position::START
            },
            expect: Expect::Start,
            open: Vec::new(),
            tracer: Tracer::new(),
        }
    }

    /// One step; `None` when it gave no event.
    fn step(&mut self) -> Result<Option<Event<'s>>, Box<Error>> {
        let next = self.rest.chars().next();
        match (self.expect, next) {
            (Expect::Start, _) => {
                self.expect = Expect::Value;
                Ok(Some(Event {
                    span: Span::at(self.place),
                    kind: EventKind::Document,
                }))
            }
            (Expect::End, _) => Err(self
                .unexpected("text after the end of the JSON value")
                .into()),
            (_, None) => Err(self.unexpected_end().into()),
            (Expect::FirstItem, Some(']')) | (Expect::FirstKey, Some('}')) => {
                Ok(Some(self.close()))
            }
            (Expect::AfterComma(comma), Some(']' | '}')) => {
                let span = Span::new(comma, comma.after(","));
                Err(Error::new(ErrorKind::Syntax, span, "trailing comma")
                    .help("remove it")
                    .into())
            }
            (Expect::AfterComma(_) | Expect::Separator, Some(',')) => self.comma(),
            (Expect::FirstKey, _) => self.key().map(Some),
            (Expect::AfterComma(_), _) if self.is_in_object() => self.key().map(Some),
            (Expect::Colon, Some(':')) => {
                self.take(1);
                self.expect = Expect::Value;
                Ok(None)
            }
            (Expect::Colon, _) => Err(self.unexpected("expected `:` after the key").into()),
            (Expect::Separator, Some(']' | '}')) => self.closing().map(Some),
            (Expect::Separator, Some('/' | '#')) => Err(self.bad_word(self.peek_word()).into()),
            (Expect::Separator, _) => Err(self.missing_comma().into()),
            (Expect::Value | Expect::FirstItem | Expect::AfterComma(_), Some(next)) => {
                self.value(next).map(Some)
            }
        }
    }

    fn value(&mut self, next: char) -> Result<Event<'s>, Box<Error>> {
        match next {
            '{' | '[' => Ok(self.open(next)),
            '"' => {
                let event = self.string()?;
                self.expect = self.after_value();
                Ok(event)
            }
            _ => self.word(),
        }
    }

    fn key(&mut self) -> Result<Event<'s>, Box<Error>> {
        match self.rest.chars().next() {
            Some('"') => {}
            Some('\'' | '/' | '#') => return Err(self.bad_word(self.peek_word()).into()),
            _ => {
                let message = match self.peek_word() {
                    "" => "expected a key in double quotes".to_owned(),
                    word => format!("expected a key in double quotes, found `{}`", shorten(word)),
                };
                return Err(self.unexpected(&message).into());
            }
        }
        let event = self.string()?;
        self.expect = Expect::Colon;
        Ok(event)
    }

    fn comma(&mut self) -> Result<Option<Event<'s>>, Box<Error>> {
        if let Expect::AfterComma(_) = self.expect {
            return Err(self
                .unexpected("a value is missing before this comma")
                .into());
        }
        self.expect = Expect::AfterComma(self.place);
        self.take(1);
        Ok(None)
    }

    fn open(&mut self, bracket: char) -> Event<'s> {
        let is_object = bracket == '{';
        self.open.push(Open {
            is_object,
            place: self.place,
        });
        self.expect = if is_object {
            Expect::FirstKey
        } else {
            Expect::FirstItem
        };
        let kind = if is_object {
            EventKind::Mapping { anchor: 0 }
        } else {
            EventKind::Sequence { anchor: 0 }
        };
        Event {
            span: self.take(1),
            kind,
        }
    }

    /// A closing bracket, which has to be the right one.
    fn closing(&mut self) -> Result<Event<'s>, Box<Error>> {
        let closing = if self.is_in_object() { '}' } else { ']' };
        if self.rest.starts_with(closing) {
            return Ok(self.close());
        }
        Err(self
            .unexpected(&format!("expected `,` or `{closing}`"))
            .into())
    }

    fn close(&mut self) -> Event<'s> {
        self.open.pop();
        self.expect = self.after_value();
        Event {
            span: self.take(1),
            kind: EventKind::End,
        }
    }

    fn after_value(&self) -> Expect {
        if self.open.is_empty() {
            Expect::End
        } else {
            Expect::Separator
        }
    }

    fn is_in_object(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_object)
    }

    /// `true`, `false`, `null` or a number.
    fn word(&mut self) -> Result<Event<'s>, Box<Error>> {
        let word = self.peek_word();
        if !(matches!(word, "true" | "false" | "null") || is_number(word)) {
            return Err(self.bad_word(word).into());
        }
        let is_infinite =
            matches!(resolve(word, Schema::Json), Resolved::Float(float) if !float.is_finite());
        if is_infinite {
            return Err(self.unexpected("a number too large for 64 bits").into());
        }
        let span = self.take(word.len());
        self.expect = self.after_value();
        let origin = crate::origin::Origin::Verbatim(span.start);
        let scalar = RawScalar {
            text: word.into(),
            style: Style::Plain,
            schema: Schema::Json,
            origin,
        };
        Ok(Event {
            span,
            kind: EventKind::Scalar { anchor: 0, scalar },
        })
    }

    fn bad_word(&self, word: &str) -> Error {
        let lower = word.to_ascii_lowercase();
        if matches!(lower.as_str(), "true" | "false" | "null") {
            return self
                .unexpected(&format!("`{word}` is no JSON value"))
                .help(format!("write `{lower}`"));
        }
        match word.chars().next() {
            None => self.unexpected("expected a value"),
            Some('\'') => self.unexpected("JSON has no single quotes").help("use double quotes"),
            Some('/' | '#') => self.unexpected("JSON has no comments").help("remove it"),
            Some('0'..='9' | '-' | '+' | '.') => self
                .unexpected(&format!("`{word}` is no JSON number"))
                .help("a number has digits before and after its dot, and no other leading sign than `-`"),
            Some(_) => self.unexpected("expected a value").help("put text in double quotes"),
        }
    }

    /// The letters, digits and signs that come next.
    fn peek_word(&self) -> &'s str {
        let end = self.rest.find(|char: char| {
            char.is_whitespace() || matches!(char, ',' | ':' | '[' | ']' | '{' | '}' | '"')
        });
        self.rest
            .get(..end.unwrap_or(self.rest.len()))
            .unwrap_or_default()
    }

    fn unexpected(&self, message: &str) -> Error {
        let word = self.peek_word();
        let first = self
            .rest
            .get(..self.rest.chars().next().map_or(0, char::len_utf8));
        let covered = if word.is_empty() {
            first.unwrap_or_default()
        } else {
            word
        };
        let span = Span::new(self.place, self.place.after(covered));
        Error::new(ErrorKind::Syntax, span, message)
    }

    fn unexpected_end(&self) -> Error {
        match self.open.last() {
            None => Error::new(
                ErrorKind::Syntax,
                Span::at(self.place),
                "expected a JSON value",
            ),
            Some(open) => {
                let (bracket, partner) = if open.is_object {
                    ("{", "}")
                } else {
                    ("[", "]")
                };
                let span = Span::new(open.place, open.place.after(bracket));
                let kind = if open.is_object { "brace" } else { "bracket" };
                let message = format!("{kind} `{bracket}` is never closed");
                Error::new(ErrorKind::Syntax, span, message).help(format!("add `{partner}`"))
            }
        }
    }

    fn missing_comma(&self) -> Error {
        let (closing, opening) = if self.is_in_object() {
            ("}", "{")
        } else {
            ("]", "[")
        };
        if let Some(open) = self.open.last()
            && self.rest.starts_with(':')
            && !open.is_object
            && open.place.line < self.place.line
        {
            // A key on a later line belongs to what is around the list.
            let span = Span::new(open.place, open.place.after(opening));
            return Error::new(ErrorKind::Syntax, span, "bracket `[` is never closed")
                .help("add `]`")
                .related(
                    Span::new(self.place, self.place.after(":")),
                    "no list has keys",
                );
        }
        let error = self
            .unexpected(&format!("expected `,` or `{closing}` before this"))
            .help("a comma is missing at the end of what is above");
        match self.open.last() {
            Some(open) => {
                let span = Span::new(open.place, open.place.after(opening));
                error.related(span, "not closed yet")
            }
            None => error,
        }
    }

    /// Goes `length` bytes on, and says over what.
    fn take(&mut self, length: usize) -> Span {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        let start = self.place;
        self.place = start.after(taken);
        self.rest = rest;
        Span::new(start, self.place)
    }
}

impl<'s> Events<'s> for Json<'s> {
    fn next(&mut self) -> Result<Option<Event<'s>>, Box<Error>> {
        loop {
            let blanks =
                self.rest.len() - self.rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            self.take(blanks);
            if self.rest.is_empty() && matches!(self.expect, Expect::Start | Expect::End) {
                return Ok(None);
            }
            if let Some(event) = self.step()? {
                return Ok(Some(event));
            }
        }
    }
}

/// Whether a word is a number as JSON writes it.
fn is_number(word: &str) -> bool {
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(is_digits)
        && exponent.is_none_or(|text| is_digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}
