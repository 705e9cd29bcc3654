//! Three machines of others, with tests of ours: a livelock is planted, found and removed, the tests pass, the node
//! is killed and goes on, says why, and what it recorded is a test that passes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::node::{Node, binary};
use crate::support::{build_project, project_target, root, shared, turn};

/// A machine, the name that it gives itself, our tests of it, and two watchers that make it run in circles.
const MACHINES: [(&str, &str, &str, &str); 3] = [
    (
        "own-water-heater-switch",
        "water_heater",
        "water-heater",
        HEATER,
    ),
    ("own-drain-timer", "drain", "drain", DRAIN),
    ("own-web-worker", "web_worker", "web-worker", WORKER),
];

const HEATER: &str = "
  - {name: eager, type: exec, state_match: [COLD], success_transition: heat, properties: {command: /bin/true}}
  - {name: thrifty, type: exec, state_match: [HEATING], success_transition: cool, properties: {command: /bin/true}}
";

const DRAIN: &str = "
  - {name: eager, type: exec, state_match: [SERVING], success_transition: drain, properties: {command: /bin/true}}
  - {name: regret, type: exec, state_match: [DRAINING], success_transition: serve, properties: {command: /bin/true}}
";

const WORKER: &str = "
  - {name: doubt, type: exec, state_match: [RUNNING], success_transition: unhealthy, properties: {command: /bin/true}}
";

fn choristerc(arguments: &[&str], folder: &Path) -> Output {
    Command::new(binary("choristerc"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("choristerc starts")
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[track_caller]
fn fine(output: &Output) -> String {
    let text = text(output);
    assert!(output.status.success(), "{text}");
    text
}

/// The livelocks that `check` finds in a machine.
fn livelocks(folder: &Path) -> Vec<Value> {
    let output = choristerc(&["check", "--format", "json", "."], folder);
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let is_livelock = |it: &Value| it["code"] == "CH0702" && it["severity"] == "warning";
    findings.into_iter().filter(is_livelock).collect()
}

/// An author's project with the three machines.
fn project(parent: &Path, corpus: &Path) -> PathBuf {
    fine(&choristerc(&["new", "acme-node"], parent));
    let project = parent.join("acme-node");
    let mut list = String::new();
    for (folder, _, tests, _) in MACHINES {
        let own = project.join("specs/machines").join(folder);
        fs::create_dir(&own).expect("a folder");
        let spec = corpus.join(folder).join("machine.yaml");
        fs::copy(spec, own.join("machine.yaml")).expect("a copy");
        let ours = root().join(format!("tests/walk/{tests}.test.yaml"));
        fs::copy(ours, own.join(format!("{tests}.test.yaml"))).expect("a copy");
        list.push_str(&format!("  - machines/{folder}/machine.yaml\n"));
    }
    scripts(&project.join("specs/machines/own-web-worker"));
    let path = project.join("specs/distribution.yaml");
    let spec = fs::read_to_string(&path).expect("text");
    let spec = spec.replacen("machines:\n", &format!("machines:\n{list}"), 1);
    assert!(spec.contains(&list), "{spec}");
    fs::write(path, spec).expect("writable");
    project
}

/// The commands that the worker runs: they come from its author, not from the corpus.
fn scripts(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir(folder.join("bin")).expect("a folder");
    for name in ["start", "probe", "restart"] {
        let path = folder.join(format!("bin/{name}.sh"));
        fs::write(&path, "#!/bin/sh\nexit 0\n").expect("writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permitted");
    }
}

#[test]
fn three_machines_of_the_corpus_go_the_walk() {
    let Some(shared) = shared("the walk with machines of the corpus") else {
        return;
    };
    let _turn = turn();
    let parent = tempfile::tempdir().expect("a temporary directory");
    let project = project(parent.path(), &shared.join("corpus/machines"));
    for (folder, _, tests, planted) in MACHINES {
        let own = project.join("specs/machines").join(folder);
        let spec = own.join("machine.yaml");
        let before = fs::read_to_string(&spec).expect("text");
        fs::write(&spec, format!("{}{planted}", before.trim_end())).expect("writable");
        let found = livelocks(&own);
        assert!(!found.is_empty(), "no livelock was found in {folder}");
        let shown = text(&choristerc(&["check", "."], &own));
        let names_the_planted = ["eager", "doubt"]
            .iter()
            .any(|it| shown.contains(&format!("watcher {it} succeeds, at once")));
        assert!(
            shown.contains("the round: ") && names_the_planted,
            "the path is not shown:\n{shown}"
        );
        fs::write(&spec, before).expect("writable");
        let left = livelocks(&own);
        assert!(left.is_empty(), "{left:#?}");
        let passed = fine(&choristerc(&["test", &format!("{tests}.test.yaml")], &own));
        assert!(
            !passed.contains("failed") || passed.contains("0 failed"),
            "{passed}"
        );
    }

    fine(&choristerc(&["sync"], &project));
    fine(&build_project(&project, "on"));
    killed_and_asked(&project_target().join("debug/acme-node"), &project);
}

/// Runs the binary, kills it, and looks what is left.
fn killed_and_asked(program: &Path, project: &Path) {
    const FIRED: [(&str, &str, &str); 3] = [
        ("water_heater", "heat", "HEATING"),
        ("drain", "drain", "DRAINING"),
        ("web_worker", "started", "RUNNING"),
    ];
    let mut node = Node::start(program, &[]);
    for (machine, transition, _) in FIRED {
        node.ask_until(&["machines", machine, "--json"], |_| true);
        fine(&node.ask(&["machines", machine, "--fire", transition]));
        node.wait_for_transition(machine, transition);
    }
    node.kill_and_start_again();
    for (machine, transition, state) in FIRED {
        let answer = node.ask_until(&["machines", machine, "--json"], |_| true);
        let found = answer.to_string();
        assert!(
            found.contains(&format!("\"{state}\"")),
            "{machine}: {answer:#}"
        );
        let why = fine(&node.ask(&["why", machine]));
        assert!(
            why.contains(transition) && why.contains("operator"),
            "{why}"
        );
        let folder = MACHINES
            .iter()
            .find(|it| it.1 == machine)
            .expect("one of them")
            .0;
        let folder = project.join("specs/machines").join(folder);
        let record = fine(&node.ask(&["record", machine]));
        fs::write(folder.join("recorded.test.yaml"), &record).expect("writable");
        let output = choristerc(&["test", "recorded.test.yaml"], &folder);
        assert!(output.status.success(), "{record}\n{}", text(&output));
    }
}
