//! Remarks that anybody who reaches the broker can cause: so many a minute, and a count of the others.

use jiff::Timestamp;

/// How many remarks of a minute are written.
const A_MINUTE: u32 = 20;

/// What was remarked in the minute that goes on.
#[derive(Debug, Default)]
pub(crate) struct Remarks {
    /// The minute, counted from 1970 on.
    minute: i64,
    /// How many were made in it.
    made: u32,
    /// How many were kept back since the last one that was written.
    withheld: u64,
}

impl Remarks {
    /// Whether a remark at this time is to be written; if so, how many were kept back before it.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Option<u64> {
        let minute = now.as_second().div_euclid(60);
        if minute != self.minute {
            self.minute = minute;
            self.made = 0;
        }
        if self.made == A_MINUTE {
            self.withheld += 1;
            return None;
        }
        self.made += 1;
        Some(core::mem::replace(&mut self.withheld, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_told_in_the_next_minute() {
        let mut remarks = Remarks::default();
        let at = |second| Timestamp::from_second(second).expect("a time");
        let written = (0..1_000)
            .filter_map(|_| remarks.admit(at(1_800_000_001)))
            .count();
        assert_eq!(written, 20);
        assert_eq!(remarks.admit(at(1_800_000_059)), None);
        assert_eq!(remarks.admit(at(1_800_000_060)), Some(981));
        assert_eq!(remarks.admit(at(1_800_000_061)), Some(0));
    }
}
