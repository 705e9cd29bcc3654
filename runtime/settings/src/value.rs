//! The types that settings have: how each is read from text, and shown.

mod choice;
mod text;

use core::fmt;
use core::time::Duration;
use std::path::PathBuf;

use chorister_lang::duration;
use chorister_yaml::Span;
use serde_json::Value as Json;

use crate::given::{Given, Part};

pub use choice::{
    Authorizer, DiscoveryMethod, FilterSemantics, LimitMethod, LogLevel, SecurityProvider,
};
pub use secrecy::{ExposeSecret, SecretString};
pub use text::{CommandLine, HIDDEN, HexKey, LogTarget, PathList, Paths, Pattern, Server, Url};

/// What the value of a setting is, for people and schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text that is never shown.
    Secret,
    /// The path of a file or a directory; `~` at its beginning is the home of the user.
    Path,
    /// Yes or no.
    Truth,
    /// A whole number between two bounds.
    Whole {
        /// The smallest.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// A length of time.
    Duration,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A regular expression as Go has it.
    Pattern,
    /// `host:port` or a URL.
    Server,
    /// A URL of HTTP.
    Url,
    /// A public key: hexadecimal digits.
    HexKey,
    /// An address of this machine and a port.
    Address,
    /// A command line, or a list of its words.
    Command,
    /// Values with commas between them, or a list.
    List(&'static Kind),
    /// Paths with colons between them, or a list; several lines add up.
    Paths,
}

/// The type of a setting.
pub trait Value: Sized {
    /// What it is.
    const KIND: Kind;

    /// Reads it.
    ///
    /// # Errors
    /// What was given is none.
    fn read(given: &Given) -> Result<Self, Mismatch>;

    /// It as people may see it.
    fn shown(&self) -> Shown;
}

/// A value as people may see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// As it is; `null` where it is not set.
    Plain(Json),
    /// There is one, which nobody is to see.
    Secret,
}

/// What was given is not what a setting wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where, if not the whole value.
    pub span: Option<Span>,
    /// What was found; empty for a secret.
    pub found: String,
    /// What the setting wants, as in "has to be …".
    pub wanted: String,
    /// What to write instead, where that can be guessed.
    pub help: Option<String>,
}

/// Sets a field; true, since there is one.
///
/// # Errors
/// What was given is none of its values. The field is as before then.
pub(crate) fn assign<V: Value>(field: &mut V, given: &Given) -> Result<bool, Mismatch> {
    *field = V::read(given)?;
    Ok(true)
}

/// A value that the table has as text; a test reads all of them.
pub(crate) fn preset<V: Value + Default>(text: &str) -> V {
    V::read(&Given::text(text)).unwrap_or_default()
}

/// Reads one text.
fn one<V>(given: &Given, kind: Kind, read: impl FnOnce(&str) -> Option<V>) -> Result<V, Mismatch> {
    let mismatch = |found: &str| Mismatch {
        span: None,
        found: found.to_owned(),
        wanted: kind.to_string(),
        help: None,
    };
    let text = given.one().ok_or_else(|| mismatch("a list"))?.trim();
    read(text).ok_or_else(|| mismatch(&format!("`{text}`")))
}

impl Value for bool {
    const KIND: Kind = Kind::Truth;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        // go-choria takes all that it does not know for `false`: here that is a mistake.
        one(given, Self::KIND, |text| {
            let text = text.to_ascii_lowercase();
            match text.as_str() {
                "1" | "yes" | "true" | "y" | "t" => Some(true),
                "0" | "no" | "false" | "n" | "f" => Some(false),
                _ => None,
            }
        })
        .map_err(
            |mismatch| match given.one().map(str::to_ascii_lowercase).as_deref() {
                Some("on" | "enabled" | "enable") => mismatch.help("write `true`"),
                Some("off" | "disabled" | "disable") => mismatch.help("write `false`"),
                _ => mismatch,
            },
        )
    }

    fn shown(&self) -> Shown {
        Shown::Plain((*self).into())
    }
}

macro_rules! whole {
    ($($type:ty: $least:expr, $most:expr;)*) => {$(
        impl Value for $type {
            const KIND: Kind = Kind::Whole { least: $least, most: $most };

            fn read(given: &Given) -> Result<Self, Mismatch> {
                one(given, Self::KIND, |text| text.parse().ok())
            }

            fn shown(&self) -> Shown {
                Shown::Plain((*self).into())
            }
        }
    )*};
}

whole! {
    u16: 0, 65_535;
    u32: 0, 4_294_967_295;
    i32: -2_147_483_648, 2_147_483_647;
}

impl Value for Duration {
    const KIND: Kind = Kind::Duration;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        one(given, Self::KIND, |text| {
            // A plain number is seconds.
            if let Ok(seconds) = text.parse::<u32>() {
                return Some(Self::from_secs(seconds.into()));
            }
            let nanos = duration::parse_interval(text).ok()?;
            u64::try_from(nanos)
                .ok()
                .filter(|_| !text.is_empty())
                .map(Self::from_nanos)
        })
    }

    fn shown(&self) -> Shown {
        Shown::Plain(duration::brief(*self).into())
    }
}

