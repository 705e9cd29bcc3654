//! Which keys a check class has, level by level.

use crate::form::{Family, Level};

const fn level(name: &'static str, keys: &'static [&'static str]) -> Level {
    Level {
        name,
        keys,
        family: &ALL,
    }
}

/// The file itself.
pub(crate) static TOP: Level = level(
    "a check class",
    &[
        "class",
        "version",
        "description",
        "parameters",
        "run",
        "interval",
        "timeout",
        "retry",
        "flapping",
        "active",
        "depends_on",
        "remediate",
        "annotations",
        "publish",
        "tests",
        "$schema",
    ],
);
pub(crate) static PARAMETER: Level = level(
    "a parameter",
    &[
        "type",
        "description",
        "default",
        "optional",
        "unit",
        "minimum",
        "maximum",
        "pattern",
        "values",
        "max_length",
        "max_items",
        "greater_than",
        "less_than",
    ],
);
pub(crate) static RUN: Level = level("`run`", &["plugin", "environment", "goss", "builtin"]);
pub(crate) static RETRY: Level = level("`retry`", &["attempts", "interval"]);
pub(crate) static FLAPPING: Level = level("`flapping`", &["window", "high", "low"]);
pub(crate) static ACTIVE: Level = level("`active`", &["schedule", "timezone"]);
pub(crate) static REMEDIATE: Level = level(
    "`remediate`",
    &["command", "states", "interval", "attempts", "timeout"],
);
pub(crate) static PUBLISH: Level = level("`publish`", &["policy", "summary"]);

/// The levels in which a misplaced key is looked for.
static ALL: Family = Family(&[
    &TOP, &PARAMETER, &RUN, &RETRY, &FLAPPING, &ACTIVE, &REMEDIATE, &PUBLISH,
]);
