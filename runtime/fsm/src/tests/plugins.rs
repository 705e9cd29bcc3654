//! Machines that are kept in place: what comes of each run.

use core::time::Duration;

use chorister_ir::{Kv, Plugins, WatcherKind};
use serde_json::{Value, json};

use super::lab::{Build, Lab, every, literal, text, two_states};
use crate::{JobResult, KvFound, Provisioned};

const LIST: &str = r#"{"plugins":"W10="}"#;

/// A machine that keeps others in place each minute, after it has read the list.
fn keeper(fires: [&str; 2]) -> Lab {
    let mut lab = Lab::new();
    let kv = Kv {
        bucket: text("B"),
        key: literal("list"),
        bucket_prefix: false,
        ..Kv::DEFAULT
    };
    let plugins = Plugins {
        item: text("list"),
        ..Plugins::DEFAULT
    };
    let machine = two_states("m")
        .watch("k", &[], ["", ""], WatcherKind::Kv(kv))
        .tune(|it| it.interval = Some(Duration::from_secs(3_600)))
        .watch("p", &["a"], fires, WatcherKind::Plugins(plugins))
        .tune(every(60));
    lab.insert(machine);
    lab.saw(&["m#k starts read list of B", "m#p starts keep "]);
    lab.end_as(JobResult::Kv(KvFound::Value {
        revision: 1,
        value: LIST.into(),
    }));
    lab.saw(&[&format!("m saves {{\"list\":{LIST}}}")]);
    lab
}

fn done(outcome: Result<bool, &str>) -> Provisioned {
    Provisioned {
        plugins: Some(vec!["app".to_owned()]),
        outcome: outcome.map_err(str::to_owned),
        refused: None,
        unfinished: false,
        runtime: Duration::from_millis(5),
    }
}

fn end(lab: &mut Lab, done: Provisioned) {
    lab.end_as(JobResult::Plugins(Box::new(done)));
}

#[test]
fn a_change_is_told_and_fires_and_its_absence_is_neither() {
    let mut lab = keeper(["go", ""]);
    end(&mut lab, done(Ok(true)));
    lab.saw(&["m#p updated", "m: a -go-> b"]);
    let key = lab.fleet.named("m").unwrap();
    lab.fire(key, "back");
    lab.take();
    end(&mut lab, done(Ok(false)));
    lab.saw(&[]);
    lab.run_secs(60);
    lab.saw(&[&format!("m#p starts keep {LIST}")]);
    end(&mut lab, done(Ok(false)));
    lab.saw(&[]);
}

#[test]
fn a_failure_is_told_and_fires() {
    let mut lab = keeper(["", "go"]);
    end(&mut lab, done(Err("no signature")));
    lab.saw(&["m#p: no signature", "m#p error", "m: a -go-> b"]);
}

#[test]
fn a_list_that_is_nobodys_is_forgotten_unless_there_is_another_by_now() {
    for (refused, expect) in [
        (serde_json::from_str::<Value>(LIST).unwrap(), true),
        (json!({"plugins": "older"}), false),
    ] {
        let mut lab = keeper(["go", ""]);
        let nobodys = Provisioned {
            refused: Some(refused),
            ..done(Err("nobody's"))
        };
        end(&mut lab, nobodys);
        let seen = lab.take();
        assert_eq!(seen.contains(&"m saves {}".to_owned()), expect, "{seen:?}");
    }
}

#[test]
fn what_is_unfinished_is_looked_at_again_soon() {
    let mut lab = keeper(["go", ""]);
    let unfinished = Provisioned {
        unfinished: true,
        ..done(Ok(false))
    };
    end(&mut lab, unfinished);
    lab.run_secs(2);
    lab.saw(&[&format!("m#p starts keep {LIST}")]);
    end(&mut lab, done(Ok(true)));
    lab.take();
    lab.run_secs(50);
    lab.saw(&[]);
}
