//! What was done how often.

use core::sync::atomic::{AtomicU64, Ordering};

/// Something that is counted, by the name that metrics have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Count {
    /// Messages that arrived.
    Total,
    /// Requests that were accepted.
    Validated,
    /// Messages that were refused.
    Unvalidated,
    /// Requests that are for this node.
    Passed,
    /// Requests that are for other nodes.
    Filtered,
    /// Replies that were sent.
    Replies,
    /// Requests that came too late, or that would count too long.
    TtlExpired,
    /// Lifecycle events that were sent.
    Events,
}

impl Count {
    /// All, in the order of the status file.
    pub const ALL: [Self; 8] = [
        Self::Total,
        Self::Validated,
        Self::Unvalidated,
        Self::Passed,
        Self::Filtered,
        Self::Replies,
        Self::TtlExpired,
        Self::Events,
    ];

    /// What metrics call it, after `choria_server_`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Validated => "validated",
            Self::Unvalidated => "unvalidated",
            Self::Passed => "passed",
            Self::Filtered => "filtered",
            Self::Replies => "replies",
            Self::TtlExpired => "ttlexpired",
            Self::Events => "events",
        }
    }
}

/// The counts of one node.
#[derive(Debug, Default)]
pub struct Counters {
    counts: [AtomicU64; Count::ALL.len()],
    last_message: AtomicU64,
}

impl Counters {
    /// How often something was done.
    #[must_use]
    pub fn get(&self, count: Count) -> u64 {
        self.cell(count).load(Ordering::Relaxed)
    }

    /// When the last message arrived, in seconds since 1970; 0 before the first.
    #[must_use]
    pub fn last_message(&self) -> u64 {
        self.last_message.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, count: Count) {
        self.cell(count).fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn arrived(&self, now: jiff::Timestamp) {
        self.add(Count::Total);
        let second = u64::try_from(now.as_second()).unwrap_or_default();
        self.last_message.store(second, Ordering::Relaxed);
    }

    fn cell(&self, count: Count) -> &AtomicU64 {
        // As many as there are counts.
        #[expect(clippy::indexing_slicing, reason = "a count is its own index")]
        &self.counts[count as usize]
    }
}
