//! Which keys exist where.

use chorister_lang::suggest;
use chorister_yaml::Entry;

use crate::model::{
    Archive, CcmManifest, Exec, Expression, File, Gossip, HttpSwitch, Kind, Kv, Metric, Nagios,
    Plugins, Registration, Schedule, Timer,
};

/// A kind of mapping in a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// The machine itself.
    Machine,
    /// An entry of `transitions`.
    Transition,
    /// An entry of `subscribe`.
    Subscription,
    /// An entry of `watchers`.
    Watcher,
    /// An entry of `foreign_state_required`.
    ForeignState,
    /// The `properties` of a watcher.
    Properties(Kind),
    /// The `registration` of a gossip watcher.
    Registration,
    /// `declare`.
    Declaration,
}

impl Level {
    /// The keys that exist here.
    pub(crate) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Machine => &[
                "$schema",
                "name",
                "description",
                "version",
                "initial_state",
                "splay_start",
                "transitions",
                "watchers",
                "declare",
                "tests",
            ],
            Self::Transition => &["name", "from", "destination", "description", "subscribe"],
            Self::Subscription => &["machine_name", "event"],
            Self::Watcher => &[
                "name",
                "description",
                "type",
                "state_match",
                "foreign_state_required",
                "success_transition",
                "fail_transition",
                "interval",
                "announce_interval",
                "properties",
            ],
            Self::ForeignState => &["machine_name", "state"],
            Self::Properties(kind) => property_keys(kind),
            Self::Registration => Registration::KEYS,
            Self::Declaration => &["facts", "data"],
        }
    }

    /// The keys that cannot be left out here.
    pub(crate) const fn required(self) -> &'static [&'static str] {
        match self {
            Self::Machine => &[
                "name",
                "version",
                "initial_state",
                "transitions",
                "watchers",
            ],
            Self::Transition => &["name", "from", "destination"],
            Self::Subscription => &["machine_name", "event"],
            Self::Watcher => &["name", "type"],
            Self::ForeignState => &["machine_name", "state"],
            Self::Registration => &["cluster", "service", "protocol", "ip", "port"],
            Self::Properties(kind) => match kind {
                Kind::Archive => &["source", "checksum", "creates", "target"],
                Kind::Exec | Kind::Metric => &["command"],
                Kind::File => &["path"],
                Kind::Kv => &["bucket"],
                Kind::Plugins => &["data_item"],
                Kind::Schedule => &["schedules"],
                Kind::Timer => &["timer"],
                // What these need is a choice, or nothing.
                Kind::CcmManifest
                | Kind::Expression
                | Kind::Gossip
                | Kind::HttpSwitch
                | Kind::Nagios => &[],
            },
            Self::Declaration => &[],
        }
    }

    /// Whether upstream finds a key in whatever case it is written.
    ///
    /// Compat: go-choria aagent/util/mapstructure_hooks.go: keys of properties match in any case.
    pub(crate) const fn ignores_case(self) -> bool {
        matches!(self, Self::Properties(_) | Self::Registration)
    }

    /// Whether upstream reads values with weak typing.
    ///
    /// Compat: go-choria aagent/util/mapstructure_hooks.go: properties, and what they hold.
    pub(crate) const fn is_weak(self) -> bool {
        self.ignores_case()
    }

    /// The entry that stands for a key: written so, in another case where that is allowed, or misspelt.
    pub(crate) fn entry<'a>(
        self,
        entries: &'a [Entry],
        key: &str,
        lenient: bool,
    ) -> Option<&'a Entry> {
        let exact = entries.iter().find(|it| it.key.text == key);
        let other_case = || {
            let mut found = entries.iter().filter(|_| self.ignores_case());
            found.find(|it| it.key.text.eq_ignore_ascii_case(key))
        };
        let misspelt = || {
            let absent: Vec<_> = self
                .keys()
                .iter()
                .copied()
                .filter(|key| entries.iter().all(|it| it.key.text != *key))
                .collect();
            let mut unknown = entries
                .iter()
                .filter(|it| !lenient && !self.keys().contains(&it.key.text.as_str()));
            unknown.find(|it| self.meant(&it.key.text, &absent) == Some((key, true)))
        };
        exact.or_else(other_case).or_else(misspelt)
    }

    /// Whether a key of gossip's settings belongs into their `registration`.
    pub(crate) fn is_of_registration(self, key: &str) -> bool {
        matches!(self, Self::Properties(Kind::Gossip)) && Registration::KEYS.contains(&key)
    }

    /// Where else a key exists that does not exist here, in words, and what to do about it.
    pub(crate) fn home_of(self, key: &str) -> Option<String> {
        if matches!(self, Self::Machine | Self::Transition) && NOTES.contains(&key) {
            return None;
        }
        let has = |level: Self| level != self && level.keys().contains(&key);
        let kind = Kind::ALL.into_iter().find(|it| has(Self::Properties(*it)));
        // The nearest place first: people write a key one level too high or too low.
        match (self, kind) {
            (Self::Properties(_), _) if has(Self::Watcher) => {
                return Some(format!(
                    "`{key}` is a key of the watcher itself: move it out of `properties`"
                ));
            }
            (Self::Properties(own), Some(kind)) => {
                return Some(format!(
                    "`{key}` is a property of {other} watchers, and this one is of type `{own}`",
                    other = list_kinds(key, kind),
                    own = own.as_str(),
                ));
            }
            (Self::Watcher, Some(kind)) => {
                return Some(format!(
                    "`{key}` is a property of {kinds} watchers: write it under `properties`",
                    kinds = list_kinds(key, kind),
                ));
            }
            _ => {}
        }
        let owner = [
            (Self::Watcher, "a watcher"),
            (Self::Transition, "a transition"),
            (Self::Machine, "the machine"),
            (Self::Subscription, "an entry of `subscribe`"),
            (Self::ForeignState, "an entry of `foreign_state_required`"),
            (Self::Registration, "the `registration` of a gossip watcher"),
        ];
        if let Some((_, owner)) = owner.into_iter().find(|(level, _)| has(*level)) {
            return Some(format!("`{key}` is a key of {owner}"));
        }
        let kind = kind?;
        Some(format!(
            "`{key}` is a property of {kinds} watchers",
            kinds = list_kinds(key, kind),
        ))
    }

    /// The key, of those that are absent, that an unknown one stands for, and whether that is as good as certain: where
    /// it is misspelt, or where nothing works without the one that is meant.
    pub(crate) fn meant<'k>(self, key: &str, absent: &[&'k str]) -> Option<(&'k str, bool)> {
        let absent = || absent.iter().copied();
        if let Some(near) = suggest::closest(key, absent()) {
            return Some((near, true));
        }
        if let Some(same) = absent().find(|it| has_same_words(key, it)) {
            return Some((same, true));
        }
        let short = |it: &&str| it.len() <= 3 && suggest::distance(key, it) == 1;
        let meant = absent()
            .find(|it| SYNONYMS.contains(&(key, *it)))
            .or_else(|| absent().find(short))
            .or_else(|| absent().find(|it| begins(key, it)))?;
        let needed = matches!(
            (self, meant),
            (Self::Watcher, "properties")
                | (Self::Properties(Kind::Kv), "key")
                | (Self::Properties(Kind::Nagios), "plugin")
        );
        Some((meant, needed || self.required().contains(&meant)))
    }
}

