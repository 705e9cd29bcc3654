//! Constants: texts, characters and numbers, as Go writes them.

use super::{Kind, Lexer, is_name};
use crate::SyntaxError;
use crate::template::syntax::Constant;

impl Lexer<'_> {
    /// A text or a character between quotes.
    pub(super) fn quoted(&mut self, quote: char) -> Result<Kind, SyntaxError> {
        let begin = self.at;
        let inside = self.rest().get(1..).unwrap_or_default();
        let unclosed = || {
            let line = inside
                .find('\n')
                .filter(|_| quote != '`')
                .unwrap_or(inside.len());
            SyntaxError::new(begin..begin + 1 + line, "this quoted text is not closed")
                .with_help(format!("add a closing {quote}"))
        };
        if quote == '`' {
            let length = inside.find('`').ok_or_else(unclosed)?;
            self.at += length + 2;
            let text = inside.get(..length).unwrap_or_default().replace('\r', "");
            return Ok(Kind::Literal(Constant::Text(text.into())));
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
            return Ok(Kind::Literal(Constant::Text(text.into())));
        }
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(Kind::Literal(Constant::Integer(i64::from(u32::from(
                character,
            ))))),
            _ => {
                let error = SyntaxError::new(span, "single quotes hold one character");
                Err(error.with_help("write double quotes for a text"))
            }
        }
    }

    pub(super) fn number(&mut self) -> Result<Kind, SyntaxError> {
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
fn number(text: &str) -> Option<Constant> {
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
            .map(Constant::Integer);
    }
    let is_decimal = body
        .bytes()
        .all(|it| matches!(it, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let value: f64 = body
        .parse()
        .ok()
        .filter(|it: &f64| is_decimal && it.is_finite())?;
    Some(Constant::Float(if negative { -value } else { value }))
}
