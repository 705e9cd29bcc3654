//! The part that loads machines at run time, for distributions that ask for it.

use core::fmt;
use core::pin::Pin;
use std::path::PathBuf;

use chorister_engine::{Driver, EngineHandle};

/// Loads machines from a directory at run time.
#[derive(Clone, Copy)]
pub struct Loader {
    run: fn(PathBuf, &'static [Driver], EngineHandle) -> Loading,
}

type Loading = Pin<Box<dyn Future<Output = ()>>>;

/// Machines in the format of `machine.yaml`, one in each sub-directory.
#[cfg(feature = "machine-loader")]
pub const MACHINES: Loader = Loader {
    run: |directory, drivers, engine| {
        Box::pin(chorister_loader::machines::run(directory, drivers, engine))
    },
};

impl Loader {
    /// Keeps the machines of the engine as the directory says, until the engine stops.
    pub(crate) async fn run(
        self,
        directory: PathBuf,
        drivers: &'static [Driver],
        engine: EngineHandle,
    ) {
        (self.run)(directory, drivers, engine).await;
    }
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loader")
    }
}
