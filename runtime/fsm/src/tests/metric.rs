//! Measurements.

use chorister_ir::{Graphite, Metric, Pair, WatcherKind};

use super::lab::{Build, Lab, every, literal, text, two_states};

fn metric(change: impl FnOnce(&mut Metric)) -> WatcherKind {
    let mut metric = Metric {
        command: literal("measure"),
        ..Metric::DEFAULT
    };
    change(&mut metric);
    WatcherKind::Metric(metric)
}

/// A machine whose metric command has just been started.
fn measuring(change: impl FnOnce(&mut Metric)) -> Lab {
    let mut lab = Lab::new();
    lab.insert(
        two_states("m")
            .watch("w", &[], ["stay", "go"], metric(change))
            .tune(every(10)),
    );
    lab.run_secs(5);
    lab.saw(&["m#w starts measure"]);
    lab
}

fn check(output: &str, expect: &[&str]) {
    let mut lab = measuring(|_| {});
    lab.end_printing(0, output);
    lab.saw(expect);
}

#[test]
fn json_and_performance_data_are_read() {
    check(
        r#"{"labels":{"room":"lab"},"metrics":{"watt":581.68,"on":12},"time":1}"#,
        &[r#"m#w {"format": "choria", "room": "lab"} {"on": 12.0, "watt": 581.68}"#],
    );
    check(
        "OK: fine|load1=0.5;5;10 'disk used'=12% broken=U\n",
        &[r#"m#w {"format": "nagios"} {"disk_used": 12.0, "load1": 0.5}"#],
    );
    check("no data", &[r#"m#w {"format": "nagios"} {}"#]);
}

#[test]
fn null_is_taken_as_empty() {
    check(
        r#"{"metrics":null,"labels":null}"#,
        &[r#"m#w {"format": "choria"} {}"#],
    );
}

#[test]
fn what_cannot_be_read_is_published_with_the_measurement_before_and_fires() {
    for output in [
        "{bad",
        r#"{"metrics":{"a":"b"}}"#,
        r#"{"labels":{"a":1}}"#,
        r#"{"labels":[]}"#,
    ] {
        let mut lab = measuring(|_| {});
        lab.end_printing(0, output);
        let lines = lab.take();
        assert!(
            lines[0].starts_with("m#w: could not read the measurement: "),
            "{lines:?}"
        );
        assert_eq!(lines[1..3], ["m#w {} {}", "m: a -go-> b"]);
    }
}

#[test]
fn a_command_that_fails_is_only_remarked_on() {
    let mut lab = measuring(|_| {});
    lab.end_printing(1, "OK|a=1");
    lab.saw(&["m#w: the command ended with status 1"]);
}

#[test]
fn it_does_not_hear_state_changes_until_it_has_run() {
    let mut lab = Lab::new();
    let key = lab.insert(
        two_states("m")
            .watch("w", &[], ["", ""], metric(|_| {}))
            .tune(every(10)),
    );
    lab.fire(key, "go");
    lab.saw(&["m: a -go-> b"]);
    lab.run_secs(5);
    lab.end(0);
    lab.take();
    lab.fire(key, "back");
    lab.saw(&["m: b -back-> a", "m#w starts measure"]);
}

#[test]
fn labels_of_the_definition_win() {
    let mut lab = measuring(|it| {
        it.labels = vec![Pair {
            key: text("format"),
            value: text("mine"),
        }]
        .into();
    });
    lab.end_printing(0, "OK|a=1");
    lab.saw(&[r#"m#w {"format": "mine"} {"a": 1.0}"#]);
}

#[test]
fn it_becomes_data_and_is_sent_on() {
    let mut lab = measuring(|it| {
        it.store = true;
        it.graphite = Some(Graphite {
            host: literal("graphite.example.net"),
            port: literal("2003"),
            prefix: literal("choria.w"),
        });
    });
    lab.end_printing(0, r#"{"metrics":{"a":1},"time":5}"#);
    lab.saw(&[
        concat!(
            r#"m saves {"metric":{"w":{"labels":{"format":"choria"},"#,
            r#""metrics":{"a":1.0,"choria_runtime_seconds":0.02},"time":5}}}"#
        ),
        "relay to graphite.example.net:2003 choria.w",
        r#"m#w {"format": "choria"} {"a": 1.0}"#,
    ]);
}

#[test]
fn a_graphite_port_that_is_none_is_remarked_on() {
    let mut lab = measuring(|it| {
        it.graphite = Some(Graphite {
            host: literal("graphite.example.net"),
            port: literal("http"),
            prefix: literal("choria.w"),
        });
    });
    lab.end_printing(0, "OK|a=1");
    lab.saw(&[
        r#"m#w: Graphite port "http" is not a port number"#,
        r#"m#w {"format": "nagios"} {"a": 1.0}"#,
    ]);
}
