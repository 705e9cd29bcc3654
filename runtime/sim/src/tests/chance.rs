//! Chance, and what is left of it after shrinking.

use proptest::prelude::*;

use super::*;
use crate::{Action, Entry, Expectation, Odds, Step, Trial, Unscripted, Unwanted, shrink};

const DAY: Duration = secs(86_400);

/// Goes down after three failures in a row, which nobody has thought of; a window keeps it from happening by night.
const FRAGILE: &str = "
name: fragile
version: 1.0.0
initial_state: GOOD
transitions:
  - {name: ok, from: [GOOD, BAD, WORSE], destination: GOOD}
  - {name: fail, from: [GOOD], destination: BAD}
  - {name: again, from: [BAD], destination: WORSE}
  - {name: down, from: [WORSE], destination: DOWN}
watchers:
  - {name: first, type: exec, interval: 5m, state_match: [GOOD], fail_transition: fail,
     properties: {command: /bin/look}}
  - {name: second, type: exec, interval: 5m, state_match: [BAD], success_transition: ok, fail_transition: again,
     properties: {command: /bin/look}}
  - {name: third, type: exec, interval: 5m, state_match: [WORSE], success_transition: ok, fail_transition: down,
     properties: {command: /bin/look}}
  - {name: noise, type: file, interval: 1m, properties: {path: /etc/noise}}
  - {name: ends, type: timer, state_match: [BAD], properties: {timer: 1h}}
";

fn every_fault() -> Odds {
    Odds {
        fails: 300,
        hangs: 50,
        clock: Some(DAY / 4),
        restart: Some(DAY / 8),
        disk: Some(DAY / 4),
        ..Odds::default()
    }
}

fn setup(specs: &[&str], seed: u64) -> Setup {
    Setup {
        seed,
        ..Setup::new(specs.iter().map(|it| machine(it).into()))
    }
}

fn never(state: &str) -> Expectation {
    Expectation::Never {
        unwanted: Unwanted::State {
            machine: 0,
            state: machine(FRAGILE).state_named(state).unwrap(),
        },
        within: None,
    }
}

/// A trial of a day, its time line, and its script.
fn trial(
    setup: &Setup,
    odds: &Odds,
    expectations: &[Expectation],
) -> (Vec<Entry>, crate::Finished) {
    let mut entries = Vec::new();
    let trial = Trial {
        setup,
        script: &[],
        unscripted: Unscripted::Chance(odds),
        expectations,
        until: DAY,
        record: true,
        hasty: true,
    };
    let finished = trial.run(&mut |entry| entries.push(entry));
    (entries, finished)
}

fn fails(setup: &Setup, script: &[Step], until: Duration, expectation: &Expectation) -> bool {
    let trial = Trial {
        setup,
        script,
        unscripted: Unscripted::Nothing,
        expectations: core::slice::from_ref(expectation),
        until,
        record: false,
        hasty: false,
    };
    trial.run(&mut |_| {}).verdicts.iter().any(|it| !it.passed)
}

/// The first seed whose trial is not as expected, and its script.
fn failing(odds: &Odds, expectation: &Expectation) -> (Setup, Vec<Step>) {
    (0..)
        .map(|seed| setup(&[FRAGILE], seed))
        .find_map(|setup| {
            let (_, finished) = trial(&setup, odds, core::slice::from_ref(expectation));
            let failed = finished.verdicts.iter().any(|it| !it.passed);
            failed.then_some((setup, finished.script))
        })
        .unwrap()
}

#[test]
fn what_should_never_be_shrinks_to_what_leads_there() {
    let never = never("DOWN");
    let (setup, script) = failing(&Odds::default(), &never);
    assert!(script.len() > 50, "{}", script.len());
    let shrunk = shrink(&setup, script, DAY, &never, 10_000).unwrap();
    assert!(shrunk.exhausted);
    assert_eq!(shrunk.verdict.why, "fragile became DOWN at 0s");
    let steps: Vec<_> = shrunk
        .script
        .iter()
        .map(|step| match &step.action {
            Action::Outcome { watcher, .. } => (step.at.as_secs(), watcher.0),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(steps, [(0, 0), (0, 1), (0, 2)]);
}

#[test]
fn what_should_happen_sometime_shrinks_to_unusual_outcomes() {
    let eventually = Expectation::Ran {
        machine: 0,
        watcher: machine(FRAGILE).watcher_named("first").unwrap(),
        within: Some(secs(3 * 3_600)),
        times: Some(36),
    };
    let odds = Odds {
        fails: 30,
        ..Odds::default()
    };
    let (setup, script) = failing(&odds, &eventually);
    let shrunk = shrink(&setup, script, DAY, &eventually, 10_000).unwrap();
    let unusual = shrunk.script.iter().filter(|step| match &step.action {
        Action::Outcome { outcome, .. } => *outcome == crate::Scripted::exit(1),
        _ => false,
    });
    // Each failure brings an extra run of the first watcher, so it takes three to bring one too many in time.
    assert_eq!(unusual.count(), 3, "{:?}", shrunk.verdict);
    assert!(shrunk.script.len() > 30);
    assert!(fails(&setup, &shrunk.script, shrunk.until, &eventually));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_same_seed_gives_the_same_time_line(seed in any::<u64>()) {
        let setup = setup(&[CHECK, FRAGILE], seed);
        let (first, _) = trial(&setup, &every_fault(), &[]);
        let (second, _) = trial(&setup, &every_fault(), &[]);
        prop_assert!(first.len() > 100);
        prop_assert_eq!(first, second);
    }

    #[test]
    fn the_script_of_a_trial_does_what_chance_did(seed in any::<u64>()) {
        let setup = setup(&[FRAGILE], seed);
        let (first, finished) = trial(&setup, &Odds::default(), &[]);
        let mut second = World::new(setup);
        second.play(&finished.script, DAY);
        let moves = |entries: &[Entry]| -> Vec<_> {
            let moves = entries.iter().filter(|it| matches!(it.what, What::Transition { .. }));
            moves.cloned().collect()
        };
        prop_assert_eq!(moves(&first), moves(second.timeline()));
        prop_assert_eq!(second.unused().count(), 0);
    }

    #[test]
    fn a_shrunk_script_still_fails_and_needs_every_step(seed in any::<u64>()) {
        let setup = setup(&[FRAGILE], seed);
        let never = never("WORSE");
        let (_, finished) = trial(&setup, &every_fault(), core::slice::from_ref(&never));
        if let Some(shrunk) = shrink(&setup, finished.script, DAY, &never, 10_000) {
            prop_assert!(shrunk.exhausted);
            prop_assert!(fails(&setup, &shrunk.script, shrunk.until, &never));
            for left_out in 0..shrunk.script.len() {
                let mut script = shrunk.script.clone();
                script.remove(left_out);
                prop_assert!(!fails(&setup, &script, shrunk.until, &never));
            }
        }
    }
}
