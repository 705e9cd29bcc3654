//! What monitoring systems, hooks and operators see of the checks of a real node.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::node::{Node, binary};

/// How long a test waits for something that has to happen; nothing is measured by it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A check that says what a file says, as Puppet writes one.
fn check(name: &str, plugin: &str, annotations: &str) -> String {
    let results = "[UNKNOWN, OK, WARNING, CRITICAL, FORCE_CHECK]";
    let result = |it: &str| format!("  - {{name: {it}, from: {results}, destination: {it}}}\n");
    let results: String = ["UNKNOWN", "OK", "WARNING", "CRITICAL"]
        .map(result)
        .concat();
    format!(
        "name: {name}\nversion: 1.0.0\ninitial_state: UNKNOWN\ntransitions:\n{results}\
         \x20 - {{name: FORCE_CHECK, from: [UNKNOWN, OK, WARNING, CRITICAL], destination: FORCE_CHECK}}\n\
         \x20 - {{name: MAINTENANCE, from: [UNKNOWN, OK, WARNING, CRITICAL, FORCE_CHECK], destination: MAINTENANCE}}\n\
         \x20 - {{name: RESUME, from: [MAINTENANCE], destination: UNKNOWN}}\n\
         watchers:\n  - name: check\n    type: nagios\n    interval: 1s\n\
         \x20   state_match: [UNKNOWN, OK, WARNING, CRITICAL]\n\
         \x20   properties: {{plugin: {plugin:?}, timeout: 10s, annotations: {{{annotations}}}}}\n"
    )
}

/// A place with the machine of one check, `disk`, whose plugin prints `says` and ends with what stands there first.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a temporary directory"));
        let folder = place.0.path().join("machines/disk");
        fs::create_dir_all(&folder).expect("a folder");
        for name in ["metrics", "hook"] {
            fs::create_dir_all(place.0.path().join(name)).expect("a folder");
        }
        let says = place.text("says");
        let script = format!("#!/bin/sh\nread code text < {says}\necho \"$text\"\nexit $code\n");
        place.program("plugin", &script);
        place.says("0 DISK OK - half full|/=50%;80;90 '/ home'=1.5GB");
        let machine = check(
            "disk",
            &place.text("plugin"),
            "team: storage, readiness: 'true'",
        );
        fs::write(folder.join("machine.yaml"), machine).expect("a file");
        place
    }

    fn text(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn program(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.0.path().join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
    }

    fn says(&self, text: &str) {
        let new = self.0.path().join("new");
        fs::write(&new, format!("{text}\n")).expect("a file");
        fs::rename(new, self.0.path().join("says")).expect("the file in its place");
    }

    fn start(&self, more: &[&str]) -> Node {
        let machines = self.text("machines");
        let arguments = ["--machines", &machines];
        Node::start(&binary("chorister"), &[&arguments[..], more].concat())
    }
}

/// A port that nobody listens on just now.
fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its number").port()
}

/// Status and body of an answer over HTTP; nothing while nobody answers.
fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// Asks until there is an answer.
#[track_caller]
fn until<T>(what: &str, node: &Node, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(
            Instant::now() < end,
            "{what} does not come\nlog: {}",
            node.log()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Has the real `promtool` read a text; upstream's own name for a counter is not to its taste.
fn promtool(text: &str) {
    let Some(promtool) = chorister_peers::promtool() else {
        return;
    };
    let mut child = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool runs");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(text.as_bytes()).expect("it reads");
    drop(input);
    let said = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&said.stderr);
    let ours = said.lines().filter(|it| {
        !it.starts_with("choria_machine_nagios_watcher_checks_count") && !it.trim().is_empty()
    });
    assert_eq!(ours.collect::<Vec<_>>(), [""; 0], "{text}");
}

fn status<'a>(checks: &'a Value, name: &str) -> Option<&'a str> {
    found(checks, name)?["status"].as_str()
}

/// The check of this name, among those that the distribution has anyway.
fn found<'a>(checks: &'a Value, name: &str) -> Option<&'a Value> {
    let mut checks = checks["checks"].as_array()?.iter();
    checks.find(|it| it["name"] == name)
}

