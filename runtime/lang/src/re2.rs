//! Regular expressions in the dialect of RE2, as Go has it.
//!
//! What goss files and expressions contain was written for Go. Most of it is read alike by the engine below; the rest
//! is rewritten here: `\Q…\E`, octal escapes, a `{` that is no repetition, `&`, `~` and `[` inside classes, white space
//! without the vertical tab. `\d`, `\w`, `\s` and `\b` are ASCII in both.
//!
//! Classes of Unicode properties such as `\p{Greek}` are not supported, and `(?i)` does not reach into ranges beyond
//! ASCII.

mod class;

use core::fmt::Write;

use crate::SyntaxError;

pub use regex_lite::{Captures, Regex};

/// Repetitions of one part.
const REPEAT_LIMIT: u32 = 1000;
/// Bytes of a compiled pattern.
const SIZE_LIMIT: usize = 10 << 20;
/// Groups inside groups.
const NEST_LIMIT: u32 = 200;

/// Compiles a pattern.
///
/// # Errors
/// What Go does not take for a pattern either, in its words where the engine below has no better ones; classes of
/// Unicode properties.
pub fn compile(pattern: &str) -> Result<Regex, SyntaxError> {
    compile_within(pattern, SIZE_LIMIT)
}

/// As [`compile`], for patterns from others: one that takes more memory than a number of bytes is refused.
///
/// # Errors
/// As [`compile`]; a pattern that is too large.
pub fn compile_within(pattern: &str, size: usize) -> Result<Regex, SyntaxError> {
    let mut translation = Translation::of(pattern);
    translation.pattern()?;
    regex_lite::RegexBuilder::new(&translation.out)
        .nest_limit(NEST_LIMIT)
        .size_limit(size)
        .build()
        .map_err(|error| fault(0..pattern.len(), format_args!("{error}: `{pattern}`")))
}

/// The text as a pattern that matches it alone.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

fn fault(span: core::ops::Range<usize>, reason: impl core::fmt::Display) -> SyntaxError {
    SyntaxError::new(span, format!("error parsing regexp: {reason}"))
}

/// A pattern on its way.
struct Translation<'p> {
    pattern: &'p str,
    at: usize,
    out: String,
    /// Whether case does not matter here.
    folds: bool,
    /// Whether it does not around each group that is open.
    around: Vec<bool>,
}

/// What an escape stands for.
enum Escape {
    /// One character.
    Char(char),
    /// A class: `d`, `D`, `s`, `S`, `w` or `W`.
    Class(char),
    /// A place: `A`, `z`, `b` or `B`.
    Place(char),
}

// === impl Translation ===

impl<'p> Translation<'p> {
    fn of(pattern: &'p str) -> Self {
        Self {
            pattern,
            at: 0,
            out: String::with_capacity(pattern.len()),
            folds: false,
            around: Vec::new(),
        }
    }

    fn rest(&self) -> &'p str {
        self.pattern.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take(&mut self, text: &str) -> bool {
        let taken = self.rest().starts_with(text);
        if taken {
            self.at += text.len();
        }
        taken
    }

    fn pattern(&mut self) -> Result<(), SyntaxError> {
        let mut repeated = None;
        while let Some(next) = self.peek() {
            let start = self.at;
            let repeats = self.repetition()?;
            if repeats {
                if let Some(first) = repeated {
                    let span = first..self.at;
                    let text = self.pattern.get(span.clone()).unwrap_or_default();
                    return Err(fault(
                        span,
                        format_args!("invalid nested repetition operator: `{text}`"),
                    ));
                }
                repeated = Some(start);
                continue;
            }
            repeated = None;
            self.at += next.len_utf8();
            match next {
                '\\' if self.take("Q") => self.quoted(),
                '\\' => match self.escape(start)? {
                    Escape::Char(it) => self.literal(it),
                    Escape::Class('s') => self.out.push_str("[\\t\\n\\x0C\\r ]"),
                    Escape::Class('S') => self.out.push_str("[^\\t\\n\\x0C\\r ]"),
                    Escape::Class(it) | Escape::Place(it) => {
                        self.out.push('\\');
                        self.out.push(it);
                    }
                },
                '[' => self.class(start)?,
                '(' => {
                    self.around.push(self.folds);
                    self.out.push('(');
                    if self.take("?") && self.group(start)? {
                        self.around.pop();
                    }
                }
                ')' => {
                    self.folds = self
                        .around
                        .pop()
                        .ok_or_else(|| self.unbalanced("unexpected )"))?;
                    self.out.push(')');
                }
                '|' | '^' | '$' | '.' => self.out.push(next),
                _ => self.literal(next),
            }
        }
        if !self.around.is_empty() {
            return Err(self.unbalanced("missing closing )"));
        }
        Ok(())
    }

