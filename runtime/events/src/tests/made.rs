//! Machines, and a fleet that holds them, to write events of.

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use chorister_fsm::{
    Cx, Fleet, Happening, Instance, MachineKey, Measurement, Notice, Now, Random, Report,
};
use chorister_ir::{
    Edges, Exec, File, HttpSwitch, List, Machine, Metric, Pair, StateId, StateSet, Text, Timer,
    TransitionDef, TransitionId, Watcher, WatcherId, WatcherKind,
};
use chorister_lang::template::Template;
use jiff::Timestamp;

use crate::Event;

/// A node with machines.
pub(super) struct Made {
    pub(super) fleet: Fleet,
}

struct Zero;

impl Random for Zero {
    fn below(&mut self, _: u64) -> u64 {
        0
    }
}

impl Made {
    pub(super) fn new(identity: &str) -> Self {
        Self {
            fleet: Fleet::new(identity.to_owned()),
        }
    }

    pub(super) fn insert(&mut self, machine: Machine, id: [u8; 16], directory: &str) -> MachineKey {
        let instance = Instance::new(id, Path::new(directory).into());
        let now = Now {
            mono: Duration::ZERO,
            wall: Timestamp::UNIX_EPOCH,
        };
        let mut effects = Vec::new();
        let mut cx = Cx {
            now,
            random: &mut Zero,
            effects: &mut effects,
        };
        self.fleet.insert(machine, instance, &mut cx)
    }

    /// What an event is written as.
    pub(super) fn json(&self, notice: &Notice, id: [u8; 16]) -> String {
        let mut out = Vec::new();
        Event::new(&self.fleet, notice)
            .unwrap()
            .write_json(id, &mut out);
        String::from_utf8(out).unwrap()
    }
}

/// A machine with two states, a transition and a watcher of any kind.
pub(super) fn machine(
    name: &str,
    version: &str,
    texts: [&str; 3],
    watchers: Vec<Watcher>,
) -> Machine {
    let [transition, from, to] = texts;
    Machine {
        name: text(name),
        description: text(""),
        version: text(version),
        initial: StateId(0),
        splay_start: Duration::ZERO,
        states: [from, to].iter().map(|it| text(it)).collect(),
        transitions: vec![TransitionDef {
            name: text(transition),
            ..TransitionDef::DEFAULT
        }]
        .into(),
        edges: Edges::Table(List::EMPTY),
        watchers: watchers.into(),
    }
}

pub(super) fn watcher(name: &str, kind: WatcherKind) -> Watcher {
    Watcher {
        name: text(name),
        // Nothing happens by itself.
        active_in: StateSet::of(&[StateId(9)]),
        foreign: List::EMPTY,
        on_success: None,
        on_failure: None,
        interval: None,
        announce_interval: None,
        kind,
    }
}

pub(super) fn transition(machine: MachineKey, time: Timestamp) -> Notice {
    let happening = Happening::Transition {
        transition: TransitionId(0),
        from: StateId(0),
        to: StateId(1),
    };
    Notice {
        machine,
        time,
        happening,
    }
}

pub(super) fn report(machine: MachineKey, time: Timestamp, at: u16, report: Report) -> Notice {
    let happening = Happening::Watcher {
        watcher: WatcherId(at),
        report,
        announced: false,
    };
    Notice {
        machine,
        time,
        happening,
    }
}

pub(super) fn text(text: &str) -> Text {
    Text::Owned(text.to_owned())
}

pub(super) fn template(source: &str) -> Template {
    Template {
        source: text(source),
        ..Template::EMPTY
    }
}

pub(super) fn exec(command: &str) -> WatcherKind {
    WatcherKind::Exec(Exec {
        command: template(command),
        ..Exec::DEFAULT
    })
}

pub(super) fn file(path: &str) -> WatcherKind {
    WatcherKind::File(File {
        path: text(path),
        ..File::DEFAULT
    })
}

pub(super) fn timer() -> WatcherKind {
    WatcherKind::Timer(Timer {
        timer: Duration::from_secs(5),
        splay: false,
    })
}

pub(super) fn metric() -> WatcherKind {
    WatcherKind::Metric(Metric::DEFAULT)
}

pub(super) fn switch(annotations: &[(&str, &str)]) -> WatcherKind {
    let pair = |&(key, value): &(&str, &str)| Pair {
        key: text(key),
        value: text(value),
    };
    let annotations = annotations.iter().map(pair).collect();
    WatcherKind::HttpSwitch(HttpSwitch {
        annotations,
        ..HttpSwitch::DEFAULT
    })
}

pub(super) fn measured(
    labels: &[(&str, &str)],
    metrics: &[(&str, f64)],
    time: i64,
) -> Arc<Measurement> {
    Arc::new(Measurement {
        labels: labels
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect(),
        metrics: metrics
            .iter()
            .map(|(key, value)| ((*key).into(), *value))
            .collect(),
        time,
    })
}