#[test]
fn prometheus_is_told_of_checks() {
    let place = Place::new();
    let port = port();
    let (folder, address) = (place.text("metrics"), format!("127.0.0.1:{port}"));
    let node = place.start(&["--textfile-dir", &folder, "--http", &address]);
    let line = r#"choria_machine_nagios_watcher_status{name="disk",status="OK"} 0"#;
    let path = Path::new(&folder).join("choria_machine_nagios_watcher_status.prom");
    let has_line = |text: String| text.contains(line).then_some(text);
    let file = until("the text file", &node, || {
        has_line(fs::read_to_string(&path).ok()?)
    });
    promtool(&file);
    let (_, metrics) = get(port, "/metrics").expect("metrics");
    assert!(metrics.contains(line), "{metrics}");
    assert!(metrics.contains(r#"chorister_check_perfdata{name="disk",label="/",unit="%"} 50"#));
    promtool(&metrics);
    // What it is like in trouble is as legal.
    place.says("2 DISK CRITICAL \"full\"\\|a\\\"b=1");
    until("CRITICAL", &node, || {
        let (_, metrics) = get(port, "/metrics")?;
        metrics
            .contains(r#"status="CRITICAL"} 2"#)
            .then(|| promtool(&metrics))
    });
}

#[test]
fn a_node_is_ready_while_its_checks_say_so() {
    let place = Place::new();
    let port = port();
    let mut node = place.start(&["--http", &format!("127.0.0.1:{port}")]);
    let ready = |code: u16| move || get(port, "/readyz").filter(|it| it.0 == code);
    until("readiness", &node, ready(200));
    place.says("2 full");
    let (_, body) = until("unreadiness", &node, ready(503));
    assert_eq!(body, "not ready\ndisk is CRITICAL\n");
    assert_eq!(get(port, "/healthz").expect("health").0, 200);
    place.says("0 empty");
    until("readiness", &node, ready(200));
    node.signal("TERM");
    assert!(node.wait().success(), "{}", node.log());
}

#[test]
fn a_file_says_what_is_served_and_who_is_told_and_the_command_line_wins() {
    let place = Place::new();
    let (told, file) = (place.text("hook/told"), place.text("chorister.yaml"));
    place.program("notify", &format!("#!/bin/sh\ncat >> {told}.$1\n"));
    let (of_file, of_line) = (port(), port());
    let notify = place.text("notify");
    let text = format!(
        "http: {{address: \"127.0.0.1:{of_file}\", readiness: [disk]}}\nnotify: {{exec: [{notify}, file]}}\n"
    );
    fs::write(&file, text).expect("a file");
    let config = ["--config", file.as_str()];
    let mut node = place.start(&config);
    node.wait_for_transition("disk", "OK");
    until("readiness", &node, || {
        get(of_file, "/readyz").filter(|it| it.0 == 200)
    });
    place.says("2 full");
    let is_told = |by: &str| fs::read_to_string(format!("{told}.{by}")).ok();
    until("a notification", &node, || is_told("file"));
    node.signal("TERM");
    assert!(node.wait().success(), "{}", node.log());

    let http = format!("127.0.0.1:{of_line}");
    let exec = format!("{notify} line");
    let options = ["--http", &http, "--notify-exec", &exec];
    place.says("0 empty");
    let mut node = place.start(&[&config[..], &options[..]].concat());
    node.wait_for_transition("disk", "OK");
    until("an answer", &node, || get(of_line, "/healthz"));
    assert!(get(of_file, "/healthz").is_none(), "both are served");
    place.says("2 full");
    until("a notification", &node, || is_told("line"));
}

#[test]
fn maintenance_is_kept_over_a_crash_and_shown_as_such() {
    let place = Place::new();
    let mut node = place.start(&[]);
    let checks = |node: &Node, is: &str| {
        node.ask_until(&["checks", "--json"], |it| status(it, "disk") == Some(is))
    };
    checks(&node, "OK");
    let steered = node.ask(&[
        "maintenance",
        "disk",
        "--reason",
        "new disks",
        "--owner",
        "ann",
    ]);
    assert_eq!(
        String::from_utf8_lossy(&steered.stdout),
        "disk is now MAINTENANCE\n"
    );
    node.kill_and_start_again();
    let kept = checks(&node, "MAINTENANCE");
    let disk = found(&kept, "disk").expect("it is there");
    assert_eq!(disk["maintenance"]["reason"], "new disks");
    assert_eq!(disk["result"], "OK");
    let table = node.ask(&["checks"]);
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(
        table.contains("MAINTENANCE") && table.contains("no end, ann: new disks"),
        "{table}"
    );
    let failing = |node: &Node| node.ask(&["checks", "disk", "--failing"]).status.code();
    assert_eq!(failing(&node), Some(0));
    assert!(node.ask(&["resume", "disk"]).status.success());
    place.says("1 DISK WARNING");
    checks(&node, "WARNING");
    assert_eq!(failing(&node), Some(1));
    let unknown = node.ask(&["force", "dsik"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no check `dsik`"));
}

#[test]
fn who_asks_for_metrics_and_does_not_read_them_slows_no_check() {
    let place = Place::new();
    let port = port();
    let (folder, address) = (place.text("metrics"), format!("127.0.0.1:{port}"));
    let mut node = place.start(&["--textfile-dir", &folder, "--http", &address]);
    node.wait_for_transition("disk", "OK");
    // More than are served at once, each with more questions than answers fit into its buffers.
    let questions = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200);
    let consumers: Vec<_> = (0..100)
        .filter_map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
            stream.set_nonblocking(true).ok()?;
            // What does not fit in is left out.
            let _ = stream.write(questions.as_bytes());
            Some(stream)
        })
        .collect();
    assert!(consumers.len() > 64, "{} are connected", consumers.len());
    // Nor can the text file be written any more.
    fs::remove_dir_all(&folder).expect("the folder is there");
    place.says("2 DISK CRITICAL");
    node.wait_for_transition("disk", "CRITICAL");
    for _ in 0..3 {
        node.wait_for("result", |it| it["data"]["status"] == "CRITICAL");
    }
    drop(consumers);
    until("an answer for others", &node, || get(port, "/metrics"));
}

#[test]
fn a_hook_that_hangs_or_fails_slows_no_check() {
    let place = Place::new();
    let told = place.text("hook/told");
    // The first time it hangs until it is ended; then it takes what it is told.
    place.program(
        "notify",
        &format!("#!/bin/sh\nif mkdir {told}.d; then exec sleep 1000; fi\ncat >> {told}\n"),
    );
    let mut node = place.start(&["--notify-exec", &place.text("notify")]);
    node.wait_for_transition("disk", "OK");
    place.says("2 DISK CRITICAL");
    node.wait_for_transition("disk", "CRITICAL");
    // The hook hangs now, and checks go on.
    for _ in 0..3 {
        node.wait_for("result", |it| it["data"]["status"] == "CRITICAL");
    }
    let line = until("the notification", &node, || {
        let text = fs::read_to_string(&told).ok()?;
        text.ends_with('\n').then_some(text)
    });
    let notification: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(notification["event"], "state");
    assert_eq!(notification["name"], "disk");
    assert_eq!(notification["status"], "CRITICAL");
    assert_eq!(notification["annotations"]["team"], "storage");
}
