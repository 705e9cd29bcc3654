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
use std::sync::Arc;

use chorister_goss::{Kind, Report, Suite};
use chorister_system::packages::Manager;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use context::Context;

pub use check::{Source, check};
pub use disk::{Disk, environment};

/// How to look.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many resources are looked at at the same time.
    pub concurrency: NonZeroUsize,
    /// Kinds that are not looked at, such as commands in files from elsewhere: their results are skipped.
    pub denied: Vec<Kind>,
    /// Who is asked about packages; `None` for the manager of this system.
    pub packages: Option<Manager>,
}

/// Looks at every resource, as often as its file asks to try again.
///
/// What all processes and all sockets have to say is read once for a call.
pub async fn validate(suite: Arc<Suite>, options: Options) -> Report {
    let permits = Arc::new(Semaphore::new(options.concurrency.get()));
    let context = Arc::new(Context::new(options));
    let mut tasks = JoinSet::new();
    for index in 0..suite.resources.len() {
        let (suite, context) = (Arc::clone(&suite), Arc::clone(&context));
        // In the order of the suite, so one at a time means one after the other.
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            break;
        };
        tasks.spawn(async move {
            let _permit = permit;
            let resource = suite.resources.get(index)?;
            Some((index, resource::evaluate(resource, &context).await))
        });
    }
    let mut groups = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        groups.extend(ended.ok().flatten());
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
