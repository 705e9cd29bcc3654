//! What is told while a request goes on.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use chorister_security::ReplyRefusal;

use crate::Statistics;

/// What is told while a request goes on, besides its replies.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A node was found.
    Found {
        /// The node.
        node: &'a str,
    },
    /// All nodes were found; not told where they are given.
    Discovered {
        /// How many.
        nodes: usize,
        /// How long it took.
        took: Duration,
    },
    /// Nodes were asked.
    Asked {
        /// Which group of nodes it is, from 1.
        batch: usize,
        /// How many groups there are.
        of: usize,
        /// How many nodes are in it; 0 where they were not asked by their names.
        nodes: usize,
    },
    /// Something came that is not believed.
    Refused {
        /// Why not.
        reason: &'a ReplyRefusal,
    },
    /// It is over.
    Finished(&'a Statistics),
}

/// Whom progress is told to.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Observe>>);

type Observe = dyn Fn(Progress<'_>) + Send + Sync;

// === impl Observer ===

impl Observer {
    pub(crate) fn new(observe: impl Fn(Progress<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    pub(crate) fn tell(&self, progress: Progress<'_>) {
        if let Some(observe) = &self.0 {
            observe(progress);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.0.is_some()).finish()
    }
}
