//! The windows of a schedule.

use core::time::Duration;

use chorister_ir::Schedule;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::node::{NEVER, Nanos, nanos};
use crate::snapshot::{timestamp, unix};
use crate::{Now, Outcome, Random, UnixNanos};

/// When a clock that was set back is taken to have been wrong before, so that everything runs again.
const FORGET: SignedDuration = SignedDuration::from_hours(3);

/// The time zones that schedules are read in.
#[derive(Clone, Debug)]
pub struct Zones {
    /// The zone of the node.
    pub local: TimeZone,
    /// Finds a zone by its IANA name.
    pub named: fn(&str) -> Option<TimeZone>,
}

/// The windows of a `schedule` watcher: begun by the wall clock, ended by whichever clock comes first.
///
/// A clock that jumps over a start opens its window late, for the rest of it; a window that lies within
/// the jump never opens. A clock that is set back does not open a window again that was open, unless it
/// was set back by more than three hours.
pub(crate) struct Calendar {
    zone: TimeZone,
    entries: Box<[Entry]>,
    /// What the watcher last took note of.
    pub(crate) seen: Outcome,
    /// Whether a transition has been fired since the schedule came on.
    pub(crate) triggered: bool,
}

/// One cron expression.
#[derive(Default)]
struct Entry {
    next: Option<Start>,
    /// The start of the last window that was opened.
    last: Option<Timestamp>,
    open: Option<Window>,
}

#[derive(Clone, Copy)]
struct Start {
    /// The minute that the expression names.
    minute: Timestamp,
    /// That minute and its splay.
    opens: Timestamp,
}

#[derive(Clone, Copy)]
struct Window {
    wall: Timestamp,
    mono: Nanos,
}

/// Where a schedule is in the calendar, as it is remembered over a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// One for each cron expression, in order.
    pub places: Vec<Place>,
    /// What the watcher last took note of.
    pub seen: Outcome,
    /// Whether a transition has been fired since the schedule came on.
    pub triggered: bool,
}

/// Where one cron expression is in the calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The start of the last window that was opened.
    pub last: Option<UnixNanos>,
    /// The end of the window that is open.
    pub open: Option<UnixNanos>,
}

// === impl Zones ===

impl Default for Zones {
    /// Universal time, and no other zone.
    fn default() -> Self {
        Self {
            local: TimeZone::UTC,
            named: |_| None,
        }
    }
}

impl Zones {
    /// The zone of this name, or the node's own; `None` where the name is not known.
    pub(crate) fn find(&self, name: Option<&str>) -> Option<TimeZone> {
        name.map_or_else(|| Some(self.local.clone()), |name| (self.named)(name))
    }
}

// === impl Calendar ===

impl Calendar {
    /// A calendar with every window closed; a window that is in progress now stays closed.
    pub(crate) fn new(
        schedule: &Schedule,
        zone: TimeZone,
        now: Now,
        random: &mut dyn Random,
    ) -> Self {
        let entries = schedule
            .schedules
            .iter()
            .map(|_| Entry::default())
            .collect();
        let mut calendar = Self {
            zone,
            entries,
            seen: Outcome::Unknown,
            triggered: false,
        };
        calendar.plan(schedule, now, random);
        calendar
    }

    /// Opens and closes windows; true when at least one is open.
    pub(crate) fn advance(
        &mut self,
        schedule: &Schedule,
        now: Now,
        random: &mut dyn Random,
    ) -> bool {
        let mono = nanos(now.mono);
        for (entry, cron) in self.entries.iter_mut().zip(&schedule.schedules) {
            while let Some(start) = entry.next.filter(|start| start.opens <= now.wall) {
                let end = later(start.minute, schedule.duration);
                if now.wall < end {
                    let rest = Duration::try_from(end.duration_since(now.wall)).unwrap_or_default();
                    entry.open(end, mono.saturating_add(nanos(rest)));
                    entry.last = Some(start.minute);
                }
                // Windows that are over already need not be looked at one by one.
                let over = earlier(now.wall, schedule.duration);
                let next = cron.next_after(start.minute.max(over), &self.zone);
                entry.next = next.map(|minute| splayed(minute, schedule, random));
            }
            if entry
                .open
                .is_some_and(|open| open.wall <= now.wall || open.mono <= mono)
            {
                entry.open = None;
            }
        }
        self.entries.iter().any(|entry| entry.open.is_some())
    }

