//! The drivers that exist, each behind the feature of its watcher.

use chorister_fsm::{Job, JobResult};

use crate::driver::{Driver, DriverKind, JobContext, JobFuture, Part, failed};

/// Runs the commands of `exec` watchers.
#[cfg(feature = "watch-exec")]
pub const EXEC: Driver = Driver::new(DriverKind::Exec, later);

/// Looks at the files of `file` watchers, or keeps their content.
#[cfg(feature = "watch-file")]
pub const FILE: Driver = Driver::new(DriverKind::File, later);

/// Runs the commands of `metric` watchers.
#[cfg(feature = "watch-metric")]
pub const METRIC: Driver = Driver::new(DriverKind::Metric, later);

/// Keeps the archives of `archive` watchers in place.
#[cfg(feature = "watch-archive")]
pub const ARCHIVE: Driver = Driver::new(DriverKind::Archive, later);

/// Serves `httpswitch` watchers, and the measurements of `metric` watchers, over HTTP.
#[cfg(feature = "watch-httpswitch")]
pub const HTTPSWITCH: Driver =
    Driver { kind: DriverKind::HttpSwitch, part: Part::Server(crate::http::Serve) };

fn later(job: Job, _cx: JobContext) -> JobFuture {
    Box::pin(async move {
        let result: JobResult = failed((&job.work).into(), "not yet".to_owned());
        result
    })
}
