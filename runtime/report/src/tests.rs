//! What was captured of Choria, made again from what its nodes said.

use core::time::Duration;
use std::path::PathBuf;

use chorister_client::{Response, Standing, Statistics};
use chorister_ddl::{Data, Summaries};
use chorister_ir::ddl::{Action, Ddl};
use chorister_proto::body::{Reply, Status};
use chorister_proto::{Reply as Message, Version};
use chorister_spec::{Options, Source};
use chorister_std::rpcutil;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::facts::{Histogram, Listing};
use crate::inventory::Portrait;
use crate::json::{Line, indented, whole};
use crate::table::{Table, replies};
use crate::text::{Text, finished};
use crate::{Which, ping};

/// A command, and what it printed.
struct Capture {
    command: String,
    output: String,
}

/// The folder of the captures; `None`, and a line saying so, where there is none.
fn shared() -> Option<PathBuf> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let folder = set.clone().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join("vectors/cli");
    let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
    assert!(path.exists() || !required, "{} is absent", path.display());
    if !path.exists() {
        println!("not run: {} is not here", path.display());
        return None;
    }
    Some(path)
}

/// All commands of a file that begin with this, in order.
fn captures(file: &str, command: &str) -> Vec<Capture> {
    let Some(folder) = shared() else {
        return Vec::new();
    };
    let text = std::fs::read_to_string(folder.join(file)).expect(file);
    let blocks = format!("\n{text}");
    let found: Vec<Capture> = blocks
        .split("\n$ choria ")
        .skip(1)
        .filter_map(|block| {
            let (head, rest) = block.split_once('\n')?;
            let end = rest.find("[exit ")?;
            head.starts_with(command).then(|| Capture {
                command: head.to_owned(),
                output: rest[..end].to_owned(),
            })
        })
        .collect();
    assert!(!found.is_empty(), "{file} has no `{command}`");
    found
}

fn get_fact() -> &'static Action {
    rpcutil::DDL.action("get_fact").expect("an action")
}

/// The agent that the captures were made with.
fn echo() -> Option<Ddl> {
    let path = shared()?.join("echo-ddl.json");
    let text = std::fs::read_to_string(&path).expect("a DDL");
    let options = Options {
        lenient: true,
        ..Options::default()
    };
    let checked = chorister_spec::ddl::check(&Source::new("echo.json", text), &options);
    Some(checked.agent().expect("an agent").clone())
}

fn response(sender: &str, status: Status, message: &str, data: Value) -> Response {
    let time = "2026-11-20T23:31:55Z".parse().expect("a time");
    Response {
        sender: sender.to_owned(),
        standing: Standing::Expected,
        signed: false,
        time,
        elapsed: Duration::ZERO,
        reply: Reply {
            action: "get_fact".to_owned(),
            status,
            message: message.to_owned(),
            data,
        },
        message: Message {
            version: Version::V1,
            request: String::new(),
            sender: sender.to_owned(),
            agent: "rpcutil".to_owned(),
            time,
            payload: Vec::new(),
        },
    }
}

fn statistics(asked: usize, ok: usize, failed: usize, took: &str) -> Statistics {
    let nanoseconds = chorister_lang::duration::parse_go(took).expect(took);
    Statistics {
        request: String::new(),
        started: Timestamp::UNIX_EPOCH,
        discovered: asked,
        asked,
        responses: ok + failed,
        ok,
        failed,
        silent: Vec::new(),
        unexpected: Vec::new(),
        duplicates: 0,
        refused: 0,
        lost: 0,
        discovery: Duration::ZERO,
        publishing: Duration::ZERO,
        duration: Duration::from_nanos(nanoseconds.unsigned_abs()),
    }
}

/// What is printed of replies as text.
fn printed(action: &Action, which: Which, responses: &[Response], end: &Statistics) -> String {
    let text = Text {
        action,
        which,
        verbose: false,
    };
    let mut summaries = Summaries::of(action);
    let mut printed = String::new();
    for response in responses {
        if let Value::Object(data) = &response.reply.data {
            summaries.add(data);
        }
        printed.push_str(&text.reply(response).unwrap_or_default());
    }
    printed + &text.end(&summaries, end)
}

