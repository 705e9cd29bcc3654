//! What distributions grant: what exceeds it is refused where a machine says it, and the rest goes into the manifest.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use chorister_compiler::{Disk, Layout, Output, generate};
use chorister_spec::render::{self, Color};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/capabilities")
        .join(name)
}

fn compiled(name: &str) -> Output {
    let files = Disk::new(folder(name));
    generate(&files, "distribution.yaml", &Layout::default()).unwrap()
}

/// Compares with a committed file, or writes it.
#[track_caller]
fn compare(name: &str, file: &str, text: &str) {
    let path = folder(name).join(file);
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, text).unwrap();
        return;
    }
    let expect = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(text, expect, "{name}/{file}, see BLESS=1");
}

fn findings(output: &Output) -> String {
    render::text(&output.diagnostics, &output.sources, Color::Never)
}

#[test]
fn what_exceeds_the_grants_is_refused_where_a_machine_says_it() {
    for name in ["exceeded", "unknown", "unused"] {
        compare(name, "findings.txt", &findings(&compiled(name)));
    }
}

#[test]
fn a_distribution_carries_what_its_machines_need() {
    let output = compiled("granted");
    assert_eq!(findings(&output), "");
    compare("granted", "manifest.json", &output.files["manifest.json"]);
    let root = &output.files["distribution.rs"];
    assert!(
        root.contains("manifest: include_str!(\"manifest.json\")"),
        "{root}"
    );
    let at = root.find("sandbox: ").unwrap();
    let rest = &root[at..];
    compare(
        "granted",
        "sandbox.txt",
        &rest[..rest.find("manifest:").unwrap()],
    );
    assert!(output.features.contains("sandbox"));
}

#[test]
fn who_does_not_ask_for_it_links_no_sandbox() {
    let output = compiled("unused");
    assert!(!output.features.contains("sandbox"));
    assert!(!output.files["distribution.rs"].contains("sandbox"));
    assert!(output.files.contains_key("manifest.json"));
}
