//! Which keys a check file has, level by level.

use crate::form::{Family, Level};

const fn level(name: &'static str, keys: &'static [&'static str]) -> Level {
    Level {
        name,
        keys,
        family: &ALL,
    }
}

/// The file itself.
pub(super) static FILE: Level = level("a check file", &["$schema", "description", "checks"]);
pub(super) static CHECK: Level = level(
    "a check",
    &["class", "with", "interval", "timeout", "annotations"],
);

/// The levels in which a misplaced key is looked for.
static ALL: Family = Family(&[&FILE, &CHECK]);
