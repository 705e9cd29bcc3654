//! The JSON Schema of `distribution.yaml`, for editors and documentation.
//!
//! The types here say what a file looks like and are never read into; a test holds them against the keys that are.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;
use std::borrow::Cow;

use crate::row::{self, schema::RowForm};

/// The schema of a distribution.
#[must_use]
pub fn schema() -> Schema {
    row::schema::of::<DistributionFile>(true)
}

/// What a binary is made of: its machines, what may be loaded at run time, its limits.
#[derive(JsonSchema)]
#[schemars(title = "Chorister distribution", deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct DistributionFile {
    /// Name of the binary.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]*$"), length(max = 64))]
    name: String,
    /// `MAJOR.MINOR.PATCH`.
    #[schemars(regex(pattern = r"^\d+\.\d+\.\d+$"))]
    version: String,
    /// What the binary is for.
    description: Option<String>,
    /// What the binary is in a network; `server` if nothing is said.
    roles: Option<Vec<RoleName>>,
    /// Machines that are compiled in.
    machines: Option<Vec<Machine>>,
    /// RPC agents that are compiled in.
    agents: Option<Vec<Agent>>,
    /// Data plugins that are compiled in.
    data: Option<Vec<Agent>>,
    /// Check classes and checks.
    checks: Option<Checks>,
    /// What may come at run time; nothing if nothing is said.
    loaded: Option<Loaded>,
    /// Compiled-in configuration.
    defaults: Option<Defaults>,
    /// What the binary may use; a machine that needs more is an error.
    capabilities: Option<Capabilities>,
    /// What the binary is expected to use at most; a later release enforces it.
    budget: Option<Budget>,
    /// Largest size of the binary, such as `8MiB`.
    max_size: Option<Size>,
    /// Switches of the build.
    features: Option<Features>,
    /// Tests of the distribution: files, in whose names `*` stands for anything, and tests in place.
    tests: Option<Vec<TestEntry>>,
    /// The schema that an editor uses.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
enum TestEntry {
    /// Files of tests, relative to this one.
    Files(String),
    /// A test of all machines together.
    Test(Box<crate::scenario::TestForm>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "the type is a form")]
