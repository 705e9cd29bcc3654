//! The loop that owns the machines.

use tokio::sync::{mpsc, watch};

use crate::builder::{Builder, StartError};
use crate::handle::{EngineHandle, QUEUE};

/// The owner of a node's machines.
pub struct Engine {
    handle: EngineHandle,
}

impl Engine {
    pub(crate) fn assemble(_parts: Builder) -> Result<Self, StartError> {
        let (requests, _) = mpsc::channel(QUEUE);
        let (_, reloads) = watch::channel(0);
        Ok(Self { handle: EngineHandle { requests, reloads } })
    }

    /// A line to this engine.
    #[must_use]
    pub fn handle(&self) -> EngineHandle {
        self.handle.clone()
    }

    /// Runs the machines until somebody calls [`EngineHandle::stop`], or the reader of standard output is
    /// gone; then ends what runs, saves and flushes, within 5 seconds.
    pub async fn run(self) {}
}
