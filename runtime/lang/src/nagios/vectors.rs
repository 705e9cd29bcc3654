//! Outputs of real plugins, and what Choria's own agents make of them.

use std::path::PathBuf;

use serde_json::Value;

use super::{Output, PerfData, Range, Status, perfdata};

/// A folder of the shared facts; `None`, and a line saying so, where there are none.
fn shared(path: &str) -> Option<PathBuf> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let folder = set.clone().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join(path);
    let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
    assert!(
        path.exists() || !required,
        "{} is not there",
        path.display()
    );
    if !path.exists() {
        println!("not run: {} is not here", path.display());
        return None;
    }
    Some(path)
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Upstream's performance data is `expect`, which is a list, nothing, or how upstream's process ended.
#[track_caller]
fn check(found: &[PerfData], expect: &Value, output: &str) {
    let none = Vec::new();
    let expect: Vec<_> = expect
        .as_array()
        .unwrap_or(&none)
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

#[test]
fn vectors_of_performance_data() {
    let Some(path) = shared("vectors/events/perfdata.json") else {
        return;
    };
    let samples = json(path);
    let samples = samples.as_array().unwrap();
    assert!(!samples.is_empty());
    for sample in samples {
        let output = sample["in"].as_str().unwrap();
        check(&perfdata::parse(output), &sample["out"], output);
    }
}

/// Every output of the corpus with its name and what is known of it.
fn corpus() -> Vec<(String, String, Value)> {
    let Some(folder) = shared("corpus/nagios") else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(folder).unwrap();
    let mut outputs = Vec::new();
    for path in entries.map(|it| it.unwrap().path()) {
        if path.extension().is_some_and(|it| it == "out") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            outputs.push((name, text, json(path.with_extension("json"))));
        }
    }
    assert!(!outputs.is_empty());
    outputs
}

#[test]
fn corpus_of_outputs_as_upstream_reads_them() {
    for (name, text, facts) in corpus() {
        assert_eq!(text.trim(), facts["output"].as_str().unwrap(), "{name}");
        let found = perfdata::parse(text.trim());
        // Where upstream's process ends, only what is unknown is missing.
        if facts["upstream_panics"].is_string() {
            assert_eq!(name, "range-u");
            assert_eq!((found.len(), found[0].label.as_str()), (1, "pl"));
            continue;
        }
        check(&found, &facts["perfdata"], &name);
        let code = i32::try_from(facts["exit_code"].as_i64().unwrap()).unwrap();
        let status = Status::of_code(code).unwrap_or(Status::Unknown);
        assert_eq!(facts["state"].as_str().unwrap(), status.as_str(), "{name}");
    }
}

#[test]
fn corpus_of_outputs_as_they_are_meant() {
    for (name, text, facts) in corpus() {
        let output = Output::parse(&text);
        let label = |at: usize| output.measurements[at].label.as_str();
        let value = |at: usize| output.measurements[at].value;
        match name.as_str() {
            "bar-in-text" => assert_eq!((label(0), value(0)), ("matches", Some(2.0))),
            "comma-decimal" => assert_eq!(value(0), Some(21.5)),
            "equals-in-label" => assert_eq!((label(0), value(0)), ("/a?b=c", Some(5.0))),
            "quoted-label-space" => assert_eq!((label(0), label(1)), ("/ used", "/boot")),
            "utf8" => assert_eq!((label(0), label(2)), ("температура", "größe")),
            "range-u" => assert_eq!((value(0), value(1)), (None, Some(100.0))),
            "range-colon" => {
                let users = &output.measurements[0];
                assert_eq!(users.warn, Range::parse("~:5").ok());
                assert_eq!(users.crit, Range::parse("@10:20").ok());
            }
            // Here upstream loses nothing but thresholds.
            _ => {
                let found = output.measurements.iter();
                let found: Vec<_> = found
                    .map(|it| (Some(it.label.as_str()), it.value))
                    .collect();
                let expect = facts["perfdata"].as_array().unwrap().iter();
                let expect: Vec<_> = expect
                    .map(|it| (it["label"].as_str(), it["value"].as_f64()))
                    .collect();
                assert_eq!(found, expect, "{name}");
            }
        }
    }
}
