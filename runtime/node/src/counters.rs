//! What was done how often.

use core::sync::atomic::{AtomicU64, Ordering};

use chorister_proto::Version;

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

/// What a message turned out to be to whoever verifies, by the name that metrics have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Judged {
    /// Who signed it may ask.
    Valid,
    /// Who signed it is not believed.
    Invalid,
    /// It cannot be looked at.
    Error,
    /// It is no JSON, or not what it should be.
    JsonParseFailures,
}

impl Judged {
    const COUNT: usize = 4;

    /// What metrics call it, after `choria_protocol_`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Error => "error",
            Self::JsonParseFailures => "json_parse_failures",
        }
    }
}

/// The counts of one node.
#[derive(Debug, Default)]
pub struct Counters {
    counts: [AtomicU64; Count::ALL.len()],
    /// For both versions of the protocol.
    judged: [[AtomicU64; Judged::COUNT]; 2],
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

    /// How many messages of a version turned out to be this.
    #[must_use]
    pub fn judged(&self, version: Version, judged: Judged) -> u64 {
        self.verdicts(version, judged).load(Ordering::Relaxed)
    }

    pub(crate) fn judge(&self, version: Version, judged: Judged) {
        self.verdicts(version, judged)
            .fetch_add(1, Ordering::Relaxed);
    }

    fn verdicts(&self, version: Version, judged: Judged) -> &AtomicU64 {
        let [one, two] = &self.judged;
        let of = match version {
            Version::V1 => one,
            Version::V2 => two,
        };
        // As many as there are words.
        #[expect(clippy::indexing_slicing, reason = "a word is its own index")]
        &of[judged as usize]
    }

    fn cell(&self, count: Count) -> &AtomicU64 {
        // As many as there are counts.
        #[expect(clippy::indexing_slicing, reason = "a count is its own index")]
        &self.counts[count as usize]
    }
}