enum RoleName {
    /// A node that runs machines.
    Server,
    /// A later release builds it.
    Client,
    /// A later release builds it.
    Broker,
    /// A later release builds it.
    Provisioner,
    /// A later release builds it.
    Aaa,
    /// A later release builds it.
    Federation,
    /// A later release builds it.
    Adapter,
    /// A later release builds it.
    Tally,
    /// A later release builds it.
    Gateway,
    /// A later release builds it.
    Emulator,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
enum Machine {
    /// A file relative to this one, or `std/NAME`.
    Path(String),
    /// A machine of Chorister.
    Use(UseMachine),
    /// A file of the author, or of others.
    Spec(SpecMachine),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
enum Agent {
    /// A DDL relative to this file, or `std/NAME` of an agent.
    Path(String),
    /// An agent or a data plugin that is said more of.
    Said(SaidAgent),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct SaidAgent {
    /// `std/NAME`.
    r#use: Option<String>,
    /// A DDL relative to this file.
    spec: Option<String>,
    /// Path of the type in Rust that does what is neither a command nor a transition: `crate::actions::Disk`.
    implementation: Option<String>,
    /// Whether what Choria passes over in silence is a warning at most.
    lenient: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct UseMachine {
    /// `std/NAME`.
    r#use: String,
    /// Whether unknown keys of the machine are warnings at most.
    lenient: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct SpecMachine {
    /// A file relative to this one.
    spec: String,
    /// Whether unknown keys of the machine are warnings at most.
    lenient: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Checks {
    /// Check classes: files relative to this one, or `std/NAME`.
    classes: Option<Vec<String>>,
    /// Checks that are compiled in.
    instances: Option<Vec<Instance>>,
}

/// A check that is compiled in: that of a check file, with its name among its keys.
struct Instance;

impl JsonSchema for Instance {
    fn schema_name() -> Cow<'static, str> {
        "Instance".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = json_schema!({
            "description": "Its name, unique on a node.",
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9_-]*$",
            "maxLength": 50,
        });
        let mut schema = RowForm::json_schema(generator);
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.insert("name".to_owned(), name.into());
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.push("name".into());
        }
        schema
    }
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Loaded {
    /// The directory whose sub-directories are machines, from `/` on, or `none`.
    #[schemars(regex(pattern = "^(none|/.*)$"))]
    machines: Option<String>,
    /// The directory of check files, from `/` on, or `none`.
    #[schemars(regex(pattern = "^(none|/.*)$"))]
    checks: Option<String>,
    /// A signed bundle of check files beside that directory.
    bundle: Option<BundleForm>,
    /// The directory of agents in other languages, from `/` on, or `none`.
    #[schemars(regex(pattern = "^(none|/.*)$"))]
    external_agents: Option<String>,
}

/// Whose signatures count, and where the bundle comes from.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct BundleForm {
    /// A public key as 64 hexadecimal digits, or several; left to the command line if nothing is said.
    key: Option<OneOrMore>,
    /// An HTTPS URL, a file from `/` on, or `kv:BUCKET/KEY`; left to the command line if nothing is said.
    #[schemars(regex(pattern = "^(https://|/|kv:[^/]+/)"))]
    source: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// A `chorister.yaml` within a distribution.
struct Defaults;

impl JsonSchema for Defaults {
    fn schema_name() -> Cow<'static, str> {
        "Defaults".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = chorister_settings::schema();
        schema.remove("$schema");
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.shift_remove("$schema");
        }
        schema
    }
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Capabilities {
    /// Whether what is not listed is refused.
    enforce: Option<bool>,
    /// Programs that may be run.
    exec: Option<Vec<String>>,
    /// Paths that may be read.
    read: Option<Vec<String>>,
    /// Paths that may be written.
    write: Option<Vec<String>>,
    /// What may be connected to.
    connect: Option<Vec<String>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Budget {
    /// Resident memory, such as `12MiB`.
    rss: Option<Size>,
    /// Events published in a second.
    #[schemars(range(min = 1))]
    events_per_second: Option<u32>,
    /// Child processes started in a second.
    #[schemars(range(min = 1))]
    forks_per_second: Option<u32>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Features {
    /// Whether protections are off that a network of real nodes needs.
    insecure_for_tests: Option<bool>,
    /// Whether the text of specs is part of the binary; it is if nothing is said.
    embed_specs: Option<bool>,
    /// Whether a build runs the tests; it does if nothing is said.
    run_tests: Option<bool>,
    /// Whether policies in Rego are evaluated; they are not if nothing is said.
    rego: Option<bool>,
    /// Whether nodes without a certificate get one from cert-manager in Kubernetes; they do not if nothing is said.
    certmanager: Option<bool>,
    /// Whether people may have their keys in token devices, over PKCS#11; they may not if nothing is said.
    pkcs11: Option<bool>,
}

/// A number of bytes with a unit.
struct Size;

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "minimum": 0,
            "pattern": r"^\d+(\.\d+)? *([kKmMgG]([iI])?)?[bB]?$",
        })
    }
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
        check("", &keys::TOP);
        check("/properties/loaded", &keys::LOADED);
        check("/properties/loaded/properties/bundle", &keys::BUNDLE);
        check("/properties/defaults", &keys::DEFAULTS);
        check("/properties/capabilities", &keys::CAPABILITIES);
        check("/properties/checks", &keys::CHECKS);
        check(
            "/properties/checks/properties/instances/items",
            &keys::INSTANCE,
        );
        check("/properties/budget", &keys::BUDGET);
        check("/properties/features", &keys::FEATURES);
    }

    #[test]
    fn null_is_nowhere() {
        assert!(!serde_json::to_string(&schema()).unwrap().contains("null"));
    }
}
