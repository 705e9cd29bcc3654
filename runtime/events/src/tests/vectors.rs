//! Events recorded from Choria's own agents: taken apart and written again, byte for byte.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_fsm::{CheckState, Execution, Gossiped, Measurement, Measures, Outcome, Report};
use chorister_ir::{
    Archive, Expression, Gossip, Kv, Nagios, Pair, Plugins, Rumour, Schedule, WatcherKind,
};
use chorister_lang::nagios::Status;
use serde_json::Value;

use super::made::{
    Made, exec, file, machine, metric, report, switch, template, text, timer, transition, watcher,
};
use crate::Event;

/// The folder of shared facts; `None`, and a line saying so, where there is none.
pub(super) fn shared(path: &str) -> Option<PathBuf> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let folder = set.clone().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
    let folder = folder.join(path);
    if !folder.exists() {
        assert!(!required, "{} is not here", folder.display());
        println!("not run: {path} is not here");
        return None;
    }
    Some(folder)
}

#[test]
fn vectors_of_every_kind_are_written_byte_for_byte() {
    let Some(folder) = shared("vectors/events") else {
        return;
    };
    let kinds = [
        "exec",
        "file",
        "schedule",
        "timer",
        "metric",
        "expression",
        "archive",
        "httpswitch",
        "nagios",
        "kv",
        "gossip",
        "plugins",
    ];
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut parts = name.split('-');
        let ours = match (parts.next(), parts.next()) {
            (Some("transition"), _) => true,
            (Some("watcher"), Some(kind)) => kinds.contains(&kind),
            _ => false,
        };
        if ours {
            check(&path);
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

fn check(path: &Path) {
    let sample: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let raw = sample["raw"].as_str().unwrap();
    let event: Value = serde_json::from_str(raw).unwrap();
    let data = &event["data"];
    let get = |name: &str| data[name].as_str().unwrap_or_default();
    let time = jiff::Timestamp::from_second(data["timestamp"].as_i64().unwrap()).unwrap();
    let names = match data["transition"].as_str() {
        Some(name) => [name, get("from_state"), get("to_state")],
        None => ["t", "a", "b"],
    };
    let kind = data["type"]
        .as_str()
        .map(|kind| (kind_of(kind, data), report_of(kind, data)));
    let watchers = kind
        .iter()
        .map(|(kind, _)| watcher(get("name"), kind.clone()))
        .collect();
    let machine = machine(get("machine"), get("version"), names, watchers);
    let mut made = Made::new(get("identity"));
    let key = made.insert(machine, uuid(get("id")), "/etc/choria/machine/file1");
    let notice = match kind {
        Some((_, said)) => report(key, time, 0, said),
        None => transition(key, time),
    };
    let written = made.json(&notice, uuid(event["id"].as_str().unwrap()));
    assert_eq!(written, raw, "{}", path.display());
    let subject = Event::new(&made.fleet, &notice).unwrap().subject();
    assert_eq!(subject, sample["subject"], "{}", path.display());
}

fn kind_of(kind: &str, data: &Value) -> WatcherKind {
    let get = |name: &str| data[name].as_str().unwrap();
    match kind {
        "exec" => exec(get("command")),
        "file" => file(
            Path::new(get("path"))
                .file_name()
                .unwrap()
                .to_str()
                .unwrap(),
        ),
        "schedule" => WatcherKind::Schedule(Schedule::DEFAULT),
        "timer" => timer(),
        "metric" => metric(),
        "expression" => WatcherKind::Expression(Expression {
            success_when: None,
            fail_when: None,
        }),
        "archive" => WatcherKind::Archive(Archive {
            source: template("not expanded"),
            creates: text(get("creates")),
            ..Archive::DEFAULT
        }),
        "httpswitch" => {
            let pairs = data["annotations"].as_object().unwrap();
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str().unwrap()))
                .collect();
            switch(&pairs)
        }
        "nagios" => WatcherKind::Nagios(Nagios::DEFAULT),
        "kv" => WatcherKind::Kv(Kv {
            bucket: text(get("bucket")),
            key: template(get("key")),
            ..Kv::DEFAULT
        }),
        "gossip" => WatcherKind::Gossip(Gossip {
            message: Rumour::Text {
                subject: template(""),
                payload: template(""),
            },
            ttl: None,
        }),
        "plugins" => WatcherKind::Plugins(Plugins::DEFAULT),
        other => panic!("{other}"),
    }
}