/// Properties whose names people also use for notes of their own.
const NOTES: [&str; 3] = ["annotations", "labels", "owner"];

/// Words that are written for a key, and the key.
const SYNONYMS: &[(&str, &str)] = &[
    ("id", "name"),
    ("event", "name"),
    ("transition", "name"),
    ("transition", "event"),
    ("name", "event"),
    ("machine", "machine_name"),
    ("name", "machine_name"),
    ("initial", "initial_state"),
    ("start", "initial_state"),
    ("start_state", "initial_state"),
    ("states", "from"),
    ("source", "from"),
    ("sources", "from"),
    ("to", "destination"),
    ("target", "destination"),
    ("state", "destination"),
    ("states", "state_match"),
    ("in_states", "state_match"),
    ("when", "state_match"),
    ("kind", "type"),
    ("watcher_type", "type"),
    ("success", "success_transition"),
    ("on_success", "success_transition"),
    ("fail", "fail_transition"),
    ("on_fail", "fail_transition"),
    ("on_failure", "fail_transition"),
    ("failure_transition", "fail_transition"),
    ("error_transition", "fail_transition"),
    ("every", "interval"),
    ("period", "interval"),
    ("frequency", "interval"),
    ("property", "properties"),
    ("config", "properties"),
    ("options", "properties"),
    ("settings", "properties"),
    ("cmd", "command"),
    ("exec", "command"),
    ("plugin", "command"),
    ("run", "command"),
    ("script", "command"),
    ("command", "plugin"),
    ("file", "path"),
    ("filename", "path"),
    ("permissions", "mode"),
    ("user", "owner"),
    ("cron", "schedules"),
    ("splay", "start_splay"),
    ("after", "timer"),
    ("delay", "timer"),
    ("duration", "timer"),
    ("interval", "timer"),
    ("timeout", "timer"),
    ("uri", "source"),
    ("url", "source"),
    ("digest", "checksum"),
    ("hash", "checksum"),
    ("sha256", "checksum"),
    ("directory", "target"),
    ("address", "ip"),
    ("host", "ip"),
];

