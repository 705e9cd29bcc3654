//! How often something happens.

use core::time::Duration;

/// Seconds that are looked back.
const WINDOW: u64 = 60;

/// Counts what happened in each of the last 60 seconds.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    counts: [u32; WINDOW as usize],
    /// The last second that was counted in.
    second: u64,
}

impl Meter {
    pub(super) const fn new() -> Self {
        Self {
            counts: [0; WINDOW as usize],
            second: 0,
        }
    }

    pub(super) fn count(&mut self, now: Duration) {
        self.advance(now);
        if let Some(count) = self.counts.get_mut((self.second % WINDOW) as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// How often a second, over the last minute or the time since the start.
    pub(super) fn per_second(&mut self, now: Duration) -> f64 {
        self.advance(now);
        let total: u64 = self.counts.iter().map(|it| u64::from(*it)).sum();
        total as f64 / now.as_secs_f64().clamp(1.0, 60.0)
    }

    /// Forgets the seconds that are too long ago.
    fn advance(&mut self, now: Duration) {
        let passed = now.as_secs().saturating_sub(self.second);
        for second in 1..=passed.min(WINDOW) {
            if let Some(count) = self
                .counts
                .get_mut(((self.second + second) % WINDOW) as usize)
            {
                *count = 0;
            }
        }
        self.second += passed;
    }
}
