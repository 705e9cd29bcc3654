//! When what is recorded goes into the store.
//!
//! Parts go with the changes of state that they explain, unless these come all the time, or a little later; repeated runs that only count
//! higher wait longer. When the parts have become much longer than what they add up to, all of it is written anew
//! and they go.

use core::time::Duration;

use tokio::time::Instant;

use super::Recorder;

/// How long what is recorded may wait to be written; a crash loses it.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long after a part the next change of state does not take one along, because finding what is new in all
/// machines takes its time.
const PAUSE: Duration = Duration::from_millis(250);

/// How long it may wait where runs were only repeated.
const REPEATS: Duration = Duration::from_mins(10);

/// How many bytes of parts are kept for each byte that a recorder may take.
const SURPLUS: usize = 2;

/// Decides what is written when.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// The number of the next part.
    next: u64,
    /// How many bytes the parts have together.
    stored: usize,
    /// When there is something to write.
    due: Option<Instant>,
    /// When a change of state may take a part along.
    pause: Instant,
    /// When repeats are written.
    repeats: Instant,
}

/// What is to be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) number: u64,
    pub(crate) bytes: Vec<u8>,
    /// Whether it takes the place of all before it.
    pub(crate) is_whole: bool,
}

impl Keeper {
    /// Goes on with the parts that were kept, oldest first, and puts them into the recorder; also says how many of
    /// them made no sense.
    pub(crate) fn load(
        parts: Vec<(u64, Vec<u8>)>,
        recorder: &mut Recorder,
        now: Instant,
    ) -> (Self, usize) {
        let next = parts.last().map_or(0, |(number, _)| number.wrapping_add(1));
        let stored = parts.iter().map(|(_, bytes)| bytes.len()).sum();
        let restored = parts.iter().map(|(_, bytes)| recorder.restore(bytes));
        let lost = restored.filter(|it| !it).count();
        let keeper = Self {
            next,
            stored,
            due: None,
            pause: now,
            repeats: now + REPEATS,
        };
        (keeper, lost)
    }

    /// Takes note that something was recorded.
    pub(crate) fn stir(&mut self, now: Instant) {
        self.due.get_or_insert(now + PATIENCE);
    }

    /// Takes note that somebody waits for what is recorded next.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.pause = now;
    }

    /// When there is something to write.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What to write now, if anything; a change of state that is about to be written takes it along, and `last` waits
    /// for nothing.
    pub(crate) fn next(
        &mut self,
        recorder: &mut Recorder,
        now: Instant,
        with_change: bool,
        last: bool,
    ) -> Option<Part> {
        if with_change {
            self.due = self.due.map(|due| due.min(self.pause));
        }
        if !last && self.due.is_none_or(|due| now < due) {
            return None;
        }
        self.due = None;
        self.pause = now + PAUSE;
        let with_repeats = last || self.repeats <= now;
        if with_repeats {
            self.repeats = now + REPEATS;
        }
        let is_whole = self.stored > SURPLUS * recorder.budget();
        let bytes = if is_whole {
            recorder.whole()
        } else {
            recorder.unsaved(with_repeats)
        }?;
        self.stored = if is_whole { 0 } else { self.stored } + bytes.len();
        let number = self.next;
        self.next = number.wrapping_add(1);
        Some(Part {
            number,
            bytes,
            is_whole,
        })
    }
}
