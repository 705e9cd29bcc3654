//! Keys of buckets, and gossip.

use chorister_ir::{Gossip, Governor, Kv, Pair, Registration, Rumour, WatcherKind};
use chorister_lang::template::Template;
use core::time::Duration;

use super::lab::{Build, Lab, every, exec, literal, text, two_states};
use crate::{JobResult, KvFound, Queue, Work};

fn kv(change: impl FnOnce(&mut Kv)) -> WatcherKind {
    let mut kv = Kv {
        bucket: text("DEPLOY"),
        key: literal("app"),
        ..Kv::DEFAULT
    };
    change(&mut kv);
    WatcherKind::Kv(kv)
}

/// A machine that reads a key each minute.
fn reader(change: impl FnOnce(&mut Kv)) -> Lab {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch("k", &["a"], ["stay", "go"], kv(change))
        .tune(every(60));
    lab.insert(machine);
    lab.saw(&["m#k starts read app of DEPLOY"]);
    lab
}

/// Ends the read in progress, looks at what that came to, and at the outcome.
#[track_caller]
fn found(lab: &mut Lab, found: KvFound, outcome: &str, expect: &[&str]) {
    lab.end_as(JobResult::Kv(found));
    lab.saw(expect);
    let key = lab.fleet.named("m").unwrap();
    let view = lab.fleet.machine(key).unwrap();
    let watcher = view.watcher(chorister_ir::WatcherId(0)).unwrap();
    assert_eq!(watcher.outcome().as_str(), outcome);
    lab.run_secs(60);
    lab.take();
}

fn value(revision: u64, value: &str) -> KvFound {
    KvFound::Value {
        revision,
        value: value.as_bytes().to_vec(),
    }
}

