//! Machines with `nagios` watchers, under the distribution `chorister`: real plugins, and plugins that misbehave.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::node::{Node, binary};
use crate::support::peers;

/// A machine that runs a plugin every second and is in the state of its result.
fn put(machines: &Path, name: &str, plugin: &str) {
    let all = "[UNKNOWN, OK, WARNING, CRITICAL]";
    let transitions: String = ["UNKNOWN", "OK", "WARNING", "CRITICAL"]
        .map(|state| format!("  - {{name: {state}, from: {all}, destination: {state}}}\n"))
        .concat();
    let text = format!(
        "name: {name}\nversion: 1.0.0\ninitial_state: UNKNOWN\ntransitions:\n{transitions}watchers:\n  - name: check\n    \
         type: nagios\n    interval: 1s\n    state_match: {all}\n    properties:\n      timeout: 5s\n      plugin: >-\n        \
         {plugin}\n"
    );
    let folder = machines.join(name);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("machine.yaml"), text).expect("a machine");
}

fn start(machines: &Path) -> Node {
    let machines = machines.to_str().expect("text");
    Node::start(&binary("chorister"), &["--machines", machines])
}

/// What a check says next.
#[track_caller]
fn result(node: &mut Node, machine: &str) -> Value {
    let event = node.wait_for(&format!("result of {machine}"), |event| {
        event["type"] == "io.choria.machine.watcher.nagios.v1.state"
            && event["data"]["machine"] == machine
    });
    event["data"].clone()
}

#[test]
fn a_real_plugin_turns_critical_and_back_with_what_it_looks_at() {
    let Some(plugin) = peers::plugin("check_tcp") else {
        return;
    };
    let machines = tempfile::tempdir().expect("a temporary directory");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let plugin = format!("{} -H 127.0.0.1 -p {}", plugin.display(), address.port());
    put(machines.path(), "service", &plugin);
    let mut node = start(machines.path());
    node.wait_for_transition("service", "OK");
    drop(listener);
    node.wait_for_transition("service", "CRITICAL");
    let _listener = TcpListener::bind(address).expect("the same port");
    node.wait_for_transition("service", "OK");
}

#[test]
fn real_plugins_say_what_they_measure() {
    /// Plugin, its arguments, and some of what it measures.
    const PLUGINS: [(&str, &str, &[&str]); 6] = [
        (
            "check_load",
            "-w 900,900,900 -c 999,999,999",
            &["load1", "load5", "load15"],
        ),
        ("check_disk", "-w 1% -c 0% -p /", &["/"]),
        ("check_procs", "-c 1:", &["procs"]),
        ("check_users", "-w 1000 -c 2000", &["users"]),
        (
            "check_file_age",
            "-w 9999999999 -c 9999999999 -f /proc/self/stat",
            &["age", "size"],
        ),
        ("check_ntp_time", "-H 127.0.0.1 -t 1", &[]),
    ];
    let machines = tempfile::tempdir().expect("a temporary directory");
    for (plugin, arguments, _) in PLUGINS {
        let Some(path) = peers::plugin(plugin) else {
            return;
        };
        put(
            machines.path(),
            plugin,
            &format!("{} {arguments}", path.display()),
        );
    }
    let mut node = start(machines.path());
    for (plugin, _, labels) in PLUGINS {
        let data = result(&mut node, plugin);
        if labels.is_empty() {
            assert_ne!(data["status_code"], 0, "{data:#}");
            continue;
        }
        assert_eq!(data["status"], "OK", "{data:#}");
        for label in labels {
            let perfdata = data["perfdata"].as_array().expect("performance data");
            assert!(perfdata.iter().any(|it| it["label"] == *label), "{data:#}");
        }
    }
}

/// Plugins that misbehave: name, script, status, and the beginning of what is said. `LONG` is a time that no other
/// process waits for.
const MISBEHAVING: [(&str, &str, &str, &str); 13] = [
    (
        "hangs",
        "exec sleep LONG",
        "UNKNOWN",
        "UNKNOWN: no result within 5s",
    ),
    (
        "hangs_deaf",
        "trap '' TERM; while :; do sleep LONG; done",
        "UNKNOWN",
        "UNKNOWN: no result within 5s",
    ),
    (
        "floods",
        "head -c 100000000 /dev/zero | tr '\\0' x; exit 1",
        "UNKNOWN",
        "UNKNOWN: wrote more than 16777216 bytes and was ended",
    ),
    (
        "not_text",
        "printf 'OK \\377\\376 fine|a=1\\n'",
        "OK",
        "OK \u{fffd}\u{fffd} fine|a=1",
    ),
    (
        "zeroes",
        "printf 'OK\\0 fine\\n'; exit 1",
        "WARNING",
        "OK\u{fffd} fine",
    ),
    ("silent", "exit 2", "CRITICAL", ""),
    (
        "leaves_daemon",
        "setsid sleep LONG & echo done",
        "OK",
        "done",
    ),
    (
        "leaves_child",
        "sleep LONG & echo so so; exit 1",
        "WARNING",
        "so so",
    ),
    (
        "leaves_quiet_daemon",
        "setsid sleep LONG >/dev/null 2>&1 </dev/null & echo done",
        "OK",
        "done",
    ),
    (
        "odd_code",
        "echo what; exit 42",
        "UNKNOWN",
        "UNKNOWN: the plugin ended with status 42",
    ),
    (
        "kills_itself",
        "kill -9 $$",
        "UNKNOWN",
        "UNKNOWN: the plugin was ended by signal 9",
    ),
    (
        "kills_all",
        "trap '' TERM; kill 0; echo alive; exit 1",
        "WARNING",
        "alive",
    ),
    (
        "bad_numbers",
        "echo \"OK|a=U b=1,5 'c d'=~;;; =3 e=1e400 f\"",
        "OK",
        "OK|a=U",
    ),
];

