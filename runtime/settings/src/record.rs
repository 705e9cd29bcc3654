//! Where values come from.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::Finding;
use crate::given::Given;
use crate::key::{Group, KEYS, Key, Match, Reader, native};
use crate::settings::Settings;
use crate::value::{Shown, Value};

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
    /// What is mistaken in settings that guard a node.
    mistakes: Vec<Finding>,
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

impl Record {
    /// Notes where a value comes from, whatever was mistaken in it before.
    pub(crate) fn right(&mut self, name: &str, origin: Origin) {
        self.mistakes.retain(|it| it.guard.as_deref() != Some(name));
        self.origins.insert(name.to_owned(), origin);
    }

    /// Notes what is mistaken, as far as it guards a node.
    pub(crate) fn mistaken<'f>(&mut self, findings: impl IntoIterator<Item = &'f Finding>) {
        let guarding = findings.into_iter().filter(|it| it.guard.is_some());
        self.mistakes.extend(guarding.cloned());
    }
}

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

    /// Whether an agent may be active: all but those where `plugin.AGENT.activate_agent` says something else than yes.
    #[must_use]
    pub fn activates(&self, agent: &str) -> bool {
        let said = self.raw(&format!("plugin.{agent}.activate_agent"));
        // What is neither yes nor no does not activate an agent.
        said.is_none_or(|it| bool::read(&Given::text(it)).unwrap_or_default())
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

    /// What is mistaken in settings that say whom this reader lets in, who decides, or whom it talks to. What they have
    /// instead is not what their author meant: nobody may join a network with them.
    pub fn mistakes(&self, reader: Reader) -> impl Iterator<Item = &Finding> {
        self.record.mistakes.iter().filter(move |it| {
            let of = it.guard.as_deref().and_then(native);
            of.is_none_or(|it| it.key.row.readers.contains(&reader))
        })
    }

    /// Settings of this kind that somebody gave and that nothing in this release acts on.
    #[must_use]
    pub fn without_effect(&self, reader: Reader) -> Vec<Setting> {
        let usual = Self::default();
        let mut all = self.all();
        all.retain(|it| {
            let row = &it.key.row;
            let is_given = usual.get(&it.name).as_ref() != Some(&it.value);
            is_given && row.guards && !row.used && row.readers.contains(&reader)
        });
        all
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
