//! The JSON Schema of goss files, for editors: made from the tables that files are read by.
//!
//! It takes what goss takes once a file is rendered. Whether an expected value can ever be found is more than a schema
//! can say; [`check`](super::check) says it.

use chorister_goss::model::{Actual, Argument, Attribute, Kind, MATCHERS, Need, Role, Type};
use schemars::Schema;
use serde_json::{Map, Value, json};

/// The schema of a goss file.
#[must_use]
pub fn schema() -> Schema {
    let mut properties = Map::new();
    let mut definitions = Map::new();
    for kind in Kind::ALL {
        properties.insert(
            kind.key().to_owned(),
            resources(kind.key(), kind.description()),
        );
        definitions.insert(kind.key().to_owned(), resource(kind));
    }
    properties.insert(
        "gossfile".to_owned(),
        resources(
            "gossfile",
            "other goss files, whose resources count as if they were in this one",
        ),
    );
    definitions.insert("gossfile".to_owned(), include());
    definitions.insert("matcher".to_owned(), matcher());
    definitions.insert("value".to_owned(), value());
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Goss file",
        "description": "What a machine should look like: resources by kind and id, each with what is expected of it.",
        "type": "object",
        "properties": properties,
        // Compat: goss: keys that it does not know, such as `x-anchors`, count for nothing.
        "additionalProperties": true,
        "$defs": definitions,
    });
    Schema::try_from(schema).unwrap_or_default()
}

/// Resources of one kind by their ids.
fn resources(key: &str, description: &str) -> Value {
    json!({
        "description": description,
        "type": ["object", "null"],
        "additionalProperties": reference(key),
    })
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn resource(kind: Kind) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for attribute in kind.attributes() {
        properties.insert(attribute.key.to_owned(), described(attribute));
        if attribute.is_required() {
            required.push(json!({"required": [attribute.key]}));
        }
    }
    let mut schema = json!({
        "description": kind.description(),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        // Of two spellings of one property either will do.
        schema["anyOf"] = Value::Array(required);
    }
    schema
}

fn described(attribute: &Attribute) -> Value {
    let (schema, default) = match attribute.role {
        Role::Property { actual, need, .. } => (expected(actual, need), None),
        Role::Name => (of_type(Type::Text), None),
        Role::Setting(kind) | Role::Common(kind) => {
            let default = match kind {
                Type::Milliseconds(default) => Some(default),
                _ => None,
            };
            (of_type(kind), default)
        }
    };
    let mut schema = schema;
    schema["description"] = attribute.description.into();
    if let Some(default) = default {
        schema["default"] = default.into();
    }
    schema
}

/// What may be expected of a property with such values.
fn expected(actual: Actual, need: Need) -> Value {
    let scalars: &[&str] = match actual {
        Actual::Bool => &["boolean"],
        Actual::Int => &["number"],
        Actual::Text | Actual::Stream => &["string", "number", "boolean"],
        Actual::List => &["string", "number"],
        Actual::Any => return reference("value"),
    };
    let mut forms = vec![json!({"type": scalars})];
    match actual {
        // Digits in quotes are taken for a number.
        Actual::Int => forms.push(json!({"type": "string", "pattern": "^[+-]?[0-9]+$"})),
        Actual::List => forms.push(json!({"type": "array", "items": reference("value")})),
        Actual::Stream => forms.push(patterns()),
        _ => {}
    }
    forms.push(reference("matcher"));
    if need == Need::Optional {
        forms.push(json!({"type": "null"}));
    }
    json!({ "anyOf": forms })
}

fn patterns() -> Value {
    json!({
        "description": "Every one is found in a line. `!` in front: in no line. `/…/`: a regular expression.",
        "type": "array",
        "items": {"type": "string"},
    })
}

fn of_type(kind: Type) -> Value {
    match kind {
        Type::Text => json!({"type": ["string", "number", "boolean", "null"]}),
        Type::Bool => json!({"type": ["boolean", "null"]}),
        Type::Int | Type::Milliseconds(_) => json!({"type": ["integer", "null"]}),
        Type::Count => json!({"type": ["integer", "null"], "minimum": 0}),
        Type::Delay => json!({"type": ["string", "number", "null"]}),
        Type::Texts => json!({"type": ["array", "null"], "items": {"type": "string"}}),
        Type::Map => json!({"type": ["object", "null"]}),
        Type::Any => json!({}),
    }
}

fn include() -> Value {
    let text = of_type(Type::Text);
    json!({
        "description": "A path beside this file, or a pattern of such; the id if `file` is not there.",
        "type": "object",
        "properties": {"file": text, "skip": of_type(Type::Bool), "title": text, "meta": of_type(Type::Map)},
        "additionalProperties": false,
    })
}

/// A value, which is a matcher too: texts and numbers are compared, a list is contained.
fn value() -> Value {
    json!({"anyOf": [
        {"type": ["string", "number", "boolean"]},
        {"type": "array", "items": reference("value")},
        reference("matcher"),
    ]})
}

fn matcher() -> Value {
    let properties: Map<String, Value> = MATCHERS
        .iter()
        .map(|it| {
            let mut schema = argument(it.argument);
            schema["description"] = format!("Passes if {}.", it.description).into();
            (it.name.to_owned(), schema)
        })
        .collect();
    json!({
        "description": "One question about the value that is found.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    })
}

fn argument(argument: Argument) -> Value {
    match argument {
        Argument::Any => json!({"not": {"type": "null"}}),
        Argument::Text => json!({"type": "string"}),
        Argument::Number => json!({"type": "number"}),
        Argument::Matcher => json!({"allOf": [reference("value")]}),
        Argument::Element => {
            json!({"anyOf": [{"type": ["string", "number"]}, reference("matcher")]})
        }
        Argument::Matchers => json!({"type": "array", "items": reference("value")}),
        Argument::Patterns => patterns(),
        Argument::Paths => json!({"type": "object", "additionalProperties": reference("value")}),
    }
}