/// Whether `written` can stand for `key`, misspelt or in other words.
pub(crate) fn resembles(written: &str, key: &str) -> bool {
    suggest::closest(written, [key]).is_some()
        || has_same_words(written, key)
        || SYNONYMS.contains(&(written, key))
        || begins(written, key)
        || (key.len() <= 3 && suggest::distance(written, key) == 1)
}

/// Whether one key is the beginning of the other.
fn begins(one: &str, other: &str) -> bool {
    one.len() > 2 && (other.starts_with(one) || one.starts_with(other))
}

/// Whether two keys are made of the same words: `splay_start`, `start-splay`, `startSplay`.
fn has_same_words(one: &str, other: &str) -> bool {
    let words = |key: &str| {
        let mut spaced = String::new();
        for char in key.chars() {
            if char.is_uppercase() {
                spaced.push(' ');
            }
            spaced.extend(char.to_lowercase());
        }
        let words = spaced.split([' ', '_', '-', '.']);
        let mut words: Vec<_> = words
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect();
        words.sort_unstable();
        words
    };
    words(one) == words(other)
}

/// The types that have a property, for a message; `first` is one of them.
fn list_kinds(key: &str, first: Kind) -> String {
    let kinds: Vec<_> = Kind::ALL
        .into_iter()
        .filter(|kind| property_keys(*kind).contains(&key))
        .map(Kind::as_str)
        .collect();
    match kinds.as_slice() {
        [] | [_] => first.as_str().to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

const fn property_keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Archive => Archive::KEYS,
        Kind::CcmManifest => CcmManifest::KEYS,
        Kind::Exec => Exec::KEYS,
        Kind::Expression => Expression::KEYS,
        Kind::File => File::KEYS,
        Kind::Gossip => Gossip::KEYS,
        Kind::HttpSwitch => HttpSwitch::KEYS,
        Kind::Kv => Kv::KEYS,
        Kind::Metric => Metric::KEYS,
        Kind::Nagios => Nagios::KEYS,
        Kind::Plugins => Plugins::KEYS,
        Kind::Schedule => Schedule::KEYS,
        Kind::Timer => Timer::KEYS,
    }
}
