//! Machines that go on after a restart.

use core::time::Duration;

use chorister_ir::{Schedule, WatcherKind};
use chorister_lang::cron::Cron;
use proptest::prelude::*;

use super::lab::{Adjust, Build, Lab, every, exec, machine, timer, two_states};
use crate::Instance;

const SECOND: Duration = Duration::from_secs(1);

fn windows(cron: &str, minutes: u64) -> WatcherKind {
    WatcherKind::Schedule(Schedule {
        schedules: vec![Cron::parse(cron).unwrap()].into(),
        duration: Duration::from_secs(60 * minutes),
        ..Schedule::DEFAULT
    })
}

#[test]
fn state_data_and_time_of_entry_are_as_before() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m"));
    lab.run_secs(5);
    lab.fire(key, "go");
    let entered = lab.now.wall;
    lab.fleet
        .set_data(key, [("k".to_owned(), 1.into())].into_iter().collect());
    lab.restart(60 * SECOND);
    let view = lab.fleet.machine(lab.fleet.named("m").unwrap()).unwrap();
    assert_eq!((view.state_name(), view.entered()), ("b", entered));
    assert_eq!(view.data()["k"], 1);
}

#[test]
fn a_timer_counts_on_while_nothing_runs() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m").watch("t", &["b"], ["", "back"], timer(60)));
    lab.fire(key, "go");
    lab.run_secs(20);
    lab.restart(30 * SECOND);
    lab.take();
    lab.run_secs(9);
    lab.saw(&[]);
    lab.run_secs(1);
    lab.saw(&["m#t stopped 60s", "m: b -back-> a"]);
}

#[test]
fn a_timer_that_ran_out_meanwhile_fires_at_once() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m").watch("t", &["b"], ["", "back"], timer(60)));
    lab.fire(key, "go");
    lab.restart(3_600 * SECOND);
    lab.take();
    lab.run_secs(0);
    lab.saw(&["m#t stopped 60s", "m: b -back-> a"]);
}

#[test]
fn a_timer_that_had_stopped_does_not_start_again() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m").watch("t", &["b"], ["", "go"], timer(60)));
    lab.fire(key, "go");
    lab.run_secs(61);
    lab.restart(SECOND);
    lab.take();
    lab.run_secs(3_600);
    lab.saw(&[]);
}

#[test]
fn a_command_that_was_running_runs_again() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m").watch("w", &["b"], ["back", ""], exec("x")));
    lab.fire(key, "go");
    lab.take();
    lab.restart(SECOND);
    lab.saw(&["m#w starts x"]);
    lab.end(0);
    lab.saw(&["m#w success", "m: b -back-> a"]);
}

#[test]
fn a_long_interval_goes_on() {
    let mut lab = Lab::new();
    lab.insert(
        two_states("m")
            .watch("w", &[], ["", ""], exec("x"))
            .tune(every(86_400)),
    );
    lab.run_secs(80_000);
    lab.restart(400 * SECOND);
    lab.run_secs(5_999);
    lab.saw(&[]);
    lab.run_secs(1);
    lab.saw(&["m#w starts x"]);
}

#[test]
fn what_is_overdue_runs_within_seconds() {
    let mut lab = Lab::new();
    lab.insert(
        two_states("m")
            .watch("w", &[], ["", ""], exec("x"))
            .tune(every(600)),
    );
    lab.run_secs(100);
    lab.restart(86_400 * SECOND);
    lab.run_secs(5);
    lab.saw(&["m#w starts x"]);
}

#[test]
fn a_window_that_is_open_stays_open_and_one_that_closed_meanwhile_is_left() {
    let mut lab = Lab::new();
    lab.insert(two_states("m").watch("s", &[], ["go", "back"], windows("5 12 * * *", 10)));
    lab.run_secs(400);
    lab.take();
    lab.restart(60 * SECOND);
    lab.run_secs(60);
    lab.saw(&[]);
    lab.restart(3_600 * SECOND);
    lab.saw(&["m#s off", "m: b -back-> a"]);
}

