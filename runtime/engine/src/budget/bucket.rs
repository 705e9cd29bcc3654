//! A token bucket.

use core::time::Duration;

/// Lets through so many things a second on average, and a second's worth at once.
///
/// Kept as the time at which the bucket will be full again, so that nothing has to be refilled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// Nanoseconds in which a token comes back.
    every: u64,
    /// How many nanoseconds' worth of tokens there are when it is full.
    depth: u64,
    /// When it is full, in nanoseconds since the engine started.
    full: u64,
}

impl Bucket {
    /// A full bucket for a rate of at least 1.
    pub(super) fn new(per_second: u32) -> Self {
        let rate = u64::from(per_second.max(1));
        let every = 1_000_000_000_u64.div_ceil(rate);
        Self {
            every,
            depth: every * rate,
            full: 0,
        }
    }

    /// Takes a token if there is one.
    pub(super) fn take(&mut self, now: Duration) -> bool {
        let is_there = self.ready_at() <= now;
        if is_there {
            self.full = self.full.max(nanos(now)) + self.every;
        }
        is_there
    }

    /// Takes a token, or what is left of one: true if there was one. What is not there is not owed.
    pub(super) fn spend(&mut self, now: Duration) -> bool {
        let is_there = self.take(now);
        if !is_there {
            self.full = nanos(now) + self.depth;
        }
        is_there
    }

    /// When there is a token.
    pub(super) fn ready_at(&self) -> Duration {
        Duration::from_nanos((self.full + self.every).saturating_sub(self.depth))
    }
}

fn nanos(time: Duration) -> u64 {
    // Centuries of running, with room for what is added to them.
    u64::try_from(time.as_nanos()).map_or(u64::MAX / 4, |it| it.min(u64::MAX / 4))
}
