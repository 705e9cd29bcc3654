//! Regular expressions of inputs, compiled once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chorister_lang::re2::{self, Regex};

/// Most patterns that are remembered: DDLs of a node have fewer, and one that has more only becomes slower.
const MOST: usize = 1024;

type Compiled = Option<Arc<Regex>>;

static KNOWN: RwLock<Option<HashMap<String, Compiled>>> = RwLock::new(None);

/// Whether a part of the text matches; `None` where the pattern cannot be read.
pub(crate) fn is_match(pattern: &str, text: &str) -> Option<bool> {
    compiled(pattern).map(|it| it.is_match(text))
}

/// The pattern, compiled; `None` where it cannot be read.
pub(crate) fn compiled(pattern: &str) -> Compiled {
    {
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = known.as_ref().and_then(|it| it.get(pattern)) {
            return it.clone();
        }
    }
    let regex = re2::compile(pattern).ok().map(Arc::new);
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if known.len() < MOST {
        known.insert(pattern.to_owned(), regex.clone());
    }
    regex
}

/// Whether Choria takes this for the name of a validation, and so never for a pattern.
///
/// Compat: go-choria providers/agent/mcorpc/ddl/common/input_item.go: what begins with a small letter is a name.
#[must_use]
pub fn is_ignored_pattern(validation: &str) -> bool {
    validation.starts_with(|it: char| it.is_ascii_lowercase())
}
