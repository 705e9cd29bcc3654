//! Asking for checks, and steering them.

use core::time::Duration;

use clap::Args;

use super::{Asking, span};

/// Which checks to show.
#[derive(Args, Debug)]
pub(crate) struct Checks {
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// Show only these checks, one alone with everything that is known of it
    #[arg(value_name = "CHECK")]
    pub(crate) checks: Vec<String>,
    /// Show only what wants attention; the exit code is 1 where there is any
    #[arg(long)]
    pub(crate) failing: bool,
    /// Show only checks of this class
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<String>,
}

/// Which checks to steer.
#[derive(Args, Debug)]
pub(crate) struct Steer {
    #[command(flatten)]
    pub(crate) asking: Asking,
    #[command(flatten)]
    pub(crate) which: Which,
}

/// How to put checks into maintenance.
#[derive(Args, Debug)]
pub(crate) struct Maintain {
    #[command(flatten)]
    pub(crate) steer: Steer,
    #[command(flatten)]
    pub(crate) end: End,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// Who asks for it [default: whoever runs this command]
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// These checks
    #[arg(value_name = "CHECK")]
    pub(crate) checks: Vec<String>,
    /// All checks
    #[arg(long)]
    pub(crate) all: bool,
}

/// When a maintenance ends by itself.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct End {
    /// End it by itself after this long, as in 90s, 1h30m or 2d
    #[arg(long = "for", value_name = "DURATION", value_parser = span)]
    pub(crate) length: Option<Duration>,
    /// End it by itself at this time, as in 2026-11-30T06:00:00Z or 2026-11-30T06:00 here
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<jiff::Timestamp>,
}

/// A time with a zone or an offset, or one of the local zone.
fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let local: jiff::civil::DateTime = text
        .parse()
        .map_err(|_| "a time is written as in 2026-11-30T06:00 or 2026-11-30T06:00:00Z")?;
    local
        .to_zoned(jiff::tz::TimeZone::system())
        .map(|it| it.timestamp())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_zone_or_are_local() {
        assert_eq!(moment("1970-01-01T00:01:00Z").unwrap().as_second(), 60);
        assert_eq!(moment("1970-01-01T01:01:00+01:00").unwrap().as_second(), 60);
        assert!(moment("2026-11-30T06:00").is_ok());
        assert!(moment("tomorrow").unwrap_err().contains("as in"));
    }
}
