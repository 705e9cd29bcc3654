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
            let absent = self
                .keys()
                .iter()
                .filter(|key| entries.iter().all(|it| it.key.text != **key));
            let mut unknown = entries
                .iter()
                .filter(|it| !self.keys().contains(&it.key.text.as_str()));
            unknown.find(|it| {
                !lenient && suggest::closest(&it.key.text, absent.clone().copied()) == Some(key)
            })
        };
        exact.or_else(other_case).or_else(misspelt)
    }

    /// Where else a key exists that does not exist here, in words, and what to do about it.
    pub(crate) fn home_of(self, key: &str) -> Option<String> {
        let has = |level: Self| level != self && level.keys().contains(&key);
        match self {
            // The nearest place first: people write a key one level too high or too low.
            Self::Properties(kind) => {
                if has(Self::Watcher) {
                    return Some(format!(
                        "`{key}` is a key of the watcher itself: move it out of `properties`"
                    ));
                }
                if let Some(other) = Kind::ALL.into_iter().find(|it| has(Self::Properties(*it))) {
                    return Some(format!(
                        "`{key}` is a property of {other} watchers, and this one is of type `{kind}`",
                        other = list_kinds(key, other),
                        kind = kind.as_str(),
                    ));
                }
            }
            Self::Watcher => {
                if let Some(kind) = Kind::ALL.into_iter().find(|it| has(Self::Properties(*it))) {
                    return Some(format!(
                        "`{key}` is a property of {kinds} watchers: write it under `properties`",
                        kinds = list_kinds(key, kind),
                    ));
                }
            }
            _ => {}
        }
        if has(Self::Watcher) || has(Self::Transition) || has(Self::Machine) {
            let owner = if has(Self::Watcher) {
                "a watcher"
            } else if has(Self::Transition) {
                "a transition"
            } else {
                "the machine"
            };
            return Some(format!("`{key}` is a key of {owner}"));
        }
        None
    }
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
