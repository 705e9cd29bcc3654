//! The JSON Schema of `*.test.yaml` and of `tests:` blocks, for editors and documentation.
//!
//! The types here say what a file looks like and are never read into; a test holds them against the keys that are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::events::KINDS;

/// The schema of a file of tests.
#[must_use]
pub fn schema() -> Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12().with_transform(
        schemars::transform::RecursiveTransform(crate::model::schema::without_null),
    );
    settings.into_generator().into_root_schema_for::<TestFile>()
}

/// Tests of machines, in virtual time.
#[derive(JsonSchema)]
#[schemars(title = "Chorister tests", deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct TestFile {
    /// The schema that an editor uses.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
    /// What the tests are about.
    description: Option<String>,
    /// The machine: a path relative to the folder of this file, or `std/NAME`; the one beside it if nothing is said.
    machine: Option<String>,
    /// Several machines that run together, the one that is meant where nothing is said first.
    machines: Option<Vec<String>>,
    /// The tests.
    tests: Vec<TestForm>,
}

/// What is given, what happens, and what has to come of it.
#[derive(JsonSchema)]
#[schemars(rename = "Test", deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
pub(crate) struct TestForm {
    /// What the machine should do, in a few words.
    #[schemars(length(min = 1))]
    name: String,
    /// More about it.
    description: Option<String>,
    /// The machine that is meant where an entry names none; the first if nothing is said.
    machine: Option<String>,
    /// How it begins.
    given: Option<Given>,
    /// What happens, in order.
    steps: Option<Vec<Step>>,
    /// What has to come of it, in any order.
    expect: Option<Vec<Expectation>>,
    /// When the test ends; at the latest time that it names if nothing is said.
    until: Option<Time>,
}

/// How a test begins.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Given {
    /// The state of the machine; its initial state if nothing is said.
    state: Option<String>,
    /// The data of the machine.
    data: Option<Map<String, Value>>,
    /// The facts of the node.
    facts: Option<Map<String, Value>>,
    /// What the wall clock shows, with its offset; 2026-01-01T00:00:00Z if nothing is said.
    #[schemars(extend("format" = "date-time"))]
    at: Option<String>,
    /// IANA name of the node's own time zone; UTC if nothing is said.
    timezone: Option<String>,
    /// What random numbers follow from.
    seed: Option<u64>,
    /// How long transitions that come too often wait, in the order in which they do; chance decides about more.
    waits: Option<Vec<Time>>,
    /// States and data of several machines, by their names.
    machines: Option<BTreeMap<String, Start>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Start {
    /// The state of the machine.
    state: Option<String>,
    /// The data of the machine.
    data: Option<Map<String, Value>>,
}

/// Something that happens: one of `watcher`, `event`, `transition`, `facts`, `data`, `clock`, `restart` and `disk`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Step {
    /// When, since the start of the test.
    at: Option<Time>,
    /// How long after the step above.
    after: Option<Time>,
    /// What the step is for.
    description: Option<String>,
    /// The machine that it happens to, by its name.
    machine: Option<String>,
    /// Watchers that run, and what they come to.
    watcher: Option<BTreeMap<String, Outcome>>,
    /// A transition that an operator fires.
    event: Option<String>,
    /// A transition that another machine of the node completes.
    transition: Option<Announcement>,
    /// The facts of the node become these.
    facts: Option<Map<String, Value>>,
    /// This is merged into the data of the machine.
    data: Option<Map<String, Value>>,
    /// How far the wall clock is put on, or back with a minus.
    clock: Option<SignedTime>,
    /// The node crashes, and starts again at once (`true`) or after a time.
    restart: Option<Restart>,
    /// The disk is full from now on, or has room again.
    disk: Option<Disk>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Announcement {
    /// The name of the other machine.
    machine: String,
    /// The name of its transition.
    event: String,
}

/// What a run comes to, by the type of the watcher.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Outcome {
    /// The exit status of the command.
    exit: Option<u8>,
    /// What the command prints.
    stdout: Option<Printed>,
    /// The name of the outcome.
    outcome: Option<OutcomeName>,
    /// The run does not end before its deadline.
    hang: Option<Always>,
    /// What a metric watcher measures.
    metrics: Option<BTreeMap<String, f64>>,
    /// What the measurement is about.
    labels: Option<BTreeMap<String, String>>,
    /// Which way a switch is turned.
    switch: Option<Switch>,
    /// How long the run takes; no time if nothing is said.
    runtime: Option<Time>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the type is a form")]
enum OutcomeName {
    Success,
    Error,
    Changed,
    Unchanged,
    Verified,
    Downloaded,
    SuccessWhen,
    FailedWhen,
    NoMatch,
}

