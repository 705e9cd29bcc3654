//! Durations.

use core::time::Duration;

use crate::SyntaxError;

/// Parses a duration as Go writes it, into nanoseconds.
///
/// # Errors
/// Skeleton.
pub fn parse_go(_source: &str) -> Result<i64, SyntaxError> {
    Err(SyntaxError::new(0..0, "not yet"))
}

/// Parses an interval, into nanoseconds; an empty one is 0.
///
/// # Errors
/// Skeleton.
pub fn parse_interval(_source: &str) -> Result<i64, SyntaxError> {
    Err(SyntaxError::new(0..0, "not yet"))
}

/// Writes a duration the way Go does.
#[must_use]
pub fn format_go(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}
