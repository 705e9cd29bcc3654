//! The table of keys: what can be set, written down once as the structs of [`settings`](crate::settings).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chorister_lang::suggest;

use crate::given::Given;
use crate::value::{Kind, Mismatch, Shown};

/// One row of the table as a struct declares it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name within its group.
    pub name: &'static str,
    /// What go-choria calls it, where it has such a key; `*` stands for the name in a group of named ones. A dot at
    /// the beginning stands for the prefix of the group.
    pub upstream: Option<&'static str>,
    /// What its value is.
    pub kind: Kind,
    /// Its value where nobody says, as a file would say it.
    pub default: Option<&'static str>,
    /// The variable of the environment that go-choria reads it from.
    pub environment: Option<&'static str>,
    /// What it is, in a sentence.
    pub doc: &'static str,
    /// What reads it.
    pub readers: &'static [Reader],
    /// Whether something in this release acts on it.
    pub used: bool,
    /// Whether it says whom a node lets in, who decides, or whom it talks to. What is mistaken in it is left at its default,
    /// which may let in more: a node joins no network then.
    pub guards: bool,
}

/// What a struct of settings declares.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    /// A setting.
    Key(Row),
    /// Settings below a name.
    Group {
        /// The name.
        name: &'static str,
        /// What they are about.
        doc: &'static str,
        /// The settings.
        items: &'static [Item],
        /// The prefix of go-choria's names among them that begin with a dot.
        upstream: Option<&'static str>,
        /// Whether they stand below names of the author's choice.
        named: bool,
        /// Whether all of them guard a node, as [`Row::guards`] says.
        guards: bool,
    },
}

/// A struct of settings: `#[derive(Settings)]` implements it.
pub trait Group: Default {
    /// What it declares, in order.
    const ITEMS: &'static [Item];

    /// Sets what has this name; false where nothing has.
    ///
    /// # Errors
    /// The value is none of the kind that the setting has. It is as before then.
    fn set(&mut self, name: &str, given: &Given) -> Result<bool, Mismatch>;

    /// The value of what has this name.
    fn get(&self, name: &str) -> Option<Shown>;
}

/// A part of a distribution that reads settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reader {
    /// A node.
    Node,
    /// A program that asks nodes.
    Client,
    /// A manager of brokers.
    Broker,
}

/// A row of the table with its full names.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name in `chorister.yaml`, with dots between levels: `network.connect_timeout`.
    pub name: String,
    /// What go-choria calls it, where it has such a key.
    pub upstream: Option<String>,
    /// The row as it was declared.
    pub row: Row,
}

/// Every key, in the order in which people read of them.
pub static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let mut keys = Vec::new();
    flatten(("", ""), false, crate::Settings::ITEMS, &mut keys);
    keys
});

/// The part of the table below a name of ours and one of go-choria's, which may guard as a whole.
fn flatten(
    (ours, theirs): (&str, &str),
    all_guard: bool,
    items: &'static [Item],
    keys: &mut Vec<Key>,
) {
    for item in items {
        match item {
            Item::Key(row) => keys.push(Key {
                name: format!("{ours}{}", row.name),
                upstream: row.upstream.map(|it| match it.starts_with('.') {
                    true => format!("{theirs}{it}"),
                    false => it.to_owned(),
                }),
                row: Row {
                    guards: all_guard || row.guards,
                    ..*row
                },
            }),
            Item::Group {
                name,
                items,
                upstream,
                named,
                guards,
                ..
            } => {
                let below = if *named { "*." } else { "" };
                let ours = format!("{ours}{name}.{below}");
                let theirs = upstream.unwrap_or_default();
                flatten((&ours, theirs), all_guard || *guards, items, keys);
            }
        }
    }
}

/// The key that a name stands for.
#[derive(Clone, Debug)]
pub struct Match {
    /// The key.
    pub key: &'static Key,
    /// The full name in `chorister.yaml`.
    pub name: String,
}

/// The key that go-choria calls so.
#[must_use]
pub fn upstream(name: &str) -> Option<Match> {
    static EXACT: LazyLock<BTreeMap<&'static str, &'static Key>> = LazyLock::new(|| {
        let known = KEYS
            .iter()
            .filter_map(|it| Some((it.upstream.as_deref()?, it)));
        known.filter(|it| !it.0.contains('*')).collect()
    });
    if let Some(key) = EXACT.get(name) {
        return Some(Match::new(key, None));
    }
    KEYS.iter().find_map(|key| {
        let star = star(key.upstream.as_deref()?, name)?;
        Some(Match::new(key, Some(star)))
    })
}

