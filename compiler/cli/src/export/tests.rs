//! What is written for other tools, tried with those tools.

use std::fs;
use std::path::Path;
use std::process::Command;

use chorister_ir::CheckClass;
use chorister_spec::Source;
use serde_json::Value;
use tempfile::TempDir;

use super::{Files, Format, Subject, files};

/// A class with a parameter of each kind.
const EVERY: &str = include_str!("tests/every.check.yaml");

/// A class whose checks need nothing.
const PLAIN: &str = "class: plain\nrun: {plugin: [/bin/true]}\n";

fn classes() -> Vec<CheckClass> {
    [EVERY, PLAIN]
        .map(|text| {
            let checked = chorister_spec::class::check(&Source::new("x.check.yaml", text));
            let findings = &checked.machine.diagnostics;
            checked.class.unwrap_or_else(|| panic!("{findings:#?}"))
        })
        .into()
}

/// Files about a distribution with these classes.
fn written(format: Format) -> Files {
    let subject = Subject {
        name: "acme-node",
        version: "1.4.0",
        source: "specs/distribution.yaml",
        folder: "/etc/acme-node/checks.d".to_owned(),
        classes: &classes(),
    };
    files(format, &subject).unwrap()
}

fn put(files: &Files, folder: &Path) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
    said
}

#[track_caller]
fn fails(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{command:?}\n{said}");
    said
}

/// Who runs this test, so that nothing has to be given away.
fn owner() -> (String, String) {
    let ask = |what| {
        let output = Command::new("id").arg(what).output().expect("id runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    (ask("-un"), ask("-gn"))
}

/// What a check file holds.
fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let tree = chorister_yaml::parse(
        &text,
        chorister_yaml::Format::Yaml,
        &chorister_yaml::Limits::SPEC,
    );
    chorister_yaml::to_json(&tree.root.expect("it is YAML"))
}

fn is_valid(document: &Value) -> bool {
    let schemas = written(Format::Schemas);
    let schema: Value = serde_json::from_str(&schemas["checks.schema.json"]).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.is_valid(document)
}

mod ansible;
mod prometheus;
mod puppet;
mod text;
