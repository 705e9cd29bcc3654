//! Which keys a check file has, level by level.

use crate::class::keys as class;
use crate::form::{Family, Level};
use crate::row::row_keys;

const fn level(name: &'static str, keys: &'static [&'static str]) -> Level {
    Level {
        name,
        keys,
        family: &ALL,
    }
}

/// The file itself.
pub(super) static FILE: Level = level("a check file", &["$schema", "description", "checks"]);
pub(super) static CHECK: Level = level("a check", row_keys!());

/// The levels in which a misplaced key is looked for. What a check runs is said by its class.
static ALL: Family = Family(&[&FILE, &CHECK, &class::TOP]);
