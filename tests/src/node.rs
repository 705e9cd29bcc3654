//! The compiled distributions, run as a user runs them.

use std::path::Path;
use std::process::Command;

use crate::support::node::{Node, binary};

#[test]
fn compiled_machines_run_with_nothing_else_running() {
    let mut node = Node::start(&binary("scout"), &[]);
    let event = node.wait_for_transition("banner", "restored");
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["source"], "io.choria.machine");
    assert_eq!(event["type"], "io.choria.machine.v1.transition");
    assert_eq!(event["subject"], "node.example.net");
    assert_eq!(event["data"]["from_state"], "KEPT");
    assert_eq!(event["data"]["to_state"], "RESTORED");
    node.wait_for_transition("night_watch", "alarm");
    node.wait_for_transition("night_watch", "all_quiet");
    node.wait_for_transition("banner", "settled");
}

#[test]
fn a_node_and_its_commands_are_held_to_its_capabilities() {
    let mut node = Node::start(&binary("scout"), &[]);
    node.wait_for_transition("banner", "restored");
    let status = node.ask_until(&["status", "--json"], |it| it["pid"].is_u64());
    if status["sandbox"]["enforced"] != "full" {
        println!("not checked: {}", status["sandbox"]["gaps"]);
        return;
    }
    let own = std::fs::read_to_string(format!("/proc/{}/status", status["pid"]));
    assert!(own.expect("its status").contains("NoNewPrivs:\t1"));
    // Its shell runs what is granted, and so comes to a good end.
    node.wait_for("successful command", |it| {
        it["data"]["name"] == "look_around" && it["data"]["previous_outcome"] == "success"
    });
}

#[test]
fn a_managed_file_comes_back() {
    let mut node = Node::start(&binary("scout"), &[]);
    node.wait_for_transition("banner", "settled");
    let file = node.state().join("machines/banner/banner.txt");
    let text = std::fs::read_to_string(&file).expect("the banner was written");
    std::fs::remove_file(&file).expect("it can be removed");
    node.wait_for_transition("banner", "restored");
    assert_eq!(std::fs::read_to_string(&file).expect("it is back"), text);
}

#[test]
fn sigterm_stops_in_order() {
    let mut node = Node::start(&binary("scout"), &[]);
    node.wait_for_transition("banner", "restored");
    node.signal("TERM");
    assert!(node.wait().success(), "{}", node.log());
    assert!(
        !node.state().join("control.sock").exists(),
        "the socket is left behind"
    );
}

#[test]
fn a_running_node_answers_its_own_command_line() {
    let mut node = Node::start(&binary("scout"), &[]);
    node.wait_for_transition("banner", "restored");
    let status = node.ask_until(&["status", "--json"], |it| it["machines"] == 11);
    assert_eq!(status["name"], "scout");
    assert_eq!(status["identity"], "node.example.net");
    // What this kernel cannot enforce is a problem of its own.
    let held = status["sandbox"]["enforced"] == "full";
    assert!(status["problems"] == serde_json::json!([]) || !held);
    let machine = node.ask_until(&["machines", "load", "--json"], |it| {
        it["state"] == "GATHER"
    });
    assert_eq!(
        machine["available_transitions"],
        serde_json::json!(["MAINTENANCE"])
    );
    assert_eq!(machine["watchers"][0]["type"], "metric");

    let fired = node.ask(&["machines", "load", "--fire", "MAINTENANCE"]);
    assert!(
        fired.status.success(),
        "{}",
        String::from_utf8_lossy(&fired.stderr)
    );
    node.wait_for_transition("load", "MAINTENANCE");
    let refused = node.ask(&["machines", "load", "--fire", "MAINTENANCE"]);
    assert_eq!(refused.status.code(), Some(1));
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("RESUME"), "says what is offered: {text}");
}

#[test]
fn without_a_node_the_command_line_says_so() {
    let empty = tempfile::tempdir().expect("a temporary directory");
    let output = Command::new(binary("scout"))
        .arg("status")
        .arg("--state-dir")
        .arg(empty.path())
        .output()
        .expect("scout starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing runs"));
}

#[test]
fn buildinfo_lists_what_is_compiled_in() {
    let output = Command::new(binary("scout"))
        .args(["buildinfo", "--json"])
        .output()
        .expect("scout starts");
    let info: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(info["name"], "scout");
    assert_eq!(info["loads_machines"], false);
    let names: Vec<&str> = info["machines"]
        .as_array()
        .expect("machines")
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    assert_eq!(
        names,
        ["heartbeat", "disk_space", "load", "banner", "night_watch"]
    );
}

#[test]
fn a_running_node_shows_its_machines() {
    let mut node = Node::start(&binary("scout"), &[]);
    node.wait_for_transition("banner", "restored");
    let text = |output: std::process::Output| {
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let (code, picture) = text(node.ask(&["machines", "banner", "--graph"]));
    assert_eq!(code, Some(0), "{picture}");
    for part in ["KEPT", "RESTORED", "settled", "lately"] {
        assert!(picture.contains(part), "{part}\n{picture}");
    }
    let (code, said) = text(node.ask(&["watch"]));
    assert_eq!(code, Some(2));
    assert!(said.contains("scout watch --json"), "{said}");
}

#[test]
fn a_distribution_that_loads_nothing_refuses_a_machine_directory() {
    let output = Command::new(binary("scout"))
        .args(["run", "--machines", "/tmp"])
        .output()
        .expect("scout starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("loads no machines"));
}

#[test]
fn metrics_reach_the_text_file_directory() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut node = Node::start(
        &binary("scout"),
        &["--textfile-dir", shown(directory.path())],
    );
    node.wait_for("a metric", |it| it["data"]["type"] == "metric");
    let file = directory
        .path()
        .join("choria_machine_metrics_watcher_status.prom");
    until(|| {
        std::fs::read_to_string(&file)
            .is_ok_and(|it| it.contains("choria_machine_metric_watcher_loadavg_load1"))
    });
}

#[test]
fn events_go_to_a_file_that_can_be_rotated() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("events.jsonl");
    let mut node = Node::start(&binary("scout"), &["--events", shown(&file)]);
    let lines = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    until(|| lines(&file).contains("settled"));
    let moved = directory.path().join("events.jsonl.1");
    std::fs::rename(&file, &moved).expect("the file can be moved");
    node.signal("HUP");
    std::fs::remove_file(node.state().join("machines/banner/banner.txt"))
        .expect("the banner can be removed");
    until(|| lines(&file).contains("restored"));
    node.signal("TERM");
    assert!(node.wait().success());
    for path in [&file, &moved] {
        for line in lines(path).lines() {
            serde_json::from_str::<serde_json::Value>(line).expect("whole lines of JSON");
        }
    }
}

/// Looks until it is so, for at most a minute.
fn until(is_so: impl Fn() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while !is_so() {
        assert!(std::time::Instant::now() < end, "it does not happen");
        std::thread::yield_now();
    }
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("temporary paths are text")
}
