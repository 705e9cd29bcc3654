//! Where others are, and how long they take to answer.

use core::time::Duration;

use chorister_lang::nagios::{Measurement, Range, Status};

use crate::parameter::Span;
use crate::report::{Limits, Report, rounded};
use crate::request::critical;

/// What is too long, and when nobody waits any longer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    limits: Limits,
    end: Duration,
}

/// Where somebody is; a literal address of IPv6 may come without its brackets.
pub(crate) fn address(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

// === impl Patience ===

impl Patience {
    pub(crate) fn new(warn: Option<Span>, crit: Option<Span>, end: Duration) -> Self {
        let range = |span: Option<Span>| span.map(|it| Range::up_to(it.0.as_secs_f64()));
        Self {
            limits: Limits {
                warn: range(warn),
                crit: range(crit),
            },
            end,
        }
    }

    pub(crate) fn judge(&self, time: Duration) -> Status {
        self.limits.judge(time.as_secs_f64())
    }

    pub(crate) fn measured(&self, time: Duration) -> Measurement {
        let measured = Measurement::new("time", rounded(time.as_secs_f64()), "s");
        let measured = self.limits.of(measured).at_least(0.0);
        measured.at_most(self.end.as_secs_f64())
    }

    /// Nobody answered: CRITICAL, because somebody should have.
    pub(crate) fn lost(&self) -> Report {
        critical(format_args!("no answer within {:?}", self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ipv6_get_brackets() {
        assert_eq!(address("::1", 80), "[::1]:80");
        assert_eq!(address("[::1]", 80), "[::1]:80");
        assert_eq!(address("example.org", 80), "example.org:80");
    }
}
