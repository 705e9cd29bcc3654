//! Needs while they are collected: each thing once, with everybody who needs it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Capabilities, Cause, Need, Unknown};

/// Needs of one kind.
#[derive(Debug, Default)]
pub(super) struct Needs(BTreeMap<String, BTreeSet<Cause>>);

/// Needs of all kinds.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) exec: Needs,
    pub(super) read: Needs,
    pub(super) write: Needs,
    pub(super) connect: Needs,
    pub(super) listen: Needs,
    pub(super) unknown: BTreeSet<Unknown>,
}

// === impl Needs ===

impl Needs {
    pub(super) fn add(&mut self, what: String, by: Cause) {
        self.0.entry(what).or_default().insert(by);
    }

    fn extend(&mut self, needs: &[Need]) {
        for need in needs {
            let causes = self.0.entry(need.what.clone()).or_default();
            causes.extend(need.by.iter().cloned());
        }
    }

    fn finish(self) -> Vec<Need> {
        let need = |(what, by): (String, BTreeSet<Cause>)| Need {
            what,
            by: by.into_iter().collect(),
        };
        self.0.into_iter().map(need).collect()
    }
}

// === impl Collected ===

impl From<Collected> for Capabilities {
    fn from(found: Collected) -> Self {
        Self {
            exec: found.exec.finish(),
            read: found.read.finish(),
            write: found.write.finish(),
            connect: found.connect.finish(),
            listen: found.listen.finish(),
            unknown: found.unknown.into_iter().collect(),
        }
    }
}

impl<'a> FromIterator<&'a Capabilities> for Capabilities {
    /// What all of them together need.
    fn from_iter<I: IntoIterator<Item = &'a Self>>(all: I) -> Self {
        let mut found = Collected::default();
        for it in all {
            found.exec.extend(&it.exec);
            found.read.extend(&it.read);
            found.write.extend(&it.write);
            found.connect.extend(&it.connect);
            found.listen.extend(&it.listen);
            found.unknown.extend(it.unknown.iter().cloned());
        }
        found.into()
    }
}