    /// Takes over a repetition; false where there is none.
    fn repetition(&mut self) -> Result<bool, SyntaxError> {
        let start = self.at;
        if !(self.take("*") || self.take("+") || self.take("?") || self.counted()?) {
            return Ok(false);
        }
        self.take("?");
        let text = self.pattern.get(start..self.at).unwrap_or_default();
        self.out.push_str(text);
        Ok(true)
    }

    /// Goes past `{2}`, `{2,}` or `{2,3}`; anything else that begins with `{` is text.
    fn counted(&mut self) -> Result<bool, SyntaxError> {
        let Some((counts, _)) = self
            .rest()
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'))
        else {
            return Ok(false);
        };
        let (low, high) = counts.split_once(',').unwrap_or((counts, ""));
        let is_number = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
        let has_zeros = |text: &str| text.len() > 1 && text.starts_with('0');
        if low.is_empty()
            || !is_number(low)
            || !is_number(high)
            || has_zeros(low)
            || has_zeros(high)
        {
            return Ok(false);
        }
        let span = self.at..self.at + counts.len() + 2;
        let bound = |text: &str| text.parse().unwrap_or(u32::MAX);
        let (low, high) = (
            bound(low),
            if high.is_empty() {
                None
            } else {
                Some(bound(high))
            },
        );
        if low > REPEAT_LIMIT || high.is_some_and(|high| high > REPEAT_LIMIT || high < low) {
            return Err(fault(
                span,
                format_args!("invalid repeat count: `{{{counts}}}`"),
            ));
        }
        self.at = span.end;
        Ok(true)
    }

    /// `\Q`: text up to `\E` or the end.
    fn quoted(&mut self) {
        let rest = self.rest();
        let (text, past) = match rest.find("\\E") {
            Some(end) => (rest.get(..end), end + 2),
            None => (Some(rest), rest.len()),
        };
        text.unwrap_or_default()
            .chars()
            .for_each(|it| self.literal(it));
        self.at += past;
    }

    fn unbalanced(&self, reason: &str) -> SyntaxError {
        let pattern = self.pattern;
        fault(0..pattern.len(), format_args!("{reason}: `{pattern}`"))
    }

    fn unsupported(&self, start: usize) -> SyntaxError {
        let text = self.pattern.get(start..).unwrap_or_default();
        let text: String = text.chars().take(4).collect();
        fault(
            start..self.at,
            format_args!("invalid or unsupported Perl syntax: `{text}`"),
        )
    }

    /// What stands between `(?` and the pattern of a group; true where that is all of the group.
    fn group(&mut self, start: usize) -> Result<bool, SyntaxError> {
        let head = self
            .rest()
            .find(|it: char| !it.is_ascii_alphabetic() && it != '-')
            .and_then(|end| self.rest().get(..end));
        match head {
            Some("P" | "") if self.rest().trim_start_matches('P').starts_with('<') => {}
            Some("") if !self.rest().starts_with(':') => return Err(self.unsupported(start)),
            Some(flags) if flags.chars().all(|it| "imsU-".contains(it)) => {}
            _ => return Err(self.unsupported(start)),
        }
        self.out.push('?');
        // Flags and names are read alike; what is wrong with them is found by the engine below.
        let head = self
            .rest()
            .find([':', ')', '>'])
            .map_or(self.rest().len(), |end| end + 1);
        let head = self.rest().get(..head).unwrap_or_default();
        if !head.contains('<') {
            let (on, off) = head.split_once('-').unwrap_or((head, ""));
            self.folds = !off.contains('i') && (self.folds || on.contains('i'));
        }
        self.out.push_str(head);
        self.at += head.len();
        Ok(head.ends_with(')'))
    }

