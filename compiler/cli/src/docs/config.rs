//! The document about configuration: from the table that it is read by.

use std::collections::BTreeMap;

use anyhow::Result;
use chorister_settings::{KEYS, Key};
use serde_json::{Value, json};

use crate::templates::template;

/// The document; `schema` is where the schema of `chorister.yaml` lies beside it.
pub(crate) fn page(schema: &str) -> Result<String> {
    // What stands at the top has no group, and comes first.
    let mut groups: Vec<&str> = vec![""];
    let mut keys: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for key in KEYS.iter() {
        let group = key.name.split_once('.').map_or("", |(group, _)| group);
        if !groups.contains(&group) {
            groups.push(group);
        }
        keys.entry(group).or_default().push(row(key));
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|it| json!({"name": it, "keys": keys.remove(it)}))
        .collect();
    template!("docs/config.md").render(&json!({"schema": schema, "groups": groups}))
}

fn row(key: &Key) -> Value {
    let readers: Vec<&str> = key.row.readers.iter().map(|it| it.as_str()).collect();
    json!({
        "name": key.name,
        "upstream": key.upstream,
        // A bar would end the cell.
        "default": key.row.default.map(|it| it.replace('|', "\\|")),
        "environment": key.row.environment,
        "type": key.row.kind.to_string(),
        "doc": key.row.doc,
        "readers": readers.join(", "),
        "used": key.row.used,
    })
}
