//! What programs print, and what simple files hold.

use chorister_engine::parse_values;
use chorister_yaml::Format;
use serde_json::{Map, Value};

use crate::collector::FACTS;

/// How much a simple file may hold, in bytes.
pub(crate) const MOST: u64 = 1 << 20;

/// The facts in what a program printed: JSON, lines of `name=value`, or YAML.
///
/// # Errors
/// It is none of these.
pub(crate) fn facts(text: &str) -> Result<Map<String, Value>, String> {
    let said = text.trim_start();
    let format = if said.starts_with('{') {
        Format::Json
    } else if said.lines().next().is_some_and(|it| pair(it).is_some()) {
        return lines(said);
    } else {
        Format::Yaml
    };
    match parse_values(text.as_bytes(), format, FACTS)? {
        Value::Object(facts) => Ok(facts),
        _ => Ok(Map::new()),
    }
}

/// The facts in lines of `name=value`, all of them texts; empty lines and those that begin with `#` say nothing.
///
/// # Errors
/// The first line that is something else.
pub(crate) fn lines(text: &str) -> Result<Map<String, Value>, String> {
    let mut facts = Map::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) =
            pair(line).ok_or_else(|| format!("line {}: it is not `name=value`", number + 1))?;
        facts.insert(name.to_owned(), value.into());
    }
    Ok(facts)
}

/// A name and its value.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | ':'))
        && !name.ends_with(':');
    is_name.then(|| (name, value.trim()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Value) {
        assert_eq!(facts(text).map(Value::Object), Ok(expect), "{text}");
    }

    #[test]
    fn programs_say_it_in_three_ways() {
        check("rack=a12\nrow = 7\n", json!({"rack": "a12", "row": "7"}));
        check(
            "\n{\"rack\": {\"name\": \"a12\"}}",
            json!({"rack": {"name": "a12"}}),
        );
        check(
            "---\nrack:\n  name: a=12\n",
            json!({"rack": {"name": "a=12"}}),
        );
        check("motd: x=1\n", json!({"motd": "x=1"}));
        check("", json!({}));
    }

    #[test]
    fn what_is_no_fact_is_said() {
        assert_eq!(
            facts("rack=a12\nnonsense\n"),
            Err("line 2: it is not `name=value`".to_owned())
        );
        assert!(facts("- a\n").unwrap_err().contains("mapping"));
        assert!(facts("{\"a\": ").is_err());
    }
}
