//! Commands.

use core::time::Duration;

use chorister_ir::{Exec, ForeignState, WatcherKind};

use super::lab::{Build, Lab, every, exec, literal, machine, text, two_states};
use crate::{Exit, JobResult, Work};

fn adjusted(change: impl FnOnce(&mut Exec)) -> WatcherKind {
    let mut exec = Exec {
        command: literal("x"),
        ..Exec::DEFAULT
    };
    change(&mut exec);
    WatcherKind::Exec(exec)
}

#[test]
fn it_first_runs_after_an_interval_and_then_each_interval() {
    let mut lab = Lab::new();
    lab.insert(
        two_states("m")
            .watch("w", &[], ["", ""], exec("x --flag 'a b'"))
            .tune(every(5)),
    );
    lab.run(Duration::from_millis(4_999));
    lab.saw(&[]);
    lab.run(Duration::from_millis(1));
    lab.saw(&["m#w starts x --flag a b"]);
    lab.end(0);
    lab.saw(&["m#w success"]);
    lab.run_secs(5);
    lab.saw(&["m#w starts x --flag a b"]);
}

#[test]
fn without_an_interval_it_runs_on_state_changes_only() {
    let mut lab = Lab::new();
    let key = lab.insert(two_states("m").watch("w", &["b"], ["", ""], exec("x")));
    lab.run_secs(3_600);
    lab.saw(&[]);
    lab.fire(key, "go");
    lab.saw(&["m: a -go-> b", "m#w starts x"]);
}

#[test]
fn where_it_is_not_active_it_is_skipped() {
    let mut lab = Lab::new();
    let key = lab.insert(
        two_states("m")
            .watch("w", &["b"], ["", ""], exec("x"))
            .tune(every(5)),
    );
    lab.run_secs(60);
    lab.saw(&[]);
    let outcome = lab
        .fleet
        .machine(key)
        .unwrap()
        .watchers()
        .next()
        .unwrap()
        .outcome();
    assert_eq!(outcome.as_str(), "skipped");
}

#[test]
fn gathering_the_initial_state_runs_within_half_a_minute() {
    let mut lab = Lab::new();
    let kind = adjusted(|it| it.gather_initial_state = true);
    lab.insert(
        two_states("m")
            .watch("w", &[], ["", ""], kind)
            .tune(every(3_600)),
    );
    lab.run_secs(15);
    lab.saw(&["m#w starts x"]);
    lab.end(0);
    lab.take();
    lab.run_secs(3_600);
    lab.saw(&["m#w starts x"]);
}

#[test]
fn failures_fire_the_failure_transition_and_say_why() {
    let check = |exit: Exit, reason: &str| {
        let mut lab = Lab::new();
        lab.insert(
            two_states("m")
                .watch("w", &[], ["", "go"], exec("x"))
                .tune(every(5)),
        );
        lab.run_secs(5);
        lab.take();
        lab.end_as(JobResult::Exec {
            exit,
            output: Vec::new(),
            runtime: Duration::ZERO,
        });
        let reason = format!("m#w: {reason}");
        // The watcher is nudged by the state that it caused.
        lab.saw(&[&reason, "m#w error", "m: a -go-> b", "m#w starts x"]);
    };
    check(Exit::Code(3), "the command ended with status 3");
    check(Exit::Signal(9), "the command was ended by signal 9");
    check(Exit::Timeout, "the command did not end in time");
    check(
        Exit::Failed("no such file".into()),
        "the command failed: no such file",
    );
}

#[test]
fn a_command_that_is_empty_fails_without_starting() {
    let mut lab = Lab::new();
    lab.insert(
        two_states("m")
            .watch("w", &["a"], ["", "go"], exec("  # nothing"))
            .tune(every(5)),
    );
    lab.run_secs(5);
    lab.saw(&["m#w: the command is empty", "m#w error", "m: a -go-> b"]);
}

#[test]
fn one_run_waits_while_another_is_in_progress() {
    let mut lab = Lab::new();
    let key = lab.insert(
        two_states("m")
            .watch("w", &[], ["", ""], exec("x"))
            .tune(every(5)),
    );
    lab.run_secs(20);
    lab.saw(&["m#w starts x"]);
    lab.end(0);
    lab.saw(&["m#w success", "m#w starts x"]);
    lab.end(0);
    lab.saw(&["m#w success"]);
    assert_eq!(lab.fleet.machine(key).unwrap().counters().coalesced, 2);
}

