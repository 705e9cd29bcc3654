//! Remarks that anybody who reaches the broker can cause: so many a minute, and a count of the others.

use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// How many remarks of a minute are written.
const A_MINUTE: u32 = 20;

const MINUTE: Duration = Duration::from_secs(60);

/// Says which remarks of one kind are written.
#[derive(Debug, Default)]
pub struct Remarks(Mutex<Minute>);

/// The minute that goes on.
#[derive(Debug, Default)]
struct Minute {
    /// When its first remark was made.
    begun: Option<Instant>,
    /// How many were made in it.
    made: u32,
    /// How many were kept back since the last one that was written.
    withheld: u64,
}

// === impl Remarks ===

impl Remarks {
    /// Whether a remark is to be written now; if so, how many were kept back before it.
    pub fn admit(&self) -> Option<u64> {
        self.admit_at(Instant::now())
    }

    pub(crate) fn admit_at(&self, now: Instant) -> Option<u64> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |begun| now.saturating_duration_since(begun) >= MINUTE;
        if minute.begun.is_none_or(is_over) {
            minute.begun = Some(now);
            minute.made = 0;
        }
        if minute.made == A_MINUTE {
            minute.withheld += 1;
            return None;
        }
        minute.made += 1;
        Some(core::mem::take(&mut minute.withheld))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_told_in_the_next_minute() {
        let remarks = Remarks::default();
        let begun = Instant::now();
        let at = |second| begun + Duration::from_secs(second);
        let written = (0..1_000).filter_map(|_| remarks.admit_at(at(1))).count();
        assert_eq!(written, 20);
        assert_eq!(remarks.admit_at(at(60)), None);
        assert_eq!(remarks.admit_at(at(61)), Some(981));
        assert_eq!(remarks.admit_at(at(62)), Some(0));
    }
}
