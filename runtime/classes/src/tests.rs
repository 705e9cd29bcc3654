//! Rows against a class that has a bit of everything.

use core::time::Duration;

use chorister_fsm::{Check, CheckProbe, Piece};
use chorister_ir::{
    Argument, CheckClass, CheckDefaults, ClassCommand, ClassRun, Edges, Flapping, FlappingSettings,
    List, Literal, Machine, Pair, Parameter, ParameterId, ParameterKind, Part, Policy, Publish,
    PublishSettings, Remediation, Retry, RetrySettings, SecretSource, Settings, StateId, Variable,
    Word, list, text,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Kind, Row, resolve, value};

fn parameter(name: &'static str, kind: ParameterKind) -> Parameter {
    Parameter {
        name: text(name),
        kind,
        ..Parameter::DEFAULT
    }
}

const INTEGER: ParameterKind = ParameterKind::Integer {
    minimum: Some(0),
    maximum: None,
};

const WORD: ParameterKind = ParameterKind::String {
    pattern: Some(text("^[a-z_.]+$")),
    values: List::EMPTY,
    max_length: Some(20),
};

fn parameters() -> [Parameter; 7] {
    [
        parameter("queue", WORD),
        Parameter {
            default: Some(Literal::Integer(100)),
            ..parameter("warn", INTEGER)
        },
        Parameter {
            default: Some(Literal::Integer(500)),
            greater_than: Some(ParameterId(1)),
            ..parameter("crit", INTEGER)
        },
        Parameter {
            optional: true,
            ..parameter("token", ParameterKind::Secret)
        },
        Parameter {
            optional: true,
            ..parameter(
                "wait",
                ParameterKind::Duration {
                    minimum: None,
                    maximum: Some(Duration::from_secs(60)),
                },
            )
        },
        Parameter {
            default: Some(Literal::List(List::EMPTY)),
            ..parameter(
                "skip",
                ParameterKind::List {
                    pattern: None,
                    values: List::EMPTY,
                    max_items: Some(2),
                },
            )
        },
        Parameter {
            optional: true,
            ..parameter("limit", ParameterKind::Threshold)
        },
    ]
}

fn word(parts: &'static [Part]) -> Word {
    Word(list(parts))
}

fn class() -> CheckClass {
    const fn of(at: u16) -> Part {
        Part::Parameter(ParameterId(at))
    }
    static PROGRAM: [Part; 1] = [Part::Text(text("/usr/bin/check"))];
    static WARN: [Part; 2] = [Part::Text(text("-w")), of(1)];
    static FLAG: [Part; 1] = [Part::Text(text("-t"))];
    static WAIT: [Part; 1] = [of(4)];
    static SKIP: [Part; 1] = [of(5)];
    static TOKEN: [Part; 1] = [of(3)];
    let alone = |it| Argument([word(it)].into_iter().collect());
    let pair = Argument([word(&FLAG), word(&WAIT)].into_iter().collect());
    let arguments: List<_> = [alone(&PROGRAM), alone(&WARN), pair, alone(&SKIP)]
        .into_iter()
        .collect();
    CheckClass {
        name: text("queue"),
        description: text(""),
        parameters: parameters().into_iter().collect(),
        run: ClassRun::Plugin(ClassCommand {
            arguments: arguments.clone(),
            environment: [Variable {
                name: text("TOKEN"),
                value: word(&TOKEN),
            }]
            .into_iter()
            .collect(),
        }),
        machine: Machine {
            name: text("queue"),
            description: text(""),
            version: text("1.0.0"),
            initial: StateId(0),
            splay_start: Duration::ZERO,
            states: List::EMPTY,
            transitions: List::EMPTY,
            edges: Edges::Table(List::EMPTY),
            watchers: List::EMPTY,
        },
        defaults: CheckDefaults {
            annotations: pairs(&[("team", "web"), ("tier", "1")]),
            remediate: Some(Remediation {
                command: arguments,
                states: List::EMPTY,
                interval: Remediation::INTERVAL,
                timeout: Remediation::TIMEOUT,
                attempts: None,
            }),
            ..CheckDefaults::DEFAULT
        },
    }
}

fn pairs(pairs: &[(&'static str, &'static str)]) -> List<Pair> {
    let pairs = pairs.iter().map(|(key, value)| Pair {
        key: text(key),
        value: text(value),
    });
    pairs.collect()
}

