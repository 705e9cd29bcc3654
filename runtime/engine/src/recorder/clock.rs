//! When things happened, although somebody may set the clock.

use chorister_fsm::Now;
use jiff::Timestamp;

use super::entry::Micros;

/// How far the time of day may drift before somebody has set it, in microseconds.
const DRIFT: i64 = 250_000;

/// The times at which the time of day was set, the first first, and how far ahead it was from then on.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings(pub(super) Vec<(Micros, i64)>);

/// Tells the time of entries: that of the day when the recorder was new, and since then a clock that nobody sets.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// How far the time of day is ahead.
    ahead: i64,
    /// What it was when the monotonic clock of this process began, less what it was ahead.
    origin: Option<i64>,
}

impl Clock {
    /// Goes on with a recorder whose time of day was this far ahead.
    pub(super) fn restore(&mut self, ahead: i64) {
        self.ahead = ahead;
        self.origin = None;
    }

    /// The time of an entry that is made now, and how far the time of day is ahead where that has changed.
    pub(super) fn look(&mut self, now: Now) -> (Micros, Option<i64>) {
        let wall = now.wall.as_microsecond();
        let mono = i64::try_from(now.mono.as_micros()).unwrap_or(i64::MAX);
        let ahead = self.ahead;
        let origin = *self
            .origin
            .get_or_insert_with(|| wall.saturating_sub(ahead).saturating_sub(mono));
        let time = origin.saturating_add(mono);
        let now_ahead = wall.saturating_sub(time);
        if now_ahead.abs_diff(ahead) < DRIFT.unsigned_abs() {
            return (time, None);
        }
        self.ahead = now_ahead;
        (time, Some(now_ahead))
    }
}

impl Settings {
    /// How far the time of day was ahead.
    pub(super) fn ahead(&self, time: Micros) -> i64 {
        let before = self.0.iter().rev().find(|(since, _)| *since <= time);
        before.map_or(0, |(_, ahead)| *ahead)
    }

    /// The time of day.
    pub(super) fn wall(&self, time: Micros) -> Timestamp {
        let wall = time.saturating_add(self.ahead(time));
        Timestamp::from_microsecond(wall).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
