//! Files.

use chorister_ir::{File, ManagedContent, WatcherKind};

use super::lab::{Build, Lab, every, literal, text, two_states};
use crate::{JobResult, Look, Stamp, Work};

fn file(change: impl FnOnce(&mut File)) -> WatcherKind {
    let mut file = File {
        path: text("watched.txt"),
        ..File::DEFAULT
    };
    change(&mut file);
    WatcherKind::File(file)
}

fn seen(lab: &Lab) -> Option<Stamp> {
    match &lab.jobs[0].work {
        Work::File(look) => look.seen,
        _ => None,
    }
}

#[test]
fn changes_and_errors_fire_and_the_rest_is_silent() {
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch("f", &["a"], ["stay", "go"], file(|_| {}))
        .tune(every(5));
    lab.insert(machine);
    lab.run_secs(5);
    assert_eq!(seen(&lab), None);
    lab.saw(&["m#f starts look at /machines/m/watched.txt"]);
    lab.end_as(JobResult::File(Look::Changed(Stamp(1))));
    lab.saw(&["m#f changed"]);
    lab.run_secs(5);
    assert_eq!(seen(&lab), Some(Stamp(1)));
    lab.take();
    lab.end_as(JobResult::File(Look::Unchanged(Stamp(1))));
    lab.saw(&[]);
    lab.run_secs(5);
    lab.take();
    lab.end_as(JobResult::File(Look::Error("gone".into())));
    lab.saw(&["m#f: gone", "m#f error", "m: a -go-> b"]);
}

#[test]
fn the_first_look_can_be_for_reference() {
    let mut lab = Lab::new();
    let kind = file(|it| it.gather_initial_state = true);
    lab.insert(
        two_states("m")
            .watch("f", &["b"], ["", ""], kind)
            .tune(every(5)),
    );
    lab.saw(&["m#f starts look at /machines/m/watched.txt"]);
    lab.end_as(JobResult::File(Look::Changed(Stamp(9))));
    lab.saw(&[]);
    let key = lab.fleet.named("m").unwrap();
    lab.fire(key, "go");
    assert_eq!(seen(&lab), Some(Stamp(9)));
    lab.take();
    lab.end_as(JobResult::File(Look::Changed(Stamp(10))));
    lab.saw(&["m#f changed"]);
}

#[test]
fn content_is_expanded_and_its_mode_is_octal() {
    let content = |mode: &str| ManagedContent {
        contents: literal("hello"),
        owner: literal("root"),
        group: literal("root"),
        mode: literal(mode),
    };
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch(
            "good",
            &[],
            ["", ""],
            file(|it| it.content = Some(content("0640"))),
        )
        .tune(every(5))
        .watch(
            "bad",
            &[],
            ["", ""],
            file(|it| it.content = Some(content("rw"))),
        )
        .tune(every(5));
    lab.insert(machine);
    lab.run_secs(5);
    lab.saw(&[
        "m#good starts keep /machines/m/watched.txt 640",
        "m#bad: mode \"rw\" is not an octal number up to 7777",
        "m#bad error",
    ]);
}
