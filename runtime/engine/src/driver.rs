//! What a kind of watcher needs outside the core.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chorister_fsm::{Exit, Job, JobResult, KvFound, Look, Provisioned, Unpacked, Work};
use chorister_ir::WatcherKind;
use core::time::Duration;

use crate::jobs::{Cancelled, Shared};

/// One kind of watcher that acts on the outside world.
///
/// Drivers are constants ([`crate::drivers`]); naming one in a distribution is what links it.
#[derive(Clone, Copy, Debug)]
pub struct Driver {
    pub(crate) kind: DriverKind,
    pub(crate) part: Part,
}

/// The kind of watcher that a driver serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriverKind {
    /// `exec`.
    Exec,
    /// `file`.
    File,
    /// `metric`.
    Metric,
    /// `archive`.
    Archive,
    /// `httpswitch`.
    HttpSwitch,
    /// `nagios`.
    Nagios,
    /// `kv`.
    Kv,
    /// `gossip`.
    Gossip,
    /// `plugins`.
    Plugins,
}

/// A job that is being done.
pub type JobFuture = Pin<Box<dyn Future<Output = JobResult> + Send>>;

/// What a driver may use.
#[derive(Debug)]
pub struct JobContext {
    pub(crate) shared: Arc<Shared>,
    pub(crate) cancelled: Cancelled,
}

/// What a driver brings.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// Does jobs.
    Jobs(fn(Job, JobContext) -> JobFuture),
    /// Answers over HTTP.
    #[cfg(feature = "watch-httpswitch")]
    Routes(crate::http::Routes),
}

// === impl Driver ===

impl Driver {
    /// A driver that answers each job with what `run` makes of it.
    #[must_use]
    pub const fn new(kind: DriverKind, run: fn(Job, JobContext) -> JobFuture) -> Self {
        Self {
            kind,
            part: Part::Jobs(run),
        }
    }

    /// The kind of watcher it serves.
    #[must_use]
    pub const fn kind(&self) -> DriverKind {
        self.kind
    }
}

// === impl JobContext ===

impl JobContext {
    /// Waits until the result of the job is no longer wanted; for ever if it always is.
    pub async fn cancelled(&mut self) {
        self.cancelled.wait().await;
    }
}

// === impl DriverKind ===

impl DriverKind {
    /// The driver that a watcher needs; `None` where the core does it alone.
    #[must_use]
    pub const fn of(watcher: &WatcherKind) -> Option<Self> {
        match watcher {
            WatcherKind::Exec(_) => Some(Self::Exec),
            WatcherKind::File(_) => Some(Self::File),
            WatcherKind::Metric(_) => Some(Self::Metric),
            WatcherKind::Archive(_) => Some(Self::Archive),
            WatcherKind::HttpSwitch(_) => Some(Self::HttpSwitch),
            WatcherKind::Nagios(_) => Some(Self::Nagios),
            WatcherKind::Kv(_) => Some(Self::Kv),
            WatcherKind::Gossip(_) => Some(Self::Gossip),
            WatcherKind::Plugins(_) => Some(Self::Plugins),
            WatcherKind::Schedule(_) | WatcherKind::Timer(_) | WatcherKind::Expression(_) => None,
        }
    }

    /// The watcher's `type` in a specification.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exec => "exec",
            Self::File => "file",
            Self::Metric => "metric",
            Self::Archive => "archive",
            Self::HttpSwitch => "httpswitch",
            Self::Nagios => "nagios",
            Self::Kv => "kv",
            Self::Gossip => "gossip",
            Self::Plugins => "plugins",
        }
    }
}

// === impl Part ===

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Jobs(_) => f.write_str("Jobs"),
            #[cfg(feature = "watch-httpswitch")]
            Self::Routes(_) => f.write_str("Routes"),
        }
    }
}

/// The result of a job of this shape that could not be done.
pub(crate) fn failed(shape: Shape, reason: String) -> JobResult {
    match shape {
        Shape::Exec => JobResult::Exec {
            exit: Exit::Failed(reason),
            output: Vec::new(),
            runtime: Duration::ZERO,
        },
        Shape::File => JobResult::File(Look::Error(reason)),
        Shape::Archive => JobResult::Archive {
            unpacked: Unpacked::Failed(reason),
            runtime: Duration::ZERO,
        },
        Shape::Kv => JobResult::Kv(KvFound::Failed(reason)),
        Shape::Told => JobResult::Told(Err(reason)),
        Shape::Plugins => JobResult::Plugins(Box::new(Provisioned {
            plugins: None,
            outcome: Err(reason),
            refused: None,
            unfinished: false,
            runtime: Duration::ZERO,
        })),
    }
}

/// Which [`JobResult`] a job has to be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Exec,
    File,
    Archive,
    Kv,
    Told,
    Plugins,
}

impl From<&Work> for Shape {
    fn from(work: &Work) -> Self {
        match work {
            Work::Exec(_) | Work::Check(_) => Self::Exec,
            Work::File(_) => Self::File,
            Work::Archive(_) => Self::Archive,
            Work::Kv(_) => Self::Kv,
            Work::Tell(_) => Self::Told,
            Work::Plugins(_) => Self::Plugins,
        }
    }
}
