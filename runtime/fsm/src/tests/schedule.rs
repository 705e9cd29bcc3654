//! Schedules, on clocks that jump.

use core::time::Duration;

use chorister_ir::{ForeignState, Schedule, Text, WatcherKind};
use chorister_lang::cron::Cron;
use jiff::tz::TimeZone;

use super::lab::{Build, Lab, machine, text, two_states};
use crate::{Fleet, MachineKey, Zones};

/// On for ten minutes from these minutes on.
fn schedule(crons: &[&str]) -> Schedule {
    Schedule {
        schedules: crons.iter().map(|it| Cron::parse(it).unwrap()).collect(),
        duration: Duration::from_secs(600),
        ..Schedule::DEFAULT
    }
}

fn with(lab: &mut Lab, schedule: Schedule) -> MachineKey {
    let bare = machine(
        "m",
        &[("start", &["idle"], "busy"), ("stop", &["busy"], "idle")],
    );
    lab.insert(bare.watch("s", &[], ["start", "stop"], WatcherKind::Schedule(schedule)))
}

/// Transitions refused in a state, which each start of a stopped machine and each stop of a started one is, do
/// not matter here.
fn saw(lab: &mut Lab, expect: &[&str]) {
    let lines: Vec<_> = lab
        .take()
        .into_iter()
        .filter(|it| !it.contains("could not fire"))
        .collect();
    assert_eq!(lines, expect);
}

const ON: &[&str] = &["m#s on", "m: idle -start-> busy"];
const OFF: &[&str] = &["m#s off", "m: busy -stop-> idle"];

#[test]
fn it_is_on_from_the_exact_minute_for_its_duration() {
    let mut lab = Lab::starting("2026-11-20T11:58:30Z");
    with(&mut lab, schedule(&["0 * * * *"]));
    saw(&mut lab, &[]);
    lab.run(Duration::from_millis(89_999));
    saw(&mut lab, &[]);
    lab.run(Duration::from_millis(1));
    saw(&mut lab, ON);
    lab.run(Duration::from_millis(599_999));
    saw(&mut lab, &[]);
    lab.run(Duration::from_millis(1));
    saw(&mut lab, OFF);
    lab.run_secs(3_000);
    saw(&mut lab, ON);
}

#[test]
fn a_start_in_the_middle_of_a_window_waits_for_the_next() {
    let mut lab = Lab::starting("2026-11-20T12:05:00Z");
    with(&mut lab, schedule(&["0 * * * *"]));
    lab.run_secs(54 * 60);
    saw(&mut lab, &[]);
    lab.run_secs(60);
    saw(&mut lab, ON);
}

#[test]
fn windows_that_overlap_are_one() {
    let mut lab = Lab::starting("2026-11-20T11:59:00Z");
    with(
        &mut lab,
        schedule(&["0 12 * * *", "5 12 * * *", "15 12 * * *"]),
    );
    lab.run_secs(60);
    saw(&mut lab, ON);
    lab.run_secs(24 * 60);
    saw(&mut lab, &[]);
    lab.run_secs(60);
    saw(&mut lab, OFF);
}

#[test]
fn a_splay_shortens_the_window() {
    let mut lab = Lab::starting("2026-11-20T11:59:00Z");
    let splayed = Schedule {
        start_splay: Duration::from_secs(120),
        ..schedule(&["0 12 * * *"])
    };
    with(&mut lab, splayed);
    lab.run_secs(119);
    saw(&mut lab, &[]);
    lab.run_secs(1);
    saw(&mut lab, ON);
    lab.run_secs(9 * 60);
    saw(&mut lab, OFF);
}

/// A machine that is parked at first, whose schedule only counts in `ready`.
fn parked(lab: &mut Lab, schedule: Schedule) -> MachineKey {
    let rows: &[(&str, &[&str], &str)] = &[
        ("enter", &["parked"], "ready"),
        ("leave", &["ready"], "parked"),
        ("start", &["ready"], "ready"),
        ("stop", &["ready"], "ready"),
    ];
    let kind = WatcherKind::Schedule(schedule);
    lab.insert(machine("m", rows).watch("s", &["ready"], ["start", "stop"], kind))
}

