//! The configuration of a running node, from its files to what the node does.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::node::{Node, binary};

const IDENTITY: &str = "web1.example.net";

/// A folder with a configuration of go-choria's format, facts, and the file of a plugin.
fn folder(level: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    write(&folder.path().join("server.conf"), folder.path(), level);
    fs::create_dir(folder.path().join("plugin.d")).expect("a folder");
    fs::write(
        folder.path().join("plugin.d/choria.cfg"),
        "use_srv = false\n",
    )
    .expect("a file");
    fs::write(folder.path().join("facts.yaml"), "os: {family: Debian}\n").expect("facts");
    folder
}

fn write(file: &Path, folder: &Path, level: &str) {
    let text = format!(
        "identity = {IDENTITY}\nplugin.yaml = {0}/facts.yaml\nlogfile = {0}/node.log\nloglevel = {level}\n\
         plugin.choria.prometheus_textfile_directory = {0}\nplugin.nats.pass = hunter2\nregister_interval = 300\n",
        folder.display()
    );
    fs::write(file, text).expect("a configuration");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[test]
fn a_node_does_what_its_configuration_says() {
    let folder = folder("info");
    let file = folder.path().join("server.conf");
    let node = Node::start(&binary("chorister"), &["--config", text(&file)]);
    let status = node.ask_until(&["status", "--json"], |it| it["identity"] == IDENTITY);
    let told = |status: &Value, part: &str| {
        let problems = status["problems"].as_array().into_iter().flatten();
        problems
            .filter_map(|it| it["text"].as_str())
            .any(|it| it.contains(part))
    };
    assert!(
        told(&status, "did you mean `registerinterval`?"),
        "{status:#}"
    );

    // A change is told when the node is asked to look again, and the level of the log counts from then on.
    let log = folder.path().join("node.log");
    let logged = || fs::read_to_string(&log).unwrap_or_default();
    assert!(
        logged().contains("did you mean `registerinterval`?"),
        "{}",
        logged()
    );
    fs::write(
        &file,
        format!("identity = {IDENTITY}\nloglevel = info\nttl = 30\nplugin.nats.pass = hunter3\n"),
    )
    .expect("a configuration");
    node.signal("HUP");
    node.ask_until(&["status", "--json"], |it| !told(it, "registerinterval"));
    let log = logged();
    assert!(log.contains("rpc.ttl is 30s, and was 1m"), "{log}");
    assert!(
        log.contains("network.nats.password has another value"),
        "{log}"
    );
    assert!(!log.contains("hunter"), "{log}");
}

#[test]
fn the_configuration_says_where_its_values_come_from() {
    let folder = folder("warn");
    let file = folder.path().join("server.conf");
    let run = |arguments: &[&str]| {
        let output = Command::new(binary("chorister"))
            .args(["config", "--config", text(&file)])
            .args(arguments)
            .env("CHORIA_SRV_DOMAIN", "example.net")
            .output()
            .expect("the binary starts");
        let shown = String::from_utf8(output.stdout).expect("text");
        let told = String::from_utf8(output.stderr).expect("text");
        assert!(
            !shown.contains("hunter") && !told.contains("hunter"),
            "{shown}{told}"
        );
        (output.status.code(), shown, told)
    };
    let (code, shown, told) = run(&["--json"]);
    assert_eq!(code, Some(0));
    assert!(
        told.contains("server.conf:7:1: there is no setting `register_interval`"),
        "{told}"
    );
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    let origin = |name: &str| {
        let mut rows = shown["settings"].as_array().into_iter().flatten();
        let row = rows.find(|it| it["name"] == name);
        let row = row.unwrap_or_else(|| panic!("no {name}"));
        format!(
            "{} {}",
            row["value"],
            row["origin"].as_str().unwrap_or_default()
        )
    };
    let line = |number: usize| format!("{}:{number}", file.display());
    assert_eq!(origin("identity"), format!("\"{IDENTITY}\" {}", line(1)));
    assert_eq!(origin("log.level"), format!("\"warn\" {}", line(4)));
    assert_eq!(
        origin("network.srv_domain"),
        "\"example.net\" environment CHORIA_SRV_DOMAIN"
    );
    assert_eq!(
        origin("network.nats.password"),
        format!("\"(secret)\" {}", line(6))
    );
    assert!(origin("network.use_srv").ends_with("plugin.d/choria.cfg:1"));
    assert_eq!(origin("rpc.ttl"), "\"1m\" default");

    assert_eq!(run(&["--strict"]).0, Some(1));
    let (code, shown, told) = run(&["--explain", "plugin.choria.use_srv"]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert!(shown.starts_with("network.use_srv: "), "{shown}");
    assert_eq!(run(&["--explain", "netwrk.use_srv"]).0, Some(2));
}

#[test]
fn a_strict_node_refuses_a_mistake() {
    let folder = folder("info");
    let output = Command::new(binary("chorister"))
        .args([
            "run",
            "--strict",
            "--config",
            text(&folder.path().join("server.conf")),
        ])
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).expect("text");
    assert!(told.contains("did you mean `registerinterval`?"), "{told}");
}

/// What `chorister policy` prints about the node of a configuration, and its exit code.
fn policy(file: &Path, arguments: &[&str]) -> (Value, Option<i32>) {
    let output = Command::new(binary("chorister"))
        .args(["policy"])
        .args(arguments)
        .args(["--json", "--config", text(file)])
        .output()
        .expect("a command");
    let json = serde_json::from_slice(&output.stdout).expect("JSON");
    (json, output.status.code())
}

#[test]
fn policies_are_asked_as_the_node_of_a_configuration_would() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("server.conf");
    let policies = folder.path().join("policies");
    fs::create_dir(&policies).expect("a folder");
    fs::write(
        policies.join("usual.policy"),
        "policy default deny\nallow\tchoria=ann\tping\t*\t*\n",
    )
    .expect("a policy");
    let ask = |caller| {
        [
            "test", "--caller", caller, "--agent", "any", "--action", "ping",
        ]
    };

    fs::write(&file, "").expect("a configuration");
    assert_eq!(policy(&file, &ask("choria=ann")).1, Some(1));

    let usual =
        "plugin.actionpolicy.enable_default = 1\nplugin.actionpolicy.default_name = usual\n";
    fs::write(&file, usual).expect("a configuration");
    let (decision, code) = policy(&file, &ask("choria=ann"));
    assert_eq!(code, Some(0), "{decision:#}");
    assert_eq!(decision["decided_by"]["line"], 2);
    assert_eq!(policy(&file, &ask("choria=bob")).1, Some(1));
    let (listed, _) = policy(&file, &["list"]);
    assert_eq!(listed["provider"], "action_policy");
    assert_eq!(listed["policies"][0]["agent"], "usual");

    fs::write(&file, "rpcauthorization = 0\n").expect("a configuration");
    assert_eq!(policy(&file, &ask("choria=bob")).1, Some(0));
    assert_eq!(policy(&file, &["list"]).0["provider"], "none");
}
