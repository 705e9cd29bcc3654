//! Which keys a DDL has, level by level.

use crate::form::{Family, Level};

const fn level(name: &'static str, keys: &'static [&'static str]) -> Level {
    Level {
        name,
        keys,
        family: &ALL,
    }
}

/// The file of an agent.
pub(super) static AGENT: Level = level("the DDL of an agent", &["metadata", "actions", "$schema"]);
/// The file of a data plugin.
pub(super) static DATA: Level = level(
    "the DDL of a data plugin",
    &["metadata", "query", "output", "exec", "$schema"],
);
pub(super) static METADATA: Level = level(
    "`metadata`",
    &[
        "name",
        "description",
        "author",
        "license",
        "version",
        "url",
        "timeout",
        "provider",
        "service",
    ],
);
pub(super) static ACTION: Level = level(
    "an action",
    &[
        "action",
        "description",
        "display",
        "input",
        "output",
        "aggregate",
        "exec",
        "machine",
    ],
);
pub(super) static INPUT: Level = level(
    "an input",
    &[
        "prompt",
        "description",
        "type",
        "optional",
        "default",
        "validation",
        "maxlength",
        "list",
        "items",
    ],
);
pub(super) static OUTPUT: Level = level(
    "an output",
    &["description", "display_as", "type", "default", "items"],
);
pub(super) static AGGREGATE: Level = level("an aggregate", &["function", "args"]);
pub(super) static EXEC: Level = level(
    "`exec`",
    &[
        "command",
        "environment",
        "success",
        "output",
        "background",
        "timeout",
    ],
);
pub(super) static EXTRACT: Level = level("where an output comes from", &["line", "match", "json"]);
pub(super) static MACHINE: Level = level("`machine`", &["machine", "transition", "wait"]);
pub(super) static WAIT: Level = level("`wait`", &["states", "timeout"]);

/// The levels in which a misplaced key is looked for.
static ALL: Family = Family(&[
    &AGENT, &METADATA, &ACTION, &INPUT, &OUTPUT, &AGGREGATE, &EXEC, &EXTRACT, &MACHINE, &WAIT,
]);
