//! Machines found in a directory at run time, watched and reloaded.
//!
//! Each sub-directory that holds a `machine.yaml` or a `machine.json` is a machine. [`run`] keeps the machines of
//! an engine as the directory says: `scan` finds the sub-directories, `content` tells whether anything in one of
//! them has changed, the compiler's own front end checks what is new, and `reconcile` tells the engine.
//!
//! A change of one machine never touches another. What cannot run is reported as a problem of the node, with the
//! diagnostic that the author would have seen, and what ran before goes on.

mod content;
mod judge;
mod reconcile;
mod scan;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::path::PathBuf;

use chorister_engine::watch::Watch;
use chorister_engine::{Driver, EngineHandle};
use tokio::time::sleep;

use reconcile::Loader;

/// How often the directory is looked at although nobody said that it has changed.
const RESCAN: Duration = Duration::from_secs(15);

/// How soon to look again when something may be in the middle of being replaced.
const SOON: Duration = Duration::from_secs(1);

/// Keeps the engine's machines as the sub-directories of `directory` say, until the engine stops.
///
/// A directory that is missing is made. A machine that needs a driver which is not among `drivers` is refused,
/// with the reason.
pub async fn run(directory: PathBuf, drivers: &'static [Driver], engine: EngineHandle) {
    let mut reloads = engine.reloads();
    let mut loader = Loader::new(directory, drivers, engine);
    let mut watch = Watch::new(RESCAN);
    loop {
        // Before looking, so that nothing is missed in between.
        watch.set(loader.directories());
        let Some(looked) = loader.look().await else {
            return;
        };
        watch.set(loader.directories());
        if looked.changed {
            // What changed while it was looked at is seen at once, now that new directories are watched.
            continue;
        }
        tokio::select! {
            () = watch.stirred() => {}
            asked = reloads.changed() => {
                if asked.is_err() {
                    // The engine has gone.
                    return;
                }
            }
            () = sleep(SOON), if looked.unsettled => {}
        }
    }
}
