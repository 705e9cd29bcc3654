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

use std::path::PathBuf;

use chorister_engine::{Driver, EngineHandle};

use crate::follow::follow;
use reconcile::Loader;

/// Keeps the engine's machines as the sub-directories of `directory` say, until the engine stops.
///
/// A directory that is missing is made. A machine that needs a driver which is not among `drivers` is refused,
/// with the reason.
pub async fn run(directory: PathBuf, drivers: &'static [Driver], engine: EngineHandle) {
    let loader = Loader::new(directory, drivers, engine.clone());
    follow(loader, &engine).await;
}
