//! Cron expressions.

use core::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

use crate::{SyntaxError, Text};

/// When something starts: the minutes that match every field.
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
    values: u64,
    star: bool,
}

impl Cron {
    /// Parses.
    ///
    /// # Errors
    /// Skeleton.
    pub fn parse(_source: &str) -> Result<Self, SyntaxError> {
        Err(SyntaxError::new(0..0, "not yet"))
    }

    /// The first start strictly after `after`.
    #[must_use]
    pub fn next_after(&self, _after: Timestamp, _zone: &TimeZone) -> Option<Timestamp> {
        None
    }

    /// Whether no date matches, such as 30 February.
    #[must_use]
    pub fn is_impossible(&self) -> bool {
        false
    }

    /// The shortest time between two starts.
    #[must_use]
    pub fn shortest_gap(&self) -> Option<Duration> {
        None
    }

    /// The longest time between two starts.
    #[must_use]
    pub fn longest_gap(&self) -> Option<Duration> {
        None
    }
}

impl Field {
    /// Every value: `*`.
    pub const ANY: Self = Self { values: u64::MAX, star: true };

    /// These values.
    #[must_use]
    pub const fn of(_values: &[u8]) -> Self {
        Self { values: 0, star: false }
    }
}

#[cfg(feature = "emit")]
impl crate::ConstTokens for Field {
    fn const_tokens(&self) -> proc_macro2::TokenStream {
        quote::quote!(Field::ANY)
    }
}
