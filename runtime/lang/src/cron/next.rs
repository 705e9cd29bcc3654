//! The next start.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use super::Cron;

/// How many years ahead are searched before an expression counts as one that never starts.
const YEARS: i16 = 5;

/// Walks from one change of the clocks to the next. Between two of them local time is the same as time in a fixed
/// offset, so that skipped local times are never seen and repeated ones are seen twice.
pub(super) fn after(cron: &Cron, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let mut offset = zone.to_offset(after);
    let mut from = next_minute(offset.to_datetime(after))?;
    let last_year = from.year().saturating_add(YEARS);
    let mut changes = zone.following(after);
    loop {
        let change = changes.next();
        let end = change
            .as_ref()
            .map(|change| offset.to_datetime(change.timestamp()));
        if let Some(found) = search(cron, from, end, last_year) {
            return offset.to_timestamp(found).ok();
        }
        // The new time begins at the change itself, which may be a start.
        let change = change?;
        offset = change.offset();
        from = offset
            .to_datetime(change.timestamp())
            .round(Unit::Minute)
            .ok()?;
        if from.year() > last_year {
            return None;
        }
    }
}

/// The first match from `from`, before `end` and in `last_year` at the latest.
fn search(cron: &Cron, from: DateTime, end: Option<DateTime>, last_year: i16) -> Option<DateTime> {
    let mut date = from.date();
    let mut earliest = (from.hour().unsigned_abs(), from.minute().unsigned_abs());
    while date.year() <= last_year && end.is_none_or(|end| date <= end.date()) {
        if !cron.month.contains(date.month().unsigned_abs()) {
            date = date.last_of_month().tomorrow().ok()?;
            earliest = (0, 0);
            continue;
        }
        if cron.matches(date)
            && let Some(found) = time_from(cron, date, earliest)
        {
            return Some(found).filter(|&found| end.is_none_or(|end| found < end));
        }
        date = date.tomorrow().ok()?;
        earliest = (0, 0);
    }
    None
}

/// The first match on a matching date, not before the given hour and minute.
fn time_from(cron: &Cron, date: Date, (hour, minute): (u8, u8)) -> Option<DateTime> {
    let same_hour = cron
        .hour
        .contains(hour)
        .then(|| cron.minute.first_from(minute))
        .flatten();
    let (hour, minute) = match same_hour.filter(|&minute| minute < 60) {
        Some(minute) => (hour, minute),
        None => (cron.hour.first_from(hour + 1)?, cron.minute.first_from(0)?),
    };
    let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
    (hour < 24 && minute < 60).then(|| date.at(hour, minute, 0, 0))
}

/// The first whole minute that is later.
fn next_minute(time: DateTime) -> Option<DateTime> {
    let minute = time.with().second(0).subsec_nanosecond(0).build().ok()?;
    minute.checked_add(jiff::SignedDuration::from_mins(1)).ok()
}
