//! The work that is being done outside the core.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::Arc;

use chorister_fsm::{Job, JobId, JobResult};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{AbortHandle, JoinSet};

use crate::driver::{Driver, DriverKind, JobContext, JobFuture, Part, Shape, failed};
use crate::native::{Goss, NativeCheck, StatusFile};
use crate::network::Uplink;
use crate::process::Mark;
use crate::scratch::Scratch;

/// How many children run at once; further commands wait. One waits at most for each watcher.
const CHILDREN: usize = 64;

/// How many calls into the file system are under way at once. One that hangs keeps its place.
const FILE_CALLS: usize = 8;

/// The jobs of an engine.
#[derive(Debug)]
pub(crate) struct Jobs {
    tasks: JoinSet<(JobId, JobResult)>,
    running: HashMap<JobId, Running>,
    drivers: Vec<Driver>,
    shared: Arc<Shared>,
}

/// What all jobs share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) scratch: Scratch,
    /// The `PATH` of this process.
    pub(crate) search: OsString,
    /// By what the children of this process are known; `None` where it cannot be told.
    pub(crate) mark: Option<Mark>,
    pub(crate) limits: Limits,
    /// The checks that are part of the program.
    pub(crate) natives: Vec<NativeCheck>,
    pub(crate) goss: Option<Goss>,
    /// What the builtin `choria_status` looks at.
    pub(crate) status_file: Option<StatusFile>,
    /// The way to the network.
    pub(crate) uplink: Uplink,
    /// Where machines are, and whose lists of them are obeyed.
    #[cfg(feature = "watch-plugins")]
    pub(crate) premises: crate::drivers::Premises,
}

/// How much is done at once.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) children: Arc<Semaphore>,
    pub(crate) file_calls: Arc<Semaphore>,
}

/// Tells a job that its result is no longer wanted.
#[derive(Debug)]
pub(crate) struct Cancelled(oneshot::Receiver<()>);

/// A job that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) id: JobId,
    pub(crate) result: JobResult,
    /// Whether its code panicked.
    pub(crate) panicked: bool,
}

#[derive(Debug)]
struct Running {
    cancel: Option<oneshot::Sender<()>>,
    task: AbortHandle,
    shape: Shape,
}

// === impl Limits ===

impl Default for Limits {
    fn default() -> Self {
        Self {
            children: Arc::new(Semaphore::new(CHILDREN)),
            file_calls: Arc::new(Semaphore::new(FILE_CALLS)),
        }
    }
}

// === impl Jobs ===

impl Jobs {
    pub(crate) fn new(drivers: Vec<Driver>, shared: Shared) -> Self {
        Self {
            tasks: JoinSet::new(),
            running: HashMap::new(),
            drivers,
            shared: Arc::new(shared),
        }
    }

    pub(crate) fn scratch(&self) -> &Scratch {
        &self.shared.scratch
    }

    /// How many jobs have not ended.
    pub(crate) fn len(&self) -> usize {
        self.running.len()
    }

    /// Starts a job of a watcher of this kind; it fails with the reason where that has no driver.
    pub(crate) fn start(&mut self, kind: Option<DriverKind>, job: Job) {
        let id = job.id;
        let shape = Shape::from(&job.work);
        let (cancel, cancelled) = oneshot::channel();
        let cx = JobContext {
            shared: Arc::clone(&self.shared),
            cancelled: Cancelled(cancelled),
        };
        let future = match self.runner(kind) {
            Some(run) => run(job, cx),
            None => missing(kind, shape),
        };
        let task = self.tasks.spawn(async move { (id, future.await) });
        self.running.insert(
            id,
            Running {
                cancel: Some(cancel),
                task,
                shape,
            },
        );
    }

    /// Tells a job that it is no longer wanted; it still ends in its own time.
    pub(crate) fn cancel(&mut self, id: JobId) {
        if let Some(cancel) = self.running.get_mut(&id).and_then(|it| it.cancel.take()) {
            // Nobody listens any more where it has just ended.
            let _ = cancel.send(());
        }
    }

    /// Tells all jobs that they are no longer wanted.
    pub(crate) fn cancel_all(&mut self) {
        for running in self.running.values_mut() {
            if let Some(cancel) = running.cancel.take() {
                let _ = cancel.send(());
            }
        }
    }

    /// Waits for the next job that ends; `None` while there are none.
    pub(crate) async fn next(&mut self) -> Option<Ended> {
        loop {
            match self.tasks.join_next().await? {
                Ok((id, result)) => {
                    self.running.remove(&id);
                    return Some(Ended {
                        id,
                        result,
                        panicked: false,
                    });
                }
                Err(error) => {
                    let task = error.id();
                    let found = self.running.iter().find(|(_, it)| it.task.id() == task);
                    let Some((&id, running)) = found else {
                        continue;
                    };
                    let reason = "the engine's own code failed; this is a bug".to_owned();
                    let result = failed(running.shape, reason);
                    self.running.remove(&id);
                    return Some(Ended {
                        id,
                        result,
                        panicked: error.is_panic(),
                    });
                }
            }
        }
    }

    /// Drops what still runs; what children there are is killed.
    pub(crate) async fn abort(&mut self) {
        self.tasks.shutdown().await;
        self.running.clear();
    }

    fn runner(&self, kind: Option<DriverKind>) -> Option<fn(Job, JobContext) -> JobFuture> {
        self.drivers.iter().find_map(|driver| match driver.part {
            Part::Jobs(run) if Some(driver.kind) == kind => Some(run),
            _ => None,
        })
    }
}

fn missing(kind: Option<DriverKind>, shape: Shape) -> JobFuture {
    let name = kind.map_or("unknown", DriverKind::as_str);
    let reason = format!("this distribution was built without {name} watchers");
    Box::pin(async move { failed(shape, reason) })
}

// === impl Cancelled ===

impl Cancelled {
    /// Waits until the job is cancelled; for ever if it never is.
    pub(crate) async fn wait(&mut self) {
        if (&mut self.0).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
