//! How the store is.

use serde::{Deserialize, Serialize};

use crate::figures;

/// How the store is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreStatus {
    /// Where it is.
    pub path: String,
    /// Whether what happens is written.
    pub mode: StoreMode,
    /// When the last commit was made, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_commit: Option<i64>,
    /// Commits since the start.
    pub commits: u64,
    /// How often the medium was waited for since the start; each time takes up to three calls of `fsync`.
    pub flushes: u64,
    /// Attempts that failed since the start.
    pub failures: u64,
    /// Its size with its log, in bytes.
    pub bytes: u64,
}

/// Whether what happens is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreMode {
    /// It is.
    #[default]
    Durable,
    /// It is only in memory, because nothing can be written now.
    Memory,
}

impl StoreStatus {
    /// The same for the Prometheus text file.
    pub(crate) fn figures(&self) -> String {
        let count = |count: u64| Some(count as f64);
        let is_durable = count(u64::from(self.mode == StoreMode::Durable));
        let figures = [
            (
                "durable",
                "gauge",
                "Whether what happens is written",
                is_durable,
            ),
            (
                "bytes",
                "gauge",
                "Size of the store with its log",
                count(self.bytes),
            ),
            (
                "last_commit_timestamp_seconds",
                "gauge",
                "When the last commit was made",
                self.last_commit.map(|it| it as f64),
            ),
            (
                "commits_total",
                "counter",
                "Commits since the start",
                count(self.commits),
            ),
            (
                "flushes_total",
                "counter",
                "How often the medium was waited for",
                count(self.flushes),
            ),
            (
                "failures_total",
                "counter",
                "Attempts to write that failed",
                count(self.failures),
            ),
        ];
        figures::render("chorister_store_", &figures)
    }
}
