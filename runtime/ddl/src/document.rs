//! A DDL as the JSON that the tools of Choria read.

use chorister_ir::ddl::{Aggregate, DataDdl, Ddl, Input, InputKind, Metadata, Output};
use serde_json::{Value, json};

use crate::{Data, to_value};

/// What such files say they are.
const AGENT: &str = "https://choria.io/schemas/mcorpc/ddl/v1/agent.json";
const DATA: &str = "https://choria.io/schemas/mcorpc/ddl/v1/data.json";

/// The DDL as Choria has it; what Choria does not know, such as how an action is carried out, is left out.
#[must_use]
pub fn document(ddl: &Ddl) -> Value {
    let actions: Vec<Value> = ddl
        .actions
        .iter()
        .map(|action| {
            let inputs = action.inputs.iter();
            let outputs = action.outputs.iter();
            let mut object = json!({
                "action": action.name,
                "input": inputs.map(|it| (it.name.to_string(), input(it))).collect::<Data>(),
                "output": outputs.map(|it| (it.name.to_string(), output(it))).collect::<Data>(),
                "display": action.display.name(),
                "description": action.description,
            });
            if !action.aggregates.is_empty() {
                object["aggregate"] = action.aggregates.iter().map(aggregate).collect();
            }
            object
        })
        .collect();
    json!({ "$schema": AGENT, "metadata": metadata(&ddl.metadata), "actions": actions })
}

/// The DDL of a data plugin as Choria has it.
#[must_use]
pub fn data_document(ddl: &DataDdl) -> Value {
    let question = &ddl.question;
    let outputs = question.outputs.iter();
    let mut object = json!({
        "$schema": DATA,
        "metadata": metadata(&ddl.metadata),
        "output": outputs.map(|it| (it.name.to_string(), output(it))).collect::<Data>(),
    });
    if let Some(query) = question.input(DataDdl::QUERY) {
        object["query"] = input(query);
    }
    object
}

fn metadata(of: &Metadata) -> Value {
    let mut object = json!({
        "name": of.name,
        "description": of.description,
        "author": of.author,
        "license": of.license,
        "version": of.version,
        "url": of.url,
        "timeout": of.timeout.as_secs(),
    });
    if let Some(provider) = of.provider {
        object["provider"] = provider.name().into();
    }
    if of.service {
        object["service"] = true.into();
    }
    object
}

fn input(of: &Input) -> Value {
    let mut object = json!({
        "prompt": of.prompt,
        "description": of.description,
        "type": of.kind.name(),
    });
    if let Some(default) = &of.default {
        object["default"] = to_value(default);
    }
    object["optional"] = of.optional.into();
    match &of.kind {
        InputKind::String {
            validation,
            max_length,
        } => {
            object["validation"] = validation.as_str().into();
            object["maxlength"] = (*max_length).into();
        }
        InputKind::List(values) => {
            object["list"] = values.iter().map(AsRef::as_ref).collect();
        }
        _ => {}
    }
    object
}

fn output(of: &Output) -> Value {
    let mut object = json!({ "description": of.description, "display_as": of.display_as });
    if let Some(kind) = of.kind {
        object["type"] = kind.name().into();
    }
    if let Some(default) = &of.default {
        object["default"] = to_value(default);
    }
    object
}

fn aggregate(of: &Aggregate) -> Value {
    let labels = of.labels.iter().map(|it| (&it.key, &it.value));
    let mut options: Data = labels
        .map(|(key, value)| (key.to_string(), Value::from(value.as_ref())))
        .collect();
    if let Some(format) = &of.format {
        options.insert("format".to_owned(), Value::from(format.as_ref()));
    }
    let mut arguments = vec![Value::from(of.output.as_ref())];
    if !options.is_empty() {
        arguments.push(Value::Object(options));
    }
    json!({ "function": of.function.name(), "args": arguments })
}
