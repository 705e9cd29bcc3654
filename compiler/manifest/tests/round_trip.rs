//! What is written is read back, also out of the middle of a binary.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use core::time::Duration;

use chorister_ir::{
    Archive, Edge, Edges, Exec, Expression, File, Graphite, HttpSwitch, List, Machine,
    ManagedContent, Metric, Pair, Schedule, StateId, StateSet, Subscription, Timer, TransitionDef,
    TransitionId, Verify, Watcher, WatcherKind,
};
use chorister_lang::cron::Cron;
use chorister_lang::expr::{Environment, Program};
use chorister_lang::template::Template;
use chorister_manifest::{FORMAT, Limits, Manifest, ReadError};
use proptest::prelude::*;

/// Text as specs have it: no template, and characters that JSON has to escape.
fn text() -> impl Strategy<Value = String> {
    "[a-z/\"\\\\ é\n.-]{0,12}"
}

fn template() -> impl Strategy<Value = Template> {
    let action = "{{ lookup \"facts.x\" \"\" }}";
    (text(), any::<bool>()).prop_map(move |(text, with)| {
        let action = if with { action } else { "" };
        Template::parse(&format!("{text}{action}")).unwrap()
    })
}

fn duration() -> impl Strategy<Value = Duration> {
    (0..10_000_u64, 0..3_u32).prop_map(|(seconds, part)| Duration::new(seconds, part * 1_000_001))
}

fn states() -> impl Strategy<Value = StateSet> {
    prop::collection::vec((0..2_u16).prop_map(StateId), 0..2)
        .prop_map(|it| it.into_iter().collect())
}

fn kind() -> impl Strategy<Value = WatcherKind> {
    let exec = (template(), duration(), any::<bool>()).prop_map(|(command, timeout, flag)| {
        WatcherKind::Exec(Exec {
            command,
            environment: vec![Template::parse("A=b").unwrap()].into(),
            timeout,
            disown: flag,
            ..Exec::DEFAULT
        })
    });
    let file = (text(), any::<bool>(), template()).prop_map(|(path, managed, contents)| {
        let content = ManagedContent {
            contents,
            owner: Template::EMPTY,
            group: Template::EMPTY,
            mode: Template::parse("0644").unwrap(),
        };
        WatcherKind::File(File {
            path: path.into(),
            gather_initial_state: !managed,
            content: managed.then_some(content),
        })
    });
    let metric = (template(), text(), any::<bool>()).prop_map(|(command, label, flag)| {
        WatcherKind::Metric(Metric {
            command,
            labels: vec![Pair {
                key: "k".into(),
                value: label.into(),
            }]
            .into(),
            http: flag,
            graphite: flag.then(|| Graphite {
                host: Template::parse("g.example.net").unwrap(),
                port: Template::parse("2003").unwrap(),
                prefix: Template::EMPTY,
            }),
            ..Metric::DEFAULT
        })
    });
    let archive = (template(), template(), any::<bool>()).prop_map(|(source, secret, flag)| {
        WatcherKind::Archive(Archive {
            source,
            target: "/opt".into(),
            creates: "x".into(),
            username: flag.then(|| secret.clone()),
            verify: flag.then(|| Verify {
                sums: "SHA256SUMS".into(),
                checksum: secret,
            }),
            ..Archive::DEFAULT
        })
    });
    let switch = states().prop_map(|set| {
        WatcherKind::HttpSwitch(HttpSwitch {
            on_when: Some(set),
            ..HttpSwitch::DEFAULT
        })
    });
    let timer = (duration(), any::<bool>())
        .prop_map(|(timer, splay)| WatcherKind::Timer(Timer { timer, splay }));
    let schedule = duration().prop_map(|duration| {
        WatcherKind::Schedule(Schedule {
            schedules: vec![Cron::parse("0 8 * * mon-fri").unwrap()].into(),
            duration,
            timezone: Some("Europe/Malta".into()),
            ..Schedule::DEFAULT
        })
    });
    let expression = Just(WatcherKind::Expression(Expression {
        success_when: Program::compile("1 < 2", &Environment::watcher()).ok(),
        fail_when: None,
    }));
    prop_oneof![
        exec, file, metric, archive, switch, timer, schedule, expression
    ]
}

fn machine() -> impl Strategy<Value = Machine> {
    let watcher =
        (kind(), states(), prop::option::of(duration())).prop_map(|(kind, active_in, interval)| {
            Watcher {
                name: "w".into(),
                active_in,
                foreign: List::EMPTY,
                on_success: Some(TransitionId(0)),
                on_failure: None,
                interval,
                announce_interval: interval,
                kind,
            }
        });
    (prop::collection::vec(watcher, 0..4), text()).prop_map(|(watchers, event)| Machine {
        name: "m".into(),
        description: "".into(),
        version: "1.0.0".into(),
        initial: StateId(0),
        splay_start: Duration::ZERO,
        states: vec!["A".into(), "B".into()].into(),
        transitions: ["go", "follow", "order"]
            .into_iter()
            .map(|name| TransitionDef {
                name: name.into(),
                subscribe: match name {
                    "follow" => vec![Subscription {
                        machine: "n".into(),
                        event: event.clone().into(),
                    }]
                    .into(),
                    _ => List::EMPTY,
                },
                ..TransitionDef::DEFAULT
            })
            .collect(),
        edges: Edges::Table(
            vec![Edge {
                from: StateId(0),
                transition: TransitionId(0),
                to: StateId(1),
            }]
            .into(),
        ),
        watchers: watchers.into(),
    })
}

fn manifest() -> impl Strategy<Value = Manifest> {
    (prop::collection::vec(machine(), 0..3), any::<bool>()).prop_map(|(machines, enforce)| {
        let machines = machines
            .iter()
            .map(|it| chorister_manifest::Machine::of(it, &[]));
        Manifest {
            limits: Limits {
                enforce,
                exec: Some(vec!["/usr/bin/*".to_owned()]),
                ..Limits::default()
            },
            ..Manifest::of("acme", "1.0.0", machines.collect())
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(manifest in manifest()) {
        let text = manifest.to_json();
        let begins = text.starts_with("{\"chorister_manifest\":1,\n");
        prop_assert!(begins, "{}", text);
        prop_assert_eq!(Manifest::from_json(&text).unwrap(), manifest);
    }

    #[test]
    fn a_binary_is_looked_through(
        manifest in manifest(),
        before in prop::collection::vec(any::<u8>(), 0..100),
        after in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut bytes = before;
        // The program that looks for it holds the mark as well.
        bytes.extend_from_slice(b"{\"chorister_manifest\":");
        bytes.extend_from_slice(manifest.to_json().as_bytes());
        bytes.extend(after);
        prop_assert_eq!(Manifest::find_in(&bytes), Some(manifest));
    }

    #[test]
    fn noise_is_no_manifest(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(Manifest::find_in(&bytes), None);
    }
}

#[test]
fn a_later_format_is_said_to_be_one() {
    let text = Manifest::of("a", "1.0.0", Vec::new()).to_json();
    let later = text.replacen(":1,", &format!(":{},", FORMAT + 1), 1);
    assert!(matches!(
        Manifest::from_json(&later),
        Err(ReadError::Newer(2))
    ));
    assert!(matches!(Manifest::from_json("{}"), Err(ReadError::Json(_))));
}
