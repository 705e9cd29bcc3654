//! `choristerc simulate`.

use crate::support::{LAMP, Place, compare};

/// Goes down after three failures in a row, which nobody has thought of.
const FRAGILE: &str = "\
name: fragile
version: 1.0.0
initial_state: GOOD
transitions:
  - {name: fail, from: [GOOD], destination: BAD}
  - {name: ok, from: [BAD, WORSE], destination: GOOD}
  - {name: again, from: [BAD], destination: WORSE}
  - {name: down, from: [WORSE], destination: DOWN}
  - {name: RESUME, from: [DOWN], destination: GOOD}
watchers:
  - {name: first, type: exec, interval: 5m, state_match: [GOOD], fail_transition: fail,
     properties: {command: /bin/look}}
  - {name: second, type: exec, interval: 5m, state_match: [BAD], success_transition: ok, fail_transition: again,
     properties: {command: /bin/look}}
  - {name: third, type: exec, interval: 5m, state_match: [WORSE], success_transition: ok, fail_transition: down,
     properties: {command: /bin/look}}
";

/// A night with two failures and a crash.
const NIGHT: &str = "\
tests:
  - name: a bad night
    steps:
      - {at: 1m, watcher: {first: {exit: 2}}}
      - {after: 5m, watcher: {second: {exit: 1, runtime: 3s}}}
      - {after: 10m, restart: 1m}
      - {after: 1m, disk: full}
      - {after: 1h, watcher: {third: {exit: 0}}}
    expect:
      - {at: 2h, state: GOOD}
      - {never: {state: WORSE}}
    until: 2h
";

fn place() -> Place {
    Place::new(&[
        ("fragile.machine.yaml", FRAGILE),
        ("lamp.machine.yaml", LAMP),
        ("night.test.yaml", NIGHT),
    ])
}

#[test]
fn a_seed_decides_everything() {
    let place = place();
    let arguments = [
        "simulate",
        "fragile.machine.yaml",
        "--seed",
        "4",
        "--fault",
        "all",
        "--until",
        "2d",
    ];
    place.check(&arguments, "simulate/seed.txt");
    assert_eq!(place.run(&arguments).out, place.run(&arguments).out);
}

#[test]
fn a_script_says_what_happens_and_what_is_expected() {
    let arguments = [
        "simulate",
        "fragile.machine.yaml",
        "--events",
        "night.test.yaml",
    ];
    place().check(&arguments, "simulate/script.txt");
}

#[test]
fn a_run_that_fails_is_made_short_and_becomes_a_test() {
    let place = place();
    let arguments = [
        "simulate",
        "fragile.machine.yaml",
        "--expect",
        "{never: {state: DOWN}}",
        "--seed",
        "90",
        "--until",
        "7d",
        "--runs",
        "20",
    ];
    place.check(&arguments, "simulate/shrunk.txt");
    let run = place.run(&arguments);
    let (_, test) = run.out.split_once("\ntests:\n").unwrap();
    place.write("fragile.test.yaml", format!("tests:\n{test}"));
    let tested = place.run(&["test", "fragile.test.yaml"]);
    assert_eq!(tested.code, Some(1), "{}{}", tested.out, tested.err);
    assert!(
        tested.err.contains("fragile became DOWN") || tested.out.contains("fragile became DOWN")
    );
}

#[test]
fn a_requirement_that_is_met_is_no_news() {
    let arguments = [
        "simulate",
        "lamp.machine.yaml",
        "--expect",
        "{eventually: {state: LIT}, within: 2h}",
        "--seed",
        "1",
        "--runs",
        "100",
    ];
    place().check(&arguments, "simulate/met.txt");
}

#[test]
fn programs_read_one_object_a_line() {
    let run = place().run(&[
        "simulate",
        "fragile.machine.yaml",
        "--events",
        "night.test.yaml",
        "--json",
    ]);
    assert_eq!(run.code, Some(1));
    compare(&run.out, "simulate/script.jsonl");
    for line in run.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn a_picture_is_drawn() {
    let place = place();
    let run = place.run(&[
        "simulate",
        "fragile.machine.yaml",
        "--events",
        "night.test.yaml",
        "--svg",
        "night.svg",
    ]);
    assert_eq!(run.code, Some(1));
    compare(&place.read("night.svg"), "simulate/night.svg");
}

#[test]
fn machines_of_a_tree_run_together() {
    place().check(
        &["simulate", ".", "--seed", "1", "--until", "30m"],
        "simulate/tree.txt",
    );
}

#[test]
fn mistakes_are_explained() {
    let place = place();
    place.write(
        "broken.machine.yaml",
        FRAGILE.replace("destination: DOWN", "destination:"),
    );
    let lamp = "lamp.machine.yaml";
    for (arguments, expect) in [
        (vec!["broken.machine.yaml"], "broken"),
        (vec![lamp, "--expect", "{never: {state: LIGHT}}"], "expect"),
        (vec![lamp, "--runs", "10"], "runs"),
        (vec![lamp, "--timezone", "Mars/Olympus"], "timezone"),
        (
            vec![lamp, "--facts", "night.test.yaml", "--until", "never"],
            "until",
        ),
    ] {
        let arguments: Vec<&str> = ["simulate"].into_iter().chain(arguments).collect();
        place.check(&arguments, &format!("simulate/{expect}.txt"));
    }
}
