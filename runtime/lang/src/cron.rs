//! Cron expressions: when schedules start.
//!
//! The dialect is that of `github.com/robfig/cron` v1.2.0 with the five fields that go-choria's schedule watcher
//! asks it for:
//!
//! ```text
//! minute  hour  day-of-month  month  day-of-week
//! 0-59    0-23  1-31          1-12   0-6, Sunday is 0
//! ```
//!
//! A field is a list of `*`, `N`, `N-M`, each with `/step` if wanted; `N/step` runs to the end of the field and
//! `?` is `*`. Months and days of the week have English names of three letters in any case. If both day fields
//! are restricted, a day that matches either of them will do.
//!
//! There are no seconds, no `@daily` and its like, no `L`, `W` or `#`, no weekday 7, and no time zone: the zone
//! is an argument of [`Cron::next_after`].

mod gaps;
mod next;
mod parse;

use core::fmt;
use core::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

use crate::{SyntaxError, Text};

/// When something starts: at the minutes that match every field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Cron {
    /// The expression as it was written.
    pub source: Text,
    /// Minutes, 0 to 59.
    pub minute: Field,
    /// Hours, 0 to 23.
    pub hour: Field,
    /// Days of the month, 1 to 31.
    pub day_of_month: Field,
    /// Months, 1 to 12.
    pub month: Field,
    /// Days of the week, 0 (Sunday) to 6.
    pub day_of_week: Field,
}

/// The values that one field of an expression allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Bit `n` stands for the value `n`.
    values: u64,
    /// Whether the field was written with `*`, which decides how the two day fields combine.
    star: bool,
}

// === impl Cron ===

impl Cron {
    /// Parses an expression.
    ///
    /// # Errors
    /// The first item that is not in the dialect, or a wrong number of fields.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        parse::cron(source)
    }

    /// The first start strictly after `after` by the clocks of `zone`, or `None` if there is none in the next
    /// five years.
    ///
    /// A local time that a change of the clocks skips does not start anything; one that it repeats starts it
    /// twice.
    #[must_use]
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        next::after(self, after, zone)
    }

    /// Whether no date matches, as on 30 February.
    #[must_use]
    pub fn is_impossible(&self) -> bool {
        gaps::is_impossible(self)
    }

    /// The shortest time between two starts if clocks are never changed; `None` if it never starts.
    #[must_use]
    pub fn shortest_gap(&self) -> Option<Duration> {
        gaps::of(self).map(|(shortest, _)| shortest)
    }

    /// The longest time between two starts if clocks are never changed; `None` if it never starts.
    #[must_use]
    pub fn longest_gap(&self) -> Option<Duration> {
        gaps::of(self).map(|(_, longest)| longest)
    }

    /// Whether windows of this length overlap or touch: one begins before the one before it has ended.
    #[must_use]
    pub fn overlaps(&self, window: Duration) -> bool {
        self.shortest_gap().is_some_and(|gap| gap <= window)
    }

    /// Whether windows of this length leave no time between them, so that the schedule is always on.
    #[must_use]
    pub fn is_always_on(&self, window: Duration) -> bool {
        self.longest_gap().is_some_and(|gap| gap <= window)
    }

    /// Whether something starts on this date.
    fn matches(&self, date: Date) -> bool {
        let day = self.day_of_month.contains(date.day().unsigned_abs());
        let weekday = date.weekday().to_sunday_zero_offset().unsigned_abs();
        let weekday = self.day_of_week.contains(weekday);
        let in_days = if self.day_of_month.star || self.day_of_week.star {
            day && weekday
        } else {
            day || weekday
        };
        in_days && self.month.contains(date.month().unsigned_abs())
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

// === impl Field ===

impl Field {
    /// Every value: `*`.
    pub const ANY: Self = Self {
        values: u64::MAX,
        star: true,
    };

    /// These values.
    #[must_use]
    pub const fn of(values: &[u8]) -> Self {
        Self {
            values: bits(values),
            star: false,
        }
    }

    /// These values, written with a `*` such as in `*/2`.
    ///
    /// Compat: robfig/cron parser.go: a day field with a star in it is not restricted, whatever its step; both
    /// day fields then have to match.
    #[must_use]
    pub const fn star(values: &[u8]) -> Self {
        Self {
            values: bits(values),
            star: true,
        }
    }

    /// Whether the value is one of the field's.
    #[must_use]
    pub const fn contains(self, value: u8) -> bool {
        value < 64 && self.values >> value & 1 == 1
    }

    /// Whether every value is.
    #[must_use]
    pub const fn is_any(self) -> bool {
        self.values == u64::MAX
    }

    /// The values from `from` up; every number from there to 63 for [`Field::ANY`].
    pub fn values_from(self, from: u8) -> impl Iterator<Item = u8> {
        (from..64).filter(move |&value| self.contains(value))
    }

    /// The least value that is not less than `from`.
    fn first_from(self, from: u8) -> Option<u8> {
        let rest = self.values.checked_shr(u32::from(from))?;
        let skipped = u8::try_from(rest.trailing_zeros()).ok()?;
        (rest != 0).then(|| from + skipped)
    }
}

const fn bits(values: &[u8]) -> u64 {
    let mut bits = 0;
    let mut at = 0;
    while at < values.len() {
        if values[at] < 64 {
            bits |= 1 << values[at];
        }
        at += 1;
    }
    bits
}

#[cfg(feature = "emit")]
impl crate::ConstTokens for Field {
    fn const_tokens(&self) -> proc_macro2::TokenStream {
        if self.is_any() {
            return quote::quote!(Field::ANY);
        }
        let values = self.values_from(0).map(proc_macro2::Literal::u8_unsuffixed);
        if self.star {
            quote::quote!(Field::star(&[#(#values),*]))
        } else {
            quote::quote!(Field::of(&[#(#values),*]))
        }
    }
}

#[cfg(test)]
mod tests;
