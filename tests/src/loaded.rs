//! Machines from a directory, under the distribution `chorister`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::node::{Node, binary};
use crate::support::shared;

/// A machine that changes its state once a second.
fn blinker(name: &str, version: &str) -> String {
    format!(
        "name: {name}\nversion: {version}\ninitial_state: off\ntransitions:\n  - {{name: up, from: [off], destination: on}}\n  - {{name: down, from: [on], destination: off}}\nwatchers:\n  - {{name: t1, type: timer, state_match: [off], fail_transition: up, properties: {{timer: 1s}}}}\n  - {{name: t2, type: timer, state_match: [on], fail_transition: down, properties: {{timer: 1s}}}}\n"
    )
}

fn put(directory: &Path, name: &str, text: &str) {
    let folder = directory.join(name);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("machine.yaml"), text).expect("a file");
}

fn start(directory: &Path) -> Node {
    Node::start(
        &binary("chorister"),
        &["--machines", directory.to_str().expect("text")],
    )
}

fn version_is(version: &'static str) -> impl Fn(&Value) -> bool {
    move |event| event["data"]["machine"] == "blinker" && event["data"]["version"] == version
}

#[test]
fn a_machine_that_is_dropped_into_the_directory_runs() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut node = start(directory.path());
    node.wait_for("any event", |_| true);
    put(directory.path(), "blinker", &blinker("blinker", "1.0.0"));
    node.wait_for_transition("blinker", "up");
}

#[test]
fn a_change_replaces_only_that_machine() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    put(directory.path(), "blinker", &blinker("blinker", "1.0.0"));
    put(directory.path(), "other", &blinker("other", "1.0.0"));
    let mut node = start(directory.path());
    let other = node.wait_for_transition("other", "up")["data"]["id"].clone();
    put(directory.path(), "blinker", &blinker("blinker", "1.1.0"));
    node.wait_for("the new version", version_is("1.1.0"));
    let later = node.wait_for_transition("other", "up");
    assert_eq!(
        later["data"]["id"], other,
        "the other machine was restarted"
    );
}

#[test]
fn a_bad_change_leaves_the_old_machine_running_and_is_reported() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    put(directory.path(), "blinker", &blinker("blinker", "1.0.0"));
    let mut node = start(directory.path());
    let id = node.wait_for_transition("blinker", "up")["data"]["id"].clone();
    put(
        directory.path(),
        "blinker",
        &blinker("blinker", "1.1.0").replace("fail_transition: up", "fail_transition: upp"),
    );
    let status = node.ask_until(&["status", "--json"], |it| {
        it["problems"].as_array().is_some_and(|it| !it.is_empty())
    });
    let problem = status["problems"][0]["text"].as_str().expect("a text");
    assert!(
        problem.contains("upp") && problem.contains("machine.yaml"),
        "{problem}"
    );
    let later = node.wait_for_transition("blinker", "up");
    assert_eq!(later["data"]["id"], id, "the old machine goes on");
    put(directory.path(), "blinker", &blinker("blinker", "1.2.0"));
    node.wait_for("the mended version", version_is("1.2.0"));
    node.ask_until(&["status", "--json"], |it| {
        it["problems"] == serde_json::json!([])
    });
}

#[test]
fn a_removed_directory_removes_its_machine() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    put(directory.path(), "blinker", &blinker("blinker", "1.0.0"));
    let mut node = start(directory.path());
    node.wait_for_transition("blinker", "up");
    fs::remove_dir_all(directory.path().join("blinker")).expect("it can be removed");
    let has = |machines: &Value| {
        machines
            .as_array()
            .is_some_and(|it| it.iter().any(|it| it["name"] == "blinker"))
    };
    node.ask_until(&["machines", "--json"], |machines| !has(machines));
}

#[test]
fn a_linked_directory_is_a_machine_and_a_broken_link_is_none() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    put(elsewhere.path(), "blinker", &blinker("blinker", "1.0.0"));
    std::os::unix::fs::symlink(
        elsewhere.path().join("blinker"),
        directory.path().join("link"),
    )
    .expect("a link");
    std::os::unix::fs::symlink("/nowhere", directory.path().join("broken")).expect("a link");
    let mut node = start(directory.path());
    node.wait_for_transition("blinker", "up");
}

#[test]
fn one_wrong_machine_does_not_stop_the_others() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    put(directory.path(), "wrong", "name: [\n");
    put(directory.path(), "blinker", &blinker("blinker", "1.0.0"));
    let mut node = start(directory.path());
    node.wait_for_transition("blinker", "up");
}

/// Watcher types that this release cannot run; machines with them are refused with a reason.
const LATER: &[&str] = &[
    "nagios",
    "kv",
    "gossip",
    "plugins",
    "ccm_manifest",
    "ccmmanifest",
    "machines",
    "homekit",
    "governor",
];

#[test]
fn corpus_machines_run_unmodified() {
    let Some(shared) = shared("whether published machines run unmodified") else {
        return;
    };
    let index = fs::read_to_string(shared.join("corpus/machines/INDEX.tsv")).expect("the index");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut expected = BTreeSet::new();
    for row in index.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [file, _, _, _, _, features, _, load, start, ..] = columns[..] else {
            panic!("{row}")
        };
        let text =
            fs::read_to_string(shared.join("corpus/machines").join(file)).expect("a machine");
        let folder = Path::new(file)
            .parent()
            .and_then(Path::to_str)
            .expect("a folder");
        put(directory.path(), folder, &text);
        let runs = load == "ok" && start == "ok";
        let types = features
            .rsplit_once("watchers: ")
            .map_or("", |(_, types)| types);
        let later = types.split(", ").any(|it| LATER.contains(&it)) || text.contains("governor:");
        if runs && !later {
            let name =
                serde_yaml::from_str::<serde_yaml::Value>(&text).expect("YAML")["name"].clone();
            expected.insert(name.as_str().expect("a name").to_owned());
        }
    }
    assert!(expected.len() > 15, "the corpus has shrunk: {expected:?}");
    let node = start(directory.path());
    node.ask_until(&["machines", "--json"], |machines| {
        let running: BTreeSet<String> = machines
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|it| it["name"].as_str().map(str::to_owned))
            .collect();
        expected.is_subset(&running)
    });
}
