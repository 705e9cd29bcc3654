//! `choristerc sync`.

use crate::support::{LAMP, Place};

const MANIFEST: &str = "\
[package]
name = \"node\"

[dependencies]
# Kept in step by choristerc.
chorister = { version = \"0.1\", features = [\"watch-metric\", \"macros\"] }
";

fn project() -> Place {
    Place::new(&[
        ("Cargo.toml", MANIFEST),
        (
            "specs/distribution.yaml",
            "name: node\nversion: 1.0.0\nmachines: [lamp.machine.yaml]\n",
        ),
        ("specs/lamp.machine.yaml", LAMP),
    ])
}

#[test]
fn the_list_follows_the_distribution() {
    let place = project();
    place.check(&["sync", "--check"], "sync/stale.txt");
    assert_eq!(place.read("Cargo.toml"), MANIFEST);
    place.check(&["sync"], "sync/rewritten.txt");
    assert_eq!(
        place.read("Cargo.toml"),
        MANIFEST.replace("\"watch-metric\"", "\"watch-exec\"")
    );
    place.check(&["sync", "--check"], "sync/fresh.txt");
}

#[test]
fn a_wrong_spec_changes_nothing() {
    let place = project();
    place.write(
        "specs/lamp.machine.yaml",
        LAMP.replace("timer: 5m", "timer: 5"),
    );
    let run = place.run(&["sync"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("error["), "{}", run.err);
    assert_eq!(place.read("Cargo.toml"), MANIFEST);
}

#[test]
fn without_a_project_there_is_nothing_to_do() {
    let run = Place::new(&[]).run(&["sync"]);
    assert_eq!(
        (run.code, run.err.as_str()),
        (Some(2), "error: . has no specs/distribution.yaml\n")
    );
}
