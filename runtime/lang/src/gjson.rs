//! gjson paths: how facts and machine data are addressed.

use std::borrow::Cow;

use serde_json::Value;

/// The value that a path leads to.
#[must_use]
pub fn get<'a>(value: &'a Value, path: &str) -> Option<Cow<'a, Value>> {
    value.get(path).map(Cow::Borrowed)
}
