//! What these agents of Choria answered on a node, held against what ours answer on one of which the same is known.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use chorister_ddl::{Agent, ConnectionInfo, MachineInfo, MessageCounts, NodeInfo, StatusCode};
use chorister_ir::ddl::{Ddl, Metadata};
use chorister_ir::{List, text};
use serde_json::{Value, json};

use super::node::{Fake, ask};
use crate::{choria_registry, choria_util, executor, rpcutil};

/// An agent that only the captured node has.
static ECHO: Ddl = named("echo");

static DISCOVERY: Ddl = named("discovery");

const fn named(name: &'static str) -> Ddl {
    Ddl {
        metadata: Metadata {
            name: text(name),
            ..Metadata::DEFAULT
        },
        actions: List::EMPTY,
    }
}

/// Members whose values are peculiar to a program or a moment; only their types are compared.
const PECULIAR: [&str; 18] = [
    "agents",
    "author",
    "client_flavour",
    "client_version",
    "cpus",
    "description",
    "go_version",
    "goroutines",
    "license",
    "path",
    "pid",
    "pong",
    "threads",
    "timeout",
    "timestamp",
    "uptime",
    "url",
    "version",
];

fn shared(path: &str) -> Option<PathBuf> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let is_required = set.is_some() || std::env::var("CI").is_ok_and(|it| it == "true");
    let folder = set.map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join(path);
    if path.exists() {
        return Some(path);
    }
    assert!(!is_required, "{} is not here", path.display());
    println!("not run: {} is not here", path.display());
    None
}

/// The replies of a node by what was asked.
fn replies() -> Option<Vec<Value>> {
    let text = fs::read_to_string(shared("vectors/cli/agent-replies.json")?).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    Some(document["replies"].as_array().unwrap().clone())
}

fn reply<'a>(replies: &'a [Value], request: &str) -> &'a Value {
    let found = replies.iter().find(|it| it["request"] == request);
    &found.unwrap_or_else(|| panic!("no reply to {request}"))["data"]
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().unwrap().iter();
    items.map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// A node of which everything is known that was known of the captured one.
fn fake(replies: &[Value]) -> Fake {
    let inventory = reply(replies, "rpcutil inventory");
    let stats = reply(replies, "rpcutil daemon_stats");
    let data = reply(replies, "rpcutil get_data source=choria");
    let info = reply(replies, "choria_util info");
    let machine = reply(replies, "choria_util machine_state name=check_disk");
    let of = |from: &Value, key: &str| from[key].as_str().unwrap().to_owned();
    let count = |key: &str| stats[key].as_u64().unwrap();
    let number = |key: &str| info["client_stats"][key].as_u64().unwrap();
    let seconds =
        |key: &str| core::time::Duration::from_secs(info["client_options"][key].as_u64().unwrap());
    Fake {
        info: NodeInfo {
            identity: "n1.example.net".to_owned(),
            name: "chorister".to_owned(),
            version: of(inventory, "version"),
            configuration: Some(of(stats, "configfile").into()),
            started: stats["starttime"].as_i64().unwrap(),
            collectives: texts(&inventory["collectives"]),
            main_collective: of(inventory, "main_collective"),
            classes: texts(&inventory["classes"]),
            facts: Arc::new(inventory["facts"].clone()),
            data_plugins: texts(&inventory["data_plugins"]),
            agents: [
                &choria_registry::DDL,
                &choria_util::DDL,
                &DISCOVERY,
                &ECHO,
                &chorister_std::executor::DDL,
                &rpcutil::DDL,
                &chorister_std::scout::DDL,
            ]
            .map(Ddl::clone)
            .into(),
            ..NodeInfo::default()
        },
        counts: MessageCounts {
            total: count("total"),
            validated: count("validated"),
            unvalidated: count("unvalidated"),
            passed: count("passed"),
            filtered: count("filtered"),
            replies: count("replies"),
            ttl_expired: count("ttlexpired"),
            events: count("events"),
        },
        connection: ConnectionInfo {
            broker: Some(of(data, "connected_broker")),
            brokers: texts(&info["client_options"]["servers"]),
            is_encrypted: true,
            client: of(&info["client_options"], "name"),
            library: "a library",
            library_version: "1",
            connect_timeout: seconds("connect_timeout"),
            ping_interval: seconds("ping_interval"),
            reconnects: number("reconnects"),
            messages_in: number("in_msgs"),
            messages_out: number("out_msgs"),
            bytes_in: number("in_bytes"),
            bytes_out: number("out_bytes"),
            ..ConnectionInfo::default()
        },
        machines: vec![MachineInfo {
            name: of(machine, "name"),
            version: of(machine, "version"),
            id: of(machine, "id"),
            directory: of(machine, "path"),
            state: of(machine, "state"),
            started: machine["start_time"].as_i64().unwrap(),
            available_transitions: texts(&machine["available_transitions"]),
            check: Some(machine["current_state"].clone()),
        }],
        ..Fake::default()
    }
    .with_setting("collectives", inventory["collectives"].clone(), false)
    .with_setting("loglevel", "debug", false)
}

fn agent(name: &str) -> Option<Box<dyn Agent>> {
    Some(match name {
        "rpcutil" => rpcutil::start(),
        "choria_util" => choria_util::start(),
        "choria_registry" => choria_registry::start(),
        "executor" => executor::start(),
        #[cfg(feature = "scout")]
        "scout" => crate::scout::start(),
        _ => return None,
    })
}

