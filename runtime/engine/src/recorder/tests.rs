//! The ring: what it keeps, what it counts together, and what it forgets first.

use chorister_fsm::Outcome;
use proptest::prelude::*;

use super::entry::{Attempt, Cause, Entry, Evidence, Exit, Micros, Name, Run, Verdict, What};
use super::ring::Ring;
use super::track::Track;

const SECOND: Micros = 1_000_000;

fn ran(track: &mut Track, time: Micros, watcher: &str, outcome: Outcome, output: &str) {
    let watcher = track.names.intern(watcher);
    let what = What::Ran(Run {
        watcher,
        outcome,
        evidence: Evidence::Command {
            exit: Exit::Code(i32::from(outcome == Outcome::Error)),
            output: output.into(),
            is_whole: false,
            runtime: 1_000,
        },
        attempt: None,
        count: 1,
        span: 0,
    });
    track.push(Entry { time, what });
}

fn fired(track: &mut Track, time: Micros, watcher: &str, transition: &str, verdict: Verdict) {
    let attempt = Attempt {
        transition: track.names.intern(transition),
        from: track.names.intern("A"),
        verdict,
    };
    let cause = Cause::Watcher(track.names.intern(watcher));
    track.push(Entry {
        time,
        what: What::Fired { cause, attempt },
    });
}

/// The runs of a track: watcher, outcome, how many and over how many seconds.
fn runs(track: &Track) -> Vec<(String, Outcome, u32, u64)> {
    let entries = track.entries();
    let runs = entries.iter().filter_map(|it| match &it.what {
        What::Ran(run) => {
            let watcher = track.names.text(run.watcher).to_owned();
            Some((watcher, run.outcome, run.count, run.span / 1_000_000))
        }
        _ => None,
    });
    runs.collect()
}

#[test]
fn equal_runs_are_counted() {
    let mut track = Track::default();
    for at in 0..10 {
        ran(
            &mut track,
            at * 30 * SECOND,
            "one",
            Outcome::Success,
            &format!("load={at}"),
        );
        ran(
            &mut track,
            at * 30 * SECOND + 1,
            "two",
            Outcome::Success,
            "",
        );
    }
    ran(&mut track, 300 * SECOND, "one", Outcome::Error, "");
    assert_eq!(
        runs(&track),
        [
            ("one".to_owned(), Outcome::Success, 10, 270),
            ("two".to_owned(), Outcome::Success, 10, 270),
            ("one".to_owned(), Outcome::Error, 1, 0),
        ]
    );
}

#[test]
fn runs_in_different_states_are_kept_apart() {
    let mut track = Track::default();
    ran(&mut track, 0, "w", Outcome::Success, "");
    ran(&mut track, SECOND, "w", Outcome::Success, "");
    let state = track.names.intern("B");
    fired(&mut track, SECOND, "w", "go", Verdict::Entered(state));
    ran(&mut track, 2 * SECOND, "w", Outcome::Success, "");
    let counts: Vec<u32> = runs(&track).into_iter().map(|it| it.2).collect();
    assert_eq!(counts, [1, 1, 1]);
    let entries = track.entries();
    let What::Ran(run) = &entries[1].what else {
        panic!("a run")
    };
    assert_eq!(
        run.attempt.map(|it| it.verdict),
        Some(Verdict::Entered(state))
    );
}

#[test]
fn a_busy_machine_does_not_drive_out_a_quiet_one() {
    let mut ring = Ring::new(64 << 10);
    for at in 0..20_000 {
        ring.change("busy", |track| {
            let outcome = if at % 2 == 0 {
                Outcome::Success
            } else {
                Outcome::Error
            };
            ran(track, at * SECOND, "w", outcome, "out");
        });
        if at % 1_000 == 0 {
            ring.change("quiet", |track| {
                ran(track, at * SECOND, "w", Outcome::Error, &at.to_string());
            });
        }
    }
    let quiet = ring.track("quiet").unwrap();
    assert_eq!(runs(quiet), [("w".to_owned(), Outcome::Error, 20, 19_000)]);
    let busy = ring.track("busy").unwrap();
    assert!(busy.len() > 500, "{}", busy.len());
    assert!(ring.fill().bytes <= 64 << 10);
    assert_eq!(
        busy.entries().last().map(|it| it.time),
        Some(19_999 * SECOND)
    );
}

