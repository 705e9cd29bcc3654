//! Tests of specs: what is read of them, and from where.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use core::time::Duration;

use chorister_spec::scenario::{Action, Expected, Never, Outcome, Suite, Test};
use chorister_spec::{Checked, Options, Severity, Source, machine};
use proptest::prelude::*;

const WORKER: &str = "name: worker\nversion: 1.0.0\ninitial_state: STOPPED\ntransitions:\n  \
    - {name: start, from: [STOPPED], destination: RUNNING}\n  - {name: stop, from: [RUNNING], destination: STOPPED}\n\
    watchers:\n  - name: starter\n    type: exec\n    state_match: [STOPPED]\n    interval: 1m\n    \
    success_transition: start\n    properties: {command: ./start.sh}\n";

fn checked(text: &str) -> Checked {
    machine::check(
        &Source::new("worker.machine.yaml", text),
        &Options::default(),
    )
}

/// The one test of a file about the worker, which has to be sound.
#[track_caller]
fn read(test: &str) -> Test {
    let worker = checked(WORKER);
    let source = Source::new("worker.test.yaml", format!("tests:\n  - name: x\n{test}"));
    let mut tests = Suite::read(&source).check(&[&worker]);
    let errors: Vec<_> = tests.diagnostics.iter().map(|it| &it.message).collect();
    assert!(errors.is_empty(), "{errors:?}");
    tests.tests.pop().unwrap()
}

#[test]
fn a_test_is_read_with_its_names_looked_up() {
    let test = read(
        "    given: {state: RUNNING, facts: {a: 1}, at: 2026-03-29T01:30:00+01:00, timezone: Europe/Malta, seed: 7}\n    \
         steps:\n      - {at: 1m, event: stop}\n      - watcher: {starter: {exit: 3, stdout: no}}\n      \
         - {after: 2m, watcher: {starter: {hang: true}}}\n      - {after: 1d, clock: -1h}\n    expect:\n      \
         - {at: 2m, state: STOPPED}\n      - {never: {ran: starter}}\n      - {ran: starter, within: 9d}\n",
    );
    let machine = checked(WORKER).machine.unwrap();
    let at: Vec<u64> = test.steps.iter().map(|it| it.at.as_secs()).collect();
    assert_eq!(at, [60, 60, 180, 180 + 86_400]);
    assert_eq!(test.until, Duration::from_secs(9 * 86_400));
    assert_eq!(test.given.at.to_string(), "2026-03-29T00:30:00Z");
    assert_eq!(
        test.given.machines.first().unwrap().state,
        machine.state_named("RUNNING")
    );
    let stop = machine.transition_named("stop").unwrap();
    assert_eq!(test.steps.first().unwrap().action, Action::Fire(stop));
    let Action::Run(runs) = &test.steps.get(1).unwrap().action else {
        panic!("{:?}", test.steps);
    };
    let exit = Outcome::Exit {
        code: 3,
        stdout: "no".to_owned(),
    };
    assert_eq!(runs.first().unwrap().outcome, exit);
    let starter = machine.watcher_named("starter").unwrap();
    assert_eq!(
        test.expect.get(1).unwrap().what,
        Expected::Never(Never::Ran(starter))
    );
}

#[test]
fn a_test_ends_at_the_latest_time_it_names() {
    assert_eq!(
        read("    expect: [{at: 90s, state: STOPPED}]\n")
            .until
            .as_secs(),
        90
    );
    assert_eq!(
        read("    until: 5m\n    expect: [{at: 90s, state: STOPPED}]\n")
            .until
            .as_secs(),
        300
    );
}

#[test]
fn tests_of_a_machine_stand_in_it_too() {
    let text = format!("{WORKER}tests:\n  - name: x\n    expect: [{{at: 1m, state: STOPPED}}]\n");
    assert_eq!(checked(&text).tests.len(), 1);
    // A node has no use for them, and what is wrong with them keeps no machine from running.
    let lenient = Options {
        lenient: true,
        build: true,
    };
    let broken = text.replace("STOPPED}]", "STOPED}]");
    let on_a_node = machine::check(&Source::new("x.yaml", broken.as_str()), &lenient);
    assert!(on_a_node.machine.is_some() && on_a_node.tests.is_empty());
    assert!(checked(&broken).machine.is_none());
}

#[test]
fn a_script_is_a_list_of_steps_a_test_or_a_file_of_tests() {
    let worker = checked(WORKER);
    for (text, expect) in [
        ("- {at: 1m, event: start}\n", 0),
        (
            "steps: [{at: 1m, event: start}]\nexpect: [{at: 1m, state: RUNNING}]\n",
            1,
        ),
        (
            "machine: x.machine.yaml\ntests:\n  - name: a\n    steps: [{at: 1m, event: start}]\n    \
             expect: [{at: 1m, state: RUNNING}]\n",
            1,
        ),
    ] {
        let suite = Suite::read(&Source::new("events.yaml", text));
        let script = suite.check_script(&[&worker]);
        assert_eq!(script.diagnostics, [], "{text}");
        let [test] = script.tests.as_slice() else {
            panic!("{text}");
        };
        assert_eq!((test.steps.len(), test.expect.len()), (1, expect), "{text}");
    }
}

#[test]
fn a_file_says_which_machines_it_is_about() {
    let names = |text: &str| -> Vec<String> {
        let suite = Suite::read(&Source::new("x.test.yaml", text));
        suite.machines.iter().map(|it| it.text.clone()).collect()
    };
    assert_eq!(names("machine: a.yaml\ntests: []\n"), ["a.yaml"]);
    assert_eq!(
        names("machines: [a.yaml, std/load]\ntests: []\n"),
        ["a.yaml", "std/load"]
    );
    assert_eq!(names("tests: []\n"), Vec::<String>::new());
}

/// What a test can say, in pieces that fit together in any order.
const STEPS: &[&str] = &[
    "{at: 1m, event: start}",
    "{after: 1m, event: stop}",
    "{watcher: {starter: {exit: 0}}}",
    "{after: 5s, watcher: {starter: {hang: true}}}",
    "{at: 1s, facts: {a: [1, {b: null}]}}",
    "{data: {x: 1}}",
    "{clock: +1h}",
    "{restart: 5s}",
    "{disk: full}",
    "{at: 1, event: start}",
    "{transition: {machine: other, event: go}}",
    "[]",
    "null",
    "{}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn steps_never_go_back_in_time(steps in prop::collection::vec(prop::sample::select(STEPS), 0..8)) {
        let list: String = steps.iter().map(|it| format!("      - {it}\n")).collect();
        let text = format!("tests:\n  - name: x\n    steps:\n{list}    expect: [{{at: 1m, state: STOPPED}}]\n");
        let worker = checked(WORKER);
        let tests = Suite::read(&Source::new("x.test.yaml", text.as_str())).check(&[&worker]);
        let failed = tests.diagnostics.iter().any(|it| it.severity == Severity::Error);
        prop_assert_eq!(failed, tests.tests.is_empty());
        for test in tests.tests {
            prop_assert_eq!(test.steps.len(), steps.len());
            prop_assert!(test.steps.is_sorted_by_key(|it| it.at));
            prop_assert!(test.steps.iter().all(|it| it.at <= test.until));
        }
    }
}