#[test]
fn a_window_that_opened_meanwhile_is_entered_late() {
    let mut lab = Lab::new();
    lab.insert(two_states("m").watch("s", &[], ["go", "back"], windows("5 12 * * *", 10)));
    lab.run_secs(60);
    lab.take();
    lab.restart(360 * SECOND);
    lab.saw(&["m#s on", "m: a -go-> b"]);
    lab.run_secs(480);
    lab.saw(&["m#s off", "m: b -back-> a"]);
}

#[test]
fn a_state_that_is_no_more_gives_way_to_the_initial_one() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m").watch("t", &["b"], ["", "back"], timer(60)));
    lab.fire(key, "go");
    let snapshot = lab.fleet.snapshot(key, lab.now).unwrap();
    let mut lab = Lab::new();
    let other = machine("m", &[("go", &["x"], "y")]).watch("t", &["y"], ["", ""], timer(60));
    let mut instance = Instance::new([7; 16], std::path::Path::new("/m").into());
    instance.memory = Some(Box::new(snapshot));
    let key = lab.with(|fleet, cx| fleet.insert(other.but(|_| {}), instance, cx));
    assert_eq!(lab.state(key), "x");
    lab.run_secs(100);
    lab.saw(&[]);
}

#[test]
fn a_shorter_timer_is_not_waited_for_longer() {
    let mut lab = Lab::new();
    let with = |seconds| two_states("m").watch("t", &["b"], ["", "back"], timer(seconds));
    let key = lab.insert(with(3_600));
    lab.fire(key, "go");
    let snapshot = lab.fleet.snapshot(key, lab.now).unwrap();
    let mut instance = Instance::new([7; 16], std::path::Path::new("/m").into());
    instance.memory = Some(Box::new(snapshot));
    lab.with(|fleet, cx| fleet.remove(key, cx));
    lab.with(|fleet, cx| fleet.insert(with(10), instance, cx));
    lab.take();
    lab.run_secs(10);
    lab.saw(&["m#t stopped 10s", "m: b -back-> a"]);
}

#[test]
fn a_quiet_minute_goes_on_over_a_restart() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m"));
    lab.fire(key, "go");
    lab.fire(key, "back");
    lab.run_secs(9);
    lab.restart(Duration::ZERO);
    lab.run_secs(51);
    lab.take();
    lab.fire(lab.fleet.named("m").unwrap(), "go");
    lab.saw(&["m: a -go-> b"]);
}

proptest! {
    /// Somebody who only sees the events of a machine cannot tell that its process was ended and started.
    #[test]
    fn a_restart_shows_nowhere(before in 0_u64..4_000, after in 1_u64..4_000, fires in prop::collection::vec(0_u64..4_000, 0..6)) {
        let build = || {
            two_states("m")
                .watch("t", &["b"], ["", "back"], timer(700))
                .watch("s", &["a"], ["go", ""], windows("*/17 * * * *", 3))
                .watch("w", &["b"], ["", ""], exec("x"))
                .tune(every(333))
        };
        let watch = |restart: bool| {
            let mut lab = Lab::new();
            let key = lab.insert(build());
            let mut past = 0;
            let mut seen = Vec::new();
            let mut times: Vec<(u64, bool)> = fires.iter().map(|&at| (at, true)).collect();
            times.push((before, false));
            times.sort_unstable();
            for (at, fire) in times {
                run(&mut lab, at - past);
                past = at;
                if fire {
                    let key = lab.fleet.named("m").unwrap_or(key);
                    for it in ["go", "back"] {
                        lab.fire(key, it);
                    }
                } else {
                    seen.clear();
                    lab.take();
                    if restart {
                        lab.restart(Duration::ZERO);
                    }
                }
                settle(&mut lab);
                seen.extend(lab.take());
            }
            run(&mut lab, after);
            seen.extend(lab.take());
            seen
        };
        prop_assert_eq!(watch(false), watch(true));
    }
}

/// Lets time pass, a second at a time so that commands end at once.
fn run(lab: &mut Lab, seconds: u64) {
    for _ in 0..seconds {
        lab.run_secs(1);
        settle(lab);
    }
}

fn settle(lab: &mut Lab) {
    while !lab.jobs.is_empty() {
        lab.end(0);
    }
}
