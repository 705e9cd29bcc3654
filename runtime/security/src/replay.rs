//! Which requests were there before.

use core::fmt;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use aws_lc_rs::digest::{self, SHA256};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::caller::Proof;
use crate::refusal::Refusal;
use crate::verifier::{VerifiedRequest, expiry};

/// The requests that were accepted and could come again.
///
/// There is room for a number of them, and for a quarter of that from one caller. When it is full, the request of the
/// busiest caller that expires first is forgotten, and what that caller has that would expire before it is refused: nothing
/// comes through twice, whatever happens, and nobody takes the room of others.
#[derive(Clone, Debug)]
pub struct Replays {
    callers: HashMap<Account, Seen>,
    len: usize,
    /// What expires before this second was forgotten, of callers that are not known any more.
    floor: i64,
    room: usize,
    /// The second at which what has expired was last looked for.
    swept: i64,
    keeper: Option<Arc<dyn Keep>>,
}

/// The requests of a caller.
#[derive(Clone, Debug)]
struct Seen {
    until: HashMap<Key, i64>,
    by_end: BTreeSet<(i64, Key)>,
    /// What expires before this second was forgotten.
    floor: i64,
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
    pub(crate) floors: Vec<(i64, Account)>,
    pub(crate) seen: Vec<(i64, Key)>,
}

/// What a request is known by: the account of its caller, and half of the SHA-256 of caller id and id.
pub type Key = [u8; 24];

/// A quarter of the SHA-256 of the name in a caller's certificate or token, whatever caller id is in the request.
pub(crate) type Account = [u8; 8];

impl Replays {
    /// Room for as many as a busy node sees in a minute.
    pub const ROOM: usize = 16_384;

    /// Room for a number of requests, about 100 bytes each when they are there.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self {
            callers: HashMap::new(),
            len: 0,
            floor: i64::MIN,
            room: room.max(1),
            swept: i64::MIN,
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
        let key = key(request);
        self.expire(now.as_second());
        let seen = self.callers.get(&account(&key));
        if seen.is_some_and(|it| it.until.contains_key(&key)) {
            return Err(Refusal::Replayed(request.request.id.clone()));
        }
        if end <= seen.map_or(self.floor, |it| it.floor.max(self.floor)) {
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
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether none is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What outlives a restart.
    #[must_use]
    pub fn snapshot(&self) -> ReplaySnapshot {
        let floors = self
            .callers
            .iter()
            .map(|(account, it)| (it.floor, *account));
        let seen = self.callers.values().flat_map(|it| &it.by_end).copied();
        ReplaySnapshot {
            floor: self.floor,
            floors: floors.filter(|(floor, _)| *floor > i64::MIN).collect(),
            seen: seen.collect(),
        }
    }

    /// Goes on from a snapshot.
    #[must_use]
    pub fn restore(snapshot: ReplaySnapshot, room: usize, now: Timestamp) -> Self {
        let mut replays = Self::new(room);
        replays.floor = snapshot.floor;
        for (floor, account) in snapshot.floors {
            if floor > now.as_second() {
                let seen = replays.callers.entry(account).or_default();
                seen.floor = seen.floor.max(floor);
            }
        }
        for (end, key) in snapshot.seen {
            let seen = replays.callers.get(&account(&key));
            if end > now.as_second() && seen.is_none_or(|it| !it.until.contains_key(&key)) {
                replays.insert(end, key);
            }
        }
        replays
    }

    fn insert(&mut self, end: i64, key: Key) {
        let of = account(&key);
        let share = self.room.div_ceil(4);
        let seen = self.callers.entry(of).or_default();
        seen.until.insert(key, end);
        seen.by_end.insert((end, key));
        self.len += 1;
        if seen.until.len() > share {
            seen.forget();
            self.len -= 1;
        }
        if self.len > self.room {
            self.make_room();
        }
    }

    /// Forgets a request of the caller that has the most.
    fn make_room(&mut self) {
        let busiest = self.callers.iter_mut().max_by_key(|(_, it)| it.until.len());
        let Some((account, seen)) = busiest else {
            return;
        };
        let account = *account;
        seen.forget();
        self.len = self.len.saturating_sub(1);
        if seen.until.is_empty() {
            // More callers than there is room for: those that are forgotten share a floor.
            self.floor = self.floor.max(seen.floor);
            self.callers.remove(&account);
        }
    }

    /// Drops what has expired; there is some at most once a second.
    fn expire(&mut self, now: i64) {
        if now <= self.swept {
            return;
        }
        self.swept = now;
        self.callers.retain(|_, seen| {
            seen.expire(now);
            !seen.until.is_empty() || seen.floor > now
        });
        self.len = self.callers.values().map(|it| it.until.len()).sum();
    }
}

impl Seen {
    /// Forgets what expires first.
    fn forget(&mut self) {
        if let Some((end, key)) = self.by_end.pop_first() {
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

impl Default for Seen {
    fn default() -> Self {
        Self {
            until: HashMap::new(),
            by_end: BTreeSet::new(),
            floor: i64::MIN,
        }
    }
}

impl Default for Replays {
    fn default() -> Self {
        Self::new(Self::ROOM)
    }
}

/// The account that a key begins with.
pub(crate) fn account(key: &Key) -> Account {
    let (account, _) = key.split_first_chunk().unwrap_or((&[0; 8], &[]));
    *account
}

fn key(request: &VerifiedRequest) -> Key {
    let name = match &request.caller.proof {
        Proof::Certificate { name, .. } => name,
        Proof::Token { claims, .. } => &claims.callerid,
    };
    let mut context = digest::Context::new(&SHA256);
    context.update(request.caller.id.as_bytes());
    // No caller id has it.
    context.update(&[0]);
    context.update(request.request.id.as_bytes());
    let (account, id) = (digest::digest(&SHA256, name.as_bytes()), context.finish());
    let parts = account.as_ref().iter().take(8).chain(id.as_ref());
    let mut key = Key::default();
    for (to, from) in key.iter_mut().zip(parts) {
        *to = *from;
    }
    key
}
