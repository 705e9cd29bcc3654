//! The author's project: written, built, run, and broken.

use std::fs;
use std::process::Command;

use crate::support::node::{Node, binary};
use crate::support::{build_project, project_target, turn};

/// A new project.
fn scaffold() -> tempfile::TempDir {
    let parent = tempfile::tempdir().expect("a temporary directory");
    let output = Command::new(binary("choristerc"))
        .args(["new", "acme-node"])
        .current_dir(parent.path())
        .output()
        .expect("choristerc starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    parent
}

#[test]
fn a_new_project_builds_offline_and_runs_and_a_wrong_spec_never_becomes_a_binary() {
    let _turn = turn();
    let parent = scaffold();
    let project = parent.path().join("acme-node");
    let built = build_project(&project, "on");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let program = project_target().join("debug/acme-node");
    // The check that is compiled in, and the one of the example file.
    let checks = project.join("checks.d");
    let checks = checks.to_string_lossy();
    let mut node = Node::start(&program, &["--checks", &checks]);
    node.wait_for("any event", |event| event["source"] == "io.choria.machine");
    node.ask_until(&["checks", "--json"], |answer| {
        ["root_filesystem", "tmp_filesystem"].iter().all(|name| {
            let found = answer["checks"].as_array();
            found.is_some_and(|it| it.iter().any(|check| check["name"] == *name))
        })
    });
    drop(node);

    // The same machine with a misspelt key.
    fs::remove_file(&program).expect("the program is there");
    let machines = project.join("specs/machines");
    let spec = fs::read_dir(&machines)
        .expect("specs")
        .filter_map(|it| Some(it.ok()?.path()))
        .find(|it| it.to_string_lossy().ends_with(".machine.yaml"))
        .expect("a machine");
    let text = fs::read_to_string(&spec).expect("text");
    fs::write(&spec, text.replacen("initial_state:", "inital_state:", 1)).expect("writable");
    let broken = build_project(&project, "on");
    let messages = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert!(!broken.status.success(), "a wrong spec was built");
    assert!(
        messages.contains("inital_state") && messages.contains("initial_state"),
        "{messages}"
    );
    assert!(!program.exists(), "there is a binary");

    // The right machine again, with a test that expects something else of it.
    fs::write(&spec, text).expect("writable");
    let tests = machines.join("lamp.test.yaml");
    let text = fs::read_to_string(&tests).expect("text");
    let wrong = text.replacen("{at: 45s, state: LIT}", "{at: 45s, state: UNLIT}", 1);
    assert_ne!(text, wrong);
    fs::write(&tests, wrong).expect("writable");
    let failed = build_project(&project, "on");
    let messages = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(!failed.status.success(), "a failing test was built");
    assert!(
        messages.contains("← expected UNLIT, was LIT") && messages.contains("lamp.test.yaml:"),
        "{messages}"
    );
    let untested = build_project(&project, "off");
    assert!(
        untested.status.success() && program.exists(),
        "{}",
        String::from_utf8_lossy(&untested.stderr)
    );
}

#[test]
fn a_new_project_passes_its_own_check() {
    let parent = scaffold();
    let output = Command::new(binary("choristerc"))
        .args(["check", "specs"])
        .current_dir(parent.path().join("acme-node"))
        .output()
        .expect("choristerc starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