/// What was printed below the line about discovery.
fn below(capture: &Capture) -> &str {
    let (_, below) = capture.output.split_once('\n').expect("a first line");
    below
}

/// The text of a node, without what an editor may have taken away at the ends of lines.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).collect()
}

#[test]
fn vectors_of_text_of_replies() {
    let facts = |names: &[(&str, &str)]| -> Vec<Response> {
        let of = |(sender, value): &(&str, &str)| {
            let data = json!({ "fact": "country", "value": value });
            response(sender, Status::Ok, "OK", data)
        };
        names.iter().map(of).collect()
    };
    let (n1, n2, n3) = ("n1.example.net", "n2.example.net", "n3.example.net");
    for capture in captures("req-text.txt", "req rpcutil get_fact") {
        let responses = facts(&[(n1, "mt"), (n2, "de"), (n3, "de")]);
        let end = statistics(3, 3, 0, "2.024s");
        let ours = printed(get_fact(), Which::All, &responses, &end);
        assert_eq!(ours, below(&capture));
    }
    for capture in captures("req-options.txt", "req rpcutil get_fact") {
        let responses = facts(&[(n2, "de"), (n3, "de")]);
        let end = statistics(3, 3, 0, "2.021s");
        let ours = printed(get_fact(), Which::All, &responses, &end);
        assert_eq!(ours, below(&capture));
    }
    for capture in captures(
        "req-options.txt",
        "req rpcutil ping --np --sort --limit 50%",
    ) {
        let pong = response(n1, Status::Ok, "OK", json!({ "pong": 1_795_217_538 }));
        let action = rpcutil::DDL.action("ping").expect("an action");
        let ours = printed(action, Which::All, &[pong], &statistics(1, 1, 0, "2.017s"));
        assert_eq!(ours, below(&capture));
    }
}

#[test]
fn vectors_of_text_of_an_agent_with_defaults_and_sums() {
    let Some(ddl) = echo() else { return };
    let action = ddl.action("ping").expect("an action");
    let data = json!({ "message": "hello", "size": 5, "even": false });
    let of = |sender: &str| response(sender, Status::Ok, "OK", data.clone());
    for capture in captures("req-text.txt", "req echo ping") {
        let responses = [of("n1.example.net"), of("n2.example.net")];
        let end = statistics(2, 2, 0, "2.192s");
        // Upstream shows an output that has only its default without a value; this one was sent.
        let ours = printed(action, Which::All, &responses, &end);
        assert_eq!(ours, below(&capture));
    }
    for capture in captures("req-failures.txt", "req echo ping") {
        let denied = "You are not authorized to call this agent or action";
        let denied = response("n3.example.net", Status::Aborted, denied, json!({}));
        let responses = [of("n1.example.net"), of("n2.example.net"), denied];
        let end = statistics(3, 2, 1, "2.193s");
        let ours = printed(action, Which::Failed, &responses, &end);
        assert_eq!(ours, below(&capture));
    }
}

#[test]
fn vectors_of_text_of_failures_and_silence() {
    let Some(ddl) = echo() else { return };
    let fail = ddl.action("fail").expect("an action");
    for capture in captures("req-failures.txt", "req echo fail") {
        let broken = response(
            "n1.example.net",
            Status::UnknownError,
            "it broke",
            json!({}),
        );
        let ours = printed(fail, Which::All, &[broken], &statistics(1, 0, 1, "172ms"));
        assert_eq!(ours, below(&capture));
    }
    for (command, took, node) in [
        ("req echo sleep", "5.015s", "n1.example.net"),
        (
            "req rpcutil ping --np --sort -I ghost",
            "4.021s",
            "ghost.example.net",
        ),
    ] {
        for capture in captures("req-failures.txt", command) {
            let mut end = statistics(1, 0, 0, took);
            end.silent = vec![node.to_owned()];
            let ours = printed(fail, Which::All, &[], &end);
            assert_eq!(ours, below(&capture));
        }
    }
}