    /// An escape, past its `\`, which stands at `start`.
    fn escape(&mut self, start: usize) -> Result<Escape, SyntaxError> {
        let Some(next) = self.next() else {
            return Err(fault(
                start..self.at,
                "trailing backslash at end of expression: ``",
            ));
        };
        Ok(match next {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => Escape::Class(next),
            'A' | 'z' | 'b' | 'B' => Escape::Place(next),
            'a' => Escape::Char('\u{7}'),
            'f' => Escape::Char('\u{c}'),
            't' => Escape::Char('\t'),
            'n' => Escape::Char('\n'),
            'r' => Escape::Char('\r'),
            'v' => Escape::Char('\u{b}'),
            '0'..='7' => self.octal(start, next)?,
            'x' => self.hexadecimal(start)?,
            _ if next.is_ascii() && !next.is_ascii_alphanumeric() => Escape::Char(next),
            'p' | 'P' => {
                return Err(fault(
                    start..self.at,
                    "classes of Unicode properties (\\p) are not supported here: list the characters",
                ));
            }
            _ => return Err(self.unknown_escape(start)),
        })
    }

    /// `\0`, `\12`, `\123`; one digit above 0 alone would be a reference back, which RE2 does not have.
    fn octal(&mut self, start: usize, first: char) -> Result<Escape, SyntaxError> {
        let digit = |it: char| it.to_digit(8);
        let mut code = digit(first).unwrap_or_default();
        if first != '0' && self.peek().and_then(digit).is_none() {
            return Err(self.unknown_escape(start));
        }
        for _ in 0..2 {
            let Some(next) = self.peek().and_then(digit) else {
                break;
            };
            self.at += 1;
            code = code * 8 + next;
        }
        char::from_u32(code)
            .map(Escape::Char)
            .ok_or_else(|| self.unknown_escape(start))
    }

    /// `\x7F` and `\x{10FFFF}`.
    fn hexadecimal(&mut self, start: usize) -> Result<Escape, SyntaxError> {
        let rest = self.rest();
        let (digits, length) = match rest.strip_prefix('{') {
            Some(rest) => {
                let end = rest.find('}').unwrap_or_default();
                (rest.get(..end), end + 2)
            }
            None => (rest.get(..2), 2),
        };
        let code = digits
            .filter(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        match code {
            Some(code) => {
                self.at += length;
                Ok(Escape::Char(code))
            }
            None => Err(self.unknown_escape(start)),
        }
    }

    fn unknown_escape(&self, start: usize) -> SyntaxError {
        let text = self.pattern.get(start..self.at).unwrap_or_default();
        fault(
            start..self.at,
            format_args!("invalid escape sequence: `{text}`"),
        )
    }

    /// One character that stands for itself.
    fn literal(&mut self, it: char) {
        if self.folds && !it.is_ascii() {
            self.out.push('[');
            self.out.extend(cases(it));
            self.out.push(']');
        } else if it.is_ascii_punctuation() || it.is_ascii_control() {
            // Memory takes what it is given.
            let _ = write!(self.out, "\\x{:02X}", u32::from(it));
        } else {
            self.out.push(it);
        }
    }
}

/// A character beyond ASCII in every case that is one character; the engine below folds ASCII alone.
fn cases(it: char) -> impl Iterator<Item = char> {
    let one = |mut cases: Vec<char>| if cases.len() == 1 { cases.pop() } else { None };
    let lower = one(it.to_lowercase().collect());
    let upper = one(it.to_uppercase().collect());
    [Some(it), lower, upper].into_iter().flatten()
}

#[cfg(test)]
mod tests;