#[test]
fn a_run_that_its_own_transition_started_serves_those_who_waited() {
    let mut lab = Lab::new();
    lab.insert(
        two_states("m")
            .watch("w", &[], ["go", ""], exec("x"))
            .tune(every(5)),
    );
    lab.run_secs(12);
    lab.take();
    lab.end(0);
    lab.saw(&["m#w success", "m: a -go-> b", "m#w starts x"]);
    lab.end(1);
    assert!(lab.jobs.is_empty());
}

#[test]
fn a_success_can_be_kept_quiet_but_still_fires() {
    let mut lab = Lab::new();
    let kind = adjusted(|it| it.suppress_success_announce = true);
    lab.insert(
        two_states("m")
            .watch("w", &["a"], ["go", ""], kind)
            .tune(every(5)),
    );
    lab.run_secs(5);
    lab.take();
    lab.end(0);
    lab.saw(&["m: a -go-> b"]);
}

#[test]
fn output_becomes_data() {
    let mut lab = Lab::new();
    let kind = adjusted(|it| it.parse_as_data = true);
    lab.insert(
        two_states("m")
            .watch("w", &[], ["", ""], kind)
            .tune(every(5)),
    );
    lab.run_secs(5);
    lab.take();
    lab.end_printing(0, r#" {"port": 80, "hosts": ["a"]} "#);
    lab.saw(&[r#"m saves {"port":80,"hosts":["a"]}"#, "m#w success"]);
    lab.run_secs(5);
    lab.take();
    lab.end_printing(0, r#"{"port":80}"#);
    lab.saw(&["m#w success"]);
    for output in ["", "[1]", "{} {}", "null"] {
        lab.run_secs(5);
        lab.take();
        lab.end_printing(0, output);
        let lines = lab.take();
        assert!(
            lines[0].starts_with("m#w: the output is not a JSON object"),
            "{lines:?}"
        );
        assert_eq!(lines[1], "m#w error");
    }
}

#[test]
fn commands_are_told_who_they_run_for() {
    let mut lab = Lab::new();
    let kind = adjusted(|it| {
        it.environment = vec![literal("A=1=2"), literal(""), literal("MACHINE_NAME=other")].into();
        it.timeout = Duration::from_secs(3);
    });
    lab.insert(
        two_states("m")
            .watch("w", &[], ["", ""], kind)
            .tune(every(5)),
    );
    lab.run_secs(5);
    let Work::Exec(command) = &lab.jobs[0].work else {
        panic!("not a command")
    };
    let environment: Vec<_> = command
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        environment,
        [
            ("MACHINE_WATCHER_NAME", "w"),
            ("MACHINE_NAME", "m"),
            ("A", "1=2"),
            ("MACHINE_NAME", "other")
        ]
    );
    assert_eq!(command.timeout, Some(Duration::from_secs(3)));
    assert!(command.files.is_some());
    assert_eq!(&*lab.jobs[0].directory, std::path::Path::new("/machines/m"));
}

#[test]
fn a_disowned_command_has_no_deadline() {
    let mut lab = Lab::new();
    let kind = adjusted(|it| it.disown = true);
    lab.insert(
        two_states("m")
            .watch("w", &[], ["", ""], kind)
            .tune(every(5)),
    );
    lab.run_secs(5);
    let Work::Exec(command) = &lab.jobs[0].work else {
        panic!("not a command")
    };
    assert_eq!((command.timeout, command.disown), (None, true));
}

#[test]
fn every_foreign_state_must_match() {
    let mut lab = Lab::new();
    let needs = |name: &str, state: &str| ForeignState {
        machine: text(name),
        state: text(state),
    };
    let machine = machine("m", &[("go", &["a"], "b")])
        .watch("w", &[], ["", ""], exec("x"))
        .tune(every(5))
        .tune(|it| it.foreign = vec![needs("one", "b"), needs("two", "a")].into());
    lab.insert(machine);
    lab.run_secs(5);
    lab.saw(&[]);
    let one = lab.insert(two_states("one"));
    lab.insert(two_states("two"));
    lab.run_secs(5);
    lab.saw(&[]);
    lab.fire(one, "go");
    lab.take();
    lab.run_secs(5);
    lab.saw(&["m#w starts x"]);
}