#[test]
fn entering_a_matched_state_fires_once() {
    let mut lab = Lab::starting("2026-11-20T11:50:00Z");
    let key = parked(&mut lab, schedule(&["0 12 * * *"]));
    saw(&mut lab, &[]);
    lab.fire(key, "enter");
    saw(&mut lab, &["m: parked -enter-> ready", "m#s unknown"]);
    lab.run_secs(600);
    saw(&mut lab, &["m#s on"]);
    lab.fire(key, "leave");
    lab.run_secs(61);
    lab.take();
    lab.fire(key, "enter");
    saw(&mut lab, &["m: parked -enter-> ready", "m#s on"]);
    lab.fire(key, "leave");
    lab.run_secs(600);
    saw(&mut lab, &["m: ready -leave-> parked"]);
    lab.fire(key, "enter");
    saw(&mut lab, &["m: parked -enter-> ready", "m#s off"]);
}

#[test]
fn entering_again_while_on_can_be_skipped() {
    let mut lab = Lab::starting("2026-11-20T11:59:00Z");
    let quiet = Schedule {
        skip_trigger_on_reenter: true,
        ..schedule(&["0 12 * * *"])
    };
    let key = parked(&mut lab, quiet);
    lab.run_secs(70);
    lab.take();
    // The first time counts, even when the window has begun before.
    lab.fire(key, "enter");
    saw(&mut lab, &["m: parked -enter-> ready", "m#s on"]);
    lab.run_secs(61);
    lab.fire(key, "leave");
    lab.fire(key, "enter");
    lab.run_secs(1);
    saw(
        &mut lab,
        &["m: ready -leave-> parked", "m: parked -enter-> ready"],
    );
    lab.run_secs(600);
    saw(&mut lab, &["m#s off"]);
}

#[test]
fn foreign_states_count_as_soon_as_they_change() {
    let mut lab = Lab::starting("2026-11-20T11:59:00Z");
    let needs = ForeignState {
        machine: text("other"),
        state: text("b"),
    };
    let bare = machine(
        "m",
        &[("start", &["idle"], "busy"), ("stop", &["busy"], "idle")],
    );
    let kind = WatcherKind::Schedule(schedule(&["0 12 * * *"]));
    let machine = bare.watch("s", &[], ["start", "stop"], kind);
    lab.insert(machine.tune(|it| it.foreign = vec![needs].into()));
    lab.run_secs(120);
    saw(&mut lab, &[]);
    let other = lab.insert(two_states("other"));
    saw(&mut lab, &[]);
    lab.fire(other, "go");
    saw(
        &mut lab,
        &["other: a -go-> b", "m#s on", "m: idle -start-> busy"],
    );
}

#[test]
fn a_jump_over_a_start_opens_the_rest_of_the_window() {
    let mut lab = Lab::starting("2026-11-20T11:00:00Z");
    with(&mut lab, schedule(&["0 12 * * *"]));
    lab.run_secs(10);
    lab.set_clock("2026-11-20T12:07:00Z");
    saw(&mut lab, ON);
    lab.run_secs(179);
    saw(&mut lab, &[]);
    lab.run_secs(1);
    saw(&mut lab, OFF);
}

#[test]
fn a_jump_over_a_whole_window_does_not_run_it() {
    let mut lab = Lab::starting("2026-11-20T11:00:00Z");
    with(&mut lab, schedule(&["0 12 * * *"]));
    lab.set_clock("2026-11-20T12:10:00Z");
    saw(&mut lab, &[]);
    lab.set_clock("2026-11-21T11:59:59Z");
    lab.run_secs(1);
    saw(&mut lab, ON);
}

#[test]
fn a_jump_over_years_is_quick() {
    let mut lab = Lab::starting("1970-01-01T00:00:30Z");
    let short = Schedule {
        duration: Duration::from_secs(30),
        ..schedule(&["* * * * *"])
    };
    with(&mut lab, short);
    lab.set_clock("2026-11-20T12:00:10Z");
    saw(&mut lab, ON);
    lab.run_secs(20);
    saw(&mut lab, OFF);
}

#[test]
fn a_jump_over_an_end_closes_the_window() {
    let mut lab = Lab::starting("2026-11-20T11:59:00Z");
    with(&mut lab, schedule(&["0 12 * * *"]));
    lab.run_secs(120);
    saw(&mut lab, ON);
    lab.set_clock("2026-11-20T14:00:00Z");
    saw(&mut lab, OFF);
}

#[test]
fn a_clock_set_back_neither_repeats_a_start_nor_prolongs_a_window() {
    let mut lab = Lab::starting("2026-11-20T11:59:00Z");
    with(&mut lab, schedule(&["0 * * * *"]));
    lab.run_secs(120);
    saw(&mut lab, ON);
    lab.set_clock("2026-11-20T11:01:00Z");
    lab.run_secs(8 * 60);
    saw(&mut lab, &[]);
    lab.run_secs(60);
    saw(&mut lab, OFF);
    // 12:00 has been; the next one is 13:00.
    lab.run_secs(50 * 60 + 3_599);
    saw(&mut lab, &[]);
    lab.run_secs(1);
    saw(&mut lab, ON);
}