#[test]
fn plugins_that_misbehave_are_judged_and_leave_nothing_behind() {
    let machines = tempfile::tempdir().expect("a temporary directory");
    let long = format!("{}", 1_000_000 + std::process::id());
    for (name, script, ..) in MISBEHAVING {
        let script = script.replace("LONG", &long);
        let path = machines.path().join(format!("{name}.sh"));
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
        put(machines.path(), name, &path.display().to_string());
    }
    let absent = machines.path().join("absent");
    put(machines.path(), "absent", &absent.display().to_string());
    let mut node = start(machines.path());
    for (name, _, status, text) in MISBEHAVING {
        let data = result(&mut node, name);
        let output = data["output"].as_str().expect("a text");
        assert_eq!(data["status"], status, "{name}: {output:.200}");
        assert!(output.starts_with(text), "{name}: {output:.200}");
        assert!(output.len() <= 1 << 20, "{name}: {} bytes", output.len());
    }
    let data = result(&mut node, "absent");
    assert_eq!(data["status"], "UNKNOWN", "{data:#}");

    // What stays in its group is ended with the plugin. What leaves it is another's to end: here, ours.
    node.signal("TERM");
    assert!(node.wait().success(), "{}", node.log());
    let mut left = processes(&format!("sleep {long}"));
    left.retain(|it| !is_alone(it));
    assert_eq!(left, [""; 0], "what hung still runs");
    for daemon in processes(&format!("sleep {long}")) {
        // It may have ended meanwhile.
        let _ = Command::new("kill").arg(daemon).status();
    }
}

#[test]
fn the_status_file_of_a_choria_server_is_judged() {
    let machines = tempfile::tempdir().expect("a temporary directory");
    put(machines.path(), "choria", "x");
    let file = machines.path().join("choria/machine.yaml");
    let text = fs::read_to_string(&file).expect("a machine");
    let plugin = "plugin: >-\n        x\n";
    assert!(text.contains(plugin), "{text}");
    let builtin = "builtin: choria_status\n      last_message: 1h\n";
    fs::write(&file, text.replace(plugin, builtin)).expect("a machine");

    let status = machines.path().join("status.json");
    let write = |server: &str| {
        let text = format!(
            "{{\"identity\": \"n\", \"uptime\": 5, \"connected_server\": \"{server}\", \"last_message\": 0, \
             \"stats\": {{\"events\": 1}}, \"certificate_expires\": \"0001-01-01T00:00:00Z\"}}"
        );
        let new = status.with_extension("new");
        fs::write(&new, text)
            .and_then(|()| fs::rename(new, &status))
            .expect("a status file");
    };
    write("nats://broker.example.net:4222");
    let folder = machines.path().to_str().expect("text");
    let given = status.to_str().expect("text");
    let arguments = [
        "--machines",
        folder,
        "--status-file",
        given,
        "--status-interval",
        "1h",
    ];
    let mut node = Node::start(&binary("chorister"), &arguments);
    node.wait_for_transition("choria", "OK");
    write("");
    node.wait_for_transition("choria", "CRITICAL");
    let said = result(&mut node, "choria");
    assert_eq!(said["output"], "CRITICAL: not connected to a broker");
}

#[test]
fn commands_of_a_node_that_was_killed_are_ended_by_the_next() {
    let machines = tempfile::tempdir().expect("a temporary directory");
    let long = format!("sleep {}", 2_000_000 + std::process::id());
    let serving = format!("sleep {}", 3_000_000 + std::process::id());
    let path = machines.path().join("hangs.sh");
    let script =
        format!("#!/bin/sh\ntrap '' TERM\nsetsid {serving} >/dev/null 2>&1 </dev/null &\n{long}\n");
    fs::write(&path, script).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
    put(machines.path(), "hangs", &path.display().to_string());
    let mut node = start(machines.path());
    let hanging = await_processes(|| processes(&long), |found| !found.is_empty());
    let services = await_processes(|| processes(&serving), |found| !found.is_empty());
    node.kill_and_start_again();
    await_processes(
        || processes(&long),
        |found| !found.iter().any(|it| hanging.contains(it)),
    );
    // What has a session of its own is a service, and meant to stay.
    let still = processes(&serving);
    assert!(services.iter().all(|it| still.contains(it)));
    node.signal("TERM");
    assert!(node.wait().success(), "{}", node.log());
    assert!(
        node.log().contains("commands that it left are ended"),
        "{}",
        node.log()
    );
    for service in processes(&serving) {
        // It may have ended meanwhile.
        let _ = Command::new("kill").arg(service).status();
    }
}

/// Looks again and again until the processes are as they have to become.
fn await_processes(
    look: impl Fn() -> Vec<String>,
    fits: impl Fn(&[String]) -> bool,
) -> Vec<String> {
    let began = std::time::Instant::now();
    loop {
        let found = look();
        if fits(&found) {
            return found;
        }
        assert!(began.elapsed().as_secs() < 60, "there are {found:?}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// The processes with exactly this command line.
fn processes(line: &str) -> Vec<String> {
    let wanted = line.replace(' ', "\0") + "\0";
    let all = fs::read_dir("/proc").expect("processes").flatten();
    let are_it = |it: &fs::DirEntry| {
        fs::read(it.path().join("cmdline")).is_ok_and(|it| it == wanted.as_bytes())
    };
    let names = all.filter(are_it).map(|it| it.file_name());
    names.filter_map(|it| it.into_string().ok()).collect()
}

/// Whether a process leads a session of its own.
fn is_alone(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map_or("", |it| it.1);
    fields.split(' ').nth(3) == Some(process)
}