#[test]
fn vectors_of_everything_about_a_request() {
    for capture in captures("req-text.txt", "req rpcutil daemon_stats") {
        let action = rpcutil::DDL.action("daemon_stats").expect("an action");
        let start = capture.output.find('{').expect("an object");
        let end = capture.output.find("Summary").expect("sums");
        let data: Value = serde_json::from_str(&capture.output[start..end]).expect("JSON");
        let reply = response("n1.example.net", Status::Ok, "OK", data);
        let mut of = statistics(1, 1, 0, "16.552513ms");
        of.started = "2026-11-20T23:31:50Z".parse().expect("a time");
        of.discovery = Duration::from_nanos(589_111);
        of.publishing = Duration::from_nanos(5_061_239);
        let text = Text {
            action,
            which: Which::All,
            verbose: true,
        };
        let mut sums = Summaries::of(action);
        sums.add(reply.reply.data.as_object().expect("an object"));
        let ours = text.reply(&reply).expect("shown") + &text.end(&sums, &of);
        // Sums and times are rounded from what upstream measured between.
        let upto = "Agent Time";
        let (ours, theirs) = (lines(&ours), lines(below(&capture)));
        let before = |lines: &[&str]| lines.iter().position(|it| it.contains(upto));
        let (end, same) = (before(&ours), before(&theirs));
        assert_eq!(ours[..end.expect(upto)], theirs[..same.expect(upto)]);
        assert_eq!(ours.len(), theirs.len());
    }
}

/// The figures of a request as Choria prints them.
fn figures(of: &Value) -> Statistics {
    let number = |name: &str| {
        let found = of[name].as_u64().expect(name);
        usize::try_from(found).expect(name)
    };
    let time = |name: &str| Duration::from_nanos(of[name].as_u64().expect(name));
    Statistics {
        request: of["requestid"].as_str().expect("an id").to_owned(),
        started: of["start_time_utc"]
            .as_str()
            .and_then(|it| it.parse().ok())
            .expect("a time"),
        discovery: time("discover_time"),
        publishing: time("publish_time"),
        duration: time("request_time"),
        ..statistics(number("discovered"), number("ok"), number("failed"), "0s")
    }
}

/// A reply as Choria prints it.
fn read(reply: &Value) -> Response {
    let text = |name: &str| reply[name].as_str().expect(name).to_owned();
    let status = Status::from_code(reply["statuscode"].as_i64().expect("a code"));
    let time: Timestamp = text("time_utc").parse().expect("a time");
    Response {
        time,
        ..response(
            &text("sender"),
            status,
            &text("statusmsg"),
            reply["data"].clone(),
        )
    }
}

/// Without what is ours.
fn without_seconds(mut value: Value) -> Value {
    for name in ["request_stats", "stat"] {
        if let Some(Value::Object(figures)) = value.get_mut(name) {
            figures.retain(|name, _| !name.ends_with("_seconds"));
        }
    }
    value
}

#[test]
fn vectors_of_json() {
    for capture in captures("req-json.txt", "req rpcutil get_fact") {
        let theirs: Value = serde_json::from_str(&capture.output).expect("JSON");
        let replies = theirs["replies"].as_array().expect("replies");
        let responses: Vec<Response> = replies.iter().map(read).collect();
        let mut sums = Summaries::of(get_fact());
        for reply in &responses {
            sums.add(reply.reply.data.as_object().expect("an object"));
        }
        let figures = figures(&theirs["request_stats"]);
        let ours = whole(&rpcutil::DDL, get_fact(), &responses, &figures, &sums);
        let ours: Value = serde_json::from_str(&ours).expect("JSON");
        let ours = indented(&without_seconds(ours), 3);
        assert_eq!(format!("{ours}\n"), capture.output);
    }
}

