//! JSON as Go's encoder writes it.

use core::fmt::Write as _;

use crate::base64;

/// Writes one object.
pub(crate) struct Writer {
    out: String,
    empty: bool,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self {
            out: String::from("{"),
            empty: true,
        }
    }

    pub(crate) fn text(self, name: &str, text: &str) -> Self {
        self.member(name, |out| quote(text, out))
    }

    /// Bytes, as a string of base64, in which nothing has to be escaped.
    pub(crate) fn base64(self, name: &str, bytes: &[u8]) -> Self {
        self.member(name, |out| {
            out.push('"');
            base64::append(bytes, out);
            out.push('"');
        })
    }

    /// The same, which is left out when there are none.
    pub(crate) fn some_base64(self, name: &str, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.base64(name, bytes),
            None => self,
        }
    }

    /// A string that is left out when there is none.
    pub(crate) fn some_text(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    pub(crate) fn number(self, name: &str, number: impl core::fmt::Display) -> Self {
        self.member(name, |out| {
            let _ = write!(out, "{number}");
        })
    }

    /// A value that is JSON already.
    pub(crate) fn raw(self, name: &str, json: &str) -> Self {
        self.member(name, |out| out.push_str(json))
    }

    /// A value of any kind.
    pub(crate) fn value(self, name: &str, value: &serde_json::Value) -> Self {
        // Outside of strings JSON has none of the characters that Go escapes.
        self.member(name, |out| escape_html(&value.to_string(), out))
    }

    pub(crate) fn texts(self, name: &str, texts: &[String]) -> Self {
        self.raw(name, &list(texts, |text, out| quote(text, out)))
    }

    pub(crate) fn end(mut self) -> String {
        self.out.push('}');
        self.out
    }

    fn member(mut self, name: &str, write: impl FnOnce(&mut String)) -> Self {
        if !core::mem::take(&mut self.empty) {
            self.out.push(',');
        }
        quote(name, &mut self.out);
        self.out.push(':');
        write(&mut self.out);
        self
    }
}

/// The JSON of a list.
pub(crate) fn list<T>(items: &[T], mut write: impl FnMut(&T, &mut String)) -> String {
    let mut out = String::from("[");
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, &mut out);
    }
    out.push(']');
    out
}

/// Writes a string.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    let mut plain = 0;
    while let Some(found) = text.as_bytes().get(plain..).and_then(special) {
        let at = plain + found;
        let rest = text.get(at..).unwrap_or_default();
        let Some(character) = rest.chars().next() else {
            break;
        };
        out.push_str(text.get(plain..at).unwrap_or_default());
        plain = at + character.len_utf8();
        let short = match character {
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\t' => Some("\\t"),
            '\u{8}' => Some("\\b"),
            '\u{c}' => Some("\\f"),
            _ => None,
        };
        match short {
            Some(short) => out.push_str(short),
            None if escaped(character) => escape(character, out),
            None => out.push(character),
        }
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}

/// Where the first byte is that begins a character which may have to be escaped.
fn special(bytes: &[u8]) -> Option<usize> {
    /// What U+2028 begins with.
    const SEPARATOR: u8 = 0xe2;
    let is_special =
        |it: &u8| matches!(*it, ..0x20 | b'"' | b'\\' | b'<' | b'>' | b'&' | SEPARATOR);
    bytes.iter().position(is_special)
}

/// Whether Go writes a character as `\u….`
fn escaped(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}'
    )
}

fn escape(character: char, out: &mut String) {
    let _ = write!(out, "\\u{:04x}", u32::from(character));
}

fn escape_html(json: &str, out: &mut String) {
    for character in json.chars() {
        if escaped(character) {
            escape(character, out);
        } else {
            out.push(character);
        }
    }
}
