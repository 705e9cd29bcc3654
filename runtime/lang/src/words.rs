//! Command lines: how one text becomes the words of a command, without a shell.
//!
//! The rules are those of `github.com/google/shlex`, which go-choria splits every command with:
//!
//! - spaces, tabs and line ends separate words;
//! - `'…'` is taken as it is; in `"…"` a backslash makes the next character ordinary, whichever it is;
//! - outside quotes a backslash does the same;
//! - `#` at the beginning of a word begins a comment that ends with the line.
//!
//! There are no variables, no globs and no operators.

use core::ops::Range;

use crate::SyntaxError;

/// One word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word, without the quotes and backslashes around it.
    pub text: String,
    /// Where it stands, with them.
    pub span: Range<usize>,
}

/// Splits a command line into words.
///
/// # Errors
/// A quote that is not closed, or a backslash at the very end.
pub fn split(source: &str) -> Result<Vec<String>, SyntaxError> {
    Ok(locate(source)?.into_iter().map(|word| word.text).collect())
}

/// Splits a command line into words that know where they stand.
///
/// # Errors
/// A quote that is not closed, or a backslash at the very end.
pub fn locate(source: &str) -> Result<Vec<Word>, SyntaxError> {
    let mut words = Vec::new();
    let mut characters = source.char_indices().peekable();
    while let Some(&(start, character)) = characters.peek() {
        if is_space(character) {
            characters.next();
        } else if character == '#' {
            characters
                .by_ref()
                .find(|&(_, character)| character == '\n');
        } else {
            let text = word(source, &mut characters)?;
            let end = characters.peek().map_or(source.len(), |&(at, _)| at);
            words.push(Word {
                text,
                span: start..end,
            });
        }
    }
    Ok(words)
}

/// Writes a word so that [`split`] reads it back as one.
#[must_use]
pub fn quote(word: &str) -> String {
    let is_plain = |character: char| {
        character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '/' | ':' | '=' | '@')
    };
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if !word.contains('\'') {
        return format!("'{word}'");
    }
    let mut quoted = String::from("\"");
    for character in word.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

type Characters<'a> = core::iter::Peekable<core::str::CharIndices<'a>>;

/// Reads one word, up to the space behind it.
fn word(source: &str, characters: &mut Characters<'_>) -> Result<String, SyntaxError> {
    let mut text = String::new();
    while let Some((at, character)) = characters.next_if(|&(_, character)| !is_space(character)) {
        match character {
            '\'' => loop {
                match characters.next() {
                    Some((_, '\'')) => break,
                    Some((_, character)) => text.push(character),
                    None => return Err(unclosed(source, at, '\'')),
                }
            },
            '"' => loop {
                match characters.next() {
                    Some((_, '"')) => break,
                    // Compat: google/shlex shlex.go: any character may be escaped in double quotes.
                    Some((at, '\\')) => text.push(escaped(characters, at)?),
                    Some((_, character)) => text.push(character),
                    None => return Err(unclosed(source, at, '"')),
                }
            },
            '\\' => text.push(escaped(characters, at)?),
            character => text.push(character),
        }
    }
    Ok(text)
}

fn escaped(characters: &mut Characters<'_>, backslash: usize) -> Result<char, SyntaxError> {
    characters
        .next()
        .map(|(_, character)| character)
        .ok_or_else(|| {
            SyntaxError::new(backslash..backslash + 1, "nothing follows the backslash")
                .with_help("write `\\\\` for a backslash")
        })
}

fn unclosed(source: &str, at: usize, quote: char) -> SyntaxError {
    SyntaxError::new(
        at..source.len(),
        format!("this quote {quote} is not closed"),
    )
    .with_help(format!(
        "add a closing {quote}, or write \\{quote} for the character itself"
    ))
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(source: &str, expect: &[&str]) {
        assert_eq!(
            split(source).as_deref(),
            Ok(&*expect.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()),
            "{source:?}"
        );
    }

    fn check_error(source: &str, span: Range<usize>, message: &str) {
        let error = split(source).unwrap_err();
        assert_eq!(
            (error.span, error.message.as_str()),
            (span, message),
            "{source:?}"
        );
    }

    #[test]
    fn words_are_split_at_spaces() {
        check("", &[]);
        check(" \t\r\n ", &[]);
        check(
            "check_http -H  localhost\t-p 80\n",
            &["check_http", "-H", "localhost", "-p", "80"],
        );
    }

    #[test]
    fn quotes_join_words() {
        check(
            "a 'b c' \"d e\" f'g h'i\"j\"",
            &["a", "b c", "d e", "fg hij"],
        );
        check("'' \"\"", &["", ""]);
        check(r"'a\b'", &[r"a\b"]);
        check("'a\"b' \"c'd\"", &["a\"b", "c'd"]);
    }

    #[test]
    fn a_backslash_makes_the_next_character_ordinary() {
        check(r"a\ b \'c \\ \#d", &["a b", "'c", r"\", "#d"]);
        check(r#""a\"b" "\n\$""#, &["a\"b", "n$"]);
        check("a\\\nb", &["a\nb"]);
    }

    #[test]
    fn a_comment_ends_with_its_line() {
        check("a #b c\nd", &["a", "d"]);
        check("a#b '#c' # d", &["a#b", "#c"]);
        check("# all of it", &[]);
    }

    #[test]
    fn what_is_not_closed_is_located() {
        check_error("a 'b c", 2..6, "this quote ' is not closed");
        check_error("a b\"c\\\" d", 3..9, "this quote \" is not closed");
        check_error("a \\", 2..3, "nothing follows the backslash");
        check_error("é \"\\", 4..5, "nothing follows the backslash");
    }

    #[test]
    fn words_know_where_they_stand() {
        let words = locate("./a  'b c'd # e").unwrap();
        let found: Vec<_> = words
            .into_iter()
            .map(|word| (word.text, word.span))
            .collect();
        assert_eq!(
            found,
            [("./a".to_owned(), 0..3), ("b cd".to_owned(), 5..11)]
        );
    }

    proptest! {
        #[test]
        fn anything_can_be_split_or_refused(source in "(?s).{0,64}|[a'\"\\\\# \n]{0,24}") {
            match locate(&source) {
                Ok(words) => prop_assert!(words.iter().all(|it| source.get(it.span.clone()).is_some())),
                Err(error) => prop_assert!(source.get(error.span).is_some()),
            }
        }

        #[test]
        fn quoted_words_are_read_back(words in proptest::collection::vec("(?s).{0,8}|[a'\"\\\\# ]{0,8}", 0..6)) {
            let line = words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(split(&line), Ok(words));
        }
    }
}
