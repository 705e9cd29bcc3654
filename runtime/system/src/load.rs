//! How busy the machine is, and since when it runs.

use core::time::Duration;
use std::fs;
use std::io;
use std::thread;

/// How many tasks ran, waited to run or waited for a device, averaged over time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Over the last minute.
    pub one: f64,
    /// Over the last five minutes.
    pub five: f64,
    /// Over the last fifteen minutes.
    pub fifteen: f64,
    /// How many tasks there are: processes and their threads.
    pub tasks: u32,
    /// The number that was given to a task last.
    pub last: u32,
}

/// Reads `/proc/loadavg`.
///
/// # Errors
///
/// It cannot be read, or does not hold what it should.
pub fn load() -> io::Result<Load> {
    parse_load(&fs::read_to_string("/proc/loadavg")?)
        .ok_or_else(|| crate::unreadable("/proc/loadavg does not hold what it should"))
}

/// How long the machine has been running, with the time that it was suspended.
///
/// # Errors
///
/// `/proc/uptime` cannot be read, or does not begin with a number of seconds.
pub fn uptime() -> io::Result<Duration> {
    parse_uptime(&fs::read_to_string("/proc/uptime")?)
        .ok_or_else(|| crate::unreadable("/proc/uptime does not begin with a number of seconds"))
}

/// How many processors this process may use; 1 where nobody knows.
#[must_use]
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, core::num::NonZero::get)
}

fn parse_load(text: &str) -> Option<Load> {
    let mut fields = text.split_whitespace();
    let mut average = || fields.next()?.parse().ok();
    let (one, five, fifteen) = (average()?, average()?, average()?);
    let (_, tasks) = fields.next()?.split_once('/')?;
    Some(Load {
        one,
        five,
        fifteen,
        tasks: tasks.parse().ok()?,
        last: fields.next()?.parse().ok()?,
    })
}

fn parse_uptime(text: &str) -> Option<Duration> {
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_and_counts_are_read() {
        let load = parse_load("0.50 1.25 10.00 3/512 4711\n").unwrap();
        assert_eq!((load.one, load.five, load.fifteen), (0.5, 1.25, 10.0));
        assert_eq!((load.tasks, load.last), (512, 4711));
        assert_eq!(parse_load("0.50 1.25 10.00\n"), None);
    }

    #[test]
    fn uptime_is_in_seconds() {
        assert_eq!(
            parse_uptime("350735.47 234388.90\n"),
            Some(Duration::from_millis(350_735_470))
        );
        assert_eq!(parse_uptime("-1 0\n"), None);
        assert_eq!(parse_uptime("NaN"), None);
    }

    #[test]
    fn this_machine_is_up() {
        assert!(load().unwrap().one >= 0.0);
        assert!(uptime().unwrap() > Duration::ZERO);
        assert!(processors() > 0);
    }
}
