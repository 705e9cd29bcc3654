//! Settings that are texts of a certain form.

use core::fmt;
use core::net::SocketAddr;
use std::path::PathBuf;

use chorister_lang::re2::{self, Regex};
use chorister_lang::words;
use secrecy::SecretString;

use super::{Kind, Mismatch, Shown, Value, one};
use crate::given::Given;

/// A regular expression as Go has it; the default one matches nothing.
#[derive(Clone, Debug, Default)]
pub struct Pattern {
    text: String,
    regex: Option<Regex>,
}

/// A server of a network: `host:port`, with a scheme where one was given.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Server {
    text: String,
}

/// A URL of HTTP, which may hold a user and a password.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Url(String);

/// What is shown of a server in the place of a user and a password.
pub const HIDDEN: &str = "(secret)";

/// A public key: 32 bytes as hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HexKey([u8; 32]);

/// Directories in the order in which they are looked into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths(pub Vec<PathBuf>);

/// Files with colons between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathList(pub Vec<PathBuf>);

/// A program and its arguments; the default one has no program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine(pub Vec<String>);

/// Where the log goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LogTarget {
    /// Standard output.
    Stdout,
    /// Standard error.
    #[default]
    Stderr,
    /// Nowhere.
    Discard,
    /// The end of this file.
    File(PathBuf),
}

impl Value for SecretString {
    const KIND: Kind = Kind::Secret;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        one(given, Self::KIND, |text| Some(text.into()))
    }

    fn shown(&self) -> Shown {
        Shown::Secret
    }
}

impl Pattern {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is found in a text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.as_ref().is_some_and(|it| it.is_match(text))
    }
}

impl Value for Pattern {
    const KIND: Kind = Kind::Pattern;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        let mut reason = None;
        one(given, Self::KIND, |text| {
            re2::compile(text)
                .map_err(|error| reason = Some(error.message))
                .ok()
                .map(|it| Self {
                    text: text.to_owned(),
                    regex: Some(it),
                })
        })
        .map_err(|mismatch| match reason {
            Some(reason) => mismatch.help(reason),
            None => mismatch,
        })
    }

    fn shown(&self) -> Shown {
        Shown::Plain(self.regex.as_ref().map(|_| self.text.as_str()).into())
    }
}

impl Server {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As a URL; `nats` is the scheme where none was given.
    #[must_use]
    pub fn url(&self) -> String {
        match self.text.contains("://") {
            true => self.text.clone(),
            false => format!("nats://{}", self.text),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let place = rest.split(['/', '?']).next()?;
        let place = place.rsplit_once('@').map_or(place, |(_, host)| host);
        let (host, port) = place.rsplit_once(':')?;
        let is_host = !host.is_empty() && !host.contains(char::is_whitespace);
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        let is_port = port.parse::<u16>().is_ok_and(|it| it > 0);
        (is_host && is_port && (is_bracketed || !host.contains(':'))).then(|| Self {
            text: text.to_owned(),
        })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", without_user(&self.text))
    }
}

impl Value for Server {
    const KIND: Kind = Kind::Server;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        one(given, Self::KIND, Self::parse).map_err(|mismatch| {
            let mismatch = without_user_in(mismatch, given);
            let text = given.one().unwrap_or_default();
            let shown = without_user(text);
            let port = text.rsplit_once(':').map(|(_, it)| it);
            match port.is_some_and(|it| !it.starts_with('/')) || text.is_empty() {
                true => mismatch,
                false => mismatch.help(format!("add the port: `{shown}:4222`")),
            }
        })
    }

    fn shown(&self) -> Shown {
        Shown::Plain(without_user(&self.text).into())
    }
}

/// A text without the user and the password that a URL may hold.
fn without_user(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{HIDDEN}@{host}"),
        (None, Some((_, host))) => format!("{HIDDEN}@{host}"),
        (_, None) => text.to_owned(),
    }
}

/// What is said of a text that is none of its kind, without a user and a password.
fn without_user_in(mut mismatch: Mismatch, given: &Given) -> Mismatch {
    let text = given.one().unwrap_or_default();
    let shown = without_user(text);
    if shown != text {
        mismatch.found = format!("`{shown}`");
    }
    mismatch
}