fn report_of(kind: &str, data: &Value) -> Report {
    let outcome = |name: &str| outcome(data[name].as_str().unwrap());
    let nanos = |name: &str| Duration::from_nanos(data[name].as_u64().unwrap());
    match kind {
        "exec" => Report::Exec {
            outcome: outcome("previous_outcome"),
            runtime: nanos("previous_run_time"),
        },
        "file" => Report::File {
            outcome: outcome("previous_outcome"),
        },
        "schedule" => Report::Schedule {
            state: outcome("state"),
        },
        "timer" => Report::Timer {
            state: outcome("state"),
            length: nanos("timer"),
        },
        "metric" => metric_of(&data["metrics"]),
        "expression" => Report::Expression {
            outcome: outcome("previous_outcome"),
        },
        "archive" => Report::Archive {
            source: data["source"].as_str().unwrap().into(),
            outcome: outcome("previous_outcome"),
            runtime: nanos("previous_run_time"),
        },
        "httpswitch" => Report::HttpSwitch {
            status: outcome("status"),
        },
        "nagios" => Report::Nagios(Arc::new(check_of(data))),
        "kv" => Report::Kv {
            state: outcome("state"),
        },
        "gossip" => Report::Gossip(Some(Arc::new(Gossiped {
            subject: data["previous_subject"].as_str().unwrap().to_owned(),
            payload: data["previous_payload"].as_str().unwrap().to_owned(),
            time: data["previous_gossip"].as_i64().unwrap(),
        }))),
        "plugins" => Report::Plugins {
            plugins: data["plugins"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap().to_owned())
                .collect(),
            outcome: outcome("previous_outcome"),
            runtime: nanos("previous_run_time"),
        },
        other => panic!("{other}"),
    }
}

fn check_of(data: &Value) -> CheckState {
    let get = |name: &str| data[name].as_str().unwrap();
    let history = data["history"].as_array().unwrap().iter();
    let history = history.map(|it| Execution {
        time: it["execute"].as_str().unwrap().parse().unwrap(),
        status: status(&it["status"]).unwrap(),
        measures: Measures::of(it["perfdata"].as_array().into_iter().flatten().map(|it| {
            let get = |name: &str| it[name].as_str().unwrap();
            (get("label"), get("unit"), it["value"].as_f64().unwrap())
        })),
    });
    let annotations = data["annotations"].as_object().unwrap().iter();
    let annotations = annotations.map(|(key, value)| Pair {
        key: text(key),
        value: text(value.as_str().unwrap()),
    });
    let seconds = data["check_time"].as_i64().unwrap();
    CheckState {
        plugin: get("plugin").into(),
        status: status(&data["status_code"]),
        output: get("output").into(),
        check_time: (seconds > 0).then(|| jiff::Timestamp::from_second(seconds).unwrap()),
        runtime: Duration::from_secs_f64(data["runtime"].as_f64().unwrap()),
        history: history.collect(),
        attempt: None,
        flapping: false,
        skipped: None,
        valid_until: None,
        annotations: annotations.collect(),
    }
}

fn status(code: &Value) -> Option<Status> {
    Status::of_code(i32::try_from(code.as_i64().unwrap()).unwrap())
}

fn metric_of(metrics: &Value) -> Report {
    let object = |name: &str| metrics[name].as_object().unwrap().iter();
    let mut measurement = Measurement {
        labels: object("labels")
            .map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()))
            .collect(),
        metrics: object("metrics")
            .map(|(key, value)| (key.clone(), value.as_f64().unwrap()))
            .collect(),
        time: metrics["time"].as_i64().unwrap(),
    };
    let runtime = measurement
        .metrics
        .remove("choria_runtime_seconds")
        .unwrap();
    Report::Metric {
        measurement: Arc::new(measurement),
        runtime: Duration::from_secs_f64(runtime),
    }
}

fn outcome(name: &str) -> Outcome {
    use Outcome as O;
    let all = [
        O::Unknown,
        O::Skipped,
        O::Error,
        O::Success,
        O::Changed,
        O::Unchanged,
        O::SuccessWhen,
        O::FailedWhen,
        O::NoMatch,
        O::Verified,
        O::Downloaded,
        O::Running,
        O::Stopped,
        O::On,
        O::Off,
        O::Updated,
    ];
    all.into_iter().find(|it| it.as_str() == name).unwrap()
}

fn uuid(text: &str) -> [u8; 16] {
    let digits: String = text.chars().filter(|it| *it != '-').collect();
    core::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
}
