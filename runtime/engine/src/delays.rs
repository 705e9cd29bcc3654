//! What has begun and has to end before the node is ready.

use std::sync::{Arc, Mutex, PoisonError};

/// The delays of a node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delays(Arc<Mutex<Vec<&'static str>>>);

/// Keeps the node from being ready until it is dropped.
#[derive(Debug)]
#[must_use = "it is over when it is dropped"]
pub struct Delay {
    delays: Delays,
    reason: &'static str,
}

// === impl Delays ===

impl Delays {
    pub(crate) fn begin(&self, reason: &'static str) -> Delay {
        self.with(|reasons| reasons.push(reason));
        Delay {
            delays: self.clone(),
            reason,
        }
    }

    /// Why the node is not ready, a sentence for each.
    pub(crate) fn reasons(&self) -> Vec<String> {
        self.with(|reasons| reasons.iter().map(|it| (*it).to_owned()).collect())
    }

    fn with<T>(&self, what: impl FnOnce(&mut Vec<&'static str>) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

// === impl Delay ===

impl Drop for Delay {
    fn drop(&mut self) {
        self.delays.with(|reasons| {
            if let Some(at) = reasons.iter().position(|it| *it == self.reason) {
                reasons.swap_remove(at);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_over_when_it_is_dropped() {
        let delays = Delays::default();
        let (first, second) = (delays.begin("a"), delays.begin("a"));
        drop(first);
        assert_eq!(delays.reasons(), ["a"]);
        drop(second);
        assert!(delays.reasons().is_empty());
    }
}
