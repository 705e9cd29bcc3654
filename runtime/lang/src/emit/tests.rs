use core::time::Duration;

use chorister_derive::ConstTokens;

use super::ConstTokens as _;
use crate::cron::{Cron, Field};
use crate::template::{Template, literal};
use crate::{List, Text, list, text};

#[derive(Clone, Debug, PartialEq, ConstTokens)]
#[const_tokens(default = Job::DEFAULT)]
struct Job {
    command: Template,
    schedules: List<Cron>,
    labels: List<Text>,
    timeout: Duration,
    zone: Option<Text>,
    quiet: bool,
}

impl Job {
    const DEFAULT: Self = Self {
        command: Template::EMPTY,
        schedules: List::EMPTY,
        labels: List::EMPTY,
        timeout: Duration::from_secs(10),
        zone: None,
        quiet: false,
    };
}

#[derive(ConstTokens)]
enum Shape {
    Nothing,
    Pair(u8, Text),
    Named { size: i64, inner: List<Shape> },
}

#[derive(ConstTokens)]
struct Id(u16);

#[derive(ConstTokens)]
struct Plain {
    id: Id,
}

#[track_caller]
fn check(value: &impl super::ConstTokens, expect: &str) {
    let printed = value.const_tokens().to_string();
    assert_eq!(printed.replace(' ', ""), expect.replace([' ', '\n'], ""));
}

/// A job as it is printed. That a constant may leave out fields with destructors is not evident.
static JOB: Job = Job {
    command: literal("./run"),
    schedules: List::Static(&[Cron {
        source: text("0 8 * * mon"),
        minute: Field::of(&[0]),
        hour: Field::of(&[8]),
        day_of_month: Field::ANY,
        month: Field::ANY,
        day_of_week: Field::of(&[1]),
    }]),
    timeout: Duration::from_millis(500),
    ..Job::DEFAULT
};

#[test]
fn a_struct_leaves_out_what_is_as_in_its_default() {
    check(&Job::DEFAULT, "Job::DEFAULT");
    check(
        &JOB,
        r#"Job { command: literal("./run"), schedules: List::Static(&[Cron { source: text("0 8 * * mon"),
           minute: Field::of(&[0]), hour: Field::of(&[8]), day_of_month: Field::ANY, month: Field::ANY,
           day_of_week: Field::of(&[1]) }]), timeout: Duration::from_millis(500), ..Job::DEFAULT }"#
            .replace("0 8 * * mon", "08**mon")
            .as_str(),
    );
}

#[test]
fn a_struct_that_shares_nothing_names_no_default() {
    let job = Job {
        command: literal("a"),
        schedules: JOB.schedules.clone(),
        labels: list(&[Text::Borrowed("b")]),
        timeout: Duration::new(1, 1),
        zone: Some(text("UTC")),
        quiet: true,
    };
    let printed = job.const_tokens().to_string();
    assert!(!printed.contains(".."), "{printed}");
    assert!(
        printed
            .ends_with("Duration :: new (1 , 1) , zone : Some (text (\"UTC\")) , quiet : true }")
    );
}

#[test]
fn variants_are_printed_with_their_fields() {
    let inner = List::from(vec![
        Shape::Nothing,
        Shape::Pair(7, Text::Owned("a\"b".to_owned())),
    ]);
    check(
        &Shape::Named { size: -5, inner },
        r#"Shape::Named { size: -5,
           inner: List::Static(&[Shape::Nothing, Shape::Pair(7, text("a\"b"))]) }"#,
    );
}

#[test]
fn structs_without_a_default_are_printed_whole() {
    check(&Plain { id: Id(3) }, "Plain { id: Id(3) }");
}
