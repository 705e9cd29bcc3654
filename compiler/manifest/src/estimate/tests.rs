//! Estimates of small machines.

use core::time::Duration;

use super::*;
use crate::{Capabilities, Edge, Subscription};

fn watcher(name: &str, active_in: &[&str], interval: Option<u64>, kind: Kind) -> Watcher {
    Watcher {
        name: name.to_owned(),
        active_in: active_in.iter().map(|it| (*it).to_owned()).collect(),
        foreign: Vec::new(),
        interval: interval.map(Duration::from_secs),
        announce: None,
        on_success: None,
        on_failure: None,
        kind,
    }
}

fn exec() -> Kind {
    Kind::Exec {
        command: "/bin/true".to_owned(),
        environment: BTreeMap::new(),
        timeout: Duration::from_secs(10),
        parse_as_data: false,
        suppress_success_announce: false,
        gather_initial_state: false,
        disown: false,
        governor: None,
    }
}

fn timer(seconds: u64) -> Kind {
    Kind::Timer {
        timer: Duration::from_secs(seconds),
        splay: false,
    }
}

/// A machine with states A and B, `go` and `back` between them.
fn machine(watchers: Vec<Watcher>) -> Machine {
    let edge = |from: &str, transition: &str, to: &str| Edge {
        from: from.to_owned(),
        transition: transition.to_owned(),
        to: to.to_owned(),
    };
    Machine {
        name: "m".to_owned(),
        version: "1.0.0".to_owned(),
        initial: "A".to_owned(),
        splay_start: Duration::ZERO,
        states: vec!["A".to_owned(), "B".to_owned()],
        edges: vec![edge("A", "go", "B"), edge("B", "back", "A")],
        watchers,
        subscriptions: Vec::new(),
        operator: Vec::new(),
        capabilities: Capabilities::default(),
    }
}

fn of(machine: Machine) -> Estimate {
    estimate(&Manifest::of("n", "1.0.0", vec![machine]))
}

#[track_caller]
fn close(value: f64, expect: f64) {
    assert!((value - expect).abs() < 1e-9, "{value} is not {expect}");
}

#[test]
fn the_most_demanding_state_counts() {
    let machine = machine(vec![
        watcher("a", &["A"], Some(10), exec()),
        watcher("b", &["B"], Some(2), exec()),
        watcher("all", &[], Some(4), exec()),
    ]);
    let estimate = of(machine);
    close(estimate.forks.steady, 0.75);
    close(estimate.events.steady, 0.75);
    // Nothing leads anywhere by itself.
    close(estimate.forks.worst, 0.75);
    let shares: Vec<_> = estimate
        .forks
        .shares
        .iter()
        .map(|it| (it.watcher.as_deref(), it.per_second))
        .collect();
    assert_eq!(shares, [(Some("b"), 0.5), (Some("all"), 0.25)]);
}

#[test]
fn announcements_go_on_in_every_state() {
    let mut quiet = watcher("w", &["B"], None, exec());
    quiet.announce = Some(Duration::from_secs(20));
    let estimate = of(machine(vec![quiet]));
    close(estimate.events.steady, 0.05);
    close(estimate.forks.steady, 0.0);
}

#[test]
fn a_machine_that_goes_round_by_timers_never_rests() {
    let mut on = watcher("on", &["A"], None, timer(2));
    on.on_failure = Some("go".to_owned());
    let mut off = watcher("off", &["B"], None, timer(18));
    off.on_failure = Some("back".to_owned());
    let run = watcher("run", &["A"], None, exec());
    let estimate = of(machine(vec![on, off, run]));
    // In 20 seconds both timers run and stop, the command runs once, the state changes twice.
    close(estimate.events.steady, 7.0 / 20.0);
    close(estimate.forks.steady, 1.0 / 20.0);
}

#[test]
fn a_state_that_is_soon_left_for_good_does_not_count() {
    let mut soon = watcher("soon", &["A"], None, timer(1));
    soon.on_failure = Some("go".to_owned());
    let busy = watcher("busy", &["A"], Some(1), exec());
    let calm = watcher("calm", &["B"], Some(100), exec());
    close(of(machine(vec![soon, busy, calm])).forks.steady, 0.01);
}

#[test]
fn edges_are_taken_as_often_as_the_engine_lets_them() {
    let mut up = watcher("up", &["A"], None, exec());
    up.on_success = Some("go".to_owned());
    let mut down = watcher("down", &["B"], None, exec());
    down.on_failure = Some("back".to_owned());
    let estimate = of(machine(vec![up, down]));
    close(estimate.events.steady, 0.0);
    // Each state is entered every 5 seconds: a command, its event, and the change of state.
    close(estimate.forks.worst, 0.4);
    close(estimate.events.worst, 0.8);
}

#[test]
fn machines_that_others_drive_change_as_fast() {
    let mut led = machine(vec![watcher("run", &["B"], None, exec())]);
    for transition in ["go", "back"] {
        led.subscriptions.push(Subscription {
            transition: transition.to_owned(),
            machine: "other".to_owned(),
            event: "e".to_owned(),
        });
    }
    let estimate = of(led);
    close(estimate.forks.steady, 0.0);
    close(estimate.forks.worst, 0.2);
}

#[test]
fn what_is_as_it_was_is_not_told() {
    let file = Kind::File {
        path: "/etc/motd".to_owned(),
        gather_initial_state: false,
        content: None,
    };
    let estimate = of(machine(vec![watcher("file", &[], Some(2), file)]));
    close(estimate.events.steady, 0.0);
    close(estimate.events.worst, 0.5);
    close(estimate.forks.worst, 0.0);
}

#[test]
fn schedules_tell_that_they_go_on_and_off() {
    let kind = Kind::Schedule {
        schedules: vec!["*/10 * * * *".to_owned()],
        duration: Duration::from_secs(60),
        start_splay: Duration::ZERO,
        skip_trigger_on_reenter: false,
        timezone: None,
    };
    let estimate = of(machine(vec![watcher("at", &[], None, kind)]));
    close(estimate.events.steady, 2.0 / 600.0);
}

#[test]
fn memory_grows_with_machines_and_commands() {
    let none = estimate(&Manifest::of("n", "1.0.0", Vec::new()));
    assert_eq!(none.memory, NODE);
    let two = machine(vec![
        watcher("a", &[], None, exec()),
        watcher("b", &[], None, timer(1)),
    ]);
    assert_eq!(of(two).memory, NODE + 456 + COMMAND);
}
