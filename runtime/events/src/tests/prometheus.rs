//! The text file of measurements.

use core::time::Duration;
use std::sync::Arc;

use chorister_fsm::{MachineKey, Measurement, Report};
use chorister_ir::{Metric, WatcherKind};

use super::made::{Made, machine, measured, metric, report, watcher};
use crate::{Event, Prometheus};

/// A node with machines of these names, each with one `metric` watcher of the name that follows.
fn node(machines: &[(&str, &str)]) -> (Made, Vec<MachineKey>) {
    let mut made = Made::new("node1");
    let mut insert = |&(name, watching): &(&str, &str)| {
        let machine = machine(
            name,
            "1.0.0",
            ["go", "a", "b"],
            vec![watcher(watching, metric())],
        );
        made.insert(machine, [0; 16], "/m")
    };
    let keys = machines.iter().map(&mut insert).collect();
    (made, keys)
}

fn observe(to: &mut Prometheus, made: &Made, key: MachineKey, what: Arc<Measurement>) -> bool {
    let said = Report::Metric {
        measurement: what,
        runtime: Duration::from_millis(20),
    };
    let notice = report(key, jiff::Timestamp::UNIX_EPOCH, 0, said);
    to.observe(&Event::new(&made.fleet, &notice).unwrap())
}

#[test]
fn names_are_legal_and_sorted() {
    let (made, keys) = node(&[("m", "Fast-One, two")]);
    let mut file = Prometheus::default();
    let labels = [
        ("Alias", "Geyser 1, \"big\""),
        ("__x", r"a\b"),
        ("1st", "y"),
        ("format", "choria"),
    ];
    let what = measured(&labels, &[("used'", 12.0), ("Power-Watt", 581.68)], 7);
    assert!(observe(&mut file, &made, keys[0], what));
    let labels = r#"_1st="y",alias="geyser_1___big_",format="choria",x="a\\b""#;
    let line = |name: &str, value: &str| {
        let name = format!("choria_machine_metric_watcher_fast_one__two_{name}");
        format!("# HELP {name} Choria Metric\n# TYPE {name} gauge\n{name}{{{labels}}} {value}\n")
    };
    let expect = [
        line("Power_Watt", "581.680000"),
        line("choria_runtime_seconds", "0.020000"),
        line("used_", "12.000000"),
    ];
    assert_eq!(file.render(), expect.concat());
}

#[test]
fn no_series_is_there_twice() {
    let (made, keys) = node(&[("one", "cpu"), ("Two", "cpu"), ("three", "CPU")]);
    let mut file = Prometheus::default();
    for (key, room) in keys.iter().zip(["lab", "lab", "hall"]) {
        observe(
            &mut file,
            &made,
            *key,
            measured(&[("room", room)], &[("load", 1.0)], 7),
        );
    }
    let text = file.render();
    let loads: Vec<_> = text.lines().filter(|it| it.contains("_load{")).collect();
    assert_eq!(
        loads,
        [
            r#"choria_machine_metric_watcher_cpu_load{machine="one",room="lab"} 1.000000"#,
            r#"choria_machine_metric_watcher_cpu_load{machine="two",room="lab"} 1.000000"#,
            r#"choria_machine_metric_watcher_cpu_load{room="hall"} 1.000000"#,
        ]
    );
    assert_eq!(
        text.matches("# TYPE choria_machine_metric_watcher_cpu_load")
            .count(),
        1
    );
}

#[test]
fn two_metrics_with_one_legal_name_are_one_series() {
    let (made, keys) = node(&[("m", "w")]);
    let mut file = Prometheus::default();
    observe(
        &mut file,
        &made,
        keys[0],
        measured(&[], &[("a b", 1.0), ("a_b", 2.0)], 7),
    );
    assert_eq!(
        file.render()
            .lines()
            .filter(|it| it.contains("_a_b{"))
            .count(),
        1
    );
}

#[test]
fn a_measurement_stays_until_its_machine_goes() {
    let (made, keys) = node(&[("slow", "w"), ("quick", "v")]);
    let mut file = Prometheus::default();
    observe(&mut file, &made, keys[0], measured(&[], &[("a", 1.0)], 7));
    for value in 0..20 {
        observe(
            &mut file,
            &made,
            keys[1],
            measured(&[], &[("b", f64::from(value))], 7),
        );
    }
    let text = file.render();
    assert!(
        text.contains("_w_a{} 1.000000") && text.contains("_v_b{} 19.000000"),
        "{text}"
    );
    assert!(file.remove(keys[0]));
    assert!(!file.remove(keys[0]));
    assert!(!file.render().contains("_w_a"));
}

#[test]
fn what_is_not_measured_or_not_wanted_is_passed_over() {
    let mut made = Made::new("node1");
    let kind = WatcherKind::Metric(Metric {
        skip_prometheus: true,
        ..Metric::DEFAULT
    });
    let machine = machine("m", "1.0.0", ["go", "a", "b"], vec![watcher("w", kind)]);
    let key = made.insert(machine, [0; 16], "/m");
    let mut file = Prometheus::default();
    assert!(!observe(
        &mut file,
        &made,
        key,
        measured(&[], &[("a", 1.0)], 7)
    ));
    let (made, keys) = node(&[("m", "w")]);
    assert!(!observe(&mut file, &made, keys[0], Arc::default()));
    assert_eq!(file.render(), "");
}
