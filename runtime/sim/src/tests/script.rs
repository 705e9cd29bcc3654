//! What scripts do.

use chorister_fsm::{Fired, Outcome};

use super::*;
use crate::{Expectation, Scripted, Unwanted, judge};

#[test]
fn a_run_without_an_outcome_does_not_happen() {
    let mut world = world(&[CHECK]);
    world.run_until(secs(600));
    assert_eq!(lines(&world), "     0 check: starts as UNKNOWN\n");
}

#[test]
fn an_outcome_runs_its_watcher_now() {
    let mut world = world(&[CHECK]);
    let look = world.machine(0).unwrap().watcher_named("look").unwrap();
    world.run_until(secs(5));
    world.outcome(0, look, Scripted::exit(2));
    world.run_until(secs(70));
    world.outcome(0, look, Scripted::exit(0).taking(secs(3)));
    world.run_until(secs(80));
    assert_eq!(
        lines(&world),
        "     0 check: starts as UNKNOWN
     5 check: look ran: error
     5 check: UNKNOWN -CRITICAL-> CRITICAL
    73 check: look ran: success
    73 check: CRITICAL -OK-> OK
"
    );
}

#[test]
fn an_outcome_waits_until_its_watcher_is_active() {
    let mut world = world(&[CHECK]);
    let machine = world.machine(0).unwrap().clone();
    let fix = machine.watcher_named("fix").unwrap();
    let look = machine.watcher_named("look").unwrap();
    world.outcome(0, fix, Scripted::outcome(Outcome::Success));
    assert_eq!(world.unused().count(), 1);
    world.run_until(secs(10));
    world.outcome(0, look, Scripted::exit(1));
    assert_eq!(world.unused().count(), 0);
    assert_eq!(world.state(0), machine.state_named("UNKNOWN"));
}

#[test]
fn a_hanging_command_runs_into_its_timeout() {
    let mut world = world(&[CHECK]);
    let look = world.machine(0).unwrap().watcher_named("look").unwrap();
    world.outcome(0, look, Scripted::Hang);
    world.run_until(secs(60));
    assert_eq!(
        lines(&world),
        "     0 check: starts as UNKNOWN
    10 check: look ran: error
    10 check: UNKNOWN -CRITICAL-> CRITICAL
"
    );
}

#[test]
fn a_node_that_crashed_goes_on_where_it_was() {
    let mut world = world(&[CHECK]);
    let machine = world.machine(0).unwrap().clone();
    let stop = machine.transition_named("STOP").unwrap();
    world.run_until(secs(30));
    assert!(matches!(world.fire(0, stop), Fired::Done { .. }));
    world.restart(secs(60));
    assert_eq!(world.fire(0, stop), Fired::NoMachine);
    world.run_until(secs(89));
    assert_eq!(world.state(0), None);
    world.run_until(secs(90));
    assert_eq!(world.state(0), machine.state_named("MAINTENANCE"));
}

#[test]
fn a_full_disk_keeps_what_it_held() {
    let mut world = world(&[CHECK]);
    let machine = world.machine(0).unwrap().clone();
    world.set_disk(true);
    world.fire(0, machine.transition_named("STOP").unwrap());
    world.restart(secs(1));
    world.run_until(secs(1));
    assert_eq!(world.state(0), machine.state_named("UNKNOWN"));
}

#[test]
fn expectations_are_judged_by_the_time_line() {
    let mut world = world(&[CHECK]);
    let machine = world.machine(0).unwrap().clone();
    let look = machine.watcher_named("look").unwrap();
    let critical = machine.state_named("CRITICAL").unwrap();
    let unknown = machine.state_named("UNKNOWN").unwrap();
    world.run_until(secs(60));
    world.outcome(0, look, Scripted::exit(2));
    world.run_until(secs(120));
    let at = |seconds, state| Expectation::At {
        machine: 0,
        at: secs(seconds),
        state,
    };
    let expectations = [
        at(0, unknown),
        at(59, critical),
        at(60, critical),
        at(120, critical),
        Expectation::Never {
            unwanted: Unwanted::State {
                machine: 0,
                state: critical,
            },
            within: None,
        },
        Expectation::Ran {
            machine: 0,
            watcher: look,
            within: None,
            times: Some(2),
        },
        Expectation::Eventually {
            machine: 0,
            state: critical,
            within: Some(secs(30)),
        },
    ];
    let verdicts = judge(&expectations, &world);
    let why: Vec<_> = verdicts.iter().map(|it| it.why.as_str()).collect();
    assert_eq!(
        why,
        [
            "",
            "check was UNKNOWN at 59s",
            "",
            "",
            "check became CRITICAL at 1m",
            "look ran once by 2m",
            "check was not CRITICAL by 30s, only at 1m",
        ]
    );
}

/// Reacts to another machine, to a formula and to a switch.
const LISTENER: &str = "
name: listener
version: 1.0.0
initial_state: idle
transitions:
  - {name: wake, from: [idle], destination: awake, subscribe: [{machine_name: other, event: boom}]}
  - {name: sleep, from: [awake], destination: idle}
  - {name: light, from: [awake], destination: lit}
watchers:
  - {name: formula, type: expression, interval: 1m, state_match: [awake], success_transition: sleep,
     properties: {success_when: 'data.level > 5'}}
  - {name: lamp, type: httpswitch, state_match: [awake], success_transition: light}
";

#[test]
fn machines_that_are_not_here_are_heard() {
    let mut world = world(&[LISTENER]);
    world.announce_foreign("other", "whisper");
    world.announce_foreign("other", "boom");
    let machine = world.machine(0).unwrap().clone();
    assert_eq!(world.state(0), machine.state_named("awake"));
}

#[test]
fn formulas_follow_the_data_and_the_script() {
    let mut world = world(&[LISTENER]);
    let machine = world.machine(0).unwrap().clone();
    let formula = machine.watcher_named("formula").unwrap();
    let idle = machine.state_named("idle");
    // It waits until the formula is asked for.
    world.outcome(0, formula, Scripted::outcome(Outcome::SuccessWhen));
    assert_eq!(world.unused().count(), 1);
    world.announce_foreign("other", "boom");
    assert_eq!(world.unused().count(), 0);
    assert_eq!(world.state(0), idle);
    world.run_until(secs(300));
    world.announce_foreign("other", "boom");
    world.merge_data(0, [("level".to_owned(), 6.into())].into_iter().collect());
    assert_ne!(world.state(0), idle);
    world.run_until(secs(360));
    assert_eq!(world.state(0), idle);
}

#[test]
fn a_switch_that_cannot_be_turned_yet_is_turned_later() {
    let mut world = world(&[LISTENER]);
    let machine = world.machine(0).unwrap().clone();
    let lamp = machine.watcher_named("lamp").unwrap();
    world.outcome(0, lamp, Scripted::outcome(Outcome::On));
    world.announce_foreign("other", "boom");
    assert_eq!(world.state(0), machine.state_named("lit"));
    assert_eq!(world.unused().count(), 0);
}
