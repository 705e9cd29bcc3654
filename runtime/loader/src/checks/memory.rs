//! The last good checks of each file, over restarts.
//!
//! A file with a mistake leaves what ran before it. So that this holds over a restart too, the checks of each file that
//! count are notes in the store of the engine.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chorister_engine::{EngineHandle, HandleError};
use serde_json::{Map, Value, json};

use super::judge::Good;
use super::ledger::{FileKey, Ledger};

/// How the names of our notes begin.
const PREFIX: &str = "check file";

/// What is remembered of the files of a node.
#[derive(Debug)]
pub(super) struct Memory {
    engine: EngineHandle,
    /// What was remembered of files that have not been read yet.
    recalled: HashMap<String, Vec<u8>>,
    /// Hashes of the notes in the store.
    written: HashMap<String, u64>,
    /// What has not been written yet.
    news: Vec<(String, Option<Vec<u8>>)>,
}

impl Memory {
    pub(super) fn new(engine: EngineHandle) -> Self {
        Self {
            engine,
            recalled: HashMap::new(),
            written: HashMap::new(),
            news: Vec::new(),
        }
    }

    /// Asks the engine for what was remembered when it started.
    pub(super) async fn recall(&mut self) -> Result<(), HandleError> {
        let notes = self.engine.take_notes().await?.into_iter();
        self.recalled = notes.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        let hashes = self
            .recalled
            .iter()
            .map(|(name, note)| (name.clone(), hash(note)));
        self.written = hashes.collect();
        Ok(())
    }

    /// The checks of a file that counted when the node last ran, as the text of a check file; only once.
    pub(super) fn take(&mut self, key: &FileKey) -> Option<Vec<u8>> {
        self.recalled.remove(&name(key)?)
    }

    /// Takes note of the checks of a file that count now.
    pub(super) fn keep(&mut self, key: &FileKey, ledger: &Ledger<Good>) {
        let Some(name) = name(key) else { return };
        self.recalled.remove(&name);
        let checks = ledger.checks(key);
        let checks: Map<String, Value> = checks
            .map(|(name, good)| (name.to_owned(), good.written.clone()))
            .collect();
        let note = (!checks.is_empty()).then(|| json!({"checks": checks}).to_string().into_bytes());
        let hash = note.as_deref().map(hash);
        if self.written.get(&name).copied() == hash {
            return;
        }
        match hash {
            Some(hash) => drop(self.written.insert(name.clone(), hash)),
            None => drop(self.written.remove(&name)),
        }
        self.news.push((name, note));
    }

    /// Forgets the files of an origin that have not been read although all there are have been.
    pub(super) fn forget_rest(&mut self, origin: usize) {
        let prefix = format!("{PREFIX} {origin} ");
        let gone = self
            .recalled
            .extract_if(|name, _| name.starts_with(&prefix));
        for (name, _) in gone {
            self.written.remove(&name);
            self.news.push((name, None));
        }
    }

    /// Writes what is new.
    pub(super) async fn write(&mut self) -> Result<(), HandleError> {
        if self.news.is_empty() {
            return Ok(());
        }
        self.engine.note(std::mem::take(&mut self.news)).await
    }
}

/// The name of a file's note; nothing for names that are no text.
fn name(key: &FileKey) -> Option<String> {
    let file = key.name.to_str()?;
    Some(format!("{PREFIX} {} {file}", key.origin))
}

fn hash(note: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    note.hash(&mut hasher);
    hasher.finish()
}