/// Something that has to come of a test.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
enum Expectation {
    /// The state at a time, when all that happens then has happened.
    State(StateAt),
    /// A state that is entered sooner or later.
    Eventually(Eventually),
    /// Runs of a watcher that come to an outcome.
    Ran(Ran),
    /// An event that is published.
    Event(Event),
    /// What does not happen.
    Never(Never),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct StateAt {
    /// When, since the start of the test.
    at: Time,
    /// The state.
    state: String,
    /// The machine, by its name.
    machine: Option<String>,
    /// What it is for.
    description: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Eventually {
    /// What comes.
    eventually: EventualState,
    /// By when at the latest, since the start of the test.
    within: Option<Time>,
    /// The machine, by its name.
    machine: Option<String>,
    /// What it is for.
    description: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct EventualState {
    /// The state.
    state: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Ran {
    /// The watcher.
    ran: String,
    /// By when at the latest, since the start of the test.
    within: Option<Time>,
    /// How often exactly; at least once if nothing is said.
    times: Option<u32>,
    /// The machine, by its name.
    machine: Option<String>,
    /// What it is for.
    description: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Never {
    /// What does not happen.
    never: Unwanted,
    /// The machine, by its name.
    machine: Option<String>,
    /// What it is for.
    description: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
enum Unwanted {
    /// The machine is in a state.
    State(UnwantedState),
    /// A watcher comes to an outcome.
    Ran(UnwantedRun),
    /// An event is published.
    Event(Event),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct UnwantedState {
    /// The state.
    state: String,
    /// The machine, by its name.
    machine: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct UnwantedRun {
    /// The watcher.
    ran: String,
    /// The machine, by its name.
    machine: Option<String>,
}

/// An event, with fields of its data.
struct Event;

impl JsonSchema for Event {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let types: Vec<&str> = KINDS.iter().map(|it| it.name).collect();
        let time = generator.subschema_for::<Time>();
        json_schema!({
            "description": "An event that is published. All other keys are fields of its data.",
            "type": "object",
            "required": ["event"],
            "properties": {
                "event": {"description": "The type of the event.", "enum": types},
                "within": time,
                "times": {
                    "description": "How often exactly; at least once if nothing is said.",
                    "type": "integer",
                    "minimum": 0,
                },
                "machine": {"description": "The machine, by its name.", "type": "string"},
                "description": {"description": "What it is for.", "type": "string"},
            },
        })
    }
}

/// Declares the schema of a value.
macro_rules! values {
    ($($(#[$meta:meta])* $name:ident = $schema:tt;)*) => {
        $(
            $(#[$meta])*
            struct $name;

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn inline_schema() -> bool {
                    true
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!($schema)
                }
            }
        )*
    };
}

values! {
    /// `true`.
    Always = {"const": true};
    /// The disk.
    Disk = {"enum": ["full", "free"]};
    /// What a command prints.
    Printed = {"type": ["string", "number", "boolean"]};
    /// `true`, or a time.
    Restart = {
        "anyOf": [
            {"const": true},
            {"type": "string", "pattern": r"^\s*(\d+(\.\d*)?[wWdDMyY]|((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+)\s*$"},
        ],
    };
    /// A time that may be negative.
    SignedTime = {
        "type": "string",
        "pattern": r"^\s*[+-]?(\d+(\.\d*)?[wWdDMyY]|((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+)\s*$",
        "examples": ["+1h", "-1h"],
    };
    /// Which way a switch is turned. YAML readers differ in what `on` is.
    Switch = {"enum": ["on", "off", true, false]};
    /// A time since the start of the test, or since another step.
    Time = {
        "type": "string",
        "pattern": r"^\s*(\d+(\.\d*)?[wWdDMyY]|((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+)\s*$",
        "examples": ["90s", "1h30m", "2d"],
    };
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;
    use crate::form::Level;

    #[track_caller]
    fn check(at: &str, level: &Level) {
        level.assert_schema(&schema(), at);
    }

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        check("", &keys::FILE);
        for (name, level) in [
            ("Test", &keys::TEST),
            ("Given", &keys::GIVEN),
            ("Start", &keys::START),
            ("Step", &keys::STEP),
            ("Announcement", &keys::TRANSITION),
            ("Outcome", &keys::OUTCOME),
            ("StateAt", &keys::STATE_AT),
            ("Eventually", &keys::EVENTUALLY),
            ("EventualState", &keys::EVENTUAL_STATE),
            ("Ran", &keys::RAN),
            ("Never", &keys::NEVER),
            ("UnwantedState", &keys::NEVER_STATE),
            ("UnwantedRun", &keys::NEVER_RAN),
        ] {
            check(&format!("/$defs/{name}"), level);
        }
    }

    #[test]
    fn null_is_nowhere() {
        assert!(!serde_json::to_string(&schema()).unwrap().contains("null"));
    }
}