#[test]
fn vectors_of_json_lines() {
    for capture in captures("req-jsonl.txt", "req rpcutil get_fact") {
        let mut sums = Summaries::of(get_fact());
        let mut seen = Vec::new();
        for line in capture.output.lines() {
            let theirs: Value = serde_json::from_str(line).expect(line);
            let kind = theirs["k"].as_str().expect("a kind");
            seen.push(kind.to_owned());
            let method = "mc";
            let ours = match kind {
                "discovery" => match theirs["count"].as_u64() {
                    None => Line::Discovering { method }.text(),
                    Some(nodes) => {
                        let took = Duration::from_secs_f64(theirs["dt"].as_f64().expect("dt"));
                        let nodes = usize::try_from(nodes).expect("a count");
                        Line::Discovered {
                            method,
                            nodes,
                            took,
                        }
                        .text()
                    }
                },
                "result" => {
                    let came = theirs["pr"].to_string();
                    let reply = Response {
                        message: Message::decode(came.as_bytes()).expect("a reply"),
                        ..read(&theirs["rr"])
                    };
                    sums.add(reply.reply.data.as_object().expect("an object"));
                    Line::Result(get_fact(), &reply).text()
                }
                "summaries" => Line::Summaries(&sums).text(),
                "stats" => Line::Statistics(&figures(&theirs["stat"])).text(),
                other => panic!("{other}"),
            };
            let ours: Value = serde_json::from_str(&ours).expect("JSON");
            assert_eq!(without_seconds(ours).to_string(), line);
        }
        assert_eq!(seen.len(), 7, "{seen:?}");
    }
}

#[test]
fn vectors_of_pings() {
    for capture in captures("ping.txt", "ping") {
        let times: Vec<Duration> = [6, 9, 9].map(Duration::from_millis).to_vec();
        match capture.command.as_str() {
            "ping" => {
                let lines = [("n1", 5), ("n3", 7), ("n2", 9)].map(|(node, took)| {
                    ping::line(&format!("{node}.example.net"), Duration::from_millis(took))
                });
                let overhead = Duration::from_millis(18);
                let ours = lines.concat() + &ping::statistics(&times, overhead);
                assert_eq!(ours, capture.output);
            }
            "ping -I '/^nosuch/'" => {
                let ours = ping::statistics(&[], Duration::ZERO);
                assert!(capture.output.starts_with(&ours), "{}", capture.output);
            }
            _ => assert!(capture.command.contains("--names")),
        }
    }
}

#[test]
fn vectors_of_facts() {
    let mut found = Histogram::default();
    for (node, country) in [("n3", "de"), ("n2", "de"), ("n1", "mt")] {
        found.add(&format!("{node}.example.net"), &json!(country));
    }
    for capture in captures("facts.txt", "facts country") {
        let ours = if capture.command.ends_with("-j") {
            format!("{}\n", found.json())
        } else {
            let end = statistics(3, 3, 0, "2.041s");
            let text = found.text("country", Listing::default());
            format!("{text}\n{}", finished(&end))
        };
        assert_eq!(ours, capture.output);
    }
    for capture in captures("facts.txt", "facts os.release.major --table -n") {
        let mut found = Histogram::default();
        for (node, major) in [("n2", 12), ("n1", 9), ("n3", 11)] {
            found.add(&format!("{node}.example.net"), &json!(major));
        }
        let listing = Listing {
            nodes: true,
            reverse: false,
        };
        let ours = found.table(listing).to_string();
        // Values that are as frequent come in any order there.
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(sorted(&ours), sorted(&capture.output));
    }
}

