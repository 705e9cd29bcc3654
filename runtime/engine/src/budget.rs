//! What a node may use: rates that are kept to, and memory that is looked at.
//!
//! Of events only announcements are held back, which repeat what is known; results of checks and changes of state
//! always pass. Of child processes none is given up: a job that comes too early waits until it is its machine's turn.

mod bucket;
mod figures;
mod memory;
mod meter;
mod queue;
#[cfg(test)]
mod tests;

use core::time::Duration;

use chorister_fsm::{Job, JobId, MachineKey, Work};
use chorister_ir::WatcherId;

use crate::status::{BudgetStatus, EventUse, ForkUse, MemoryUse, size};
use bucket::Bucket;
use meter::Meter;
use queue::Queue;

/// How long a node counts as over its budget after it last was.
const LATELY: Duration = Duration::from_secs(60);

/// How often memory is looked at, and figures are written, while anything is limited.
const LOOK: Duration = Duration::from_secs(10);

/// What a node is expected to use at most; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Resident memory, in bytes; reported, not enforced.
    pub rss: Option<u64>,
    /// Events published in a second, on average; as many may come at once.
    pub events_per_second: Option<u32>,
    /// Child processes started in a second, on average; as many may start at once.
    pub forks_per_second: Option<u32>,
}

/// Keeps a node to its budget. Times are since the start of the engine.
#[derive(Debug)]
pub(crate) struct Ledger {
    limits: Budget,
    events: Account,
    forks: Account,
    memory: Memory,
    /// Announcements that were not published.
    shed: u64,
    /// Other events that were published although the budget was spent.
    over: u64,
    /// Jobs that had to wait.
    delayed: u64,
    queue: Queue<MachineKey, Job>,
}

/// One rate.
#[derive(Debug)]
struct Account {
    bucket: Option<Bucket>,
    meter: Meter,
    alarm: Alarm,
}

#[derive(Debug, Default)]
struct Memory {
    used: Option<u64>,
    looked: Option<Duration>,
    alarm: Alarm,
}

/// Whether a limit was exceeded lately.
#[derive(Debug, Default)]
struct Alarm {
    last: Option<Duration>,
    is_known: bool,
}

/// Something that an operator has to know, or need not worry about any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// `memory`, `events` or `forks`.
    pub(crate) subject: &'static str,
    /// What is wrong; `None` where nothing is any more.
    pub(crate) text: Option<String>,
}

// === impl Ledger ===

impl Ledger {
    pub(crate) fn new(limits: Budget) -> Self {
        Self {
            limits,
            events: Account::new(limits.events_per_second),
            forks: Account::new(limits.forks_per_second),
            memory: Memory::default(),
            shed: 0,
            over: 0,
            delayed: 0,
            queue: Queue::new(),
        }
    }

    /// Counts an event; false where it is an announcement that is not to be published.
    pub(crate) fn admit_event(&mut self, announced: bool, now: Duration) -> bool {
        let within = match &mut self.events.bucket {
            Some(bucket) if announced => bucket.take(now),
            Some(bucket) => bucket.spend(now),
            None => true,
        };
        if !within {
            self.events.alarm.last = Some(now);
            let count = if announced {
                &mut self.shed
            } else {
                &mut self.over
            };
            *count = count.saturating_add(1);
        }
        let passes = within || !announced;
        if passes {
            self.events.meter.count(now);
        }
        passes
    }

    /// Gives a job back that may start; keeps one that has to wait.
    pub(crate) fn admit_job(&mut self, job: Job, now: Duration) -> Option<Job> {
        if !matches!(job.work, Work::Exec(_)) {
            return Some(job);
        }
        // Who came later does not overtake.
        if self.queue.len() == 0 && self.forks.take(now) {
            return Some(job);
        }
        self.delayed = self.delayed.saturating_add(1);
        self.forks.alarm.last = Some(now);
        self.queue.push(job.id.machine, job);
        None
    }

    /// The next job that has waited long enough.
    pub(crate) fn next_job(&mut self, now: Duration) -> Option<Job> {
        if self.queue.len() == 0 || !self.forks.take(now) {
            return None;
        }
        self.forks.alarm.last = Some(now);
        self.queue.pop()
    }

