//! The text file of measurements that the node exporter of Prometheus reads.

use core::fmt::Write as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chorister_fsm::{Happening, MachineKey, Measurement, Report};
use chorister_ir::{WatcherId, WatcherKind};

use crate::Event;

/// The name of the file.
pub const FILE_NAME: &str = "choria_machine_metrics_watcher_status.prom";

/// The last measurement of each `metric` watcher.
///
/// A measurement stays until its machine is [removed](Self::remove) or gives up the watcher; it is not
/// dropped because others come more often.
#[derive(Debug, Default)]
pub struct Prometheus {
    entries: BTreeMap<(MachineKey, WatcherId), Entry>,
}

#[derive(Debug)]
struct Entry {
    machine: String,
    watcher: String,
    measurement: Arc<Measurement>,
    /// How long taking it took, in seconds.
    runtime: f64,
}

/// The series of one name, by their labels.
type Family = BTreeMap<Labels, f64>;
type Labels = BTreeMap<String, String>;

// === impl Prometheus ===

impl Prometheus {
    /// Takes note of a measurement; true where the text has changed. Other events are passed over.
    pub fn observe(&mut self, event: &Event<'_>) -> bool {
        let Happening::Watcher {
            watcher: id,
            report,
            announced: false,
        } = &event.notice.happening
        else {
            return false;
        };
        let (
            Report::Metric {
                measurement,
                runtime,
            },
            Some(watcher),
        ) = (report, event.watcher(*id))
        else {
            return false;
        };
        if !matches!(&watcher.kind, WatcherKind::Metric(metric) if !metric.skip_prometheus)
            || measurement.time == 0
        {
            return false;
        }
        let entry = Entry {
            machine: event.machine.name.as_ref().to_owned(),
            watcher: watcher.name.as_ref().to_owned(),
            measurement: Arc::clone(measurement),
            runtime: runtime.as_secs_f64(),
        };
        self.entries.insert((event.notice.machine, *id), entry);
        true
    }

    /// Forgets the measurements of a machine; true where the text has changed.
    pub fn remove(&mut self, machine: MachineKey) -> bool {
        let before = self.entries.len();
        self.entries.retain(|(key, _), _| *key != machine);
        self.entries.len() != before
    }

    /// The text of the file: sorted, every name legal, no series twice.
    ///
    /// Where watchers of several machines would have the same series, each gets the label `machine` too.
    #[must_use]
    pub fn render(&self) -> String {
        let shared = self.shared();
        let mut families: BTreeMap<String, Family> = BTreeMap::new();
        for entry in self.entries.values() {
            for (name, value) in entry.values() {
                let name = entry.series(name);
                let mut labels = entry.labels();
                if shared.contains(&(name.clone(), labels.clone())) {
                    labels.insert("machine".to_owned(), replace(&entry.machine));
                }
                families
                    .entry(name)
                    .or_default()
                    .entry(labels)
                    .or_insert(value);
            }
        }
        let mut text = String::new();
        for (name, family) in families {
            // Writing to a string does not fail.
            let _ = writeln!(text, "# HELP {name} Choria Metric\n# TYPE {name} gauge");
            for (labels, value) in family {
                let _ = writeln!(text, "{name}{{{}}} {value:.6}", join(&labels));
            }
        }
        text
    }

    /// The series that more than one machine has.
    fn shared(&self) -> BTreeSet<(String, Labels)> {
        let mut owners: BTreeMap<(String, Labels), &str> = BTreeMap::new();
        let mut shared = BTreeSet::new();
        for entry in self.entries.values() {
            let labels = entry.labels();
            for (name, _) in entry.values() {
                let series = (entry.series(name), labels.clone());
                match owners.get(&series) {
                    Some(owner) if *owner != entry.machine => {
                        shared.insert(series);
                    }
                    Some(_) => {}
                    None => {
                        owners.insert(series, &entry.machine);
                    }
                }
            }
        }
        shared
    }
}

// === impl Entry ===

impl Entry {
    fn values(&self) -> impl Iterator<Item = (&str, f64)> {
        let own = self
            .measurement
            .metrics
            .iter()
            .map(|(name, value)| (name.as_str(), *value));
        [("choria_runtime_seconds", self.runtime)]
            .into_iter()
            .chain(own)
    }

    /// The name of a series.
    // Compat: go-choria aagent/watchers/metricwatcher/prometheus.go: the watcher's name in lower case, that
    // of the metric as it is.
    fn series(&self, metric: &str) -> String {
        let watcher = self.watcher.to_lowercase();
        format!(
            "choria_machine_metric_watcher_{}_{}",
            legal(&watcher),
            legal(metric)
        )
    }

    fn labels(&self) -> Labels {
        let labels = self.measurement.labels.iter();
        labels
            .map(|(name, value)| (label(name), replace(value)))
            .collect()
    }
}

/// The text with every character replaced that a name may not hold.
fn legal(name: &str) -> String {
    name.chars()
        .map(|it| if it.is_ascii_alphanumeric() { it } else { '_' })
        .collect()
}

/// The name as a legal one for a label, none of those that Prometheus keeps for itself.
fn label(name: &str) -> String {
    let name = legal(&name.to_lowercase());
    let name = name.trim_start_matches('_');
    if name.starts_with(|it: char| it.is_ascii_alphabetic()) {
        name.to_owned()
    } else {
        format!("_{name}")
    }
}

/// The value of a label.
// Compat: go-choria aagent/watchers/metricwatcher/prometheus.go: lower case, and no space, comma or quote.
fn replace(value: &str) -> String {
    value.to_lowercase().replace([' ', ',', '"'], "_")
}

fn join(labels: &Labels) -> String {
    let mut text = String::new();
    for (name, value) in labels {
        let comma = if text.is_empty() { "" } else { "," };
        let value = value.replace('\\', r"\\").replace('\n', r"\n");
        let _ = write!(text, "{comma}{name}=\"{value}\"");
    }
    text
}
