//! Times as people like to read them.

use jiff::{SignedDuration, Timestamp};

/// The present in Unix seconds.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_second()
}

/// How long ago, in at most two units.
pub(crate) fn ago(seconds: i64) -> String {
    length(now().saturating_sub(seconds))
}

/// How long until then, in at most two units.
pub(crate) fn until(seconds: i64) -> String {
    length(seconds.saturating_sub(now()))
}

/// A number of seconds in at most two units and six characters.
pub(crate) fn length(seconds: i64) -> String {
    let length = SignedDuration::from_secs(seconds.max(0));
    let (days, hours) = (length.as_hours() / 24, length.as_hours() % 24);
    let (minutes, seconds) = (length.as_mins() % 60, length.as_secs() % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m{seconds:02}s"),
        (0, _, _) => format!("{hours}h{minutes:02}m"),
        (0..=99, _, _) => format!("{days}d{hours:02}h"),
        _ => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_at_most_two_units() {
        assert_eq!(length(5), "5s");
        assert_eq!(length(65), "1m05s");
        assert_eq!(length(3_720), "1h02m");
        assert_eq!(length(90_000), "1d01h");
        assert_eq!(length(86_400 * 100 + 7_200), "100d");
        assert_eq!(length(-3), "0s");
    }
}