impl Url {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({})", without_user(&self.0))
    }
}

impl Value for Url {
    const KIND: Kind = Kind::Url;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        let parse = |text: &str| {
            let rest = text.strip_prefix("https://");
            let rest = rest.or_else(|| text.strip_prefix("http://"))?;
            let is_host = !rest.is_empty() && !rest.starts_with('/');
            (is_host && !rest.contains(char::is_whitespace)).then(|| Self(text.to_owned()))
        };
        one(given, Self::KIND, parse).map_err(|it| without_user_in(it, given))
    }

    fn shown(&self) -> Shown {
        Shown::Plain(without_user(&self.0).into())
    }
}

impl HexKey {
    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Value for HexKey {
    const KIND: Kind = Kind::HexKey;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        one(given, Self::KIND, |text| {
            if text.len() != 64 || !text.bytes().all(|it| it.is_ascii_hexdigit()) {
                return None;
            }
            let mut key = [0; 32];
            for (at, byte) in key.iter_mut().enumerate() {
                *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
            }
            Some(Self(key))
        })
    }

    fn shown(&self) -> Shown {
        let digits: String = self.0.iter().map(|it| format!("{it:02x}")).collect();
        Shown::Plain(digits.into())
    }
}

impl Value for Paths {
    const KIND: Kind = Kind::Paths;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        Ok(Self(
            given
                .parts(':')
                .into_iter()
                .map(|it| it.text.into())
                .collect(),
        ))
    }

    fn shown(&self) -> Shown {
        Shown::Plain(self.0.iter().map(|it| it.to_string_lossy()).collect())
    }
}

impl PathList {
    /// The files of a text, without empty names.
    #[must_use]
    pub fn split(text: &str) -> Self {
        let names = text.split(':').map(str::trim).filter(|it| !it.is_empty());
        Self(names.map(PathBuf::from).collect())
    }
}

impl Value for PathList {
    // Of several layers the last one counts, as for a single file.
    const KIND: Kind = Kind::Path;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        one(given, Self::KIND, |text| Some(Self::split(text)))
    }

    fn shown(&self) -> Shown {
        let names: Vec<_> = self.0.iter().map(|it| it.to_string_lossy()).collect();
        let joined = (!names.is_empty()).then(|| names.join(":"));
        Shown::Plain(joined.into())
    }
}

impl Value for CommandLine {
    const KIND: Kind = Kind::Command;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        let words = match given.one() {
            Some(line) => words::split(line).map_err(|error| error.to_string()),
            None => Ok(given.parts(' ').into_iter().map(|it| it.text).collect()),
        };
        let mismatch = |found: &str| Mismatch {
            span: None,
            found: found.to_owned(),
            wanted: Self::KIND.to_string(),
            help: None,
        };
        match words {
            Ok(words) if words.first().is_none_or(String::is_empty) => Err(mismatch("empty")),
            Ok(words) => Ok(Self(words)),
            Err(error) => Err(mismatch("no command line").help(error)),
        }
    }

    fn shown(&self) -> Shown {
        let words: Vec<_> = self.0.iter().map(|it| words::quote(it)).collect();
        Shown::Plain(words.join(" ").into())
    }
}

impl Value for SocketAddr {
    const KIND: Kind = Kind::Address;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        one(given, Self::KIND, |text| text.parse().ok())
    }

    fn shown(&self) -> Shown {
        Shown::Plain(self.to_string().into())
    }
}

impl Value for LogTarget {
    const KIND: Kind = Kind::Path;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        PathBuf::read(given).map(|path| match path.to_str() {
            Some("stdout") => Self::Stdout,
            Some("stderr") => Self::Stderr,
            Some("discard") => Self::Discard,
            _ => Self::File(path),
        })
    }

    fn shown(&self) -> Shown {
        Shown::Plain(match self {
            Self::Stdout => "stdout".into(),
            Self::Stderr => "stderr".into(),
            Self::Discard => "discard".into(),
            Self::File(path) => path.to_string_lossy().into(),
        })
    }
}