    /// When a job that waits may start.
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        let bucket = self.forks.bucket.as_ref()?;
        (self.queue.len() > 0).then(|| bucket.ready_at())
    }

    /// Forgets a job that waits; false where it does not.
    pub(crate) fn cancel(&mut self, job: JobId) -> bool {
        self.queue.remove(job.machine, |it| it.id == job).is_some()
    }

    /// Whether a job of this watcher waits.
    pub(crate) fn is_waiting(&self, machine: MachineKey, watcher: WatcherId) -> bool {
        self.queue.of(machine).any(|it| it.id.watcher == watcher)
    }

    /// Looks at what has to be looked at; true where that was done anew, which is only while anything is limited.
    pub(crate) fn look(&mut self, now: Duration) -> bool {
        let is_due = self.limits != Budget::default() && self.memory.is_due(now);
        if is_due {
            self.look_at_memory(now);
        }
        is_due
    }

    /// The budget as figures for Prometheus; nothing while nothing is limited.
    pub(crate) fn figures(&mut self, now: Duration) -> String {
        if self.limits == Budget::default() {
            return String::new();
        }
        figures::render(&self.status(now))
    }

    /// What has gone over its limit, and what has not been over it for a minute.
    pub(crate) fn changes(&mut self, now: Duration) -> Vec<Change> {
        let limits = self.limits;
        let waiting = self.queue.len();
        let memory = || {
            let limit = size(limits.rss.unwrap_or_default());
            format!("more memory than the budget of {limit} is in use")
        };
        let events = || {
            let limit = limits.events_per_second.unwrap_or_default();
            format!(
                "more events than the budget of {limit} a second: announcements are not published"
            )
        };
        let forks = || {
            let limit = limits.forks_per_second.unwrap_or_default();
            format!("more commands than the budget of {limit} a second: they start later")
        };
        let changes = [
            self.memory.alarm.change("memory", now, false, memory),
            self.events.alarm.change("events", now, false, events),
            self.forks.alarm.change("forks", now, waiting > 0, forks),
        ];
        changes.into_iter().flatten().collect()
    }

    /// What is used of what.
    pub(crate) fn status(&mut self, now: Duration) -> BudgetStatus {
        self.look_at_memory(now);
        let used = self.memory.used;
        let events = self.events.meter.per_second(now);
        let forks = self.forks.meter.per_second(now);
        let left = |limit: Option<u32>, used: f64| Some((f64::from(limit?) - used).max(0.0));
        BudgetStatus {
            memory: MemoryUse {
                used,
                limit: self.limits.rss,
                headroom: self
                    .limits
                    .rss
                    .zip(used)
                    .map(|(limit, used)| limit.saturating_sub(used)),
            },
            events: EventUse {
                per_second: events,
                limit: self.limits.events_per_second,
                headroom: left(self.limits.events_per_second, events),
                shed: self.shed,
                over: self.over,
            },
            forks: ForkUse {
                per_second: forks,
                limit: self.limits.forks_per_second,
                headroom: left(self.limits.forks_per_second, forks),
                waiting: self.queue.len(),
                delayed: self.delayed,
            },
        }
    }

    fn look_at_memory(&mut self, now: Duration) {
        self.memory.used = memory::resident();
        self.memory.looked = Some(now);
        if let (Some(used), Some(limit)) = (self.memory.used, self.limits.rss)
            && used > limit
        {
            self.memory.alarm.last = Some(now);
        }
    }
}

// === impl Account ===

impl Account {
    fn new(per_second: Option<u32>) -> Self {
        Self {
            bucket: per_second.map(Bucket::new),
            meter: Meter::new(),
            alarm: Alarm::default(),
        }
    }

    fn take(&mut self, now: Duration) -> bool {
        let is_there = self.bucket.as_mut().is_none_or(|it| it.take(now));
        if is_there {
            self.meter.count(now);
        }
        is_there
    }
}

// === impl Memory ===

impl Memory {
    fn is_due(&self, now: Duration) -> bool {
        self.looked
            .is_none_or(|looked| now.saturating_sub(looked) >= LOOK)
    }
}

// === impl Alarm ===

impl Alarm {
    fn change(
        &mut self,
        subject: &'static str,
        now: Duration,
        goes_on: bool,
        text: impl FnOnce() -> String,
    ) -> Option<Change> {
        let is_over = goes_on
            || self
                .last
                .is_some_and(|last| now.saturating_sub(last) < LATELY);
        if is_over == self.is_known {
            return None;
        }
        self.is_known = is_over;
        Some(Change {
            subject,
            text: is_over.then(text),
        })
    }
}
