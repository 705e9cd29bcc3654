//! Where values come from.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::key::{Group, KEYS, Key, Match, native};
use crate::settings::Settings;
use crate::value::Shown;

/// Where a value comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    #[default]
    Default,
    /// The distribution has it.
    Compiled,
    /// A line of a file.
    File {
        /// The path of the file.
        path: Arc<str>,
        /// The line, from 1.
        line: u32,
    },
    /// A variable of the environment.
    Environment(String),
    /// An option of the command line.
    Argument(&'static str),
    /// It was found out, in this way.
    Found(String),
}

/// What is known beside the values: kept in [`Settings`], filled by [`resolve`](crate::resolve()).
#[derive(Clone, Default)]
pub(crate) struct Record {
    /// By the full name in `chorister.yaml`; what is missing has its default.
    pub(crate) origins: BTreeMap<String, Origin>,
    /// Every value by go-choria's name of its key, as it was given.
    pub(crate) raw: BTreeMap<String, String>,
}

/// A setting with its value.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its full name in `chorister.yaml`.
    pub name: String,
    /// Its row of the table.
    pub key: &'static Key,
    /// Its value as people may see it.
    pub value: Shown,
    /// Where the value comes from.
    pub origin: Origin,
}

// === impl Record ===

impl fmt::Debug for Record {
    /// Without the texts, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.origins).finish()
    }
}

// === impl Settings ===

impl Settings {
    /// Where the value of a setting comes from, by its full name in `chorister.yaml`.
    #[must_use]
    pub fn origin(&self, name: &str) -> &Origin {
        self.record.origins.get(name).unwrap_or(&Origin::Default)
    }

    /// The text that was given for a key of go-choria's files, whether it is known or one of a plugin; secrets too.
    #[must_use]
    pub fn raw(&self, key: &str) -> Option<&str> {
        self.record.raw.get(key).map(String::as_str)
    }

    /// Whether an agent may be active: all but those with `plugin.AGENT.activate_agent = false`.
    #[must_use]
    pub fn activates(&self, agent: &str) -> bool {
        let said = self.raw(&format!("plugin.{agent}.activate_agent"));
        let said = said.map(|it| it.trim().to_ascii_lowercase());
        !said.is_some_and(|it| ["0", "no", "false", "n", "f"].contains(&it.as_str()))
    }

    /// The keys of plugins that the table does not have, in order.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let keys = self.record.raw.keys().map(String::as_str);
        keys.filter(|it| crate::key::find(it).is_none())
    }

    /// A setting by its name, ours or go-choria's.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<Setting> {
        self.of(crate::key::find(name)?)
    }

    /// All settings in the order of the table. Those below names of an author's choice are there once for each name.
    #[must_use]
    pub fn all(&self) -> Vec<Setting> {
        let named = |key: &'static Key| {
            let names = self.record.origins.keys().filter_map(|it| native(it));
            names.filter(move |it| core::ptr::eq(it.key, key))
        };
        KEYS.iter()
            .flat_map(|key| match key.name.contains('*') {
                true => named(key).collect(),
                false => native(&key.name).into_iter().collect::<Vec<Match>>(),
            })
            .filter_map(|it| self.of(it))
            .collect()
    }

    /// Says how a value that nobody set was found out.
    pub fn found(&mut self, name: &str, how: impl Into<String>) {
        self.record
            .origins
            .insert(name.to_owned(), Origin::Found(how.into()));
    }

    fn of(&self, Match { key, name }: Match) -> Option<Setting> {
        Some(Setting {
            value: self.get(&name)?,
            origin: self.origin(&name).clone(),
            key,
            name,
        })
    }
}

// === impl Origin ===

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Compiled => f.write_str("compiled in"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Argument(flag) => f.write_str(flag),
            Self::Found(how) => f.write_str(how),
        }
    }
}
