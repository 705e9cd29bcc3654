//! Evaluates goss files on this machine: looks at the system with `chorister-system`, holds what is found against
//! the matchers of `chorister-goss`, and collects the results.
//!
//! Nothing here reads goss files or knows what a matcher does. Results come in the order of the file, however many
//! resources are looked at at the same time. Whoever drops the future of [`validate`] ends whatever it has begun.
//!
//! Start reading at [`validate`], then `resource.rs`.

mod check;
mod context;
mod disk;
mod probe;
mod resource;
#[cfg(test)]
mod tests;

use core::num::NonZeroUsize;
use std::collections::HashMap;
use std::sync::Arc;

use chorister_goss::{Kind, Report, Suite};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};

use context::Context;

pub use check::{Source, check};
pub use chorister_system::packages::Manager as PackageManager;
pub use disk::{Disk, environment};

/// How to look.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many resources are looked at at the same time.
    pub concurrency: NonZeroUsize,
    /// Kinds that are not looked at, such as commands in files from elsewhere: their results are skipped.
    pub denied: Vec<Kind>,
    /// Who is asked about packages; `None` for the manager of this system.
    pub packages: Option<PackageManager>,
}

/// Looks at every resource, as often as its file asks to try again.
///
/// What all processes and all sockets have to say is read once for a call.
pub async fn validate(suite: Arc<Suite>, options: Options) -> Report {
    let permits = Arc::new(Semaphore::new(options.concurrency.get()));
    let context = Arc::new(Context::new(options));
    let mut tasks = JoinSet::new();
    let mut indices = HashMap::new();
    for index in 0..suite.resources.len() {
        let (of_task, context) = (Arc::clone(&suite), Arc::clone(&context));
        // In the order of the suite, so one at a time means one after the other.
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            break;
        };
        let task = tasks.spawn(async move {
            let _permit = permit;
            match of_task.resources.get(index) {
                Some(resource) => resource::evaluate(resource, &context).await,
                None => Vec::new(),
            }
        });
        indices.insert(task.id(), index);
    }
    let mut groups = Vec::new();
    while let Some(ended) = tasks.join_next_with_id().await {
        let (id, group) = match ended {
            Ok((id, group)) => (id, Ok(group)),
            Err(error) => (error.id(), Err(error)),
        };
        let Some(index) = indices.get(&id).copied() else {
            continue;
        };
        // A look that broke off has found nothing good.
        let failed = |error: JoinError| match suite.resources.get(index) {
            Some(resource) => resource::failed(resource, &error.to_string()),
            None => Vec::new(),
        };
        groups.push((index, group.unwrap_or_else(failed)));
    }
    groups.sort_unstable_by_key(|(index, _)| *index);
    let mut report = Report::default();
    for (_, group) in groups {
        report.push(group);
    }
    report
}

// === impl Options ===

impl Default for Options {
    /// One after the other, and everything is allowed.
    fn default() -> Self {
        Self {
            concurrency: NonZeroUsize::MIN,
            denied: Vec::new(),
            packages: None,
        }
    }
}
