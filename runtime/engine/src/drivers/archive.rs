//! Archives of `archive` watchers: checked, and fetched where they are not as they should be.
//!
//! The network is waited for here; everything that touches the disk happens on blocking threads, which look
//! at [`Stop`] as they go and remove what they made when they are told to stop.

mod check;
mod checksum;
mod fetch;
mod order;
mod staging;
#[cfg(test)]
mod tests;
mod unpack;

use core::time::Duration;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chorister_fsm::{Download, Job, JobResult, Unpacked, Work};
use chorister_lang::duration::format_go;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::time::{Instant, sleep, timeout};

use crate::driver::{JobContext, JobFuture, Shape, failed};
use crate::governor::Place;
use crate::network::Uplink;
use crate::web::root;
use order::Order;

/// How many archives are looked after at once; further ones wait. One whose file system hangs keeps its place.
static PLACES: Semaphore = Semaphore::const_new(4);

/// How long a job that was given up waits for its thread to clean up. The thread goes on if that is too short.
const GRACE: Duration = Duration::from_secs(5);

/// How many pieces of a download wait to be written.
const PIECES: usize = 16;

/// Looks after the archive of a job.
pub(super) fn run(job: Job, mut cx: JobContext) -> JobFuture {
    Box::pin(async move {
        let shape = Shape::from(&job.work);
        let Work::Archive(download) = job.work else {
            return failed(shape, "only archives can be kept in place".to_owned());
        };
        let began = Instant::now();
        let uplink = cx.shared.uplink.clone();
        let kept = keep(download, Limits::DEFAULT, &uplink, cx.cancelled()).await;
        JobResult::Archive {
            unpacked: kept.unwrap_or_else(Unpacked::Failed),
            runtime: began.elapsed(),
        }
    })
}

/// What an archive may cost.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// The size of the download, in bytes.
    download: u64,
    /// How many files and directories it may hold.
    entries: u32,
    /// The size of the tar file in it, in bytes.
    unpacked: u64,
}

/// Tells a blocking thread that nobody waits for it any more.
#[derive(Clone, Debug, Default)]
struct Stop(Arc<AtomicBool>);

/// Sets a [`Stop`] when it is dropped, which also happens when the whole job is.
#[derive(Debug, Default)]
struct StopOnDrop(Stop);

/// Starts the blocking threads of one job.
#[derive(Debug)]
struct Threads {
    stop: Stop,
    /// Each thread holds one; the receiver learns when there are none left.
    alive: mpsc::Sender<()>,
    place: Arc<SemaphorePermit<'static>>,
}

/// Keeps an archive in place, or says why it is not.
async fn keep(
    download: Download,
    limits: Limits,
    uplink: &Uplink,
    cancelled: impl Future<Output = ()>,
) -> Result<Unpacked, String> {
    let within = download.timeout;
    // A place in a governor is waited for beside that.
    let queue = download
        .governor
        .as_ref()
        .map_or(Duration::ZERO, |it| it.timeout);
    let stop = StopOnDrop::default();
    let (alive, mut ended) = mpsc::channel(1);
    let done = tokio::select! {
        done = look_after(download, limits, uplink, stop.0.clone(), alive) => done,
        () = cancelled => Err("no longer wanted".to_owned()),
        () = sleep(within.saturating_add(queue)) => Err(late(within)),
    };
    drop(stop);
    // So that nothing temporary is left, and no later job meets this one.
    let _ = timeout(GRACE, ended.recv()).await;
    done
}

fn late(within: Duration) -> String {
    format!("not done within {}", format_go(within))
}

async fn look_after(
    mut download: Download,
    limits: Limits,
    uplink: &Uplink,
    stop: Stop,
    alive: mpsc::Sender<()>,
) -> Result<Unpacked, String> {
    let (within, governor) = (download.timeout, download.governor.take());
    let order = Arc::new(Order::new(download)?);
    let place = PLACES.acquire().await.map_err(|error| root(&error))?;
    let threads = Threads {
        stop,
        alive,
        place: Arc::new(place),
    };

    let looked = Arc::clone(&order);
    let found = threads.run(move |stop| {
        staging::sweep(&looked.target);
        check::directory(&looked.place(), looked.verify.as_ref(), stop)
    });
    let Err(reason) = found.await else {
        return Ok(Unpacked::Verified);
    };
    tracing::info!(source = order.shown(), reason, "Fetching archive");
    if order.insecure {
        tracing::warn!(
            source = order.shown(),
            "Fetching archive without verifying the server's certificate"
        );
    }

    let governed = match governor {
        Some(queue) => Some(Place::enter(queue, uplink).await?),
        None => None,
    };
    let done = timeout(within, fetched(&order, limits, &threads)).await;
    if let Some(place) = governed {
        place.leave().await;
    }
    match done {
        Ok(done) => done.map(|()| Unpacked::Downloaded),
        Err(_) => Err(late(within)),
    }
}

/// Fetches an archive and puts it in place.
async fn fetched(order: &Arc<Order>, limits: Limits, threads: &Threads) -> Result<(), String> {
    let connecting = Arc::clone(order);
    let client = threads.run(move |_| fetch::client(&connecting)).await?;
    let (pieces, received) = mpsc::channel(PIECES);
    let stored = Arc::clone(order);
    let (fetched, replaced) = tokio::join!(
        fetch::fetch(&client, order, limits.download, pieces),
        threads.run(move |stop| staging::replace(&stored, received, limits, stop)),
    );
    fetched?;
    replaced
}

// === impl Limits ===

impl Limits {
    const DEFAULT: Self = Self {
        download: 512 << 20,
        entries: 100_000,
        unpacked: 2 << 30,
    };
}

// === impl Stop ===

impl Stop {
    /// # Errors
    ///
    /// If it is time to stop.
    fn check(&self) -> Result<(), String> {
        if self.0.load(Ordering::Relaxed) {
            return Err("no longer wanted".to_owned());
        }
        Ok(())
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

// === impl Threads ===

impl Threads {
    async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Stop) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let stop = self.stop.clone();
        let held = (self.alive.clone(), Arc::clone(&self.place));
        let thread = tokio::task::spawn_blocking(move || {
            let _held = held;
            call(&stop)
        });
        match thread.await {
            Ok(done) => done,
            Err(_) => Err("the engine's own code failed; this is a bug".to_owned()),
        }
    }
}
