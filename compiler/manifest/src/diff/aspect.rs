//! What the properties of a watcher are about, and how they are told.

use super::Topic;

/// A property of a watcher.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aspect {
    pub(super) key: &'static str,
    pub(super) topic: Topic,
    /// What stands before a value.
    pub(super) verb: &'static str,
}

const fn aspect(key: &'static str, topic: Topic, verb: &'static str) -> Aspect {
    Aspect { key, topic, verb }
}

/// The properties, each once. What is not among them is told by its key.
const ASPECTS: &[Aspect] = &[
    aspect("command", Topic::Commands, "runs"),
    aspect("environment", Topic::Commands, "sets"),
    aspect("source", Topic::Commands, "downloads"),
    aspect("checksum", Topic::Commands, "expects the checksum"),
    aspect("target", Topic::Commands, "unpacks into"),
    aspect("creates", Topic::Commands, "makes"),
    aspect("verify", Topic::Commands, "verifies"),
    aspect(
        "credentials",
        Topic::Commands,
        "downloads with the credentials",
    ),
    aspect("insecure", Topic::Capabilities, "trusts any server:"),
    aspect("content", Topic::Commands, "keeps the file's"),
    aspect("graphite", Topic::Commands, "sends measurements to the"),
    aspect("disown", Topic::Commands, "leaves its command running:"),
    aspect("type", Topic::Watchers, "is of the type"),
    aspect("path", Topic::Watchers, "looks at"),
    aspect("with", Topic::Watchers, "checks with"),
    aspect("active_in", Topic::Watchers, "is active in"),
    aspect("foreign", Topic::Watchers, "needs"),
    aspect("on_success", Topic::Watchers, "on success fires"),
    aspect("on_failure", Topic::Watchers, "on failure fires"),
    aspect("success_when", Topic::Watchers, "succeeds when"),
    aspect("fail_when", Topic::Watchers, "fails when"),
    aspect(
        "parse_as_data",
        Topic::Watchers,
        "keeps its output as data:",
    ),
    aspect("store", Topic::Watchers, "keeps its measurement as data:"),
    aspect("http", Topic::Watchers, "is offered over HTTP:"),
    aspect("labels", Topic::Watchers, "has the label"),
    aspect("annotations", Topic::Watchers, "has the annotation"),
    aspect(
        "skip_prometheus",
        Topic::Watchers,
        "stays out of Prometheus:",
    ),
    aspect(
        "suppress_success_announce",
        Topic::Watchers,
        "is silent on success:",
    ),
    aspect(
        "gather_initial_state",
        Topic::Watchers,
        "runs soon after start:",
    ),
    aspect(
        "skip_trigger_on_reenter",
        Topic::Watchers,
        "does not fire again when entered:",
    ),
    aspect("on_when", Topic::Watchers, "shows as on in"),
    aspect("off_when", Topic::Watchers, "shows as off in"),
    aspect("disable_when", Topic::Watchers, "cannot be turned in"),
    aspect("interval", Topic::Timings, "runs every"),
    aspect("announce", Topic::Timings, "announces itself every"),
    aspect("timeout", Topic::Timings, "may take"),
    aspect("timer", Topic::Timings, "fires after"),
    aspect("splay", Topic::Timings, "draws its time at random:"),
    aspect("schedules", Topic::Timings, "starts at"),
    aspect("duration", Topic::Timings, "stays on for"),
    aspect("start_splay", Topic::Timings, "starts late by up to"),
    aspect("timezone", Topic::Timings, "keeps the time of"),
];

/// What a newer manifest has and this release does not know.
const OTHER: Aspect = aspect("property", Topic::Watchers, "has");

impl Aspect {
    pub(super) fn named(key: &str) -> Self {
        let known = ASPECTS.iter().find(|it| it.key == key);
        known.copied().unwrap_or(OTHER)
    }
}
