//! What may be a secret is in a manifest only as a digest.

use core::fmt;

use serde::{Deserialize, Serialize};

/// A short digest of a text, by which a change is seen and nothing is read.
///
/// It is FNV-1a of 64 bits in hexadecimal: it tells texts apart and protects nothing that can be guessed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(format!("{hash:016x}"))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A URL without what may be secret in it, and that: user name, password and query.
pub(crate) fn without_secrets(url: &str) -> (String, String) {
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (url, None),
    };
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let end = rest.find('/').unwrap_or(rest.len());
    let at = rest.get(..end).and_then(|authority| authority.rfind('@'));
    let (user, rest) = match at.and_then(|at| Some((rest.get(..at)?, rest.get(at + 1..)?))) {
        Some((user, rest)) if !scheme.is_empty() => (user, rest),
        _ => ("", rest),
    };
    let mut shown = String::new();
    if !scheme.is_empty() {
        shown = format!("{scheme}://");
    }
    if !user.is_empty() {
        shown.push_str("…@");
    }
    shown.push_str(rest);
    if query.is_some() {
        shown.push_str("?…");
    }
    (shown, format!("{user}{}", query.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_secrets() {
        let check = |url: &str, shown: &str, secret: &str| {
            assert_eq!(
                without_secrets(url),
                (shown.to_owned(), secret.to_owned()),
                "{url}"
            );
        };
        check("https://example.net/x.tgz", "https://example.net/x.tgz", "");
        check(
            "https://u:p@example.net/x",
            "https://…@example.net/x",
            "u:p",
        );
        check(
            "https://example.net/x?token=1",
            "https://example.net/x?…",
            "token=1",
        );
        check("https://example.net/@x", "https://example.net/@x", "");
        check("x", "x", "");
    }

    #[test]
    fn digests_tell_texts_apart() {
        assert_eq!(Digest::of("").to_string(), "cbf29ce484222325");
        assert_eq!(Digest::of("a").to_string(), "af63dc4c8601ec8c");
    }
}
