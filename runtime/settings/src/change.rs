//! What differs between two configurations.

use core::fmt;

use crate::settings::Settings;
use crate::value::Shown;

/// A setting whose value is another one now.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its full name in `chorister.yaml`, or the key of a plugin.
    pub name: String,
    /// What it was.
    pub from: Shown,
    /// What it is.
    pub to: Shown,
}

impl Settings {
    /// What is different in a newer configuration, in the order of the table. Keys of plugins come last.
    #[must_use]
    pub fn changes(&self, newer: &Self) -> Vec<Change> {
        let mut names: Vec<String> = Vec::new();
        for setting in self.all().into_iter().chain(newer.all()) {
            if !names.contains(&setting.name) {
                names.push(setting.name);
            }
        }
        let nothing = || Shown::Plain(serde_json::Value::Null);
        let known = names.into_iter().filter_map(|name| {
            let [before, after] = [self, newer].map(|it| it.setting(&name));
            // Two secrets look alike, so what was given is compared as well.
            let is_same = before.as_ref().map(|it| &it.value) == after.as_ref().map(|it| &it.value)
                && match before.as_ref().or(after.as_ref()) {
                    Some(it) if it.key.row.kind.may_hold_secret() => {
                        self.given(it) == newer.given(it)
                    }
                    _ => true,
                };
            let value = |it: Option<crate::Setting>| it.map_or_else(nothing, |it| it.value);
            (!is_same).then(|| Change {
                name,
                from: value(before),
                to: value(after),
            })
        });
        let unknown: std::collections::BTreeSet<&str> =
            self.unknown().chain(newer.unknown()).collect();
        let unknown = unknown.into_iter().filter_map(|key| {
            let (before, after) = (self.raw(key), newer.raw(key));
            // What plugins keep in their keys may be secret.
            let shown = |it: Option<&str>| it.map_or_else(nothing, |_| Shown::Secret);
            (before != after).then(|| Change {
                name: key.to_owned(),
                from: shown(before),
                to: shown(after),
            })
        });
        known.chain(unknown).collect()
    }

    /// What was given for a setting, however it is spaced.
    fn given(&self, setting: &crate::Setting) -> Option<String> {
        let raw = self.raw(setting.key.upstream.as_deref()?)?;
        Some(raw.split_whitespace().collect())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Shown::Secret, Shown::Secret) => write!(f, "{} has another value", self.name),
            (from, to) => write!(f, "{} is {to}, and was {from}", self.name),
        }
    }
}
