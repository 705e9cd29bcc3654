//! Single messages on their way into the spool.

use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chorister_engine::sink::Outlet;

use crate::sink::Writer;
use crate::{Line, Spool};

/// Puts messages into a spool, and waits for no disk.
#[derive(Debug)]
pub struct Letters {
    outlet: Mutex<Outlet>,
}

impl Letters {
    /// One that puts messages into this spool.
    ///
    /// # Errors
    /// The thread that writes cannot be started.
    pub fn new(spool: Arc<Spool>) -> io::Result<Self> {
        let outlet = Outlet::start(Writer(spool))?;
        Ok(Self {
            outlet: Mutex::new(outlet),
        })
    }

    /// Puts a message at the end.
    pub fn put(&self, line: Line<'_>) {
        let mut bytes = Vec::new();
        line.write(&mut bytes);
        let mut outlet = self.outlet();
        outlet.line(&bytes);
        outlet.seal();
        outlet.settle();
    }

    /// Waits until everything is in the spool, but no longer than this; called once, at the end.
    pub fn finish(&self, limit: Duration) {
        self.outlet().finish(limit);
    }

    fn outlet(&self) -> MutexGuard<'_, Outlet> {
        self.outlet.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
