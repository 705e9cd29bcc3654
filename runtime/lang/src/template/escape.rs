//! Text in other forms: letter case, base64, quotes, and escapes for HTML, JavaScript and URLs.

use core::fmt::{self, Write};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::print::Sink;

/// As lenient as Go about the unused bits of the last character.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Each word with a capital and small letters behind it.
///
/// A word may have an apostrophe, a dot or a colon inside; digits do not begin one.
// Compat: go-choria internal/util/util.go: words are those of golang.org/x/text/cases.
pub(super) fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut in_word = false;
    let mut previous = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_alphabetic() {
            if in_word {
                let ends = !characters.peek().is_some_and(|next| next.is_alphabetic());
                match character {
                    'Σ' if ends => titled.push('ς'),
                    _ => titled.extend(character.to_lowercase()),
                }
            } else {
                let mut capital = character.to_uppercase();
                titled.extend(capital.next());
                titled.extend(capital.flat_map(char::to_lowercase));
            }
            in_word |= character.is_lowercase() || character.is_uppercase();
        } else {
            let is_part = |it: char| it == '_' || it.is_alphanumeric();
            let joins = matches!(character, '\'' | '.' | ':' | '’' | '·')
                && is_part(previous)
                && characters.peek().copied().is_some_and(is_part);
            in_word &= joins || character == '_' || character.is_numeric();
            titled.push(character);
        }
        previous = character;
    }
    titled
}

/// Small letters, one for each letter.
pub(super) fn lower(text: &str) -> String {
    text.chars()
        .map(|it| {
            if it == 'İ' {
                'i'
            } else {
                single(it, it.to_lowercase())
            }
        })
        .collect()
}

/// Capitals, one for each letter.
pub(super) fn upper(text: &str) -> String {
    text.chars()
        .map(|it| single(it, it.to_uppercase()))
        .collect()
}

/// The other case of a letter if that is one letter too: Go knows no other ones.
fn single(letter: char, mut other: impl Iterator<Item = char>) -> char {
    match (other.next(), other.next()) {
        (Some(other), None) => other,
        _ => letter,
    }
}

pub(super) fn base64_encode(text: &str) -> String {
    BASE64.encode(text)
}

pub(super) fn base64_decode(text: &str) -> Result<String, String> {
    // Go skips line ends.
    let joined: String = text
        .chars()
        .filter(|it| !matches!(it, '\r' | '\n'))
        .collect();
    let bytes = BASE64
        .decode(joined)
        .map_err(|_| "the text is not base64".to_owned())?;
    String::from_utf8(bytes).map_err(|_| "the decoded bytes are not UTF-8".to_owned())
}

pub(super) fn html(sink: &mut Sink, text: &str) -> fmt::Result {
    for character in text.chars() {
        match character {
            '"' => sink.write_str("&#34;")?,
            '\'' => sink.write_str("&#39;")?,
            '&' => sink.write_str("&amp;")?,
            '<' => sink.write_str("&lt;")?,
            '>' => sink.write_str("&gt;")?,
            '\0' => sink.write_char('\u{fffd}')?,
            character => sink.write_char(character)?,
        }
    }
    Ok(())
}

pub(super) fn js(sink: &mut Sink, text: &str) -> fmt::Result {
    for character in text.chars() {
        match character {
            '\\' | '\'' | '"' => write!(sink, "\\{character}")?,
            '<' | '>' | '&' | '=' | '\0'..' ' => write!(sink, "\\u{:04X}", u32::from(character))?,
            character if character.is_ascii() || is_print(character) => {
                sink.write_char(character)?;
            }
            character => write!(sink, "\\u{:04X}", u32::from(character))?,
        }
    }
    Ok(())
}

pub(super) fn url_query(sink: &mut Sink, text: &str) -> fmt::Result {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                sink.write_char(char::from(byte))?;
            }
            b' ' => sink.write_char('+')?,
            byte => write!(sink, "%{byte:02X}")?,
        }
    }
    Ok(())
}

/// The text as a constant of Go's; `ascii` escapes everything else.
pub(super) fn quoted(text: &str, quote: char, ascii: bool) -> String {
    let mut quoted = String::from(quote);
    for character in text.chars() {
        let letter = match character {
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\u{b}' => 'v',
            '\\' => '\\',
            character if character == quote => quote,
            character if is_print(character) && (character.is_ascii() || !ascii) => {
                quoted.push(character);
                continue;
            }
            character => {
                let code = u32::from(character);
                quoted.push_str(&match code {
                    0..0x80 => format!("\\x{code:02x}"),
                    0x80..0x1_0000 => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                });
                continue;
            }
        };
        quoted.push('\\');
        quoted.push(letter);
    }
    quoted.push(quote);
    quoted
}

/// Whether a character shows on paper, space included.
fn is_print(character: char) -> bool {
    character == ' '
        || matches!(character, '\'' | '"' | '\\')
        || (!character.is_whitespace() && character.escape_debug().len() == 1)
}
