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
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::HashMap;
use std::sync::Arc;

use chorister_goss::{Kind, Report, Resource, Suite};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use context::Context;

pub use check::{Source, check, load};
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
    let _wanted = Wanted(Arc::clone(&permits));
    let most = options.concurrency.get();
    let context = Arc::new(Context::new(options));
    let mut tasks = JoinSet::new();
    let mut at = 0;
    while let Some(first) = suite.resources.get(at) {
        let waits = resource::waits(first.kind);
        let row = Arc::new(Row::at(at, &suite));
        for _ in 0..most.min(row.end - at) {
            // In the order of the suite, so one at a time means one after the other.
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                break;
            };
            let (suite, context, row) =
                (Arc::clone(&suite), Arc::clone(&context), Arc::clone(&row));
            let permits = Arc::clone(&permits);
            let looking = async move {
                let _permit = permit;
                let mut groups = Vec::new();
                while !permits.is_closed()
                    && let Some((index, resource)) = row.next(&suite)
                {
                    groups.push((index, resource::evaluate(resource, &context).await));
                }
                groups
            };
            if waits {
                let runtime = Handle::current();
                tasks.spawn_blocking(move || runtime.block_on(looking));
            } else {
                tasks.spawn(looking);
            }
        }
        at = row.end;
    }
    let mut groups = HashMap::new();
    let mut why = String::new();
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(found) => groups.extend(found),
            Err(error) => why = error.to_string(),
        }
    }
    let mut report = Report::default();
    for (index, resource) in suite.resources.iter().enumerate() {
        // A look that broke off has found nothing good.
        let group = groups.remove(&index);
        report.push(group.unwrap_or_else(|| resource::failed(resource, &why)));
    }
    report
}

/// Resources that are looked at by whoever is free: those one after the other whose kinds wait for a disk, since
/// going to a thread and back costs more than a look; any other alone.
struct Row {
    next: AtomicUsize,
    end: usize,
}

/// While it is there, somebody waits for the results: threads cannot be ended, but they can be told.
struct Wanted(Arc<Semaphore>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.close();
    }
}

// === impl Row ===

impl Row {
    /// The resources from this index on.
    fn at(start: usize, suite: &Suite) -> Self {
        let rest = suite.resources.iter().skip(start);
        let waiting = rest.take_while(|it| resource::waits(it.kind)).count();
        Self {
            next: AtomicUsize::new(start),
            end: start + waiting.max(1),
        }
    }

    /// The next one that nobody has looked at.
    fn next<'s>(&self, suite: &'s Suite) -> Option<(usize, &'s Resource)> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let resource = suite.resources.get(index).filter(|_| index < self.end)?;
        Some((index, resource))
    }
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