impl Value for String {
    const KIND: Kind = Kind::Text;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        one(given, Self::KIND, |text| Some(text.to_owned()))
    }

    fn shown(&self) -> Shown {
        Shown::Plain(self.as_str().into())
    }
}

impl Value for PathBuf {
    const KIND: Kind = Kind::Path;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        one(given, Self::KIND, |text| {
            (!text.is_empty() && !text.contains('\0')).then(|| text.into())
        })
    }

    fn shown(&self) -> Shown {
        Shown::Plain(self.to_string_lossy().into())
    }
}

impl<V: Value> Value for Option<V> {
    const KIND: Kind = V::KIND;

    fn read(given: &Given) -> Result<Self, Mismatch> {
        V::read(given).map(Some)
    }

    fn shown(&self) -> Shown {
        match self {
            Some(value) => value.shown(),
            None => Shown::Plain(Json::Null),
        }
    }
}

/// A type that may stand in lists.
pub trait Item: Value {}

impl Item for String {}
impl Item for PathBuf {}
impl Item for Pattern {}
impl Item for Server {}
impl Item for Url {}
impl Item for HexKey {}

impl<V: Item> Value for Vec<V> {
    const KIND: Kind = Kind::List(&V::KIND);

    fn read(given: &Given) -> Result<Self, Mismatch> {
        let read = |Part { text, span }: Part| {
            V::read(&Given::at(text, span)).map_err(|mismatch| Mismatch {
                span: mismatch.span.or(Some(span)),
                ..mismatch
            })
        };
        given.parts(',').into_iter().map(read).collect()
    }

    fn shown(&self) -> Shown {
        let plain = self.iter().filter_map(|it| match it.shown() {
            Shown::Plain(json) => Some(json),
            Shown::Secret => None,
        });
        Shown::Plain(plain.collect())
    }
}

// === impl Kind ===

impl Kind {
    /// Whether a value may hold what is not shown of it: a secret, or a URL with a password.
    pub(crate) const fn may_hold_secret(self) -> bool {
        match self {
            Self::Secret | Self::Server | Self::Url => true,
            Self::List(item) => item.may_hold_secret(),
            _ => false,
        }
    }
}

impl fmt::Display for Kind {
    /// In words, as in "has to be …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("a text"),
            Self::Secret => f.write_str("a secret"),
            Self::Path => f.write_str("a path"),
            Self::Truth => f.write_str("`true` or `false`"),
            Self::Whole { least: 0, most } if *most >= i64::from(u32::MAX) => {
                f.write_str("a whole number")
            }
            Self::Whole { least, most }
                if *least == i64::from(i32::MIN) && *most == i64::from(i32::MAX) =>
            {
                f.write_str("a whole number, which may be negative")
            }
            Self::Whole { least, most } => write!(f, "a whole number from {least} to {most}"),
            Self::Duration => f.write_str("a length of time such as `90s`, `1h30m` or `2d`"),
            Self::Choice(words) => {
                for (at, word) in words.iter().enumerate() {
                    let before = match at {
                        0 => "",
                        _ if at + 1 == words.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{before}`{word}`")?;
                }
                Ok(())
            }
            Self::Pattern => f.write_str("a regular expression"),
            Self::Server => f.write_str("a server, as `host:port` or a URL with a port"),
            Self::Url => f.write_str("a URL, as `https://host` or `http://host`"),
            Self::HexKey => f.write_str("a public key, as 64 hexadecimal digits"),
            Self::Address => f.write_str("an address and a port such as `127.0.0.1:9100`"),
            Self::Command => f.write_str("a command line, or a list of its words"),
            Self::List(kind) => {
                let what = match kind {
                    Self::Text => "texts",
                    Self::Path => "paths",
                    Self::Pattern => "regular expressions",
                    Self::Server => "servers, each as `host:port` or a URL with a port",
                    Self::Url => "URLs, each as `https://host` or `http://host`",
                    Self::HexKey => "public keys, each as 64 hexadecimal digits",
                    _ => "values",
                };
                write!(f, "a list of {what}")
            }
            Self::Paths => f.write_str("directories with `:` between them"),
        }
    }
}

// === impl Shown ===

impl Shown {
    /// As JSON; a secret is what its place says.
    #[must_use]
    pub fn json(self) -> Json {
        match self {
            Self::Plain(json) => json,
            Self::Secret => HIDDEN.into(),
        }
    }
}

impl fmt::Display for Shown {
    /// As a line of go-choria's files would have it; `-` where there is nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list;
        let text = match self {
            Self::Secret => HIDDEN,
            Self::Plain(Json::Null) => "-",
            Self::Plain(Json::String(text)) => text.as_str(),
            Self::Plain(Json::Array(items)) => {
                let texts: Vec<&str> = items.iter().filter_map(Json::as_str).collect();
                list = texts.join(", ");
                &list
            }
            Self::Plain(other) => {
                list = other.to_string();
                &list
            }
        };
        f.write_str(if text.is_empty() { "-" } else { text })
    }
}

// === impl Mismatch ===

impl Mismatch {
    /// The same with advice.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
