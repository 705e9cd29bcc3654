//! JSON Schemas of check files, for editors: one for the distribution, and one for what each class takes.

use chorister_ir::{CheckClass, Parameter, ParameterKind, Text};
use chorister_spec::row::{SHARE, TIME, settings_schema};
use serde_json::{Map, Value, json};

use super::{Files, Subject, words};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Names of checks.
const NAME: &str = "^[A-Za-z][A-Za-z0-9_-]{0,49}$";

/// Sizes with a unit.
const SIZE: &str = r"^\s*\d+(\.\d+)?\s*([kKMGTP]i?)?B?\s*$";

pub(super) fn files(of: &Subject<'_>) -> Files {
    let mut files = Files::from([("checks.schema.json".to_owned(), text(&check_file(of)))]);
    for class in of.classes {
        let mut schema = json!({
            "$schema": DIALECT,
            "$comment": of.origin(),
            "title": format!("Parameters of the check class {}", class.name),
        });
        extend(&mut schema, with(class));
        files.insert(format!("{}.schema.json", class.name), text(&schema));
    }
    files
}

fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

/// The schema of a check file, whole.
fn check_file(of: &Subject<'_>) -> Value {
    let names: Vec<&str> = of.classes.iter().map(|it| it.name.as_ref()).collect();
    // One condition a class, so that an editor says what is wrong with the parameters and not that no class fits.
    let conditions: Vec<Value> = of
        .classes
        .iter()
        .map(|class| {
            let mut then = json!({"properties": {"with": with(class)}});
            if class.parameters.iter().any(Parameter::is_required) {
                then["required"] = json!(["with"]);
            }
            json!({
                "if": {"required": ["class"], "properties": {"class": {"const": class.name}}},
                "then": then,
            })
        })
        .collect();
    let mut properties = settings_schema();
    properties.insert(
        "class".to_owned(),
        json!({"description": "The check class.", "enum": names}),
    );
    // What it takes depends on the class.
    properties.insert(
        "with".to_owned(),
        json!({"description": "Values of the class's parameters."}),
    );
    json!({
        "$schema": DIALECT,
        "$comment": of.origin(),
        "title": format!("Check file of {} {}", of.name, of.version),
        "type": "object",
        "required": ["checks"],
        "additionalProperties": false,
        "properties": {
            "$schema": {"type": "string"},
            "description": {"type": "string"},
            "checks": {
                "description": "Checks by their names.",
                "type": "object",
                "propertyNames": {"pattern": NAME},
                "additionalProperties": {"$ref": "#/$defs/check"},
            },
        },
        "$defs": {
            "check": {
                "type": "object",
                "required": ["class"],
                "additionalProperties": false,
                "properties": properties,
                "allOf": conditions,
            },
        },
    })
}

/// What a class takes.
fn with(of: &CheckClass) -> Value {
    let properties: Map<String, Value> = of
        .parameters
        .iter()
        .map(|it| (it.name.to_string(), parameter(it)))
        .collect();
    let required: Vec<&str> = of
        .parameters
        .iter()
        .filter(|it| it.is_required())
        .map(|it| it.name.as_ref())
        .collect();
    let mut schema = json!({
        "description": words::summary(of),
        "type": "object",
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema["properties"] = properties.into();
    schema
}

fn parameter(of: &Parameter) -> Value {
    let mut schema = json!({});
    let about = words::about(of);
    if !about.is_empty() {
        schema["description"] = about.into();
    }
    extend(&mut schema, kind(&of.kind));
    schema
}

fn kind(of: &ParameterKind) -> Value {
    match of {
        ParameterKind::String {
            pattern,
            values,
            max_length,
        } => {
            let mut schema = item(pattern.as_ref(), values);
            set(&mut schema, "maxLength", *max_length);
            schema
        }
        ParameterKind::Integer { minimum, maximum } => {
            let mut schema = json!({"type": "integer"});
            set(&mut schema, "minimum", *minimum);
            set(&mut schema, "maximum", *maximum);
            schema
        }
        ParameterKind::Float { minimum, maximum } => {
            let mut schema = json!({"type": "number"});
            set(&mut schema, "minimum", *minimum);
            set(&mut schema, "maximum", *maximum);
            schema
        }
        ParameterKind::Boolean => json!({"type": "boolean"}),
        ParameterKind::Duration { .. } => json!({"type": "string", "pattern": TIME}),
        ParameterKind::Size { minimum, maximum } => {
            let mut bytes = json!({"type": "integer", "minimum": 0});
            set(&mut bytes, "minimum", *minimum);
            set(&mut bytes, "maximum", *maximum);
            json!({"anyOf": [bytes, {"type": "string", "pattern": SIZE}]})
        }
        ParameterKind::Percent { minimum, maximum } => {
            let mut number = json!({"type": "number", "minimum": 0, "maximum": 100});
            set(&mut number, "minimum", *minimum);
            set(&mut number, "maximum", *maximum);
            json!({"anyOf": [number, {"type": "string", "pattern": SHARE}]})
        }
        ParameterKind::Threshold => json!({"type": ["number", "string"]}),
        ParameterKind::List {
            pattern,
            values,
            max_items,
        } => {
            let mut item = item(pattern.as_ref(), values);
            if pattern.is_none() && values.is_empty() {
                item["type"] = json!(["string", "number"]);
            }
            let mut items = json!({"type": "array", "items": &item});
            set(&mut items, "maxItems", *max_items);
            json!({"anyOf": [item, items]})
        }
        ParameterKind::Secret => json!({
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
            "properties": {
                "file": {"description": "The only line of this file.", "type": "string", "pattern": "^/"},
                "environment": {"description": "A variable of the node's own environment.", "type": "string"},
            },
        }),
    }
}

fn item(pattern: Option<&Text>, values: &[Text]) -> Value {
    let mut schema = json!({"type": "string"});
    set(&mut schema, "pattern", pattern.map(AsRef::<str>::as_ref));
    if !values.is_empty() {
        schema["enum"] = json!(values);
    }
    schema
}

fn set(schema: &mut Value, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        schema[key] = value.into();
    }
}

/// Adds the keys of one schema to another.
fn extend(schema: &mut Value, with: Value) {
    if let (Some(schema), Value::Object(with)) = (schema.as_object_mut(), with) {
        schema.extend(with);
    }
}
