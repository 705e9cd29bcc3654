//! Asking nodes group by group.

use core::num::NonZeroUsize;
use core::time::Duration;
use std::collections::VecDeque;

/// How nodes are asked group by group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batches {
    /// How many nodes are in a group.
    pub size: NonZeroUsize,
    /// How long to wait after a group before the next one.
    pub sleep: Duration,
}

/// Nodes that are still to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    nodes: VecDeque<String>,
    size: usize,
    begun: usize,
    batches: usize,
}

// === impl Queue ===

impl Queue {
    /// All of these nodes, in groups or at once.
    pub(crate) fn new(nodes: Vec<String>, batches: Option<Batches>) -> Self {
        let size = batches.map_or(usize::MAX, |it| it.size.get());
        Self {
            batches: nodes.len().div_ceil(size),
            nodes: nodes.into(),
            size,
            begun: 0,
        }
    }

    /// The next group.
    pub(crate) fn next(&mut self) -> Option<Vec<String>> {
        let size = self.size.min(self.nodes.len());
        if size == 0 {
            return None;
        }
        self.begun += 1;
        Some(self.nodes.drain(..size).collect())
    }

    /// Whether there are no more groups.
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many groups were taken.
    pub(crate) const fn begun(&self) -> usize {
        self.begun
    }

    /// How many groups there were at the beginning.
    pub(crate) const fn batches(&self) -> usize {
        self.batches
    }
}