fn row(with: Value) -> Row {
    let Value::Object(with) = with else {
        panic!("a row has parameters");
    };
    Row {
        name: "mail".to_owned(),
        with,
        settings: Settings::INHERITED,
    }
}

#[track_caller]
fn argv(check: &Check) -> &[String] {
    match &check.probe {
        CheckProbe::Plugin { argv, .. } => argv,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_row_does_not_say_is_that_of_the_class() {
    let check = resolve(&class(), &row(json!({"queue": "mail.out"}))).unwrap();
    assert_eq!(argv(&check), ["/usr/bin/check", "-w100"]);
    assert_eq!(check.interval, Duration::from_secs(300));
    assert_eq!(check.name, "mail");
    assert_eq!(check.class, "queue");
    assert_eq!(check.annotations.len(), 2);
    assert!(check.remedy.is_some());
}

#[test]
fn a_compiled_row_is_the_same_check() {
    let class: &'static CheckClass = Box::leak(Box::new(class()));
    let row =
        row(json!({"queue": "mail", "warn": 5, "wait": "90ms", "token": {"environment": "TOKEN"}}));
    let compiled = chorister_ir::CheckRow {
        name: text("mail"),
        class,
        with: crate::given(class, &row).unwrap().into(),
        settings: Settings::INHERITED,
    };
    assert_eq!(compiled.with.len(), 4);
    assert_eq!(crate::compiled(&compiled), resolve(class, &row).unwrap());
}

#[test]
fn words_without_a_value_are_left_out_together() {
    let with = json!({"queue": "mail", "warn": 5, "wait": "90ms", "skip": ["a", "b c"]});
    let check = resolve(&class(), &row(with)).unwrap();
    assert_eq!(
        argv(&check),
        ["/usr/bin/check", "-w5", "-t", "0.09", "a", "b c"]
    );
}

#[test]
fn a_secret_goes_to_the_environment_and_is_not_told() {
    let with = json!({"queue": "mail", "token": {"file": "/etc/acme/token"}});
    let check = resolve(&class(), &row(with)).unwrap();
    let CheckProbe::Plugin { environment, .. } = &check.probe else {
        panic!("{check:?}");
    };
    let source = SecretSource::File(text("/etc/acme/token"));
    assert_eq!(
        environment,
        &[("TOKEN".to_owned(), vec![Piece::Secret(source)])]
    );
}

#[test]
fn annotations_of_a_row_replace_those_of_the_class() {
    let row = Row {
        settings: Settings {
            annotations: pairs(&[("team", "mail"), ("tier", "")]),
            remediate: Some(false),
            ..Settings::INHERITED
        },
        ..row(json!({"queue": "mail"}))
    };
    let check = resolve(&class(), &row).unwrap();
    assert_eq!(*check.annotations, *pairs(&[("team", "mail")]));
    assert_eq!(check.remedy, None);
}

/// A class that says all of when its checks count.
fn particular() -> CheckClass {
    let mut class = class();
    class.defaults.retry = Retry {
        attempts: 3,
        interval: Some(Duration::from_secs(10)),
    };
    class.defaults.flapping = Some(Flapping {
        window: 10,
        high: 40.0,
        low: 30.0,
    });
    class.defaults.publish = Publish {
        policy: Policy::Changes,
        summary: Some(Duration::from_secs(3600)),
    };
    class
}

#[test]
fn what_a_row_does_not_say_of_its_policies_is_as_in_the_class() {
    let class = particular();
    let row = Row {
        settings: Settings {
            retry: Some(RetrySettings {
                attempts: Some(5),
                ..RetrySettings::default()
            }),
            flapping: Some(FlappingSettings {
                high: Some(80.0),
                ..FlappingSettings::default()
            }),
            publish: Some(PublishSettings {
                policy: Some(Policy::Failing),
                ..PublishSettings::default()
            }),
            ..Settings::INHERITED
        },
        ..row(json!({"queue": "mail"}))
    };
    let check = resolve(&class, &row).unwrap();
    let hour = Some(Duration::from_secs(3600));
    assert_eq!(check.retry.attempts, 5);
    assert_eq!(check.retry.interval, class.defaults.retry.interval);
    let flapping = check.flapping.unwrap();
    assert_eq!((flapping.window, flapping.low), (10, 30.0));
    assert_eq!(flapping.high, 80.0);
    assert_eq!(check.publish.policy, Policy::Failing);
    assert_eq!(check.publish.summary, hour);
}

#[test]
fn shares_that_do_not_fit_those_of_the_class_are_refused() {
    let row = Row {
        settings: Settings {
            flapping: Some(FlappingSettings {
                high: Some(20.0),
                ..FlappingSettings::default()
            }),
            ..Settings::INHERITED
        },
        ..row(json!({"queue": "mail"}))
    };
    let problems = resolve(&particular(), &row).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].kind, Kind::Flapping);
    // A class without flapping has what everybody has.
    assert_eq!(resolve(&class(), &row).unwrap_err()[0].kind, Kind::Flapping);
}

