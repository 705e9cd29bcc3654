//! Modifiers: `@name:argument`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Found, Search};

const NAMES: &[&str] = &[
    "dig", "flatten", "fromstr", "group", "join", "keys", "pretty", "reverse", "this", "tostr",
    "ugly", "valid", "values",
];

/// Whether a modifier of this name exists.
pub(super) fn is_known(name: &str) -> bool {
    NAMES.contains(&name)
}

/// What a modifier makes of a value.
pub(super) fn apply<'a>(
    search: &Search,
    name: &str,
    argument: &str,
    value: Option<&'a Value>,
) -> Found<'a> {
    let made = match (name, value) {
        // Values have no layout.
        ("this" | "valid" | "pretty" | "ugly", value) => return value.map(Cow::Borrowed),
        ("reverse", Some(Value::Array(items))) => items
            .iter()
            .rev()
            .map(|item| search.copy(item))
            .collect::<Option<Value>>(),
        ("reverse", Some(Value::Object(members))) => {
            let entry = |(key, value): (&String, &Value)| Some((key.clone(), search.copy(value)?));
            members
                .iter()
                .rev()
                .map(entry)
                .collect::<Option<Map<_, _>>>()
                .map(Value::Object)
        }
        ("flatten", Some(Value::Array(items))) => {
            let mut flat = Vec::new();
            flatten(search, items, option(argument, "deep"), &mut flat).map(|()| flat.into())
        }
        ("join", Some(Value::Array(items))) => join(search, items),
        ("reverse" | "flatten" | "join", value) => return value.map(Cow::Borrowed),
        ("keys" | "values", None) => Some(Value::Array(Vec::new())),
        ("keys", Some(Value::Object(members))) => {
            let keys = members
                .keys()
                .map(|key| search.spend(16 + key.len()).then(|| key.as_str().into()));
            keys.collect::<Option<Vec<Value>>>().map(Value::Array)
        }
        ("keys", Some(Value::Array(items))) => search
            .spend(16 * items.len())
            .then(|| Value::Array(vec![Value::Null; items.len()])),
        ("keys", Some(_)) => Some(Value::Array(vec![Value::Null])),
        ("values", Some(list @ Value::Array(_))) => return Some(Cow::Borrowed(list)),
        ("values", Some(Value::Object(members))) => members
            .values()
            .map(|value| search.copy(value))
            .collect::<Option<Value>>(),
        ("values", Some(scalar)) => search.copy(scalar).map(|scalar| Value::Array(vec![scalar])),
        ("tostr", None) => Some(Value::String(String::new())),
        ("tostr", Some(value)) => {
            let text = value.to_string();
            search.spend(text.len()).then_some(Value::String(text))
        }
        ("fromstr", Some(Value::String(text))) => search
            .spend(text.len())
            .then(|| serde_json::from_str(text).ok())
            .flatten(),
        ("fromstr", value) => return value.map(Cow::Borrowed),
        ("group", Some(Value::Object(members))) => group(search, members),
        ("dig", value) => {
            let mut found = Vec::new();
            value
                .and_then(|value| dig(search, value, argument, &mut found))
                .map(|()| found.into())
        }
        _ => None,
    };
    made.map(Cow::Owned)
}

/// Whether an argument is an object in which a key is true.
fn option(argument: &str, key: &str) -> bool {
    let options = serde_json::from_str::<Value>(argument).unwrap_or_default();
    options
        .get(key)
        .and_then(Value::as_bool)
        .unwrap_or_default()
}

fn flatten(search: &Search, items: &[Value], deep: bool, flat: &mut Vec<Value>) -> Option<()> {
    for item in items {
        match item {
            Value::Array(inner) if deep => flatten(search, inner, deep, flat)?,
            Value::Array(inner) => {
                for item in inner {
                    flat.push(search.copy(item)?);
                }
            }
            other => flat.push(search.copy(other)?),
        }
    }
    Some(())
}

/// One object of several: a key stays where it came first and has its last value.
fn join(search: &Search, items: &[Value]) -> Option<Value> {
    let mut joined = Map::new();
    for (key, value) in items.iter().filter_map(Value::as_object).flatten() {
        joined.insert(key.clone(), search.copy(value)?);
    }
    Some(joined.into())
}

/// An object of lists as a list of objects.
fn group(search: &Search, members: &Map<String, Value>) -> Option<Value> {
    let mut groups: Vec<Map<String, Value>> = Vec::new();
    for (key, items) in members {
        for (at, item) in items.as_array().into_iter().flatten().enumerate() {
            if at == groups.len() {
                groups.push(Map::new());
            }
            let item = search.copy(item)?;
            groups.get_mut(at)?.insert(key.clone(), item);
        }
    }
    Some(groups.into())
}

/// What a path leads to from a value and from everything inside it.
fn dig(search: &Search, value: &Value, path: &str, found: &mut Vec<Value>) -> Option<()> {
    if !search.spend(1) {
        return None;
    }
    if let Some(value) = search.get(Some(value), path) {
        found.push(search.own(Some(value))?);
    }
    match value {
        Value::Array(items) => items
            .iter()
            .try_for_each(|item| dig(search, item, path, found)),
        Value::Object(members) => members
            .values()
            .try_for_each(|value| dig(search, value, path, found)),
        _ => Some(()),
    }
}
