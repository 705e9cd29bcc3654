//! CloudEvents 1.0, structured JSON.

use chorister_fsm::{CheckState, Happening, Measurement, Measures, Outcome, Report};
use chorister_ir::{Watcher, WatcherKind};
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::Event;
use crate::json;

/// The value that stands for the run time among the metrics.
const RUNTIME: &str = "choria_runtime_seconds";

impl Event<'_> {
    /// Appends the CloudEvent as one line of JSON, without a line feed; `id` is a random UUID of its own.
    ///
    /// Nothing is allocated beyond what `out` needs to grow, except for paths and very large numbers.
    // Compat: go-choria aagent/watchers/event/event.go, aagent/machine/transition_notification.go: order of
    // the members, and times in whole seconds.
    pub fn write_json(&self, id: [u8; 16], out: &mut Vec<u8>) {
        let protocol = self.protocol();
        out.extend_from_slice(br#"{"specversion":"1.0","id":"#);
        json::uuid(id, out);
        out.extend_from_slice(br#","source":"io.choria.machine","type":""#);
        out.extend_from_slice(protocol.as_bytes());
        out.extend_from_slice(br#"","subject":"#);
        json::string(self.identity, out);
        out.extend_from_slice(br#","datacontenttype":"application/json","time":"#);
        time(self.notice.time, out);
        out.extend_from_slice(br#","data":"#);
        self.write_data(out);
        out.push(b'}');
    }

    /// Appends what the CloudEvent tells, which is an object.
    pub fn write_data(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"protocol":""#);
        out.extend_from_slice(self.protocol().as_bytes());
        out.push(b'"');
        member("identity", self.identity, out);
        key("id", out);
        json::uuid(self.instance, out);
        member("version", &self.machine.version, out);
        number("timestamp", self.notice.time.as_second().into(), out);
        match &self.notice.happening {
            Happening::Transition {
                transition,
                from,
                to,
            } => {
                member("machine", &self.machine.name, out);
                member("transition", self.machine.transition(*transition), out);
                member("from_state", self.machine.state(*from), out);
                member("to_state", self.machine.state(*to), out);
            }
            Happening::Watcher {
                watcher, report, ..
            } => {
                member("type", self.kind().name(), out);
                member("machine", &self.machine.name, out);
                if let Some(watcher) = self.watcher(*watcher) {
                    member("name", &watcher.name, out);
                    self.write_report(watcher, report, out);
                }
            }
        }
        out.push(b'}');
    }

    /// The event as the type that other programs take events in; `id` is a random UUID of its own.
    ///
    /// # Errors
    /// None are known: the text of the event is read back as what it is.
    #[cfg(feature = "cloudevents")]
    pub fn to_cloudevent(&self, id: [u8; 16]) -> Result<cloudevents::Event, serde_json::Error> {
        let mut text = Vec::new();
        self.write_json(id, &mut text);
        serde_json::from_slice(&text)
    }

    /// Appends the members that are peculiar to a kind of watcher, each after a comma.
    fn write_report(&self, watcher: &Watcher, report: &Report, out: &mut Vec<u8>) {
        match (report, &watcher.kind) {
            (Report::Exec { outcome, runtime }, WatcherKind::Exec(exec)) => {
                member("command", &exec.command.source, out);
                previous(*outcome, out);
                number("previous_run_time", nanos(*runtime), out);
            }
            (Report::File { outcome }, WatcherKind::File(file)) => {
                let path = self.directory.join(file.path.as_ref());
                member("path", &path.to_string_lossy(), out);
                previous(*outcome, out);
            }
            (Report::Schedule { state }, _) => member("state", state.as_str(), out),
            (Report::Timer { state, length }, _) => {
                member("state", state.as_str(), out);
                number("timer", nanos(*length), out);
            }
            (
                Report::Metric {
                    measurement,
                    runtime,
                },
                _,
            ) => {
                key("metrics", out);
                write_measurement(measurement, runtime.as_secs_f64(), out);
            }
            (Report::Expression { outcome }, _) => previous(*outcome, out),
            (
                Report::Archive {
                    source,
                    outcome,
                    runtime,
                },
                WatcherKind::Archive(archive),
            ) => {
                member("source", source, out);
                member("creates", &archive.creates, out);
                previous(*outcome, out);
                number("previous_run_time", nanos(*runtime), out);
            }
            (Report::HttpSwitch { status }, WatcherKind::HttpSwitch(switch)) => {
                member("status", status.as_str(), out);
                key("is_on", out);
                let is_on: &[u8] = if *status == Outcome::On {
                    b"true"
                } else {
                    b"false"
                };
                out.extend_from_slice(is_on);
                key("annotations", out);
                let mut pairs: Vec<_> = switch
                    .annotations
                    .iter()
                    .map(|pair| (pair.key.as_ref(), pair.value.as_ref()))
                    .collect();
                pairs.sort_unstable();
                json::texts(pairs, out);
            }
            (Report::Nagios(state), _) => write_check(state, out),
            (Report::Kv { state }, WatcherKind::Kv(kv)) => {
                member("state", state.as_str(), out);
                member("bucket", &kv.bucket, out);
                if !kv.key.source.is_empty() {
                    member("key", &kv.key.source, out);
                }
                member("mode", "poll", out);
            }
            (Report::Gossip(last), _) => {
                let told = last.as_deref();
                member("previous_subject", told.map_or("", |it| &it.subject), out);
                member("previous_payload", told.map_or("", |it| &it.payload), out);
                let time = told.map_or(NEVER, |it| it.time);
                number("previous_gossip", time.into(), out);
            }
            (
                Report::Plugins {
                    plugins,
                    outcome,
                    runtime,
                },
                _,
            ) => {
                key("plugins", out);
                json::strings(plugins.iter().map(String::as_str), out);
                previous(*outcome, out);
                number("previous_run_time", nanos(*runtime), out);
            }
            // A report always is of its watcher's kind.
            _ => {}
        }
    }
}

/// What a check is called that has never run, and its code.
// Compat: go-choria aagent/watchers/nagioswatcher: neither is in the published schema.
const NOT_CHECKED: (&str, u8) = ("NOTCHECKED", 5);

/// The time of a run that never was, in Unix seconds: the beginning of the year 1.
const NEVER: i64 = -62_135_596_800;

/// Appends how a check stands.
fn write_check(state: &CheckState, out: &mut Vec<u8>) {
    let (status, code) = match state.status {
        Some(status) => (status.as_str(), status.code()),
        None => NOT_CHECKED,
    };
    member("plugin", &state.plugin, out);
    member("status", status, out);
    number("status_code", code.into(), out);
    member("output", &state.output, out);
    let time = state.check_time.map_or(NEVER, Timestamp::as_second);
    number("check_time", time.into(), out);
    key("perfdata", out);
    match state.measures() {
        measures if measures.is_empty() => out.extend_from_slice(b"null"),
        measures => write_measures(&measures, out),
    }
    key("runtime", out);
    json::float(state.runtime.as_secs_f64(), out);
    key("history", out);
    out.push(b'[');
    for (place, execution) in state.history.iter().enumerate() {
        let start: &[u8] = if place == 0 { b"" } else { b"," };
        out.extend_from_slice(start);
        out.extend_from_slice(br#"{"execute":""#);
        out.extend_from_slice(execution.time.to_string().as_bytes());
        out.push(b'"');
        number("status", execution.status.code().into(), out);
        if !execution.measures.is_empty() {
            key("perfdata", out);
            write_measures(&execution.measures, out);
        }
        out.push(b'}');
    }
    out.push(b']');
    key("annotations", out);
    let pairs = state.annotations.iter();
    let mut pairs: Vec<_> = pairs
        .map(|it| (it.key.as_ref(), it.value.as_ref()))
        .collect();
    pairs.sort_unstable();
    json::texts(pairs, out);
}

fn write_measures(measures: &Measures, out: &mut Vec<u8>) {
    out.push(b'[');
    for (place, (label, unit, value)) in measures.iter().enumerate() {
        let start: &[u8] = if place == 0 {
            br#"{"unit":"#
        } else {
            br#",{"unit":"#
        };
        out.extend_from_slice(start);
        json::string(unit, out);
        member("label", label, out);
        key("value", out);
        json::float(value, out);
        out.push(b'}');
    }
    out.push(b']');
}

/// Appends a measurement, with its run time in seconds among the values.
fn write_measurement(measurement: &Measurement, runtime: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"labels":"#);
    let labels = measurement.labels.iter();
    json::texts(
        labels.map(|(key, value)| (key.as_str(), value.as_str())),
        out,
    );
    out.extend_from_slice(br#","metrics":{"#);
    let metrics = measurement
        .metrics
        .iter()
        .map(|(name, value)| (name.as_str(), *value));
    let before = metrics.clone().filter(|(name, _)| *name < RUNTIME);
    let after = metrics.filter(|(name, _)| *name > RUNTIME);
    for (place, (name, value)) in before.chain([(RUNTIME, runtime)]).chain(after).enumerate() {
        if place > 0 {
            out.push(b',');
        }
        json::string(name, out);
        out.push(b':');
        json::float(value, out);
    }
    out.push(b'}');
    number("time", measurement.time.into(), out);
    out.push(b'}');
}

/// Appends a time in UTC, RFC 3339, in quotes.
pub(crate) fn time(time: Timestamp, out: &mut Vec<u8>) {
    let time = Offset::UTC.to_datetime(time);
    let two = |value: i8| {
        let value = value.unsigned_abs();
        [b'0' + value / 10, b'0' + value % 10]
    };
    let year = time.year().unsigned_abs();
    out.push(b'"');
    if time.year() < 0 {
        out.push(b'-');
    }
    out.extend([1_000, 100, 10, 1].map(|unit| b'0' + (year / unit % 10) as u8));
    for (mark, value) in [
        (b'-', time.month()),
        (b'-', time.day()),
        (b'T', time.hour()),
        (b':', time.minute()),
        (b':', time.second()),
    ] {
        out.push(mark);
        out.extend_from_slice(&two(value));
    }
    out.extend_from_slice(b"Z\"");
}

fn previous(outcome: Outcome, out: &mut Vec<u8>) {
    member("previous_outcome", outcome.as_str(), out);
}

pub(crate) fn key(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

pub(crate) fn member(name: &str, value: &str, out: &mut Vec<u8>) {
    key(name, out);
    json::string(value, out);
}

pub(crate) fn number(name: &str, value: i128, out: &mut Vec<u8>) {
    key(name, out);
    json::integer(value, out);
}

fn nanos(duration: core::time::Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}