#[test]
fn a_clock_set_back_before_the_first_start_does_not_miss_any() {
    let mut lab = Lab::starting("2026-11-20T13:30:00Z");
    with(&mut lab, schedule(&["0 * * * *"]));
    lab.set_clock("2026-11-20T11:30:00Z");
    lab.run_secs(1_800);
    saw(&mut lab, ON);
}

#[test]
fn a_clock_set_back_by_more_than_three_hours_starts_over() {
    let mut lab = Lab::starting("2026-11-20T11:59:00Z");
    with(&mut lab, schedule(&["0 * * * *"]));
    lab.run_secs(60);
    saw(&mut lab, ON);
    lab.run_secs(60);
    lab.set_clock("2026-11-20T08:30:00Z");
    lab.run_secs(540);
    saw(&mut lab, OFF);
    lab.run_secs(21 * 60);
    saw(&mut lab, ON);
}

#[test]
fn a_clock_that_fell_back_while_nobody_looked_is_noticed() {
    let mut lab = Lab::starting("2026-11-20T11:00:00Z");
    with(&mut lab, schedule(&["30 11 * * *"]));
    lab.run_secs(3_600);
    lab.take();
    // Half an hour passes, in which the clock is set back by twenty minutes.
    lab.now.mono += Duration::from_secs(1_800);
    lab.now.wall = "2026-11-20T12:10:00Z".parse().unwrap();
    lab.with(Fleet::tick);
    saw(&mut lab, &[]);
    let next = lab.fleet.next_wakeup(lab.now).unwrap() - lab.now.mono;
    assert_eq!(next, Duration::from_secs(23 * 3_600 + 20 * 60));
}

/// Zones by name, without a database.
fn zones() -> Zones {
    let local = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    Zones {
        local,
        named: |name| (name == "Etc/UTC").then_some(TimeZone::UTC),
    }
}

/// When the schedule comes on in the three days from `start` on, as local times.
fn starts(start: &str, cron: &str, timezone: Option<&'static str>) -> Vec<String> {
    let mut lab = Lab::starting(start);
    lab.fleet = Fleet::new("node1").with_zones(zones());
    let short = Schedule {
        duration: Duration::from_secs(60),
        timezone: timezone.map(Text::Borrowed),
        ..schedule(&[cron])
    };
    with(&mut lab, short);
    lab.run_secs(3 * 86_400);
    lab.notices
        .iter()
        .filter(|it| matches!(it.happening, crate::Happening::Transition { to, .. } if to.0 == 1))
        .map(|it| {
            it.time
                .to_zoned(zones().local)
                .strftime("%d %H:%M %z")
                .to_string()
        })
        .collect()
}

#[test]
fn times_are_local_and_an_hour_that_is_skipped_does_not_run() {
    let found = starts("2026-03-28T00:00:00Z", "30 2 * * *", None);
    assert_eq!(found, ["28 02:30 +0100", "30 02:30 +0200"]);
}

#[test]
fn an_hour_that_is_repeated_runs_twice() {
    let found = starts("2026-10-24T12:00:00Z", "30 2 * * *", None);
    assert_eq!(
        found,
        [
            "25 02:30 +0200",
            "25 02:30 +0100",
            "26 02:30 +0100",
            "27 02:30 +0100"
        ]
    );
}

#[test]
fn a_zone_of_its_own_is_not_that_of_the_node() {
    let found = starts("2026-11-20T00:00:00Z", "0 0 21 * *", Some("Etc/UTC"));
    assert_eq!(found, ["21 01:00 +0100"]);
}

#[test]
fn an_unknown_zone_is_remarked_on() {
    let mut lab = Lab::new();
    with(
        &mut lab,
        Schedule {
            timezone: Some(text("Mars/Base")),
            ..schedule(&["0 * * * *"])
        },
    );
    lab.saw(&["m#s: time zone Mars/Base is not known here; using the local one"]);
}

#[test]
fn only_schedules_depend_on_the_wall_clock() {
    let mut lab = Lab::new();
    let key = with(&mut lab, schedule(&["0 * * * *"]));
    assert!(lab.fleet.has_wall_deadlines());
    let switch = lab
        .fleet
        .machine(key)
        .unwrap()
        .watchers()
        .next()
        .unwrap()
        .next_switch();
    assert_eq!(switch, Some("2026-11-20T13:00:00Z".parse().unwrap()));
    lab.with(|fleet, cx| fleet.remove(key, cx));
    assert!(!lab.fleet.has_wall_deadlines());
}