    /// Where it is.
    pub(crate) fn position(&self) -> Position {
        let place = |entry: &Entry| Place {
            last: entry.last.map(unix),
            open: entry.open.map(|window| unix(window.wall)),
        };
        Position {
            places: self.entries.iter().map(place).collect(),
            seen: self.seen,
            triggered: self.triggered,
        }
    }

    /// Goes on at a position that was left at `taken`: windows that began since then and are not over open
    /// with the next [`advance`](Self::advance).
    pub(crate) fn resume(
        &mut self,
        position: &Position,
        taken: Timestamp,
        schedule: &Schedule,
        now: Now,
        random: &mut dyn Random,
    ) {
        self.seen = position.seen;
        self.triggered = position.triggered;
        // Times in the future were written by a clock that was wrong.
        let taken = taken.min(now.wall);
        let entries = self.entries.iter_mut().zip(&position.places);
        for ((entry, place), cron) in entries.zip(&schedule.schedules) {
            entry.last = place.last.map(timestamp).filter(|last| *last <= now.wall);
            // An older definition may have had longer windows.
            let most = later(entry.last.unwrap_or(now.wall), schedule.duration);
            if let Some(end) = place.open.map(|end| timestamp(end).min(most)) {
                let rest = Duration::try_from(end.duration_since(now.wall)).unwrap_or_default();
                entry.open(end, nanos(now.mono).saturating_add(nanos(rest)));
            }
            let after = entry.last.map_or(taken, |last| last.max(taken));
            let over = earlier(now.wall, schedule.duration);
            let next = cron.next_after(after.max(over), &self.zone);
            entry.next = next.map(|minute| splayed(minute, schedule, random));
        }
    }

    /// Finds the next starts anew, after the clock was set back.
    pub(crate) fn plan(&mut self, schedule: &Schedule, now: Now, random: &mut dyn Random) {
        for (entry, cron) in self.entries.iter_mut().zip(&schedule.schedules) {
            entry.last = entry
                .last
                .filter(|last| last.duration_since(now.wall) <= FORGET);
            let after = entry.last.map_or(now.wall, |last| last.max(now.wall));
            let next = cron.next_after(after, &self.zone);
            entry.next = next.map(|minute| splayed(minute, schedule, random));
        }
    }

    /// When the next window opens or closes by the wall clock.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let opens = self
            .entries
            .iter()
            .filter_map(|entry| entry.next)
            .map(|start| start.opens);
        let closes = self
            .entries
            .iter()
            .filter_map(|entry| entry.open)
            .map(|open| open.wall);
        opens.chain(closes).min()
    }

    /// When the next window closes by the monotonic clock.
    pub(crate) fn closes(&self) -> Nanos {
        self.entries
            .iter()
            .filter_map(|entry| entry.open)
            .map(|open| open.mono)
            .min()
            .unwrap_or(NEVER)
    }
}

impl Entry {
    fn open(&mut self, wall: Timestamp, mono: Nanos) {
        let before = self.open.unwrap_or(Window { wall, mono });
        self.open = Some(Window {
            wall: wall.max(before.wall),
            mono: mono.max(before.mono),
        });
    }
}

fn splayed(minute: Timestamp, schedule: &Schedule, random: &mut dyn Random) -> Start {
    let splay = random.below(nanos(schedule.start_splay));
    Start {
        minute,
        opens: later(minute, Duration::from_nanos(splay)),
    }
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}
