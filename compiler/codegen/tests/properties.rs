//! Whatever a machine is called and whatever it says, its code is Rust.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;
use std::time::Duration;

use chorister_compiler::{Name, Provenance, machine};
use chorister_ir::{
    Edge, Edges, Exec, HttpSwitch, Machine, Pair, StateId, StateSet, Subscription, Text, Timer,
    TransitionDef, TransitionId, Watcher, WatcherKind,
};
use chorister_lang::template::Template;
use proptest::collection::vec;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![any::<String>(), "[a-zA-Z_ -]{1,8}".prop_map(String::from)].prop_map(Text::Owned)
}

fn id(below: usize) -> impl Strategy<Value = u16> {
    0..u16::try_from(below).unwrap()
}

fn kind(states: usize) -> impl Strategy<Value = WatcherKind> {
    let set = vec(id(states).prop_map(StateId), 1..4).prop_map(StateSet::from_iter);
    prop_oneof![
        (text(), any::<Duration>()).prop_map(|(command, timeout)| WatcherKind::Exec(Exec {
            command: Template {
                source: command,
                ..Template::EMPTY
            },
            timeout,
            ..Exec::DEFAULT
        })),
        any::<Duration>().prop_map(|timer| WatcherKind::Timer(Timer {
            timer,
            splay: false
        })),
        (proptest::option::of(set), text()).prop_map(|(on_when, key)| {
            let pair = Pair {
                key: key.clone(),
                value: key,
            };
            WatcherKind::HttpSwitch(HttpSwitch {
                on_when,
                annotations: vec![pair].into(),
                ..HttpSwitch::DEFAULT
            })
        }),
    ]
}

fn watcher(states: usize, transitions: usize) -> impl Strategy<Value = Watcher> {
    (
        text(),
        vec(id(states).prop_map(StateId), 0..4),
        proptest::option::of(id(transitions)),
        kind(states),
    )
        .prop_map(|(name, active_in, fires, kind)| Watcher {
            name,
            active_in: active_in.into_iter().collect(),
            foreign: Vec::new().into(),
            on_success: fires.map(TransitionId),
            on_failure: None,
            interval: None,
            announce_interval: None,
            kind,
        })
}

#[test]
fn a_machine_too_large_for_a_match_has_a_table() {
    let names = |prefix: &str| {
        (0..200)
            .map(|at| format!("{prefix}{at}").into())
            .collect::<Vec<Text>>()
    };
    let rows = (0..200).map(|at| Edge {
        from: StateId(at),
        transition: TransitionId(at),
        to: StateId((at + 1) % 200),
    });
    let transitions = names("step").into_iter().map(|name| TransitionDef {
        name,
        ..TransitionDef::DEFAULT
    });
    let large = Machine {
        name: "large".into(),
        description: "".into(),
        version: "1.0.0".into(),
        initial: StateId(0),
        splay_start: Duration::ZERO,
        edges: Edges::Table(rows.collect::<Vec<_>>().into()),
        transitions: transitions.collect(),
        states: names("state").into(),
        watchers: Vec::new().into(),
    };
    let text = machine(&large, &Provenance::default());
    assert!(text.contains("edges: Edges::Table(list(&EDGES)),"));
    assert!(text.contains("from: State::State7.id(),"));
    assert!(!text.contains("match"));
    assert!(syn::parse_file(&text).is_ok());
}

prop_compose! {
    fn machine_of(states: usize, transitions: usize)(
        name in text(),
        description in text(),
        states in vec(text(), states),
        defs in vec((text(), text()), transitions),
        to in vec(id(states), states * transitions),
        watchers in vec(watcher(states, transitions), 1..5),
    ) -> Machine {
        let rows = (0..states.len() * defs.len()).filter(|at| at % 3 != 0).map(|at| Edge {
            from: StateId(u16::try_from(at / defs.len()).unwrap()),
            transition: TransitionId(u16::try_from(at % defs.len()).unwrap()),
            to: StateId(to[at]),
        });
        let edges = Edges::Table(rows.collect::<Vec<_>>().into());
        let transitions = defs.into_iter().map(|(name, description)| TransitionDef {
            subscribe: vec![Subscription { machine: name.clone(), event: description.clone() }].into(),
            name,
            description,
        });
        Machine {
            name,
            description,
            version: "1.0.0".into(),
            initial: StateId(0),
            splay_start: Duration::ZERO,
            edges,
            transitions: transitions.collect(),
            states: states.into(),
            watchers: watchers.into(),
        }
    }
}

fn any_machine() -> impl Strategy<Value = Machine> {
    (1_usize..6, 1_usize..6).prop_flat_map(|(states, transitions)| machine_of(states, transitions))
}

proptest! {
    #[test]
    fn code_is_rust(of in any_machine()) {
        let provenance = Provenance { path: "x.machine.yaml".into(), watcher_lines: vec![1, 2] };
        let text = machine(&of, &provenance);
        if let Err(error) = syn::parse_file(&text) {
            prop_assert!(false, "{error}\n{text}");
        }
        prop_assert_eq!(text, machine(&of, &provenance));
    }

    #[test]
    fn names_are_distinct_identifiers(raws in vec(any::<String>(), 0..8)) {
        let names = Name::distinct(raws.iter().map(String::as_str));
        prop_assert_eq!(names.len(), raws.len());
        let of: [fn(&Name) -> &str; 3] = [|it| &it.type_ident, |it| &it.value_ident, |it| &it.module_ident];
        for ident in of {
            let idents: HashSet<&str> = names.iter().map(ident).collect();
            prop_assert_eq!(idents.len(), names.len());
            prop_assert!(idents.iter().all(|it| syn::parse_str::<syn::Ident>(it).is_ok()), "{:?}", idents);
        }
    }
}
