//! How far apart starts are.

use core::time::Duration;

use jiff::civil::{Date, date};

use super::{Cron, Field};

const MINUTES_PER_DAY: u64 = 24 * 60;

/// Dates and days of the week repeat after 28 years, until a century without a leap year comes.
const CYCLE: (Date, Date) = (date(2001, 1, 1), date(2057, 1, 1));

/// The end of a stretch from the beginning of the cycle in which every gap between days of `cron` occurs.
fn end(cron: &Cron) -> Date {
    match (cron.day_of_month, cron.month, cron.day_of_week) {
        // Days of the week alone repeat at once, and days of the month alone with the leap years.
        (Field::ANY, Field::ANY, _) => date(2001, 2, 1),
        (_, _, Field::ANY) => date(2010, 1, 1),
        _ => CYCLE.1,
    }
}

/// Whether no date matches.
pub(super) fn is_impossible(cron: &Cron) -> bool {
    // Any year that begins a cycle of leap years will do: the days of the week are all there is besides.
    first_match(cron, CYCLE.0).is_none() || times(cron).is_empty()
}

/// The shortest and the longest time between two starts.
pub(super) fn of(cron: &Cron) -> Option<(Duration, Duration)> {
    let times = times(cron);
    let (first, last) = (*times.first()?, *times.last()?);
    let (mut shortest, mut longest) = (u64::MAX, 0);
    let mut see = |minutes: u64| {
        shortest = shortest.min(minutes);
        longest = longest.max(minutes);
    };
    for pair in times.windows(2) {
        if let [earlier, later] = pair {
            see(later - earlier);
        }
    }
    let end = end(cron);
    let mut before = first_match(cron, CYCLE.0)?;
    while let Some(day) = before
        .tomorrow()
        .ok()
        .and_then(|next| first_match(cron, next))
        .filter(|day| *day < end)
    {
        let days = u64::try_from(before.until(day).ok()?.get_days()).ok()?;
        see(days * MINUTES_PER_DAY - last + first);
        before = day;
    }
    let minutes = |count: u64| Duration::from_secs(60 * count);
    (longest > 0).then(|| (minutes(shortest), minutes(longest)))
}

/// The minutes of a day at which it starts.
fn times(cron: &Cron) -> Vec<u64> {
    let hours = (0..24).filter(|&hour| cron.hour.contains(hour));
    hours
        .flat_map(|hour| {
            let minutes = (0..60).filter(|&minute| cron.minute.contains(minute));
            minutes.map(move |minute| 60 * u64::from(hour) + u64::from(minute))
        })
        .collect()
}

/// The first matching date from `from` to the end of the cycle.
fn first_match(cron: &Cron, from: Date) -> Option<Date> {
    let mut date = from;
    while date < CYCLE.1 {
        if cron.matches(date) {
            return Some(date);
        }
        date = if cron.month.contains(date.month().unsigned_abs()) {
            date
        } else {
            date.last_of_month()
        };
        date = date.tomorrow().ok()?;
    }
    None
}
