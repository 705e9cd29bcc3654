//! The JSON Schema of `chorister.yaml`, made from the table of keys.

use schemars::Schema;
use serde_json::{Map, Value as Json, json};

use crate::Settings;
use crate::given::Given;
use crate::key::{Group, Item, Row};
use crate::value::Kind;

/// The JSON Schema of `chorister.yaml`.
#[must_use]
pub fn schema() -> Schema {
    let mut properties = properties(Settings::ITEMS);
    properties.insert("$schema".to_owned(), json!({"type": "string"}));
    properties.insert(
        "plugin".to_owned(),
        json!({
            "description": "The keys of plugins, with dots or levels between their parts, without the `plugin.` before them.",
            "type": "object",
        }),
    );
    schemars::json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Chorister configuration",
        "description": "The configuration of a node or a client. go-choria's files may say the same.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn properties(items: &[Item]) -> Map<String, Json> {
    items
        .iter()
        .map(|item| match item {
            Item::Key(row) => (row.name.to_owned(), property(row)),
            Item::Group {
                name,
                doc,
                items,
                named,
                ..
            } => {
                let each = json!({
                    "type": "object",
                    "properties": properties(items),
                    "additionalProperties": false,
                });
                let mut group = match named {
                    true => json!({"type": "object", "additionalProperties": each}),
                    false => each,
                };
                if let Some(group) = group.as_object_mut() {
                    group.insert("description".to_owned(), (*doc).into());
                }
                ((*name).to_owned(), group)
            }
        })
        .collect()
}

fn property(row: &Row) -> Json {
    let mut property = of_kind(row.kind);
    if let Some(fields) = property.as_object_mut() {
        fields.insert("description".to_owned(), row.doc.into());
        if let Some(default) = row.default {
            fields.insert("default".to_owned(), default_of(row.kind, default));
        }
    }
    property
}

/// A default as a file of this format would have it.
fn default_of(kind: Kind, text: &str) -> Json {
    match kind {
        Kind::Truth => (matches!(text, "true" | "yes")).into(),
        Kind::Whole { .. } => text.parse::<i64>().map_or(Json::Null, Json::from),
        Kind::List(_) => {
            let parts = Given::text(text).parts(',');
            parts.into_iter().map(|it| it.text).collect()
        }
        _ => text.into(),
    }
}

fn of_kind(kind: Kind) -> Json {
    match kind {
        Kind::Text | Kind::Secret => json!({"type": ["string", "number", "boolean"]}),
        Kind::Path => json!({"type": "string"}),
        Kind::Truth => json!({"type": "boolean"}),
        Kind::Whole { least, most } => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Kind::Duration => json!({
            "type": ["string", "integer"],
            "examples": ["90s", "1h30m", "2d"],
        }),
        Kind::Choice(words) => json!({"enum": words}),
        Kind::Pattern => json!({"type": "string"}),
        Kind::Server => {
            json!({"type": "string", "examples": ["broker.example.net:4222"]})
        }
        Kind::Url => json!({"type": "string", "examples": ["https://signer.example.net/"]}),
        Kind::HexKey => json!({"type": "string", "pattern": "^[0-9a-fA-F]{64}$"}),
        Kind::Address => json!({"type": "string", "examples": ["127.0.0.1:9100"]}),
        Kind::Command => json!({"type": ["array", "string"], "items": {"type": "string"}}),
        Kind::List(item) => json!({"type": ["array", "string"], "items": of_kind(*item)}),
        Kind::Paths => json!({"type": ["array", "string"], "items": {"type": "string"}}),
    }
}