#[test]
fn a_value_becomes_data_and_only_a_change_fires() {
    let mut lab = reader(|_| {});
    let saves = |json: &str| format!("m saves {json}");
    found(
        &mut lab,
        value(1, "1.0"),
        "changed",
        &[&saves(r#"{"DEPLOY_app":"1.0"}"#)],
    );
    found(&mut lab, value(1, "1.0"), "unchanged", &[]);
    found(&mut lab, value(2, "1.0"), "unchanged", &[]);
    let object = saves(r#"{"DEPLOY_app":{"v":[1,2]}}"#);
    found(
        &mut lab,
        value(3, " {\"v\":[1,2]}\n"),
        "changed",
        &[&object],
    );
    let list = saves(r#"{"DEPLOY_app":[1]}"#);
    found(&mut lab, value(4, "[1]"), "changed", &[&list]);
    let odd = saves(r#"{"DEPLOY_app":"{{ odd }}"}"#);
    found(&mut lab, value(5, "{{ odd }}"), "changed", &[&odd]);
    found(&mut lab, KvFound::Absent, "changed", &[&saves("{}")]);
    found(&mut lab, KvFound::Absent, "unchanged", &[]);
}

#[test]
fn what_counts_as_a_change_can_be_more() {
    let mut lab = reader(|it| it.on_successful_get = true);
    lab.end_as(JobResult::Kv(value(1, "x")));
    lab.run_secs(60);
    lab.take();
    found(&mut lab, value(1, "x"), "changed", &[]);
    found(&mut lab, KvFound::Same, "changed", &[]);

    let mut lab = reader(|it| it.on_matching_update = true);
    lab.end_as(JobResult::Kv(value(1, "x")));
    lab.run_secs(60);
    lab.take();
    found(&mut lab, value(1, "x"), "unchanged", &[]);
    found(&mut lab, value(2, "x"), "changed", &[]);
    found(&mut lab, value(2, "x"), "unchanged", &[]);
}

#[test]
fn a_value_that_the_machine_had_before_a_restart_is_no_change() {
    for quick in [false, true] {
        let mut lab = reader(|it| it.on_matching_update = quick);
        lab.end_as(JobResult::Kv(value(8, "x")));
        lab.restart(Duration::from_secs(5));
        lab.saw(&[
            "m saves {\"DEPLOY_app\":\"x\"}",
            "m#k starts read app of DEPLOY",
        ]);
        found(&mut lab, value(9, "x"), "unchanged", &[]);
    }
}

#[test]
fn an_error_fires_each_time_and_is_remarked_once() {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch("k", &[], ["", "go"], kv(|_| {}))
        .tune(every(60));
    let key = lab.insert(machine);
    lab.take();
    lab.end_as(JobResult::Kv(KvFound::Failed("no bucket".into())));
    // It was read just now: the new state is no reason to do that again.
    lab.saw(&["m#k: no bucket", "m: a -go-> b"]);
    lab.fire(key, "back");
    lab.take();
    lab.run_secs(60);
    lab.saw(&["m#k starts read app of DEPLOY"]);
    lab.end_as(JobResult::Kv(KvFound::Failed("no bucket".into())));
    let seen = lab.take();
    assert!(!seen.iter().any(|it| it.contains("no bucket")), "{seen:?}");
}

#[test]
fn what_failed_tries_again_when_the_network_comes() {
    let mut lab = reader(|_| {});
    lab.with(crate::Fleet::network_came);
    lab.saw(&[]);
    lab.end_as(JobResult::Kv(KvFound::Failed("no network".into())));
    lab.take();
    let key = lab.fleet.named("m").unwrap();
    lab.fire(key, "back");
    lab.take();
    lab.with(crate::Fleet::network_came);
    lab.saw(&["m#k starts read app of DEPLOY"]);
    found(
        &mut lab,
        value(1, "x"),
        "changed",
        &[r#"m saves {"DEPLOY_app":"x"}"#],
    );
    lab.with(crate::Fleet::network_came);
    lab.saw(&[]);
}

#[test]
fn names_and_parts_of_values_can_be_chosen() {
    let mut lab = reader(|it| {
        it.bucket_prefix = false;
        it.store_key = Some(literal("version"));
        it.query = Some(text("app.version"));
    });
    let json = r#"{"app":{"version":7}}"#;
    found(
        &mut lab,
        value(1, json),
        "changed",
        &[r#"m saves {"version":7}"#],
    );
    let complaint = "m#k: the query \"app.version\" finds nothing in the value";
    found(
        &mut lab,
        value(2, "{}"),
        "error",
        &[complaint, "m: a -go-> b"],
    );
}

#[test]
fn a_key_that_cannot_be_one_is_an_error_without_an_event() {
    let mut lab = Lab::new();
    let key = Template::parse("{{ lookup \"facts.absent\" \"a b\" }}").unwrap();
    let kind = kv(|it| it.key = key);
    lab.insert(
        two_states("m")
            .watch("k", &["a"], ["", "go"], kind)
            .tune(every(60)),
    );
    lab.saw(&["m#k: \"a b\" is not a key", "m: a -go-> b"]);
}

fn service() -> Gossip {
    Gossip {
        message: Rumour::Registration(Registration {
            cluster: text("lon"),
            service: text("web"),
            protocol: text("http"),
            address: text("192.0.2.10"),
            port: 8080,
            priority: 1,
            annotations: vec![Pair {
                key: text("rack"),
                value: text("1"),
            }]
            .into(),
            prefix: None,
        }),
        ttl: Some(30),
    }
}

#[test]
fn a_service_is_registered_again_and_again_while_its_state_lasts() {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch("g", &["a"], ["", "go"], WatcherKind::Gossip(service()))
        .tune(every(15))
        .tune(|it| it.announce_interval = Some(Duration::from_secs(60)));
    let key = lab.insert(machine);
    let subject = "$KV.CHORIA_SERVICES.lon.http.web.07070707-0707-0707-0707-070707070707";
    let payload = r#"{"cluster":"lon","service":"web","protocol":"http","address":"192.0.2.10","port":8080,"priority":1,"annotations":{"rack":"1"}}"#;
    let starts = format!("m#g starts tell {subject}: {payload}");
    lab.saw(&[&starts]);
    assert!(matches!(&lab.jobs[0].work, Work::Tell(it) if it.ttl == Some(30)));
    lab.end_as(JobResult::Told(Ok(())));
    lab.saw(&[]);
    lab.run_secs(15);
    lab.saw(&[&starts]);
    lab.end_as(JobResult::Told(Err("no network".into())));
    lab.saw(&["m#g: no network"]);
    lab.fire(key, "go");
    lab.take();
    lab.run_secs(44);
    lab.saw(&[]);
    lab.run_secs(1);
    let told = lab.take();
    // What it tells is what it published last, at noon.
    assert!(
        told[0].contains("1795176000") && told[0].ends_with("(announced)"),
        "{told:?}"
    );
    lab.fire(key, "back");
    assert_eq!(lab.take().last().unwrap(), &starts);
}

#[test]
fn gossip_is_not_told_to_everybody() {
    let mut lab = Lab::new();
    let kind = WatcherKind::Gossip(Gossip {
        message: Rumour::Text {
            subject: literal("a.*"),
            payload: literal("x"),
        },
        ttl: None,
    });
    lab.insert(
        two_states("m")
            .watch("g", &["a"], ["", "go"], kind)
            .tune(every(15)),
    );
    lab.saw(&["m#g: \"a.*\" cannot be published to"]);
}

#[test]
fn a_command_says_which_governor_it_waits_for() {
    let governed = |name: &str| {
        let WatcherKind::Exec(mut exec) = exec("deploy") else {
            panic!("a command")
        };
        exec.governor = Some(Governor {
            name: Template::parse(name).unwrap(),
            timeout: Duration::from_secs(60),
        });
        two_states("m").watch("w", &["b"], ["", "back"], WatcherKind::Exec(exec))
    };
    let mut lab = Lab::new();
    let key = lab.insert(governed("{{ lookup \"facts.absent\" \"deploy\" }}"));
    lab.fire(key, "go");
    let Work::Exec(command) = &lab.jobs[0].work else {
        panic!("a command")
    };
    let expect = Queue {
        governor: "deploy".into(),
        timeout: Duration::from_secs(60),
        machine: "m".into(),
        watcher: "w".into(),
    };
    assert_eq!(command.governor, Some(expect));

    let mut lab = Lab::new();
    let key = lab.insert(governed("a.b"));
    lab.fire(key, "go");
    assert!(lab.jobs.is_empty());
    let told = lab.take();
    assert!(
        told.contains(&"m#w: \"a.b\" is not the name of a governor".to_owned()),
        "{told:?}"
    );
}
