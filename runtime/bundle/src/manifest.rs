//! What a bundle holds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

/// How many files a bundle has at most.
const MOST_FILES: usize = 10_000;

/// The longest name of a bundle or of a file.
const LONGEST_NAME: usize = 128;

/// What ends the name of a check file.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// Check files, and what says whether they count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Which bundle it is: `[A-Za-z][A-Za-z0-9_.-]*`. A node follows one.
    pub name: String,
    /// Grows with each change.
    pub version: u64,
    /// After this time it is not accepted any more.
    pub not_after: Timestamp,
    /// Texts of check files by their names.
    pub files: BTreeMap<String, String>,
}

/// Whether a bundle is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It is the one that is there already.
    Same,
    /// It takes the place of what is there.
    New,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`Kind::Form`].
    pub fn read(payload: &[u8]) -> Result<Self, Error> {
        let manifest: Self = serde_json::from_slice(payload).map_err(|error| {
            Error::form(format!("the manifest of the bundle is wrong: {error}"))
        })?;
        manifest.validate()?;
        Ok(manifest)
    }

    /// Whether it can be a manifest.
    ///
    /// # Errors
    /// [`Kind::Form`].
    pub fn validate(&self) -> Result<(), Error> {
        let name = &self.name;
        if !is_name(name) {
            let message = format!(
                "`{}` cannot name a bundle: begin with a letter, and use letters, digits, `_`, `-` and `.`",
                name.escape_debug()
            );
            return Err(Error::form(message));
        }
        if self.files.len() > MOST_FILES {
            let message = format!("the bundle has more than {MOST_FILES} files");
            return Err(Error::form(message));
        }
        let is_file = |it: &str| is_name(it) && ENDINGS.iter().any(|end| it.ends_with(end));
        match self.files.keys().find(|it| !is_file(it)) {
            None => Ok(()),
            Some(name) => Err(Error::form(format!(
                "`{}` cannot name a check file: it ends in .yaml, .yml or .json, and has letters, digits, `_`, `-` and `.`",
                name.escape_debug()
            ))),
        }
    }

    /// The manifest as the text of a file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Whether it is news to somebody who has `before`, and may still come.
    ///
    /// # Errors
    /// [`Kind::Version`], [`Kind::Expired`].
    pub fn judge(&self, before: Option<&Self>, now: Timestamp) -> Result<News, Error> {
        if let Some(before) = before {
            self.follows(before)?;
            if self == before {
                // What is there stays there after its time.
                return Ok(News::Same);
            }
        }
        if self.has_expired(now) {
            let message = format!(
                "version {} of the bundle `{}` counted until {}",
                self.version, self.name, self.not_after
            );
            return Err(Error::new(Kind::Expired, message));
        }
        Ok(News::New)
    }

    /// Whether its time is over.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now > self.not_after
    }

    fn follows(&self, before: &Self) -> Result<(), Error> {
        let (version, known) = (self.version, before.version);
        let message = if self.name != before.name {
            format!(
                "this is the bundle `{}`, and the node follows `{}`",
                self.name, before.name
            )
        } else if version < known {
            format!(
                "version {version} of the bundle `{}` is older than {known}, which is known",
                self.name
            )
        } else if version == known && self != before {
            format!(
                "there are two different bundles `{}` of version {version}: a change needs a higher version",
                self.name
            )
        } else {
            return Ok(());
        };
        Err(Error::new(Kind::Version, message))
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME
        && text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.'))
}
