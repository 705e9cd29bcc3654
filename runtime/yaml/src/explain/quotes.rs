//! Mistakes in and after quoted text.

use super::outline::{outline, quoted};
use super::{Context, Error, ErrorKind};

impl Context<'_> {
    pub(super) fn unclosed_quote(&self) -> Error {
        let opening = outline(self.source.text, self.at).quote.unwrap_or(self.at);
        let error = self.error(ErrorKind::Syntax, opening, 1, "this quote is never closed");
        let error = error.help("close it on the same line, or indent the lines that belong to it");
        if self.line_start(opening) == self.line_start(self.at) {
            return error;
        }
        error.related(
            self.span(self.at, self.word(self.at).len()),
            "the text cannot go on here",
        )
    }

    pub(super) fn after_quote(&self) -> Error {
        let before = self
            .source
            .text
            .get(..self.at)
            .unwrap_or_default()
            .trim_end();
        let length = self.word(self.at).len();
        if !outline(self.source.text, self.at).brackets.is_empty() {
            let message = "expected `,`, `:` or a closing bracket after the quoted text";
            return self
                .error(ErrorKind::Syntax, self.at, length, message)
                .help("put the whole text in quotes if this is part of it");
        }
        let message = "text after the closing quote";
        let error = self.error(ErrorKind::Syntax, self.at, length, message);
        match before.chars().next_back() {
            _ if self.word(self.at).starts_with('#') => {
                error.help("put a space before the comment")
            }
            Some('\'') => error.help("write `''` for a quote within single quotes"),
            Some('"') => error.help("write `\\\"` for a quote within double quotes"),
            _ => error,
        }
    }

    /// An escape that is none, in the double quoted text that begins at the error.
    pub(super) fn bad_escape(&self) -> Error {
        let rest = self.source.text.get(self.at..).unwrap_or_default();
        let body = quoted(rest)
            .and_then(|length| rest.get(..length))
            .unwrap_or(rest);
        let mut at = 0;
        while let Some(found) = body.get(at..).and_then(|rest| rest.find('\\')) {
            at += found;
            let escape = body.get(at..).unwrap_or_default();
            let length = match check_escape(escape) {
                Ok(length) => length,
                Err(wrong) => return self.escape_error(at, escape, &wrong),
            };
            at += length;
        }
        self.error(
            ErrorKind::Syntax,
            self.at,
            body.len(),
            "an escape that cannot be read",
        )
    }

    fn escape_error(&self, at: usize, escape: &str, wrong: &Wrong) -> Error {
        let written = escape.get(..wrong.length).unwrap_or(escape);
        let at = self.at + at;
        match wrong.why {
            Why::Unknown => {
                let message = format!("`{written}` is no escape");
                self.error(ErrorKind::Syntax, at, wrong.length, &message)
                    .help("double the backslash, or use single quotes, in which it has no meaning")
            }
            Why::Digits(digits) => {
                let message = format!("`{written}` needs {digits} hexadecimal digits");
                self.error(ErrorKind::Syntax, at, wrong.length, &message)
            }
            Why::Character => {
                let message = format!("`{written}` is no character");
                let help = "write the character itself, or both halves of its surrogate pair";
                self.error(ErrorKind::Syntax, at, wrong.length, &message)
                    .help(help)
            }
        }
    }
}

/// What is wrong with an escape, and how much of it to show.
struct Wrong {
    why: Why,
    length: usize,
}

enum Why {
    Unknown,
    /// It has fewer hexadecimal digits than it needs.
    Digits(usize),
    /// Its number is not that of a character.
    Character,
}

/// The length of the escape that `text` begins with.
fn check_escape(text: &str) -> Result<usize, Wrong> {
    let Some(letter) = text.chars().nth(1) else {
        return Err(Wrong {
            why: Why::Unknown,
            length: text.len(),
        });
    };
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ if letter.is_ascii() && "0abt\tnvfre \"/\\N_LP\n\r".contains(letter) => return Ok(2),
        _ => {
            return Err(Wrong {
                why: Why::Unknown,
                length: 1 + letter.len_utf8(),
            });
        }
    };
    let length = 2 + digits;
    let code = hex(text, digits).ok_or_else(|| {
        let found = text
            .chars()
            .skip(2)
            .take_while(char::is_ascii_hexdigit)
            .count()
            .min(digits);
        Wrong {
            why: Why::Digits(digits),
            length: 2 + found,
        }
    })?;
    if char::from_u32(code).is_some() {
        return Ok(length);
    }
    let low = text
        .get(length..)
        .filter(|rest| rest.starts_with("\\u"))
        .and_then(|rest| hex(rest, 4));
    let is_pair = digits == 4
        && (0xd800..0xdc00).contains(&code)
        && low.is_some_and(|low| (0xdc00..0xe000).contains(&low));
    if is_pair {
        Ok(2 * length)
    } else {
        Err(Wrong {
            why: Why::Character,
            length,
        })
    }
}

/// The number after the two characters that begin an escape.
fn hex(escape: &str, digits: usize) -> Option<u32> {
    let digits = escape.get(2..2 + digits)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}
