//! Timers.

use core::time::Duration;

use chorister_ir::{Timer, WatcherKind};

use super::lab::{Build, Lab, machine, timer, two_states};

#[test]
fn it_starts_at_once_and_fires_at_its_end() {
    let mut lab = Lab::new();
    lab.insert(two_states("m").watch("t", &["a"], ["", "go"], timer(5)));
    lab.saw(&["m#t running 5s"]);
    lab.run(Duration::from_millis(4_999));
    lab.saw(&[]);
    lab.run(Duration::from_millis(1));
    lab.saw(&["m#t stopped 5s", "m: a -go-> b"]);
    lab.run_secs(60);
    lab.saw(&[]);
}

#[test]
fn leaving_stops_it() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m").watch("t", &["a"], ["", "go"], timer(5)));
    lab.take();
    lab.run_secs(3);
    lab.fire(key, "go");
    lab.saw(&["m#t stopped 5s", "m: a -go-> b"]);
    lab.run_secs(60);
    lab.saw(&[]);
}

#[test]
fn it_starts_anew_between_two_of_its_states_and_still_stops_when_they_are_left() {
    let mut lab = Lab::new();
    let rows: &[(&str, &[&str], &str)] = &[
        ("next", &["a"], "b"),
        ("out", &["b"], "c"),
        ("end", &["a", "b"], "c"),
    ];
    let key = lab.insert(machine("m", rows).watch("t", &["a", "b"], ["", "end"], timer(5)));
    lab.run_secs(3);
    lab.take();
    lab.fire(key, "next");
    lab.saw(&["m#t running 5s", "m: a -next-> b"]);
    lab.run_secs(4);
    lab.saw(&[]);
    lab.fire(key, "out");
    lab.saw(&["m#t stopped 5s", "m: b -out-> c"]);
    lab.run_secs(60);
    lab.saw(&[]);
}

#[test]
fn self_transitions_leave_it_alone() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m").watch("t", &["a"], ["", "go"], timer(5)));
    lab.run_secs(3);
    lab.fire(key, "stay");
    lab.take();
    lab.run_secs(2);
    lab.saw(&["m#t stopped 5s", "m: a -go-> b"]);
}

#[test]
fn it_is_a_second_long_at_least() {
    let mut lab = Lab::new();
    lab.insert(two_states("m").watch("t", &["a"], ["", "go"], timer(0)));
    lab.saw(&["m#t running 1s"]);
}

#[test]
fn a_splayed_length_is_drawn_once() {
    let mut lab = Lab::new();
    lab.die.0 = 300;
    let kind = WatcherKind::Timer(Timer {
        timer: Duration::from_secs(10),
        splay: true,
    });
    let key = lab.insert(two_states("m").watch("t", &["a"], ["", ""], kind));
    lab.die.0 = 900;
    lab.fire(key, "go");
    lab.run_secs(61);
    lab.fire(key, "back");
    let lines = lab.take();
    assert_eq!(
        lines
            .iter()
            .filter(|it| it.starts_with("m#t running 3s"))
            .count(),
        2,
        "{lines:?}"
    );
}

#[test]
fn a_million_restarts_leave_nothing_behind() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m").watch("t", &[], ["", ""], timer(86_400)));
    for _ in 0..200 {
        lab.pass(Duration::from_secs(61));
        lab.fire(key, "go");
        lab.fire(key, "back");
    }
    assert_eq!(lab.fleet.due.slots().count(), 1);
}
