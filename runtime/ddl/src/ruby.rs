//! A DDL in the form that agents in Ruby had, for the tools that still read it.

use core::fmt::Write as _;

use serde_json::{Map, Value};

/// The validations that have a name; all others are regular expressions.
const NAMED: [&str; 4] = ["shellsafe", "ipv4address", "ipv6address", "ipaddress"];

/// The Ruby form of a [document](crate::document()).
///
/// Compat: go-choria providers/agent/mcorpc/ddl/agent: the layout. All options of aggregates are kept, of which upstream loses
/// all but one.
#[must_use]
pub fn ruby(document: &Value) -> String {
    let mut text = String::from("metadata ");
    let metadata = &document["metadata"];
    let mut pairs: Vec<(&str, String)> = [
        "name",
        "description",
        "author",
        "license",
        "version",
        "url",
        "provider",
        "timeout",
    ]
    .into_iter()
    .filter_map(|key| Some((key, literal(metadata.get(key)?))))
    .collect();
    if metadata["service"] == true {
        pairs.push(("service", "true".to_owned()));
    }
    write_pairs(&mut text, &pairs, 9);
    text.push_str("\n\n\n");
    for action in document["actions"].as_array().into_iter().flatten() {
        write_action(&mut text, action);
    }
    text
}

fn write_action(text: &mut String, action: &Value) {
    let name = literal(&action["action"]);
    let description = literal(&action["description"]);
    let _ = writeln!(text, "action {name}, :description => {description} do");
    let display = Some(plain(&action["display"])).filter(|it| !it.is_empty());
    let _ = writeln!(text, "  display :{}\n", display.unwrap_or("failed"));
    for (name, input) in sorted(&action["input"]) {
        let _ = write!(text, "  input :{name},\n        ");
        write_pairs(text, &input_pairs(input), 8);
        text.push_str("\n\n\n");
    }
    text.push_str("\n\n");
    for (name, output) in sorted(&action["output"]) {
        let _ = write!(text, "  output :{name},\n         ");
        let mut pairs = Vec::new();
        for key in ["description", "default", "type", "display_as"] {
            pairs.extend(output.get(key).map(|it| (key, literal(it))));
        }
        write_pairs(text, &pairs, 9);
        text.push_str("\n\n");
    }
    let aggregates = action["aggregate"].as_array();
    if let Some(aggregates) = aggregates.filter(|it| !it.is_empty()) {
        text.push_str("  summarize do\n");
        for aggregate in aggregates {
            let function = plain(&aggregate["function"]);
            let _ = write!(
                text,
                "    aggregate {function}(:{}",
                plain(&aggregate["args"][0])
            );
            for (key, value) in members(&aggregate["args"][1]) {
                let _ = write!(text, ", :{key} => {}", literal(value));
            }
            text.push_str(")\n");
        }
        text.push_str("  end\n");
    }
    text.push_str("end\n\n");
}

fn input_pairs(input: &Value) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    for key in ["prompt", "description"] {
        pairs.extend(input.get(key).map(|it| (key, literal(it))));
    }
    pairs.push(("type", format!(":{}", plain(&input["type"]))));
    pairs.extend(input.get("default").map(|it| ("default", literal(it))));
    if let Some(validation) = input.get("validation").and_then(Value::as_str) {
        let written = match NAMED.contains(&validation) {
            true => format!(":{validation}"),
            false => format!("'{}'", validation.replace('\\', r"\\").replace('\'', r"\'")),
        };
        pairs.push(("validation", written));
    }
    for key in ["maxlength", "list", "optional"] {
        pairs.extend(input.get(key).map(|it| (key, literal(it))));
    }
    pairs
}

/// Writes pairs, one on each line from this column on.
fn write_pairs(text: &mut String, pairs: &[(&str, String)], column: usize) {
    for (place, (key, value)) in pairs.iter().enumerate() {
        if place > 0 {
            let _ = write!(text, ",\n{:column$}", "");
        }
        let _ = write!(text, ":{key:11} => {value}");
    }
}

fn members(of: &Value) -> impl Iterator<Item = (&String, &Value)> {
    of.as_object().into_iter().flat_map(Map::iter)
}

fn sorted(of: &Value) -> Vec<(&String, &Value)> {
    let mut all: Vec<_> = members(of).collect();
    all.sort_by_key(|it| it.0);
    all
}

fn plain(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A value as Ruby writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "nil".to_owned(),
        // What is a code in a text of Ruby and none in JSON.
        Value::String(_) => value.to_string().replace('#', r"\#"),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(key, it)| format!("{} => {}", literal(&key.as_str().into()), literal(it)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