/// Compares values; what is peculiar by its type, and what counts on by the moment not at all.
#[track_caller]
fn compare(what: &str, ours: &Value, theirs: &Value) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let names = |of: &serde_json::Map<String, Value>| {
                let mut names: Vec<_> = of.keys().cloned().collect();
                names.sort();
                names
            };
            assert_eq!(names(ours), names(theirs), "{what}");
            for (name, theirs) in theirs {
                let what = format!("{what}.{name}");
                if PECULIAR.contains(&name.as_str()) && !theirs.is_array() {
                    let kind = |of: &Value| core::mem::discriminant(of);
                    assert_eq!(kind(&ours[name]), kind(theirs), "{what}");
                } else if name == "threads" {
                    assert!(ours[name].is_array(), "{what}");
                } else {
                    compare(&what, &ours[name], theirs);
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{what}: {ours:?}");
            for (ours, theirs) in ours.iter().zip(theirs) {
                compare(what, ours, theirs);
            }
        }
        // A number is the same with and without a fraction of nothing.
        (Value::Number(ours), Value::Number(theirs)) => {
            assert_eq!(ours.as_f64(), theirs.as_f64(), "{what}");
        }
        _ => assert_eq!(ours, theirs, "{what}"),
    }
}

/// The members that agents of Choria add to what they say of themselves need not be those of ours.
fn without_providers(mut data: Value) -> Value {
    for agent in data["agents"].as_array_mut().into_iter().flatten() {
        if let Some(agent) = agent.as_object_mut() {
            agent.shift_remove("provider");
        }
    }
    data
}

#[tokio::test]
async fn vectors_replies_of_choria_are_ours() {
    let Some(replies) = replies() else { return };
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("agent")).unwrap();
    let echo = shared("vectors/cli/echo-ddl.json").unwrap();
    fs::copy(echo, home.path().join("agent/echo.json")).unwrap();
    let store = home.path().display().to_string();
    let fake = fake(&replies)
        .with_setting("plugin.choria.executor.spool", &*store, false)
        .with_setting("plugin.choria.services.registry.store", store, false);
    let mut asked = 0;
    for expect in &replies {
        let request = expect["request"].as_str().unwrap();
        // Compat: upstream lists nothing, and fails where a job was not started.
        if ["executor list", "executor status id=job1"].contains(&request) {
            continue;
        }
        let mut words = request.split(' ');
        let Some(agent) = agent(words.next().unwrap()) else {
            continue;
        };
        // Compat: what upstream answers too late is accepted here at once.
        let Some(code) = expect["statuscode"].as_u64() else {
            continue;
        };
        let action = words.next().unwrap();
        let given: Value = words
            .map(|it| it.split_once('=').unwrap())
            .map(|(key, value)| (key.to_owned(), Value::from(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let (ours, message, data) = match ask(&fake, agent, action, given).await {
            Ok(data) => (StatusCode::Ok, "OK".to_owned(), data),
            Err(failure) => failure,
        };
        assert_eq!(
            (StatusCode::of(code), expect["statusmsg"].as_str()),
            (ours, Some(message.as_str())),
            "{request}"
        );
        // Whether one that is in the state it is asked for can be fired is known by the machine of the capture.
        let is_resume = request == "scout resume";
        if is_resume {
            assert_eq!(data["skipped"], json!(["check_disk"]));
        } else if request.starts_with("choria_registry ddl") {
            let read = |of: &Value| -> Value {
                serde_json::from_str(of["ddl"].as_str().unwrap()).unwrap()
            };
            assert_eq!(
                read(&data)["metadata"]["name"],
                read(&expect["data"])["metadata"]["name"]
            );
            assert_eq!(data["version"], expect["data"]["version"]);
        } else {
            let theirs = counted(request, expect["data"].clone(), &fake);
            compare(
                request,
                &without_providers(data),
                &without_providers(theirs),
            );
        }
        asked += 1;
    }
    assert!(asked >= 23, "{asked}");
}

/// What was counted when the node was asked for something else is as it is now.
fn counted(request: &str, mut data: Value, fake: &Fake) -> Value {
    if request == "rpcutil get_data source=choria" {
        data["passed"] = fake.counts.passed.into();
        data["replies"] = fake.counts.replies.into();
        data["total"] = fake.counts.total.into();
        data["validated"] = fake.counts.validated.into();
    }
    data
}

#[tokio::test]
async fn vectors_ruby_form_is_that_of_choria() {
    let (Some(json), Some(ddl)) = (
        shared("vectors/cli/echo-ddl.json"),
        shared("vectors/cli/echo.ddl"),
    ) else {
        return;
    };
    let document: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    // Compat: upstream loses all options of an aggregate but one.
    let ours = chorister_ddl::ruby(&document).replace(", :false => \"No\"", "");
    let theirs = fs::read_to_string(ddl).unwrap();
    for (number, (ours, theirs)) in ours.lines().zip(theirs.lines()).enumerate() {
        // Compat: upstream loses defaults of outputs without a type.
        if theirs.trim() != ":default     => nil," {
            assert_eq!(ours, theirs, "line {}", number + 1);
        }
    }
    assert_eq!(ours.lines().count(), theirs.lines().count());
}