/// The key of this name in `chorister.yaml`.
#[must_use]
pub fn native(name: &str) -> Option<Match> {
    KEYS.iter().find_map(|key| {
        if key.name == name {
            return (!name.contains('*')).then(|| Match::new(key, None));
        }
        let star = star(&key.name, name)?;
        Some(Match::new(key, Some(star)))
    })
}

/// The key of this name, whoever calls it so.
#[must_use]
pub fn find(name: &str) -> Option<Match> {
    upstream(name).or_else(|| native(name))
}

/// The setting that a name stands for, or the name of a group, where that guards a node.
pub(crate) fn guard(name: &str) -> Option<String> {
    if let Some(found) = find(name) {
        return found.key.row.guards.then_some(found.name);
    }
    let below = format!("{name}.");
    let mut all = KEYS.iter().filter(|it| it.row.guards);
    all.any(|it| it.name.starts_with(&below))
        .then(|| name.to_owned())
}

/// The name that was probably meant, among those of go-choria's files.
#[must_use]
pub fn similar_upstream(name: &str) -> Option<&'static str> {
    let known = || KEYS.iter().filter_map(|it| it.upstream.as_deref());
    suggest::closest(name, known()).or_else(|| {
        // People leave out an end, or leave out or mistake the beginning.
        let mut longer = known().filter(|it| it.starts_with(name) && name.len() > 8);
        let longer = longer.next().filter(|_| longer.next().is_none());
        if longer.is_some() {
            return longer;
        }
        let last = name.rsplit('.').next().filter(|it| it.len() > 4)?;
        let mut same = known().filter(|it| it.rsplit('.').next() == Some(last));
        same.next().filter(|_| same.next().is_none())
    })
}

/// The name that was probably meant, among all.
#[must_use]
pub fn similar(name: &str) -> Option<&'static str> {
    suggest::closest(name, KEYS.iter().map(|it| it.name.as_str()))
        .or_else(|| similar_upstream(name))
}

/// What the `*` of a pattern stands for in a name, if the name is one of the pattern's.
fn star<'n>(pattern: &str, name: &'n str) -> Option<&'n str> {
    let (before, after) = pattern.split_once('*')?;
    let star = name.strip_prefix(before)?.strip_suffix(after)?;
    (!star.is_empty() && !star.contains(['.', '*'])).then_some(star)
}

// === impl Key ===

impl Key {
    /// The variable of the environment that sets it, whatever go-choria reads: `CHORISTER_NETWORK_CONNECT_TIMEOUT`;
    /// `None` where a `*` is in its name.
    #[must_use]
    pub fn variable(&self) -> Option<String> {
        let is_one = !self.name.contains('*');
        is_one.then(|| format!("CHORISTER_{}", self.name.to_uppercase().replace('.', "_")))
    }

    /// Whether a value of it must not be shown.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self.row.kind, Kind::Secret)
    }
}

// === impl Match ===

impl Match {
    fn new(key: &'static Key, star: Option<&str>) -> Self {
        let name = match star {
            Some(star) => key.name.replacen('*', star, 1),
            None => key.name.clone(),
        };
        Self { key, name }
    }
}

// === impl Reader ===

impl Reader {
    /// Its name in a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Client => "client",
            Self::Broker => "broker",
        }
    }
}

// === impl Group ===

/// So that a map is a group itself: the first part of a name chooses one of its values.
impl<G: Group> Group for BTreeMap<String, G> {
    const ITEMS: &'static [Item] = G::ITEMS;

    fn set(&mut self, name: &str, given: &Given) -> Result<bool, Mismatch> {
        let Some((name, rest)) = name.split_once('.') else {
            return Ok(false);
        };
        let mut group = self.remove(name).unwrap_or_default();
        let set = group.set(rest, given);
        if !matches!(set, Ok(false)) {
            self.insert(name.to_owned(), group);
        }
        set
    }

    fn get(&self, name: &str) -> Option<Shown> {
        let (name, rest) = name.split_once('.')?;
        BTreeMap::get(self, name)?.get(rest)
    }
}
