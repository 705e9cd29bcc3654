//! The JSON Schema of `*.ddl.yaml`, for editors and documentation.
//!
//! The types here say what a file looks like and are never read into; a test holds them against the keys that are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chorister_ir::ddl::ValueType;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::row;
use crate::row::schema::{Time, WordForm};

/// The schema of a DDL.
#[must_use]
pub fn schema() -> Schema {
    row::schema::of::<DdlFile>(false)
}

/// What an RPC agent can be asked, or what a data plugin answers.
#[derive(JsonSchema)]
#[schemars(title = "Chorister DDL", untagged)]
#[expect(dead_code, reason = "the type is a form")]
enum DdlFile {
    /// An RPC agent.
    Agent(AgentForm),
    /// A data plugin.
    Data(Box<DataForm>),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct AgentForm {
    /// What the agent says of itself.
    metadata: MetadataForm,
    /// What it can be asked.
    actions: Vec<ActionForm>,
    /// The schema that an editor uses.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct DataForm {
    /// What the plugin says of itself.
    metadata: MetadataForm,
    /// What it is asked for; nothing if this is left out.
    query: Option<InputForm>,
    /// What it answers, by name.
    output: BTreeMap<String, OutputForm>,
    /// A command that answers; a method in Rust if this is left out.
    exec: Option<ExecForm>,
    /// The schema that an editor uses.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct MetadataForm {
    /// Name of the agent, a part of its subjects.
    #[schemars(regex(pattern = "^[a-z0-9_]+$"))]
    name: String,
    /// What it is for.
    description: Option<String>,
    /// Who wrote it.
    author: Option<String>,
    /// Its licence, as SPDX names it.
    license: Option<String>,
    /// `MAJOR.MINOR.PATCH`.
    #[schemars(regex(pattern = r"^(\d+\.)?(\d+\.)?(\*|\d+)$"))]
    version: String,
    /// Where more is said about it.
    url: Option<String>,
    /// How long an action may take, in seconds.
    #[schemars(range(min = 2))]
    timeout: u32,
    /// Who hosts it; a program of its own or Ruby, or `golang` for what is compiled in.
    provider: Option<ProviderForm>,
    /// Whether one node of many answers.
    service: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "the type is a form")]
enum ProviderForm {
    External,
    Ruby,
    Golang,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct ActionForm {
    /// Name of the action.
    #[schemars(regex(pattern = "^[a-z0-9_]+$"))]
    action: String,
    /// What it does.
    description: Option<String>,
    /// Which replies a command line shows; `failed` if nothing is said.
    display: Option<DisplayForm>,
    /// What it is given, by name.
    input: Option<BTreeMap<String, InputForm>>,
    /// What it answers, by name.
    output: Option<BTreeMap<String, OutputForm>>,
    /// How the answers of many nodes are summed up.
    aggregate: Option<Vec<AggregateForm>>,
    /// A command that does it.
    exec: Option<ExecForm>,
    /// A transition of a machine that does it.
    machine: Option<MachineForm>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "the type is a form")]
enum DisplayForm {
    Ok,
    Failed,
    Always,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct InputForm {
    /// What people are asked.
    prompt: Option<String>,
    /// What it means.
    description: Option<String>,
    /// Which values it has.
    r#type: TypeForm,
    /// Whether it may be left out.
    optional: Option<bool>,
    /// Its value where none is given.
    default: Option<Value>,
    /// `shellsafe`, `ipv4address`, `ipv6address`, `ipaddress` or a regular expression, for strings.
    validation: Option<String>,
    /// How many bytes a string has at most.
    maxlength: Option<u32>,
    /// The only values of a list.
    list: Option<Vec<String>>,
    /// The type of the items of an array.
    items: Option<TypeForm>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct OutputForm {
    /// What it means.
    description: Option<String>,
    /// What people see beside it.
    display_as: Option<String>,
    /// Which values it has; any if nothing is said.
    r#type: Option<TypeForm>,
    /// Its value where the action gives none.
    default: Option<Value>,
    /// The type of the items of an array.
    items: Option<TypeForm>,
}

/// The type of a value. Upstream writes two of them with a capital.
struct TypeForm;

impl JsonSchema for TypeForm {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Type".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = ValueType::ALL.map(ValueType::name);
        let names: Vec<_> = names.into_iter().chain(["Hash", "Array"]).collect();
        json_schema!({"type": "string", "enum": names})
    }
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct AggregateForm {
    /// What is done.
    function: FunctionForm,
    /// The output, and options: `format`, and labels by values.
    #[schemars(length(min = 1, max = 2))]
    args: Vec<Value>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the type is a form")]
enum FunctionForm {
    /// Counts each value.
    Summary,
    /// Counts each value, with labels for `true` and `false`.
    BooleanSummary,
    /// The mean.
    Average,
    /// A drawing.
    Chart,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct ExecForm {
    /// The program and its arguments, in which `{{NAME}}` is the value of an input; no shell.
    #[schemars(length(min = 1))]
    command: Vec<WordForm>,
    /// Variables for its environment.
    environment: Option<BTreeMap<String, String>>,
    /// The exit codes that mean success; `[0]` if nothing is said.
    #[schemars(length(min = 1))]
    success: Option<Vec<u8>>,
    /// Where outputs come from; an object on standard output if nothing is said.
    output: Option<BTreeMap<String, ExtractForm>>,
    /// Whether it outlives the request, which is answered with the `id` of the job that it is.
    background: Option<bool>,
    /// When a command in the background is ended; after a day if nothing is said.
    timeout: Option<Time>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
enum ExtractForm {
    /// All of it.
    Whole(WholeForm),
    /// A part of standard output.
    Part(PartForm),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the type is a form")]
enum WholeForm {
    Stdout,
    Stderr,
    ExitCode,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct PartForm {
    /// A line, from 1; from -1 at the end.
    line: Option<i64>,
    /// What a regular expression finds, its first group if it has one.
    r#match: Option<String>,
    /// A path into the JSON that was printed.
    json: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct MachineForm {
    /// The machine.
    machine: String,
    /// The transition that is fired.
    transition: String,
    /// What is waited for; nothing if this is left out.
    wait: Option<WaitForm>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct WaitForm {
    /// States, one of which is enough.
    #[schemars(length(min = 1))]
    states: Vec<String>,
    /// How long at most.
    timeout: Option<Time>,
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let schema = schema();
        for (level, form) in [
            (&keys::AGENT, "AgentForm"),
            (&keys::DATA, "DataForm"),
            (&keys::METADATA, "MetadataForm"),
            (&keys::ACTION, "ActionForm"),
            (&keys::INPUT, "InputForm"),
            (&keys::OUTPUT, "OutputForm"),
            (&keys::AGGREGATE, "AggregateForm"),
            (&keys::EXEC, "ExecForm"),
            (&keys::EXTRACT, "PartForm"),
            (&keys::MACHINE, "MachineForm"),
            (&keys::WAIT, "WaitForm"),
        ] {
            level.assert_schema(&schema, &format!("/$defs/{form}"));
        }
    }
}