#[test]
fn too_many_machines_are_no_reason_to_grow() {
    let mut ring = Ring::new(32 << 10);
    for machine in 0..1_000 {
        ring.change(&format!("m{machine}"), |track| {
            ran(track, machine * SECOND, "w", Outcome::Error, "");
        });
    }
    assert!(ring.fill().bytes <= 32 << 10);
    assert!(ring.track("m999").is_some());
    assert!(ring.track("m0").is_none());
}

/// Something that may happen to one of two machines.
#[derive(Clone, Debug)]
enum Happening {
    Ran(u8, u8, bool, String),
    Fired(u8, bool),
    Facts,
    Saved(bool),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        5 => (0..2_u8, 0..3_u8, any::<bool>(), "[a-c]{0,3}").prop_map(|(m, w, ok, out)| Happening::Ran(m, w, ok, out)),
        2 => (0..2_u8, any::<bool>()).prop_map(|(m, enters)| Happening::Fired(m, enters)),
        1 => Just(Happening::Facts),
        1 => any::<bool>().prop_map(Happening::Saved),
    ]
}

fn machine(number: u8) -> &'static str {
    if number == 0 { "one" } else { "two" }
}

proptest! {
    #[test]
    fn what_was_saved_comes_back(happenings in prop::collection::vec(happening(), 0..200)) {
        let mut ring = Ring::new(1 << 20);
        let mut saved = Vec::new();
        for (at, happening) in happenings.into_iter().enumerate() {
            let time = Micros::try_from(at).unwrap() * 700_000;
            match happening {
                Happening::Ran(number, watcher, ok, output) => ring.change(machine(number), |track| {
                    let outcome = if ok { Outcome::Success } else { Outcome::Error };
                    ran(track, time, &format!("w{watcher}"), outcome, &output);
                    fired(track, time, &format!("w{watcher}"), "go", Verdict::Stayed);
                }),
                Happening::Fired(number, enters) => ring.change(machine(number), |track| {
                    let state = track.names.intern("B");
                    let verdict = if enters { Verdict::Entered(state) } else { Verdict::Refused };
                    fired(track, time, "w0", "go", verdict);
                }),
                Happening::Facts => ring.change("one", |track| {
                    track.push(Entry { time, what: What::Facts("{}".into()) });
                }),
                Happening::Saved(with_repeats) => saved.extend(ring.unsaved(with_repeats)),
            }
        }
        saved.extend(ring.unsaved(true));
        let mut restored = Ring::new(1 << 20);
        for part in &saved {
            prop_assert!(restored.restore(part));
        }
        let mut whole = Ring::new(1 << 20);
        if let Some(part) = ring.whole() {
            prop_assert!(whole.restore(&part));
        }
        for name in ["one", "two"] {
            let entries = ring.track(name).map(texts);
            prop_assert_eq!(&entries, &restored.track(name).map(texts));
            prop_assert_eq!(&entries, &whole.track(name).map(texts));
        }
    }

    #[test]
    fn nonsense_in_the_store_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut ring = Ring::new(16 << 10);
        ring.restore(&bytes);
        ring.change("m", |track| ran(track, 0, "w", Outcome::Success, ""));
        prop_assert!(ring.fill().bytes <= 64 << 10);
    }
}

/// The entries with the names in them, as text.
fn texts(track: &Track) -> Vec<(Micros, String)> {
    let name = |it: &Name| track.names.text(*it).to_owned();
    let entries = track.entries();
    let texts = entries.iter().map(|it| {
        let text = match &it.what {
            What::Ran(run) => format!("{} {run:?}", name(&run.watcher)),
            other => format!("{other:?}"),
        };
        (it.time, text)
    });
    texts.collect()
}
