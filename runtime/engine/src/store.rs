//! What a node remembers over a restart: its machines, and the flight recorder's entries.
//!
//! The loop never waits for a disk. It notes which machines have changed, and at the end of a turn all of them
//! go into one [`Batch`], which a thread beside the loop commits; what changes meanwhile makes up the next. The
//! events and answers that tell of a change wait until it is committed, so that nobody is told what a crash
//! could take back (see `engine/settle.rs`).
//!
//! A commit survives the end of the process. The medium is waited for much more rarely, once a minute at most
//! while states change and never while they do not, so that flash lasts; a loss of power may cost that minute.
//!
//! Where nothing can be written, machines run on and are written as soon as it works again.

mod database;
mod history;
mod import;
mod plan;
mod status;
#[cfg(test)]
mod tests;
mod work;

use std::collections::BTreeMap;

use chorister_fsm::{MachineKey, Snapshot};
use serde::{Deserialize, Serialize};

pub(crate) use history::{History, Past};
pub use history::{Stays, Step};
pub(crate) use import::{Found, load as import};
pub(crate) use plan::{News, Store};
pub use status::{StoreMode, StoreStatus};
pub(crate) use work::Done;

/// The name of the file in the state directory.
pub(crate) const FILE: &str = "store";

/// What is remembered of a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// The UUID that its events carry.
    pub(crate) id: [u8; 16],
    pub(crate) machine: Snapshot,
    #[serde(default)]
    pub(crate) past: Past,
}

/// What is written at once, all of it or nothing.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Machines that have changed.
    pub(crate) machines: Vec<Kept>,
    /// Machines that are no more, and what was remembered of them.
    pub(crate) rows: Vec<database::Row>,
    /// Machines that have been gone for long enough.
    pub(crate) dropped: Vec<String>,
    /// Entries of the flight recorder, by their number.
    pub(crate) records: Vec<(u64, Vec<u8>)>,
    /// The first entry to keep.
    pub(crate) first_record: Option<u64>,
    /// What others than machines remember, by its name; nothing where it is to be forgotten.
    pub(crate) notes: BTreeMap<String, Option<Vec<u8>>>,
    /// Files whose contents are in this batch, and that are not read again.
    pub(crate) imported: Vec<std::path::PathBuf>,
}

/// A machine to be remembered.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) key: MachineKey,
    pub(crate) name: String,
    pub(crate) memory: Memory,
}

// === impl Batch ===

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.machines.is_empty()
            && self.rows.is_empty()
            && self.dropped.is_empty()
            && self.records.is_empty()
            && self.first_record.is_none()
            && self.notes.is_empty()
    }

    /// Renames what was imported, once it is in the store.
    fn tidy(&mut self) {
        for path in self.imported.drain(..) {
            let done = path.with_extension("json.imported");
            if let Err(error) = std::fs::rename(&path, done) {
                // It is not read again as long as the store has the machine.
                tracing::debug!(path = %path.display(), %error, "An imported file keeps its name");
            }
        }
    }
}

/// What a store at rest holds of each machine that is not gone.
#[cfg(test)]
pub(crate) fn remembered(path: &std::path::Path) -> BTreeMap<String, Memory> {
    let contents = database::Database::open_to_read(path).and_then(|it| it.load());
    let rows = contents.unwrap().machines.into_iter();
    rows.filter(|row| row.gone.is_none())
        .map(|row| (row.name, serde_json::from_slice(&row.memory).unwrap()))
        .collect()
}
