//! JSON strings.

use std::borrow::Cow;

use super::Json;
use crate::event::{Event, EventKind, RawScalar};
use crate::scalar::Schema;
use crate::{Error, ErrorKind, Span, Style};

impl<'s> Json<'s> {
    /// The string that comes next.
    pub(super) fn string(&mut self) -> Result<Event<'s>, Box<Error>> {
        let (length, text) = self.decode()?;
        let written = self.rest.get(..length).unwrap_or_default();
        let span = self.take(length);
        let origin = self.tracer.trace(written, span.start, Style::Double, &text);
        let scalar = RawScalar {
            text,
            style: Style::Double,
            schema: Schema::Str,
            origin,
        };
        Ok(Event {
            span,
            kind: EventKind::Scalar { anchor: 0, scalar },
        })
    }

    /// The length of the string with its quotes, and its text.
    fn decode(&self) -> Result<(usize, Cow<'s, str>), Box<Error>> {
        let mut decoded = String::new();
        // What is between escapes is copied in one piece, from here.
        let mut from = 1;
        let mut at = 1;
        loop {
            let rest = self.rest.get(at..).unwrap_or_default();
            let found = rest.find(|char: char| char == '"' || char == '\\' || char < ' ');
            let Some(found) = found else {
                return Err(self.unclosed().into());
            };
            at += found;
            let rest = self.rest.get(at..).unwrap_or_default();
            let plain = self.rest.get(from..at).unwrap_or_default();
            if rest.starts_with('"') {
                let text = if from == 1 {
                    plain.into()
                } else {
                    (decoded + plain).into()
                };
                return Ok((at + 1, text));
            }
            if !rest.starts_with('\\') {
                return Err(self.control(at, rest).into());
            }
            let (length, char) =
                unescape(rest).map_err(|wrong| self.bad_escape(at, rest, wrong))?;
            decoded.push_str(plain);
            decoded.push(char);
            at += length;
            from = at;
        }
    }

    fn unclosed(&self) -> Error {
        self.error(0, 1, "this string is never closed")
            .help("add `\"` at its end")
    }

    fn control(&self, at: usize, rest: &str) -> Error {
        if rest.starts_with(['\n', '\r']) {
            return self
                .error(0, 1, "this string does not end on its line")
                .help("add `\"` at its end, or write `\\n` for a line break in it");
        }
        let code = rest.bytes().next().unwrap_or_default();
        let message = format!("the character U+{code:04X} is not allowed in a string");
        self.error(at, 1, &message)
            .help(format!("write `\\u{code:04x}`"))
    }

    fn bad_escape(&self, at: usize, rest: &str, wrong: Wrong) -> Error {
        let length = wrong.length();
        let written = rest.get(..length).unwrap_or(rest);
        match wrong {
            Wrong::Letter(_) => self
                .error(at, length, &format!("`{written}` is no JSON escape"))
                .help("double the backslash if the text has one"),
            Wrong::Digits(_) => self.error(
                at,
                length,
                &format!("`{written}` needs 4 hexadecimal digits"),
            ),
            Wrong::Half => self
                .error(at, length, &format!("`{written}` is half a character"))
                .help("write both halves of the surrogate pair, or the character itself"),
        }
    }

    fn error(&self, at: usize, length: usize, message: &str) -> Error {
        let start = self.place.after(self.rest.get(..at).unwrap_or_default());
        let end = start.after(self.rest.get(at..at + length).unwrap_or_default());
        Error::new(ErrorKind::Syntax, Span::new(start, end), message)
    }
}

/// What is wrong with an escape.
#[derive(Clone, Copy)]
enum Wrong {
    /// Nothing is escaped by this letter, of so many bytes.
    Letter(usize),
    /// There are only so many hexadecimal digits.
    Digits(usize),
    /// A surrogate without its partner.
    Half,
}

// === impl Wrong ===

impl Wrong {
    /// How much of the escape to show.
    fn length(self) -> usize {
        match self {
            Self::Letter(length) => 1 + length,
            Self::Digits(digits) => 2 + digits,
            Self::Half => 6,
        }
    }
}

/// The length of the escape that `text` begins with, and the character it stands for.
fn unescape(text: &str) -> Result<(usize, char), Wrong> {
    let letter = text.chars().nth(1).ok_or(Wrong::Letter(0))?;
    let char = match letter {
        '"' | '\\' | '/' => letter,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unescape_unicode(text),
        // A line break is not worth showing.
        _ if letter.is_control() => return Err(Wrong::Letter(0)),
        _ => return Err(Wrong::Letter(letter.len_utf8())),
    };
    Ok((2, char))
}

fn unescape_unicode(text: &str) -> Result<(usize, char), Wrong> {
    let high = hex(text)?;
    if let Some(char) = char::from_u32(high) {
        return Ok((6, char));
    }
    let low = text
        .get(6..)
        .filter(|rest| rest.starts_with("\\u"))
        .and_then(|rest| hex(rest).ok());
    match low {
        Some(low @ 0xdc00..0xe000) if high < 0xdc00 => {
            let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            Ok((12, char::from_u32(code).ok_or(Wrong::Half)?))
        }
        _ => Err(Wrong::Half),
    }
}

/// The number of four hexadecimal digits after `\u`.
fn hex(escape: &str) -> Result<u32, Wrong> {
    let digits = escape
        .bytes()
        .skip(2)
        .take(4)
        .take_while(u8::is_ascii_hexdigit)
        .count();
    let number = escape
        .get(2..2 + digits)
        .and_then(|text| u32::from_str_radix(text, 16).ok());
    number.filter(|_| digits == 4).ok_or(Wrong::Digits(digits))
}
