//! `choristerc test`.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::support::{LAMP, Place, Run, compare};

/// Tests that pass.
const GOOD: &str = "tests:\n  - name: goes on when it is dark\n    steps:\n      \
                    - {at: 1m, watcher: {dusk: {exit: 0}}}\n    expect:\n      - {at: 1m, state: LIT}\n      \
                    - {at: 6m, state: UNLIT}\n  - name: rests in maintenance\n    given: {state: LIT}\n    steps:\n      \
                    - {at: 1m, event: MAINTENANCE}\n    expect:\n      - {at: 1h, state: MAINTENANCE}\n";

/// The same, with an expectation that does not come true.
fn bad() -> String {
    GOOD.replace("{at: 6m, state: UNLIT}", "{at: 6m, state: LIT}")
}

fn lamp(tests: &str) -> Place {
    Place::new(&[
        ("specs/machines/lamp.machine.yaml", LAMP),
        ("specs/machines/lamp.test.yaml", tests),
    ])
}

/// What was said, with each time that something took as `T ms`.
fn timeless(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let taken = line
            .strip_suffix(" ms\n")
            .map(|it| it.trim_end_matches(|it: char| it.is_ascii_digit()));
        match taken {
            Some(start) => out.push_str(&format!("{}T ms\n", start.trim_end_matches("< "))),
            None => out.push_str(line),
        }
    }
    out
}

#[track_caller]
fn check(place: &Place, arguments: &[&str], expect: &str) {
    let Run { code, out, err } = place.run(arguments);
    let said = format!(
        "$ choristerc {}\n[exit {}]\n[stdout]\n{}[stderr]\n{err}",
        arguments.join(" "),
        code.unwrap_or(-1),
        timeless(&out)
    );
    compare(&said, expect);
}

#[test]
fn tests_beside_a_machine_are_found_from_anywhere() {
    let place = lamp(GOOD);
    check(&place, &["test", "specs"], "test/good.txt");
    for path in [
        "specs/machines",
        "specs/machines/lamp.machine.yaml",
        "specs/machines/lamp.test.yaml",
    ] {
        let run = place.run(&["test", path]);
        assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
        assert!(run.out.contains("tests: 2 passed"), "{path}: {}", run.out);
    }
}

#[test]
fn a_machine_in_a_folder_has_its_tests_in_it() {
    let place = Place::new(&[
        ("lamp/machine.yaml", LAMP),
        ("lamp/at-night.test.yaml", GOOD),
    ]);
    for path in ["lamp", "lamp/machine.yaml", "lamp/at-night.test.yaml", "."] {
        let run = place.run(&["test", path]);
        assert!(run.out.contains("tests: 2 passed"), "{path}: {}", run.out);
    }
}

#[test]
fn a_failed_test_shows_its_time_line_and_the_expectation() {
    check(&lamp(&bad()), &["test", "specs"], "test/failed.txt");
}

#[test]
fn tools_read_json_and_junit() {
    let place = lamp(&bad());
    let run = place.run(&["test", "--json", "specs"]);
    assert_eq!(run.code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (&report["passed"], &report["failed"]),
        (&1.into(), &1.into())
    );
    let failure = &report["tests"][0]["failures"][0];
    assert_eq!(
        (&failure["line"], &failure["column"]),
        (&7.into(), &9.into()),
        "{failure}"
    );
    assert_eq!(report["coverage"][0]["states"]["seen"], 3);
    let run = place.run(&["test", "--format", "junit", "specs"]);
    assert_eq!(run.code, Some(1));
    assert!(run.out.starts_with("<?xml version=\"1.0\""), "{}", run.out);
    assert!(
        run.out.contains("tests=\"2\" failures=\"1\"") && run.out.contains("<failure message="),
        "{}",
        run.out
    );
}

#[test]
fn some_tests_can_be_asked_for() {
    let place = lamp(&bad());
    let run = place.run(&["test", "--filter", "maintenance", "specs"]);
    assert_eq!(run.code, Some(0), "{}", run.out);
    assert!(
        run.out.contains("tests: 1 passed, 1 not asked for"),
        "{}",
        run.out
    );
    let run = place.run(&["test", "--filter", "moon", "specs"]);
    assert_eq!(run.out, "no test was asked for, of 2\n");
    let several = bad().replace("{at: 1h, state: MAINTENANCE}", "{at: 1h, state: LIT}");
    let run = lamp(&several).run(&["test", "--fail-fast", "specs"]);
    assert_eq!(run.code, Some(1));
}

#[test]
fn no_tests_is_said() {
    let run = Place::new(&[("lamp.machine.yaml", LAMP)]).run(&["test", "lamp.machine.yaml"]);
    assert_eq!(
        (run.code, run.out.as_str()),
        (Some(0), "there are no tests here\n")
    );
}

#[test]
fn a_wrong_spec_fails_and_a_wrong_path_is_a_usage_error() {
    let place = lamp(&GOOD.replace("state: LIT}", "state: LTI}"));
    check(&place, &["test", "specs"], "test/wrong.txt");
    assert_eq!(place.run(&["test", "nowhere"]).code, Some(2));
    assert_eq!(place.run(&["test"]).code, Some(2));
    let run = place.run(&["check", "specs"]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.err.contains("CH0902"), "{}", run.err);
}

#[test]
fn tests_without_a_machine_say_so() {
    let place = Place::new(&[
        ("moon.test.yaml", GOOD),
        ("x.test.yaml", "machine: y.yaml\ntests: []\n"),
    ]);
    check(&place, &["test", "."], "test/homeless.txt");
}

#[test]
fn a_distribution_has_tests_of_all_its_machines() {
    let place = Place::new(&[
        ("specs/machines/lamp.machine.yaml", LAMP),
        ("specs/tests/night.test.yaml", GOOD),
        (
            "specs/distribution.yaml",
            "name: acme\nversion: 1.0.0\nmachines: [machines/lamp.machine.yaml, std/heartbeat]\ntests:\n  \
             - tests/*.test.yaml\n  - name: both start\n    expect:\n      - {at: 1s, state: UNLIT}\n      \
             - {machine: heartbeat, at: 1s, state: BEAT}\n",
        ),
    ]);
    check(&place, &["test", "specs"], "test/distribution.txt");
}

#[test]
fn what_changed_is_tested_again() {
    let place = lamp(&bad());
    let mut child = place
        .command(&["test", "--watch", "specs"])
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut waiting = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut until_it_waits = || {
        waiting
            .by_ref()
            .map(Result::unwrap)
            .any(|it| it == "watching; Ctrl-C ends")
    };
    assert!(until_it_waits());
    place.write("specs/machines/lamp.test.yaml", GOOD);
    assert!(until_it_waits());
    place.write(
        "specs/machines/other.machine.yaml",
        LAMP.replace("name: lamp", "name: other"),
    );
    assert!(until_it_waits());
    child.kill().unwrap();
    let mut said = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    child.wait().unwrap();
    let results: Vec<&str> = said
        .lines()
        .filter(|it| it.starts_with("tests:") || it.starts_with("nothing"))
        .collect();
    let counts: Vec<_> = results
        .iter()
        .map(|it| it.rsplit_once(", in").map_or(*it, |it| it.0))
        .collect();
    assert_eq!(
        counts.get(..3),
        Some(
            &[
                "tests: 1 passed, 1 failed",
                "tests: 2 passed",
                "nothing changed that tests are about"
            ][..]
        ),
        "{said}"
    );
}
