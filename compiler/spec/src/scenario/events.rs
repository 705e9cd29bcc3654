//! The events that a test may expect: their types and the fields of their data.

use crate::model::Kind;

/// A type of event.
#[derive(Debug)]
pub(super) struct EventKind {
    /// The type of the CloudEvent.
    pub(super) name: &'static str,
    /// The type of the watchers that publish it; `None` for a transition.
    pub(super) watcher: Option<Kind>,
    /// The fields of its data that only this type has.
    pub(super) fields: &'static [&'static str],
}

/// The fields that the data of every event has.
const OF_ALL: [&str; 6] = [
    "protocol",
    "identity",
    "id",
    "version",
    "timestamp",
    "machine",
];

/// The fields that the data of every watcher's event has.
const OF_WATCHERS: [&str; 2] = ["type", "name"];

/// Every type that machines publish.
pub(super) static KINDS: [EventKind; 11] = [
    EventKind {
        name: "io.choria.machine.v1.transition",
        watcher: None,
        fields: &["transition", "from_state", "to_state"],
    },
    EventKind {
        name: "io.choria.machine.watcher.exec.v1.state",
        watcher: Some(Kind::Exec),
        fields: &["command", "previous_outcome", "previous_run_time"],
    },
    EventKind {
        name: "io.choria.machine.watcher.file.v1.state",
        watcher: Some(Kind::File),
        fields: &["path", "previous_outcome"],
    },
    EventKind {
        name: "io.choria.machine.watcher.schedule.v1.state",
        watcher: Some(Kind::Schedule),
        fields: &["state"],
    },
    EventKind {
        name: "io.choria.machine.watcher.timer.v1.state",
        watcher: Some(Kind::Timer),
        fields: &["state", "timer"],
    },
    EventKind {
        name: "io.choria.machine.watcher.metric.v1.state",
        watcher: Some(Kind::Metric),
        fields: &["metrics"],
    },
    EventKind {
        name: "io.choria.machine.watcher.expression.v1.state",
        watcher: Some(Kind::Expression),
        fields: &["previous_outcome"],
    },
    EventKind {
        name: "io.choria.machine.watcher.archive.v1.state",
        watcher: Some(Kind::Archive),
        fields: &["source", "creates", "previous_outcome", "previous_run_time"],
    },
    EventKind {
        name: "io.choria.machine.watcher.plugins.v1.state",
        watcher: Some(Kind::Plugins),
        fields: &["plugins", "previous_outcome", "previous_run_time"],
    },
    EventKind {
        name: "io.choria.machine.watcher.httpswitch.v1.state",
        watcher: Some(Kind::HttpSwitch),
        fields: &["status", "is_on", "annotations"],
    },
    EventKind {
        name: "io.choria.machine.watcher.nagios.v1.state",
        watcher: Some(Kind::Nagios),
        fields: &[
            "plugin",
            "status",
            "status_code",
            "output",
            "check_time",
            "perfdata",
            "runtime",
            "history",
            "annotations",
        ],
    },
];

impl EventKind {
    /// The type of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|it| it.name == name)
    }

    /// The type that a short or misspelt name stands for.
    pub(super) fn meant(name: &str) -> Option<&'static str> {
        let short = |it: &&EventKind| match it.watcher {
            None => name == "transition",
            Some(kind) => name == kind.as_str(),
        };
        let short = KINDS.iter().find(short).map(|it| it.name);
        short.or_else(|| chorister_lang::suggest::closest(name, KINDS.iter().map(|it| it.name)))
    }

    /// Every field of its data.
    pub(super) fn all_fields(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        let of_watchers = match self.watcher {
            Some(_) => &OF_WATCHERS[..],
            None => &[],
        };
        let common = OF_ALL.iter().chain(of_watchers);
        common.chain(self.fields).copied()
    }
}