/// What a captured inventory says of a node.
fn portrait(text: &str) -> Portrait {
    let mut portrait = Portrait {
        identity: "n1.example.net".to_owned(),
        ..Portrait::default()
    };
    let after = |label: &str| {
        let line = text.lines().find(|it| it.trim_start().starts_with(label));
        let (_, value) = line.expect(label).split_once(": ").expect(label);
        value.to_owned()
    };
    let number = |label: &str| json!(after(label).parse::<u64>().expect(label));
    let started: Timestamp = after("Start Time")
        .replace(" +0000 UTC", "Z")
        .replace(' ', "T")
        .parse()
        .expect("a time");
    portrait.statistics = Data::from_iter([
        ("version".to_owned(), json!(after("Version"))),
        ("starttime".to_owned(), json!(started.as_second())),
        ("configfile".to_owned(), json!(after("Config File"))),
        ("pid".to_owned(), number("Process ID")),
        ("total".to_owned(), number("Total Messages")),
        ("passed".to_owned(), number("Messages Passed")),
        ("filtered".to_owned(), number("Messages Filtered")),
        ("ttlexpired".to_owned(), number("Expired")),
        ("replies".to_owned(), number("Replies")),
        ("events".to_owned(), number("Events")),
    ]);
    let words = |from: &str, to: &str| -> Vec<String> {
        let start = text.find(from).expect(from) + from.len();
        let end = start + text[start..].find(to).expect(to);
        text[start..end]
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    };
    let machines = words("Autonomous Agents:", "Facts:");
    let [name, version, state] = machines.as_slice() else {
        panic!("{machines:?}");
    };
    let facts = &text[text.find('{').expect("facts")..];
    let collectives = after("Collectives");
    portrait.inventory = Data::from_iter([
        ("collectives".to_owned(), collectives.split(", ").collect()),
        (
            "main_collective".to_owned(),
            json!(after("Main Collective")),
        ),
        ("agents".to_owned(), json!(words("Agents:", "Tagged"))),
        (
            "classes".to_owned(),
            json!(words("Tagged Classes:", "Autonomous")),
        ),
        (
            "machines".to_owned(),
            json!([{ "name": name, "version": version, "state": state }]),
        ),
        (
            "facts".to_owned(),
            serde_json::from_str(facts).expect("facts"),
        ),
    ]);
    portrait
}

#[test]
fn vectors_of_inventories() {
    for capture in captures("inventory.txt", "inventory n1.example.net") {
        let ours = portrait(&capture.output).text(true);
        assert_eq!(ours, capture.output);
    }
    for capture in captures("inventory.txt", "inventory --collectives") {
        let title = "Collective Report for 3 nodes";
        let mut table = Table::new(["Collective", "Nodes"]).titled(title);
        for (name, count) in [("mcollective", "3"), ("emea", "2")] {
            table.push([name, count].map(str::to_owned));
        }
        assert_eq!(table.to_string(), capture.output);
    }
}

#[test]
fn boxes_close_around_values_of_several_lines() {
    let reply = response(
        "n1",
        Status::Ok,
        "OK",
        json!({ "fact": "os", "value": { "release": { "major": 9 }, "family": "RedHat" } }),
    );
    let failed = response("n2", Status::Aborted, "no", json!({}));
    let table = replies(get_fact(), &[reply, failed]).to_string();
    let widths: Vec<usize> = table.lines().map(|it| it.chars().count()).collect();
    assert!(widths.iter().all(|it| *it == widths[0]), "{table}");
    let family = table.find("RedHat").expect("a value");
    assert!(family < table.find("major").expect("another"), "{table}");
    assert!(!table.contains("n2"), "{table}");
}

#[test]
fn nodes_cannot_steer_a_terminal() {
    let value = json!({ "fact": "\u{1b}[2J", "value": "a\nb" });
    let reply = response("n1\u{7}", Status::Ok, "OK", value);
    let text = Text {
        action: get_fact(),
        which: Which::All,
        verbose: false,
    };
    let text = text.reply(&reply).expect("shown");
    assert!(!text.contains(['\u{1b}', '\u{7}']), "{text:?}");
    // The second line of a value stands below its first.
    assert!(text.contains("Value: a\n          b"), "{text}");
}

#[test]
fn outputs_with_a_default_show_it() {
    let action = Action {
        outputs: vec![chorister_ir::ddl::Output {
            name: "level".into(),
            display_as: "Level".into(),
            default: Some(chorister_ir::Json::Boolean(true)),
            ..chorister_ir::ddl::Output::DEFAULT
        }]
        .into(),
        ..Action::DEFAULT
    };
    let text = Text {
        action: &action,
        which: Which::All,
        verbose: false,
    };
    let reply = response("n1", Status::Ok, "OK", json!({ "other": 1 }));
    let text = text.reply(&reply).expect("shown");
    assert!(text.ends_with("   Level: true\n   other: 1\n\n"), "{text}");
}
