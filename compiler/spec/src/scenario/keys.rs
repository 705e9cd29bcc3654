//! Which keys a file of tests has, level by level.

use crate::form::{Family, Level};

const fn level(name: &'static str, keys: &'static [&'static str]) -> Level {
    Level {
        name,
        keys,
        family: &ALL,
    }
}

/// The file itself.
pub(super) static FILE: Level = level(
    "a file of tests",
    &["$schema", "description", "machine", "machines", "tests"],
);
pub(super) static TEST: Level = level(
    "a test",
    &[
        "name",
        "description",
        "machine",
        "given",
        "steps",
        "expect",
        "until",
    ],
);
pub(super) static GIVEN: Level = level(
    "`given`",
    &[
        "state", "data", "facts", "at", "timezone", "seed", "waits", "machines",
    ],
);
pub(super) static START: Level = level("a machine of `given`", &["state", "data"]);
pub(super) static STEP: Level = level(
    "a step",
    &[
        "at",
        "after",
        "description",
        "machine",
        "watcher",
        "event",
        "transition",
        "facts",
        "data",
        "clock",
        "restart",
        "disk",
    ],
);
pub(super) static TRANSITION: Level = level("`transition`", &["machine", "event"]);
pub(super) static OUTCOME: Level = level(
    "an outcome",
    &[
        "exit", "stdout", "outcome", "hang", "metrics", "labels", "switch", "runtime",
    ],
);
pub(super) static STATE_AT: Level = level(
    "the expectation of a state",
    &["at", "state", "machine", "description"],
);
pub(super) static RAN: Level = level(
    "the expectation of a run",
    &["ran", "within", "times", "machine", "description"],
);
pub(super) static EVENTUALLY: Level = level(
    "the expectation of a state",
    &["eventually", "within", "machine", "description"],
);
pub(super) static NEVER: Level = level("`never`", &["never", "machine", "description"]);
pub(super) static NEVER_STATE: Level = level("`never`", &["state", "machine"]);
pub(super) static NEVER_RAN: Level = level("`never`", &["ran", "machine"]);
pub(super) static EVENTUAL_STATE: Level = level("`eventually`", &["state"]);

/// What an expectation of an event has besides fields of the event's data.
pub(super) const EVENT: [&str; 5] = ["event", "within", "times", "machine", "description"];

/// The levels in which a misplaced key is looked for.
static ALL: Family = Family(&[
    &FILE,
    &TEST,
    &GIVEN,
    &START,
    &STEP,
    &TRANSITION,
    &OUTCOME,
    &STATE_AT,
    &RAN,
    &EVENTUALLY,
    &NEVER,
]);
