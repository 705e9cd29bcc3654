//! Which requests were there before.

use core::fmt;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use aws_lc_rs::digest::{self, SHA256};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::verifier::{VerifiedRequest, expiry};

/// The requests that were accepted and could come again.
///
/// There is room for a number of them. When it is full, the one that expires first is forgotten, and what would expire
/// before it is refused: nothing comes through twice, whatever happens.
#[derive(Clone, Debug)]
pub struct Replays {
    until: HashMap<Key, i64>,
    by_end: BTreeSet<(i64, Key)>,
    /// What expires before this second was forgotten.
    floor: i64,
    room: usize,
    keeper: Option<Arc<dyn Keep>>,
}

/// Remembers what was let in, for the time after a restart.
pub trait Keep: fmt::Debug + Send + Sync {
    /// Remembers one more, which counts until the second `end`. `all` gives everything that is worth to be remembered, with
    /// this one.
    fn keep(&self, end: i64, key: &Key, all: &dyn Fn() -> ReplaySnapshot);
}

/// What outlives a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaySnapshot {
    pub(crate) floor: i64,
    pub(crate) seen: Vec<(i64, Key)>,
}

/// Half of the SHA-256 of caller and id.
pub type Key = [u8; 16];

impl Replays {
    /// Room for as many as a busy node sees in a minute.
    pub const ROOM: usize = 16_384;

    /// Room for a number of requests, about 100 bytes each when they are there.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self {
            until: HashMap::new(),
            by_end: BTreeSet::new(),
            floor: i64::MIN,
            room: room.max(1),
            keeper: None,
        }
    }

    /// Has somebody remember what comes.
    #[must_use]
    pub fn kept_by(self, keeper: Arc<dyn Keep>) -> Self {
        Self {
            keeper: Some(keeper),
            ..self
        }
    }

    /// Notes a request.
    ///
    /// # Errors
    /// It was there before, or that is not known any more.
    pub fn admit(&mut self, request: &VerifiedRequest, now: Timestamp) -> Result<(), Refusal> {
        let end = expiry(&request.request).as_second().saturating_add(1);
        let key = key(&request.caller.id, &request.request.id);
        self.expire(now.as_second());
        if self.until.contains_key(&key) {
            return Err(Refusal::Replayed(request.request.id.clone()));
        }
        if end <= self.floor {
            return Err(Refusal::Forgotten(request.request.id.clone()));
        }
        self.insert(end, key);
        if let Some(keeper) = &self.keeper {
            keeper.keep(end, &key, &|| self.snapshot());
        }
        Ok(())
    }

    /// How many requests are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.until.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.until.is_empty()
    }

    /// What outlives a restart.
    #[must_use]
    pub fn snapshot(&self) -> ReplaySnapshot {
        ReplaySnapshot {
            floor: self.floor,
            seen: self.by_end.iter().copied().collect(),
        }
    }

    /// Goes on from a snapshot.
    #[must_use]
    pub fn restore(snapshot: ReplaySnapshot, room: usize, now: Timestamp) -> Self {
        let mut replays = Self::new(room);
        replays.floor = snapshot.floor;
        for (end, key) in snapshot.seen {
            if end > now.as_second() && !replays.until.contains_key(&key) {
                replays.insert(end, key);
            }
        }
        replays
    }

    fn insert(&mut self, end: i64, key: Key) {
        self.until.insert(key, end);
        self.by_end.insert((end, key));
        while self.until.len() > self.room {
            let Some((end, key)) = self.by_end.pop_first() else {
                return;
            };
            self.until.remove(&key);
            self.floor = self.floor.max(end);
        }
    }

    fn expire(&mut self, now: i64) {
        while let Some((_, key)) = self.by_end.first().copied().filter(|(end, _)| *end <= now) {
            self.by_end.pop_first();
            self.until.remove(&key);
        }
    }
}

impl Default for Replays {
    fn default() -> Self {
        Self::new(Self::ROOM)
    }
}

fn key(caller: &str, id: &str) -> Key {
    let mut context = digest::Context::new(&SHA256);
    context.update(caller.as_bytes());
    // No caller id has it.
    context.update(&[0]);
    context.update(id.as_bytes());
    let mut key = Key::default();
    for (to, from) in key.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    key
}
