//! Who was asked, who answered, and who else did.

use std::collections::BTreeSet;

/// How a reply stands to what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The node was asked.
    Expected,
    /// The node was not asked.
    Unexpected,
}

/// What becomes of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is the first of its sender.
    Counts(Standing),
    /// Its sender has answered already.
    Duplicate,
    /// There are more senders than anybody remembers.
    TooMany,
}

/// Who was asked, and who answered.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// With how many replies of anybody it is complete; `None` where nodes were asked by their names.
    enough: Option<usize>,
    /// How many senders are remembered.
    most: usize,
    /// Those of this batch who have not answered yet.
    waiting: BTreeSet<String>,
    /// Those of earlier batches.
    late: BTreeSet<String>,
    answered: BTreeSet<String>,
    unexpected: BTreeSet<String>,
}

/// How many senders are remembered who were not asked by their names. A name has at most 1 KiB.
const ANYBODY: usize = 200_000;

/// How many senders are remembered who should not have answered.
const STRANGERS: usize = 10_000;

// === impl Tally ===

impl Tally {
    /// Nodes that are asked by their names, see [`Tally::expect`].
    pub(crate) const fn of_nodes() -> Self {
        Self::new(None, STRANGERS)
    }

    /// Whoever answers, until `enough` did.
    pub(crate) const fn of_anybody(enough: usize) -> Self {
        Self::new(Some(enough), ANYBODY)
    }

    const fn new(enough: Option<usize>, most: usize) -> Self {
        Self {
            enough,
            most,
            waiting: BTreeSet::new(),
            late: BTreeSet::new(),
            answered: BTreeSet::new(),
            unexpected: BTreeSet::new(),
        }
    }

    /// Asks these nodes next. Those of before may still answer, but nobody waits for them.
    pub(crate) fn expect(&mut self, nodes: &[String]) {
        self.late.append(&mut self.waiting);
        self.waiting.extend(nodes.iter().cloned());
    }

    /// Takes a reply.
    pub(crate) fn take(&mut self, sender: &str) -> Taken {
        if self.waiting.remove(sender) || self.late.remove(sender) {
            self.answered.insert(sender.to_owned());
            return Taken::Counts(Standing::Expected);
        }
        if self.answered.contains(sender) || self.unexpected.contains(sender) {
            return Taken::Duplicate;
        }
        let (remembered, standing) = if self.enough.is_some() {
            (&mut self.answered, Standing::Expected)
        } else {
            (&mut self.unexpected, Standing::Unexpected)
        };
        if remembered.len() >= self.most {
            return Taken::TooMany;
        }
        remembered.insert(sender.to_owned());
        Taken::Counts(standing)
    }

    /// Whether nobody is waited for any more.
    pub(crate) fn is_complete(&self) -> bool {
        self.enough.map_or(self.waiting.is_empty(), |enough| {
            self.answered.len() >= enough
        })
    }

    /// Those who were asked and have not answered, in the order of their names.
    pub(crate) fn silent(&self) -> Vec<String> {
        self.late.union(&self.waiting).cloned().collect()
    }

    /// Those who answered and were not asked, in the order of their names.
    pub(crate) fn unexpected(&self) -> Vec<String> {
        self.unexpected.iter().cloned().collect()
    }
}
