//! Parts of a node that the engine does not know, asked through its control socket.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;

/// Answers a question at once, or says why not.
pub type Part = Arc<dyn Fn(Value) -> Result<Value, String> + Send + Sync>;

/// The parts of a node, by their names.
#[derive(Clone, Default)]
pub(crate) struct Parts(Arc<RwLock<BTreeMap<&'static str, Part>>>);

// === impl Parts ===

impl Parts {
    /// Has a part asked from now on.
    pub(crate) fn set(&self, name: &'static str, part: Part) {
        let mut parts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        parts.insert(name, part);
    }

    /// Asks a part.
    ///
    /// # Errors
    /// There is none, or it says why not.
    pub(crate) fn ask(&self, name: &str, question: Value) -> Result<Value, String> {
        let parts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let part = parts.get(name).cloned();
        drop(parts);
        let part = part.ok_or_else(|| format!("this node has no {name}"))?;
        part(question)
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts")
    }
}
