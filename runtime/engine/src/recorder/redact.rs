//! Taking secrets out of what is recorded.
//!
//! What looks like a secret is replaced by [`MARK`] before anything is kept: the values of names like `password`,
//! the user in a URL, what follows `Authorization`, private keys, and long texts that look drawn at random. It
//! errs on the side of taking out too much.

use std::borrow::Cow;

use serde_json::Value;

/// What stands in the place of a secret.
pub(crate) const MARK: &str = "[redacted]";

/// A text that looks random is a secret from this length on, in bytes.
const LONG: usize = 32;

/// Words that make any name with them in it one of a secret.
const SECRET_WORDS: [&str; 8] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "authorization",
];

/// Words that do so only as a part of their own: a monkey is no key.
const SECRET_PARTS: [&str; 6] = ["pass", "pwd", "key", "keys", "cookie", "cookies"];

/// The same text without its secrets.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    let mut found = Vec::new();
    private_keys(text, &mut found);
    users(text, &mut found);
    schemes(text, &mut found);
    values(text, &mut found);
    random(text, &mut found);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in found {
        if start >= done {
            out.push_str(text.get(done..start).unwrap_or_default());
            if !out.ends_with(MARK) || start > done {
                out.push_str(MARK);
            }
        }
        done = done.max(end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Takes the secrets out of a value; its structure stays.
pub(crate) fn value(value: &mut Value) {
    match value {
        Value::String(it) => {
            if let Cow::Owned(clean) = text(it) {
                *it = clean;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(self::value),
        Value::Object(members) => {
            for (name, member) in members {
                if is_secret(name) {
                    hide(member);
                } else {
                    self::value(member);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces every text and number, however deep.
fn hide(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(members) => members.values_mut().for_each(hide),
        Value::Null | Value::Bool(_) => {}
        Value::String(_) | Value::Number(_) => *value = MARK.into(),
    }
}

/// Whether a name says that its value is a secret: one of its parts does, as in `db_password` or `apiKey`.
pub(crate) fn is_secret(name: &str) -> bool {
    let mut part = String::new();
    let mut before = ' ';
    for letter in name.chars().chain([' ']) {
        let begins = letter.is_ascii_uppercase() && before.is_ascii_lowercase();
        if begins || !letter.is_ascii_alphabetic() {
            let is_part = SECRET_PARTS.contains(&part.as_str());
            if is_part || SECRET_WORDS.iter().any(|it| part.contains(it)) {
                return true;
            }
            part.clear();
        }
        if letter.is_ascii_alphabetic() {
            part.push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    false
}

/// Where a secret is, in bytes.
type Place = (usize, usize);

/// Private keys in the armour of RFC 7468, to their end or that of the text.
fn private_keys(text: &str, found: &mut Vec<Place>) {
    let mut from = 0;
    while let Some(start) = find(text, "-----BEGIN ", from) {
        let head = text.get(start..).unwrap_or_default();
        let line = head.lines().next().unwrap_or_default();
        let end = find(text, "-----END ", start).map_or(text.len(), |it| {
            let rest = text.get(it..).unwrap_or_default();
            it + rest.find('\n').unwrap_or(rest.len())
        });
        if line.contains("PRIVATE") {
            found.push((start, end));
        }
        from = end.max(start + 1);
    }
}

/// Users in URLs: what is between `://` and `@`.
fn users(text: &str, found: &mut Vec<Place>) {
    let mut from = 0;
    while let Some(scheme) = find(text, "://", from) {
        let start = scheme + 3;
        let rest = text.get(start..).unwrap_or_default();
        let end = rest
            .find(|it: char| {
                it.is_whitespace() || matches!(it, '/' | '?' | '#' | '"' | '\'' | '<' | '>')
            })
            .unwrap_or(rest.len());
        if let Some(at) = rest
            .get(..end)
            .and_then(|it| it.rfind('@'))
            .filter(|at| *at > 0)
        {
            found.push((start, start + at));
        }
        from = start;
    }
}

/// What follows `Bearer` or `Basic`.
fn schemes(text: &str, found: &mut Vec<Place>) {
    let lower = text.to_ascii_lowercase();
    for scheme in ["bearer ", "basic ", "negotiate ", "digest "] {
        let mut from = 0;
        while let Some(at) = find(&lower, scheme, from) {
            from = at + scheme.len();
            let is_word = !lower
                .get(..at)
                .unwrap_or_default()
                .ends_with(|it: char| it.is_ascii_alphanumeric());
            let end = from + word(text.get(from..).unwrap_or_default());
            // "basic checks" is no credential; one has a digit, or is longer than words are.
            let credential = text.get(from..end).unwrap_or_default();
            let looks_so =
                credential.len() > 16 || credential.bytes().any(|it| it.is_ascii_digit());
            if is_word && looks_so {
                found.push((from, end));
            }
        }
    }
}

/// Values of secret names: `name=value`, `name: value`, `"name": "value"`, `--name value`.
fn values(text: &str, found: &mut Vec<Place>) {
    let bytes = text.as_bytes();
    let is_name = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.');
    let mut at = 0;
    while at < bytes.len() {
        if !is_name(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && is_name(bytes[at]) {
            at += 1;
        }
        let name = text.get(start..at).unwrap_or_default();
        if !is_secret(name) {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let Some(gap) = separator(rest, name.starts_with("--")) else {
            continue;
        };
        let from = at + gap;
        let value = text.get(from..).unwrap_or_default();
        let (skip, length) = match value.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => (1, quoted(value, *quote)),
            // A header's value goes to the end of its line.
            _ if name.eq_ignore_ascii_case("authorization")
                || name.eq_ignore_ascii_case("cookie") =>
            {
                (0, value.find(['\n', '\r']).unwrap_or(value.len()))
            }
            _ => (0, word(value)),
        };
        if length > 0 {
            found.push((from + skip, from + skip + length));
        }
        at = from + skip + length;
    }
}

/// How many bytes stand between a name and its value; `None` where no value follows.
fn separator(rest: &str, is_option: bool) -> Option<usize> {
    let bare = rest.trim_start_matches(['"', '\'']);
    let quotes = rest.len() - bare.len();
    let spaced = bare.trim_start_matches([' ', '\t']);
    if let Some(after) = spaced.strip_prefix(['=', ':']) {
        let value = after.trim_start_matches(['>', ' ', '\t']);
        return Some(rest.len() - value.len());
    }
    (is_option && quotes == 0 && spaced.len() < bare.len()).then_some(rest.len() - spaced.len())
}

/// The bytes of a value up to its closing quote; a backslash keeps a quote from closing.
fn quoted(value: &str, quote: u8) -> usize {
    let mut is_escaped = false;
    for (at, byte) in value.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            _ if byte == quote => return at - 1,
            _ => {}
        }
    }
    value.len().saturating_sub(1)
}

/// The bytes of a value without quotes.
fn word(value: &str) -> usize {
    value
        .find(|it: char| {
            it.is_whitespace() || matches!(it, ',' | ';' | '&' | '|' | '"' | '\'' | '}' | ']' | ')')
        })
        .unwrap_or(value.len())
}

/// Long texts that look drawn at random: keys in hexadecimal or base64, and tokens.
fn random(text: &str, found: &mut Vec<Place>) {
    let mut start = 0;
    let is_part =
        |it: char| it.is_ascii_alphanumeric() || matches!(it, '+' | '/' | '_' | '-' | '.');
    for (end, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        if is_part(letter) {
            continue;
        }
        if text.get(start..end).is_some_and(is_random) {
            found.push((start, end));
        }
        start = end + letter.len_utf8();
    }
}

fn is_random(text: &str) -> bool {
    if text.len() < LONG {
        return false;
    }
    let is_token = text.starts_with("eyJ") && text.contains('.');
    is_token || longest_hex(text) >= LONG || changes(text) * 3 >= text.len()
}

/// The longest run of hexadecimal digits.
fn longest_hex(text: &str) -> usize {
    text.split(|it: char| !it.is_ascii_hexdigit())
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// How often digits, small and capital letters follow each other: seldom in words and paths.
fn changes(text: &str) -> usize {
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 0_u8,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let classes: Vec<u8> = text.bytes().map(class).filter(|it| *it != 3).collect();
    classes.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

fn find(text: &str, what: &str, from: usize) -> Option<usize> {
    text.get(from..)?.find(what).map(|it| it + from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(given: &str, expect: &str) {
        assert_eq!(text(given), expect);
    }

    #[test]
    fn values_of_secret_names_are_taken_out() {
        check("password=hunter2 user=x", "password=[redacted] user=x");
        check("db_password: 'a b c', x", "db_password: '[redacted]', x");
        check(
            r#"{"apiKey":"a\"b","n":1}"#,
            r#"{"apiKey":"[redacted]","n":1}"#,
        );
        check(
            "check --token abc --host h",
            "check --token [redacted] --host h",
        );
        check(
            "Authorization: Basic dXNlcjpwdw==\nHost: h",
            "Authorization: [redacted]\nHost: h",
        );
        check("sent Bearer abc123 to h", "sent Bearer [redacted] to h");
        check("MONKEY=1 keyboard: us", "MONKEY=1 keyboard: us");
        check("KEY=1", "KEY=[redacted]");
    }

    #[test]
    fn users_of_urls_are_taken_out() {
        check(
            "GET https://joe:pw@example.net/a@b",
            "GET https://[redacted]@example.net/a@b",
        );
        check("http://example.net/x", "http://example.net/x");
    }

    #[test]
    fn long_random_texts_are_taken_out() {
        check("sum 9f86d081884c7d659a2feaa0c55ad015 x", "sum [redacted] x");
        check(
            "t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3",
            "t=[redacted]",
        );
        check("k 3hX9+pQ7zL0vB2nM5kR8/tY1wE4uI6oA= x", "k [redacted]= x");
        for plain in [
            "/usr/lib/nagios/plugins/check_disk_usage_of_all",
            "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968",
            "io.choria.machine.v1.transition_and_more_words",
        ] {
            check(plain, plain);
        }
    }

    #[test]
    fn private_keys_are_taken_out() {
        check(
            "a\n-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----\nb",
            "a\n[redacted]\nb",
        );
    }

    #[test]
    fn values_keep_their_structure() {
        let mut given = serde_json::json!({
            "user": "joe", "secrets": {"a": ["x", 1, true], "b": null}, "url": "amqp://u:p@h/",
        });
        value(&mut given);
        let expect = serde_json::json!({
            "user": "joe", "secrets": {"a": [MARK, MARK, true], "b": null}, "url": "amqp://[redacted]@h/",
        });
        assert_eq!(given, expect);
    }

    proptest! {
        #[test]
        fn no_secret_survives(
            before in "[ a-z,;=:\"'{}\\[\\]]{0,20}",
            name in "(db_|x-|my)?(password|Secret|TOKEN|api_key|credentials)",
            gap in "(=|: |\": \")",
            secret in "[A-Z][0-9]{7}[a-z]{3}",
            after in "[ ,;\n].{0,20}",
        ) {
            let given = format!("{before} {name}{gap}{secret}{after}");
            prop_assert!(!text(&given).contains(&secret), "{given}");
        }

        #[test]
        fn no_long_key_survives(before in ".{0,20}[ =:\"]", key in "[0-9a-f]{32,80}", after in "[\" ,].{0,20}") {
            let given = format!("{before}{key}{after}");
            prop_assert!(!text(&given).contains(&key), "{given}");
        }

        #[test]
        fn any_text_can_be_cleaned_again_and_again(given in ".{0,200}") {
            let once = text(&given).into_owned();
            let twice = text(&once).into_owned();
            prop_assert!(twice.len() <= once.len() + MARK.len() * given.len());
        }
    }
}
