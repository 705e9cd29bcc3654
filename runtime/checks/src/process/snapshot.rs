//! One list of processes for many checks.

use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chorister_system::load::load;
use chorister_system::processes::{self, Process};

/// How old a list may be that is used again: what processes use changes.
const FRESH: Duration = Duration::from_millis(200);

/// How long a process may take to become the program that it was started for.
const SETTLED: Duration = Duration::from_millis(100);

/// A list of processes, and what tells whether it still holds.
struct Snapshot {
    taken: Instant,
    /// How many tasks there were, and the number that was given last: no task comes or goes without changing one.
    tasks: (u32, u32),
    processes: Arc<[Process]>,
}

/// All processes. The list may be a moment old if none has come or gone since.
///
/// # Errors
///
/// `/proc` cannot be read.
pub(super) fn processes() -> io::Result<Arc<[Process]>> {
    static LATEST: Mutex<Option<Snapshot>> = Mutex::new(None);

    let load = load()?;
    let tasks = (load.tasks, load.last);
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(snapshot) = &*latest
        && snapshot.tasks == tasks
        && snapshot.taken.elapsed() < FRESH
    {
        return Ok(Arc::clone(&snapshot.processes));
    }
    let taken = Instant::now();
    let processes: Arc<[Process]> = processes::processes()?.into();
    let settled = processes.iter().all(|it| it.age >= SETTLED);
    *latest = settled.then(|| Snapshot {
        taken,
        tasks,
        processes: Arc::clone(&processes),
    });
    Ok(processes)
}