#[track_caller]
fn refused(with: Value, expect: &[(Kind, &str, &str)]) {
    let problems = resolve(&class(), &row(with)).unwrap_err();
    let found: Vec<_> = problems
        .iter()
        .map(|it| {
            let parameter = it.parameter.as_deref().unwrap_or_default();
            (it.kind, parameter, it.message.as_str())
        })
        .collect();
    assert_eq!(found, expect);
    let helps = |it: &crate::Problem| it.help.is_some() || it.kind == Kind::Type;
    assert!(problems.iter().all(helps), "{problems:?}");
}

#[test]
fn every_problem_is_found_at_once() {
    refused(
        json!({"warm": 3, "warn": "x", "skip": ["a", true]}),
        &[
            (
                Kind::Unknown,
                "warm",
                "the class `queue` has no parameter `warm`",
            ),
            (
                Kind::Missing,
                "",
                "a check of the class `queue` needs `queue`",
            ),
            (
                Kind::Type,
                "warn",
                "`warn` is a text; it has to be a whole number",
            ),
            (
                Kind::Type,
                "skip",
                "`skip` is a truth value; it has to be a text",
            ),
        ],
    );
}

#[test]
fn values_keep_their_limits() {
    let check = |with, kind, name, message| refused(with, &[(kind, name, message)]);
    check(
        json!({"queue": "Mail"}),
        Kind::Limit,
        "queue",
        "`Mail` does not match the pattern of the parameter",
    );
    check(
        json!({"queue": "a\nb"}),
        Kind::Limit,
        "queue",
        "the text holds the control character `\\n`",
    );
    check(
        json!({"queue": "a", "warn": -1}),
        Kind::Limit,
        "warn",
        "-1 is too small",
    );
    check(
        json!({"queue": "a", "wait": "2m"}),
        Kind::Limit,
        "wait",
        "2m is too large",
    );
    check(
        json!({"queue": "a", "wait": 30}),
        Kind::Type,
        "wait",
        "`wait` is a number; it has to be a time with a unit",
    );
    check(
        json!({"queue": "a", "skip": ["a", "b", "c"]}),
        Kind::Limit,
        "skip",
        "`skip` has 3 items",
    );
    check(
        json!({"queue": "a", "warn": 600}),
        Kind::Order,
        "crit",
        "`crit` is 500, which is not greater than `warn`, which is 600",
    );
    check(
        json!({"queue": "a", "token": "hunter2"}),
        Kind::Secret,
        "token",
        "`token` is a secret, and this is where everybody can read it",
    );
    check(
        json!({"queue": "a", "limit": "20:10"}),
        Kind::Type,
        "limit",
        "`20:10` is no threshold: the range ends at 10 before it starts at 20",
    );
}

#[test]
fn times_that_make_no_sense_are_refused() {
    let row = Row {
        settings: Settings {
            interval: Some(Duration::ZERO),
            ..Settings::INHERITED
        },
        ..row(json!({"queue": "mail"}))
    };
    let problems = resolve(&class(), &row).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].kind, Kind::Time);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        "[0-9]{1,3}[smhd%:MGi]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("file|environment|[a-z]{1,4}", inner, 0..3)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_read_or_refused(given in any_json(), at in 0_usize..7) {
        let parameter = &parameters()[at];
        if let Err(problem) = value(parameter, &given) {
            prop_assert_eq!(problem.parameter.as_deref(), Some(parameter.name.as_ref()));
        }
    }
}
