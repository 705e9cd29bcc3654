//! What has changed since somebody looked.
//!
//! Whoever watches the node asks for what has changed since a revision, as often as it likes. Nothing is kept for it
//! meanwhile, so a slow reader costs no more than a quick one and holds up nobody.

use std::collections::{HashMap, VecDeque};

use chorister_fsm::MachineKey;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{MachineStatus, Status};

/// How many removed machines are remembered; whoever looks less often is told of all machines again.
const REMOVED: usize = 256;

/// What has changed since a revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// What to ask with next time.
    pub revision: u64,
    /// How the node is.
    pub node: Status,
    /// Whether `machines` are all there are, and not only those that have changed.
    pub complete: bool,
    /// Names of machines that have gone, before those below came.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub removed: Vec<String>,
    /// Machines that are new or have changed, as they are now.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub machines: Vec<MachineStatus>,
}

/// When machines changed last, by revisions.
#[derive(Debug)]
pub(crate) struct Changes {
    machines: HashMap<MachineKey, u64>,
    removed: VecDeque<(u64, String)>,
    /// Who looks from before this revision has missed a removal.
    forgotten: u64,
    revision: watch::Sender<u64>,
    /// Whether something has changed since the revision was told.
    is_dirty: bool,
}

// === impl Changes ===

impl Changes {
    pub(crate) fn new() -> Self {
        Self {
            machines: HashMap::new(),
            removed: VecDeque::new(),
            forgotten: 0,
            revision: watch::Sender::new(1),
            is_dirty: false,
        }
    }

    /// Hears of each new revision.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Something about a machine has changed.
    pub(crate) fn touch(&mut self, machine: MachineKey) {
        // Whoever comes later is told of everything anyway.
        if self.is_watched() {
            let next = self.next();
            self.machines.insert(machine, next);
            self.is_dirty = true;
        }
    }

    /// Something about the node has changed.
    pub(crate) fn touch_node(&mut self) {
        self.is_dirty = true;
    }

    /// A machine has gone.
    pub(crate) fn remove(&mut self, machine: MachineKey, name: &str) {
        self.machines.remove(&machine);
        if self.removed.len() == REMOVED
            && let Some((revision, _)) = self.removed.pop_front()
        {
            self.forgotten = revision;
        }
        self.removed.push_back((self.next(), name.to_owned()));
        self.is_dirty = true;
    }

    /// Tells those who watch that there is something to see.
    pub(crate) fn tell(&mut self) {
        if std::mem::take(&mut self.is_dirty) {
            self.revision.send_modify(|it| *it += 1);
        }
    }

    /// The revision now.
    pub(crate) fn revision(&self) -> u64 {
        *self.revision.borrow()
    }

    /// Whether everything has to be told to somebody who looked at this revision.
    pub(crate) fn is_stale(&self, since: u64) -> bool {
        since == 0 || since < self.forgotten
    }

    /// Whether a machine has changed since a revision.
    pub(crate) fn has_changed(&self, machine: MachineKey, since: u64) -> bool {
        self.machines.get(&machine).is_some_and(|it| *it > since)
    }

    /// The machines that have gone since a revision.
    pub(crate) fn removed(&self, since: u64) -> impl Iterator<Item = &str> {
        let removed = self.removed.iter().filter(move |it| it.0 > since);
        removed.map(|it| it.1.as_str())
    }

    fn is_watched(&self) -> bool {
        self.revision.receiver_count() > 0
    }

    fn next(&self) -> u64 {
        self.revision() + 1
    }
}
