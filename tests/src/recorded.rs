//! What a recorder writes down happens again: random histories of machines become tests, and the tests pass.
//!
//! A history runs in a fleet as on a node: commands take their time and come to whatever they like, people fire
//! transitions and turn switches, facts change, clocks are set and the node is restarted. What the recorder makes of
//! it is read, checked and run by `choristerc test`'s own code.

mod world;

use chorister_engine::recorder::Recording;
use chorister_fsm::MachineRef;
use chorister_spec::scenario::Suite;
use chorister_spec::{Options, Source, machine};
use chorister_testing::run_test;
use proptest::prelude::*;

use world::{Disturbances, World};

/// A check with remedies, and people.
const CHECKED: &str = "
name: checked
version: 1.0.0
initial_state: UNKNOWN
transitions:
  - {name: ok, from: [UNKNOWN, OK, CRITICAL], destination: OK}
  - {name: fail, from: [UNKNOWN, OK], destination: CRITICAL}
  - {name: give_up, from: [CRITICAL], destination: FAILED}
  - {name: MAINTENANCE, from: [UNKNOWN, OK, CRITICAL, FAILED], destination: MAINTENANCE}
  - {name: RESUME, from: [MAINTENANCE, FAILED], destination: UNKNOWN}
watchers:
  - {name: check, type: exec, interval: 31s, state_match: [UNKNOWN, OK, CRITICAL], success_transition: ok,
     fail_transition: fail, properties: {command: /bin/check}}
  - {name: remedy, type: exec, state_match: [CRITICAL], properties: {command: /bin/remedy}}
  - {name: patience, type: timer, state_match: [CRITICAL], fail_transition: give_up, properties: {timer: 95s}}
  - {name: config, type: file, interval: 47s, state_match: [OK], success_transition: fail, properties: {path: /etc/x}}
";

/// Measurements, and what is concluded from them.
const MEASURED: &str = "
name: measured
version: 1.0.0
initial_state: LOW
transitions:
  - {name: rise, from: [LOW], destination: HIGH}
  - {name: fall, from: [HIGH], destination: LOW}
  - {name: grow, from: [LOW, HIGH], destination: BIG}
  - {name: shrink, from: [BIG], destination: LOW}
watchers:
  - {name: load, type: metric, interval: 23s, properties: {command: /bin/load, store: true}}
  - {name: used, type: exec, interval: 29s, properties: {command: /bin/used, parse_as_data: true}}
  - {name: judge, type: expression, interval: 11s, state_match: [LOW, HIGH], success_transition: rise,
     fail_transition: fall, properties: {success_when: 'data.metric.load.metrics.value > 60',
     fail_when: 'data.metric.load.metrics.value < 40'}}
  - {name: size, type: expression, interval: 13s, success_transition: grow, fail_transition: shrink,
     properties: {success_when: 'data.used > facts.limit', fail_when: 'data.used < facts.limit'}}
";

/// A switch, somebody to listen to, and the calendar.
const SWITCHED: &str = "
name: switched
version: 1.0.0
initial_state: off
transitions:
  - {name: turn_on, from: [off], destination: on}
  - {name: turn_off, from: [on, night], destination: off}
  - {name: alarm, from: [off, on, night], destination: alarmed, subscribe: [{machine_name: checked, event: fail}]}
  - {name: calm, from: [alarmed], destination: off, subscribe: [{machine_name: checked, event: ok}]}
  - {name: evening, from: [off, on], destination: night}
watchers:
  - {name: lamp, type: httpswitch, state_match: [off, on], success_transition: turn_on, fail_transition: turn_off}
  - {name: long_enough, type: timer, state_match: [on, night], fail_transition: turn_off, properties: {timer: 75s}}
  - {name: dusk, type: schedule, state_match: [off, on, night], success_transition: evening,
     properties: {schedules: ['*/7 * * * *'], duration: 90s}}
  - {name: archive, type: archive, interval: 71s, state_match: [alarmed], success_transition: calm,
     properties: {source: 'https://example.net/x.tgz', checksum: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, creates: x, target: /x, verify: SUMS,
     verify_checksum: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}}
";

/// A machine that was checked, as a recorder and as a test need it.
fn checked(name: &str, text: &str) -> machine::Checked {
    let source = Source::new(format!("{name}.machine.yaml"), text);
    let options = Options {
        lenient: true,
        build: true,
    };
    let checked = machine::check(&source, &options);
    let errors = checked.diagnostics.iter().map(|it| it.message.as_str());
    assert!(
        checked.machine.is_some(),
        "{:#?}",
        errors.collect::<Vec<_>>()
    );
    checked
}

/// Runs the recorded test; what was not as expected.
fn play(recording: &Recording, machine: &machine::Checked) -> Vec<String> {
    let source = Source::new("it.test.yaml".to_owned(), recording.test.as_str());
    let tests = Suite::read(&source).check(&[machine]);
    let findings: Vec<&str> = tests
        .diagnostics
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert!(findings.is_empty(), "{findings:#?}\n{}", recording.test);
    let machine = MachineRef::from(machine.machine.clone().expect("it runs"));
    let mut failures = Vec::new();
    for test in &tests.tests {
        let run = run_test(test, std::slice::from_ref(&machine));
        failures.extend(run.failures.into_iter().map(|it| it.message));
    }
    failures
}

#[track_caller]
fn check(seed: u64, disturbances: &Disturbances) -> [usize; 2] {
    let specs = [
        ("checked", CHECKED),
        ("measured", MEASURED),
        ("switched", SWITCHED),
    ];
    let machines = specs.map(|(name, text)| checked(name, text));
    let refs = machines
        .iter()
        .filter_map(|it| it.machine.clone())
        .map(MachineRef::from);
    let mut world = World::new(refs.collect(), seed);
    world.run(disturbances);
    let mut counts = [0, 0];
    for (machine, (name, _)) in machines.iter().zip(specs) {
        for back in [5, 60] {
            let recording = world.record(name, back).expect("something is recorded");
            let failures = play(&recording, machine);
            let is_sure = recording.doubts.is_empty();
            assert!(
                !is_sure || failures.is_empty(),
                "seed {seed}, {disturbances:?}, {name}, {back} minutes back: {failures:#?}\n{}",
                recording.test
            );
            counts[usize::from(is_sure)] += 1;
        }
    }
    counts
}

#[test]
fn most_histories_are_told_without_doubts() {
    let mut counts = [0, 0];
    for seed in 0..8 {
        let found = check(seed, &Disturbances::NONE);
        counts = [counts[0] + found[0], counts[1] + found[1]];
    }
    assert!(counts[1] > 2 * counts[0], "{counts:?}");
}

#[test]
fn a_run_that_began_in_a_state_that_was_left_is_not_told() {
    let disturbances = Disturbances {
        people: 1,
        facts: 1,
        clock: 1,
        restarts: 1,
    };
    check(5_970_545_088_502_438_418, &disturbances);
}

#[test]
fn transitions_that_wait_for_others_are_told_as_they_happened() {
    let disturbances = Disturbances {
        people: 5,
        ..Disturbances::NONE
    };
    check(5_787_599_891_417_705_689, &disturbances);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_recorded_happens_again(
        seed in any::<u64>(), people in 0..8_u32, facts in 0..3_u32, clock in 0..2_u32, restarts in 0..2_u32,
    ) {
        check(seed, &Disturbances { people, facts, clock, restarts });
    }
}
