//! Expressions.

use std::sync::Arc;

use chorister_ir::{Expression, WatcherKind};
use chorister_lang::expr::{Environment, Program};
use serde_json::{Value, json};

use super::lab::{Build, Lab, every, two_states};
use crate::MachineKey;

fn expression(success_when: &str, fail_when: &str) -> WatcherKind {
    let compile = |source: &str| {
        (!source.is_empty()).then(|| Program::compile(source, &Environment::watcher()).unwrap())
    };
    WatcherKind::Expression(Expression {
        success_when: compile(success_when),
        fail_when: compile(fail_when),
    })
}

fn set(lab: &mut Lab, key: MachineKey, data: Value) {
    let Value::Object(data) = data else {
        panic!("not an object")
    };
    assert!(lab.set_data(key, data));
}

#[test]
fn it_speaks_each_time_it_is_true_but_fires_only_when_that_is_new() {
    let mut lab = Lab::new();
    let kind = expression("data.level > 5", "data.level < 3");
    let key = lab.insert(
        two_states("m")
            .watch("e", &[], ["go", "back"], kind)
            .tune(every(10)),
    );
    set(&mut lab, key, json!({"level": 4}));
    lab.run_secs(10);
    lab.saw(&[]);
    set(&mut lab, key, json!({"level": 6}));
    lab.run_secs(10);
    // The change of state makes it look once more.
    lab.saw(&["m#e success_when", "m: a -go-> b", "m#e success_when"]);
    lab.run_secs(10);
    lab.saw(&["m#e success_when"]);
    set(&mut lab, key, json!({"level": 1}));
    lab.run_secs(50);
    let lines = lab.take();
    assert_eq!(lines[..2], ["m#e failed_when", "m: b -back-> a"]);
}

#[test]
fn what_it_cannot_evaluate_is_published_and_fires_nothing() {
    let mut lab = Lab::new();
    let kind = expression("data.a.b == 1", "");
    lab.insert(
        two_states("m")
            .watch("e", &[], ["go", "go"], kind)
            .tune(every(10)),
    );
    lab.run_secs(10);
    let lines = lab.take();
    assert!(
        lines[0].starts_with("m#e: could not evaluate the expression: "),
        "{lines:?}"
    );
    assert_eq!(lines[1..], ["m#e error"]);
}

#[test]
fn it_sees_facts_and_the_name_of_the_node() {
    let mut lab = Lab::new();
    lab.fleet
        .set_facts(Arc::new(json!({"os": {"name": "Linux"}})));
    let kind = expression(
        r#"get_fact("os.name") == "Linux" && identity == "node1""#,
        "",
    );
    lab.insert(
        two_states("m")
            .watch("e", &["a"], ["go", ""], kind)
            .tune(every(10)),
    );
    lab.run_secs(10);
    lab.saw(&["m#e success_when", "m: a -go-> b"]);
}
