//! Nodes as `serde_json` values.

use serde_json::{Number, Value as Json};

use crate::{Entry, Key, Node, Resolved, Scalar, Style, Value};

/// The node as go-choria sees it where it asks for no type, as in facts and data.
///
/// Infinities and not-a-number, which JSON does not have, are `null`. Keys that are bare numbers are written anew, as
/// values are: `1.0: x` is `{"1": "x"}`; of two keys that become one, the later wins.
#[must_use]
pub fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Scalar(scalar) => match scalar.resolve() {
            Resolved::Null => Json::Null,
            Resolved::Bool(bool) => Json::Bool(bool),
            Resolved::Int(int) => int_to_json(int),
            Resolved::Float(float) => Number::from_f64(float).map_or(Json::Null, Json::Number),
            Resolved::Str(text) => Json::String(text.to_owned()),
        },
        Value::Sequence(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Mapping(entries) => Json::Object(entries.iter().map(entry_to_json).collect()),
    }
}

fn int_to_json(int: i128) -> Json {
    // Every such number fits one of the two.
    let number = i64::try_from(int)
        .map(Number::from)
        .or_else(|_| u64::try_from(int).map(Number::from));
    number.map_or(Json::Null, Json::Number)
}

fn entry_to_json(entry: &Entry) -> (String, Json) {
    (key_to_json(&entry.key), to_json(&entry.value))
}

/// Compat: go-choria internal/util: goccy/go-yaml keys maps by the value of the key, written out.
fn key_to_json(key: &Key) -> String {
    if key.style == Style::Plain {
        Scalar::plain(key.text.as_str()).as_text().text.into_owned()
    } else {
        key.text.clone()
    }
}
