//! The JSON Schema of `*.check.yaml`, for editors and documentation.
//!
//! The types here say what a file looks like and are never read into; a test holds them against the keys that are.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::row;
use crate::row::schema::{
    ActiveForm, FlappingForm, NamesForm, PublishForm, RetryForm, Time, WordForm,
};

/// The schema of a check class.
#[must_use]
pub fn schema() -> Schema {
    row::schema::of::<ClassFile>(false)
}

/// A kind of check: its parameters, what it runs, and what its checks inherit.
#[derive(JsonSchema)]
#[schemars(title = "Chorister check class", deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct ClassFile {
    /// Name of the class, by which checks know it.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"), length(max = 50))]
    class: String,
    /// `MAJOR.MINOR.PATCH`; `1.0.0` if nothing is said.
    #[schemars(regex(pattern = r"^\d+\.\d+\.\d+$"))]
    version: Option<String>,
    /// What its checks look at.
    description: Option<String>,
    /// What a check may set, by name.
    parameters: Option<BTreeMap<String, ParameterForm>>,
    /// What a check runs.
    run: Run,
    /// Time between two runs; `5m` if nothing is said.
    interval: Option<Time>,
    /// How long a run may take; `10s` if nothing is said.
    timeout: Option<Time>,
    /// How a result that differs is confirmed before it counts.
    retry: Option<RetryForm>,
    /// When a check changes too often to be believed.
    flapping: Option<FlappingForm>,
    /// When it runs; always if nothing is said.
    active: Option<ActiveForm>,
    /// Checks and machines: while one of them is CRITICAL, a check is skipped.
    depends_on: Option<NamesForm>,
    /// What is done about a bad state.
    remediate: Option<Remediate>,
    /// Free text for those who show the check.
    annotations: Option<BTreeMap<String, String>>,
    /// What is published of it; everything if nothing is said.
    publish: Option<PublishForm>,
    /// Tests of the class.
    tests: Option<Vec<crate::scenario::TestForm>>,
    /// The schema that an editor uses.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
}

/// What a check may set.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct ParameterForm {
    /// Which values it has.
    r#type: Type,
    /// What it means.
    description: Option<String>,
    /// Its value where a check gives none.
    default: Option<Value>,
    /// Whether it may have no value at all.
    optional: Option<bool>,
    /// What its values count, for people.
    unit: Option<String>,
    /// The least that it is.
    minimum: Option<Value>,
    /// The most that it is.
    maximum: Option<Value>,
    /// A regular expression for strings and the items of lists.
    pattern: Option<String>,
    /// The only values of a string, or items of a list.
    values: Option<Vec<String>>,
    /// How many characters a string has at most.
    #[schemars(range(min = 1))]
    max_length: Option<u32>,
    /// How many items a list has at most.
    #[schemars(range(min = 1))]
    max_items: Option<u32>,
    /// Another parameter, which is less.
    greater_than: Option<String>,
    /// Another parameter, which is greater.
    less_than: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "the type is a form")]
enum Type {
    /// Text on one line.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// `true` or `false`.
    Boolean,
    /// A time, such as `90s` or `2d`.
    Duration,
    /// A number of bytes, such as `8MiB`.
    Size,
    /// A share of a whole, such as `80%`.
    Percent,
    /// A number, a share or a range, as monitoring plugins write it.
    Threshold,
    /// Some texts.
    List,
    /// What nobody may see; a check says where it is kept.
    Secret,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
enum Run {
    /// A monitoring plugin.
    Plugin(PluginForm),
    /// A goss file; the parameters are its variables.
    Goss(GossForm),
    /// A check that is part of the program.
    Builtin(BuiltinForm),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct PluginForm {
    /// The program and its arguments, in which `{{NAME}}` is the value of a parameter.
    #[schemars(length(min = 1))]
    plugin: Vec<WordForm>,
    /// Variables for its environment.
    environment: Option<BTreeMap<String, String>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct GossForm {
    /// The file, relative to this one.
    goss: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct BuiltinForm {
    /// Name of the check.
    builtin: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct Remediate {
    /// What is run.
    #[schemars(length(min = 1))]
    command: Vec<WordForm>,
    /// The states in which it is; `CRITICAL` if nothing is said.
    states: Option<Vec<StateName>>,
    /// Time between two runs; `15m` if nothing is said.
    interval: Option<Time>,
    /// How many runs there are before it is left to people; any number if nothing is said.
    #[schemars(range(min = 1, max = 1000))]
    attempts: Option<u32>,
    /// How long a run may take; `1m` if nothing is said.
    timeout: Option<Time>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "the type is a form")]
enum StateName {
    /// Something is broken.
    Critical,
    /// Something wants attention.
    Warning,
    /// Nobody knows.
    Unknown,
    /// Everything is as it should be.
    Ok,
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let schema = schema();
        keys::TOP.assert_schema(&schema, "");
        keys::PARAMETER.assert_schema(&schema, "/$defs/ParameterForm");
        keys::RETRY.assert_schema(&schema, "/$defs/RetryForm");
        keys::FLAPPING.assert_schema(&schema, "/$defs/FlappingForm");
        keys::ACTIVE.assert_schema(&schema, "/$defs/ActiveForm");
        keys::REMEDIATE.assert_schema(&schema, "/$defs/Remediate");
        keys::PUBLISH.assert_schema(&schema, "/$defs/PolicyAndSummary");
    }
}
