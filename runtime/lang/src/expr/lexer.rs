//! Text to tokens.

use core::ops::Range;

use crate::syntax::SyntaxError;

/// A piece of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Where it is, in bytes.
    pub(super) span: Range<usize>,
}

/// What a piece of the text is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// A name.
    Name(String),
    /// An integer.
    Int(i64),
    /// A finite floating point number.
    Float(f64),
    /// Text between quotes, unescaped.
    Str(String),
    /// An operator, a word that is one, or a bracket.
    Symbol(&'static str),
    /// The end of the text.
    End,
}

/// Symbols by length, longest first, so that the first that fits is the right one.
const SYMBOLS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "**", "??", "?.", "..", "::", "(", ")", "[", "]", "{", "}",
    ",", ";", ":", "?", ".", "+", "-", "*", "/", "%", "^", "|", "<", ">", "!", "=", "#",
];

/// Words that are operators.
const WORDS: &[&str] = &[
    "not",
    "in",
    "or",
    "and",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
    "let",
    "if",
    "else",
];

/// All tokens, the last of them [`TokenKind::End`]; or everything that is no token.
pub(super) fn lex(source: &str) -> Result<Vec<Token>, Vec<SyntaxError>> {
    let mut lexer = Lexer {
        source,
        at: 0,
        tokens: Vec::new(),
        errors: Vec::new(),
    };
    while lexer.token() {}
    let end = source.len();
    lexer.tokens.push(Token {
        kind: TokenKind::End,
        span: end..end,
    });
    if lexer.errors.is_empty() {
        Ok(lexer.tokens)
    } else {
        Err(lexer.errors)
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    tokens: Vec<Token>,
    errors: Vec<SyntaxError>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    }

    fn push(&mut self, start: usize, kind: TokenKind) {
        self.tokens.push(Token {
            kind,
            span: start..self.at,
        });
    }

    fn error(&mut self, start: usize, message: impl Into<String>) {
        self.errors.push(SyntaxError::new(start..self.at, message));
    }

    /// Reads one token, comment or stretch of white space; false at the end.
    fn token(&mut self) -> bool {
        let start = self.at;
        let Some(first) = self.peek() else {
            return false;
        };
        if first.is_whitespace() {
            self.skip_while(char::is_whitespace);
        } else if self.rest().starts_with("//") {
            self.skip_while(|c| c != '\n');
        } else if self.rest().starts_with("/*") {
            self.comment();
        } else if matches!(first, '\'' | '"') {
            self.next();
            self.quoted(start, first);
        } else if first == '`' {
            self.next();
            self.raw(start);
        } else if first.is_ascii_digit() || first == '.' && self.digit_follows() {
            self.number();
        } else if is_word(first) {
            self.skip_while(is_word);
            let word = self.source.get(start..self.at).unwrap_or_default();
            let kind = match WORDS.iter().find(|it| **it == word) {
                Some(word) => TokenKind::Symbol(word),
                None => TokenKind::Name(word.to_owned()),
            };
            self.push(start, kind);
        } else if let Some(symbol) = SYMBOLS.iter().find(|it| self.rest().starts_with(**it)) {
            self.at += symbol.len();
            self.push(start, TokenKind::Symbol(symbol));
        } else {
            self.next();
            self.error(
                start,
                format!("unexpected character `{}`", first.escape_debug()),
            );
        }
        true
    }

    fn digit_follows(&self) -> bool {
        self.rest()
            .chars()
            .nth(1)
            .is_some_and(|c| c.is_ascii_digit())
    }

    fn comment(&mut self) {
        let start = self.at;
        match self.rest().get(2..).and_then(|rest| rest.find("*/")) {
            Some(length) => self.at += length + 4,
            None => {
                self.at = self.source.len();
                self.error(start, "this comment is not closed");
            }
        }
    }

    fn raw(&mut self, start: usize) {
        let mut text = String::new();
        loop {
            match self.next() {
                Some('`') if self.peek() == Some('`') => {
                    self.next();
                    text.push('`');
                }
                Some('`') => break self.push(start, TokenKind::Str(text)),
                Some(other) => text.push(other),
                None => break self.error(start, "this quoted text is not closed"),
            }
        }
    }

    fn quoted(&mut self, start: usize, quote: char) {
        let mut text = String::new();
        loop {
            let at = self.at;
            match self.next() {
                Some(c) if c == quote => break self.push(start, TokenKind::Str(text)),
                Some('\\') => match self.escape(quote) {
                    Some(c) => text.push(c),
                    None => {
                        let error =
                            SyntaxError::new(at..self.at, "this escape sequence is not known");
                        let help =
                            "write `\\\\` for a backslash, or put the text between backticks";
                        self.errors.push(error.with_help(help));
                    }
                },
                None | Some('\n') => {
                    self.error(start, "this quoted text is not closed");
                    // Whatever follows would be read inside out.
                    break self.at = self.source.len();
                }
                Some(other) => text.push(other),
            }
        }
    }

    fn escape(&mut self, quote: char) -> Option<char> {
        Some(match self.next()? {
            c if c == quote || c == '\\' => c,
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => self.code(16, 2)?,
            'u' if self.peek() == Some('{') => {
                let length = self.rest().find('}')?;
                let digits = self.rest().get(1..length)?.to_owned();
                self.at += length + 1;
                if digits.is_empty() || digits.len() > 6 {
                    return None;
                }
                from_digits(&digits, 16)?
            }
            'u' => self.code(16, 4)?,
            'U' => self.code(16, 8)?,
            c if c.is_digit(8) => {
                self.at -= 1;
                self.code(8, 3)?
            }
            _ => return None,
        })
    }

    fn code(&mut self, radix: u32, length: usize) -> Option<char> {
        let digits = self.rest().get(..length)?.to_owned();
        let code = from_digits(&digits, radix)?;
        self.at += length;
        Some(code)
    }

    fn number(&mut self) {
        let start = self.at;
        let radix = match self.rest().get(..2) {
            Some("0x" | "0X") => 16,
            Some("0o" | "0O") => 8,
            Some("0b" | "0B") => 2,
            _ => 10,
        };
        let mut float = false;
        if radix == 10 {
            let digit = |c: char| c.is_ascii_digit() || c == '_';
            self.skip_while(digit);
            // `1..3` is a range of integers, `1.` and `1.5` are numbers.
            if self.peek() == Some('.') && !self.rest().starts_with("..") {
                float = true;
                self.at += 1;
                self.skip_while(digit);
            }
            if matches!(self.peek(), Some('e' | 'E')) {
                float = true;
                self.at += 1;
                if matches!(self.peek(), Some('+' | '-')) {
                    self.at += 1;
                }
                self.skip_while(digit);
            }
        } else {
            self.at += 2;
            self.skip_while(|c| c.is_digit(radix) || c == '_');
        }
        // What follows a number at once belongs to it, and makes it none.
        let end = self.at;
        self.skip_while(is_word);
        let text = self
            .source
            .get(start..self.at)
            .unwrap_or_default()
            .replace('_', "");
        if self.at != end {
            return self.error(start, "this is not a number");
        }
        if float {
            match text.parse::<f64>() {
                Ok(value) if value.is_finite() => self.push(start, TokenKind::Float(value)),
                Ok(_) => self.error(start, "this number is too large"),
                Err(_) => self.error(start, "this is not a number"),
            }
        } else {
            let digits = if radix == 10 {
                text.as_str()
            } else {
                text.get(2..).unwrap_or_default()
            };
            match i64::from_str_radix(digits, radix) {
                Ok(value) => self.push(start, TokenKind::Int(value)),
                Err(_) if digits.is_empty() => self.error(start, "this is not a number"),
                Err(_) => self.error(start, "this integer does not fit into 64 bits"),
            }
        }
    }
}

fn from_digits(digits: &str, radix: u32) -> Option<char> {
    if digits.chars().all(|c| c.is_digit(radix)) {
        u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
    } else {
        None
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphanumeric()
}
