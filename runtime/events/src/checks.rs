//! The text file of checks that the node exporter of Prometheus reads.

use core::fmt::{Display, Write as _};

use jiff::Timestamp;

/// The name of the file.
pub const FILE_NAME: &str = "choria_machine_nagios_watcher_status.prom";

/// How a check is, as Prometheus is told.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckSample<'a> {
    /// Its name.
    pub name: &'a str,
    /// `OK`, `WARNING`, `CRITICAL`, `UNKNOWN` or `MAINTENANCE`.
    pub status: &'a str,
    /// 0 to 3, in the order of the first four; 0 in maintenance, where nobody is to be woken.
    pub code: u8,
    /// When it ran last; `None` before the first time.
    pub last_run: Option<Timestamp>,
    /// How often it ran since the node started.
    pub runs: u64,
    /// How long it took when it ran last, in seconds.
    pub runtime: f64,
    /// Until when its result can be relied on.
    pub valid_until: Option<Timestamp>,
    /// Whether it is in maintenance.
    pub maintenance: bool,
    /// Whether its results change too often to mean anything.
    pub flapping: bool,
    /// What it measured: label, unit and value.
    pub perfdata: Vec<(&'a str, &'a str, f64)>,
}

/// The text of the file, in order of name.
///
/// The families of Choria's own agents come first, as they write them; ours begin with `chorister_check_`. Two checks
/// of one name would be one series, so the second is left out.
// Compat: go-choria aagent/watchers/nagioswatcher/prometheus.go: names, help, types and labels. Not its counts, which
// move without a run, and not `OK` for what is in maintenance.
#[must_use]
pub fn write_checks(started: Timestamp, mut checks: Vec<CheckSample<'_>>) -> String {
    checks.sort_by(|one, other| one.name.cmp(other.name));
    checks.dedup_by(|one, other| one.name == other.name);
    let mut text = Text(String::with_capacity(256 + 640 * checks.len()));
    let name = "choria_machine_nagios_start_time";
    text.family(
        name,
        "gauge",
        "Time the Choria Machine subsystem started in unix seconds",
    );
    // Writing to a string does not fail.
    let _ = writeln!(text.0, "{name} {}", started.as_second());
    text.series(
        "choria_machine_nagios_watcher_status",
        "gauge",
        "Choria Nagios Check Status",
        &checks,
        |check, line| {
            line.add(
                &[("name", check.name), ("status", check.status)],
                check.code,
            );
        },
    );
    text.series(
        "choria_machine_nagios_watcher_last_run_seconds",
        "gauge",
        "Choria Nagios Check Time",
        &checks,
        |check, line| {
            if let Some(time) = check.last_run {
                line.add(&[("name", check.name)], time.as_second());
            }
        },
    );
    text.series(
        "choria_machine_nagios_watcher_checks_count",
        "counter",
        "Choria Nagios Check Count",
        &checks,
        |check, line| line.add(&[("name", check.name)], check.runs),
    );
    own(&mut text, &checks);
    text.0
}

/// What upstream has no word for.
fn own(text: &mut Text, checks: &[CheckSample<'_>]) {
    text.series(
        "chorister_check_valid_until_seconds",
        "gauge",
        "Until when the result of a check can be relied on, in unix seconds",
        checks,
        |check, line| {
            if let Some(time) = check.valid_until {
                line.add(&[("name", check.name)], time.as_second());
            }
        },
    );
    text.series(
        "chorister_check_runtime_seconds",
        "gauge",
        "How long a check took",
        checks,
        |check, line| {
            if check.last_run.is_some() {
                line.add(&[("name", check.name)], check.runtime);
            }
        },
    );
    text.series(
        "chorister_check_maintenance",
        "gauge",
        "Whether a check is in maintenance",
        checks,
        |check, line| line.add(&[("name", check.name)], u8::from(check.maintenance)),
    );
    text.series(
        "chorister_check_flapping",
        "gauge",
        "Whether the results of a check change too often to mean anything",
        checks,
        |check, line| line.add(&[("name", check.name)], u8::from(check.flapping)),
    );
    text.series(
        "chorister_check_perfdata",
        "gauge",
        "What a check measured",
        checks,
        |check, line| {
            let mut seen = std::collections::BTreeSet::new();
            for (label, unit, value) in &check.perfdata {
                // The same label twice would be the same series twice.
                if value.is_finite() && seen.insert(*label) {
                    let labels = [("name", check.name), ("label", *label), ("unit", *unit)];
                    line.add(&labels, value);
                }
            }
        },
    );
}

/// The exposition format, version 0.0.4.
struct Text(String);

/// One family of it, being written.
struct Series<'a> {
    text: &'a mut Text,
    name: &'static str,
}

// === impl Text ===

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn series(
        &mut self,
        name: &'static str,
        kind: &str,
        help: &str,
        checks: &[CheckSample<'_>],
        write: impl Fn(&CheckSample<'_>, &mut Series<'_>),
    ) {
        self.family(name, kind, help);
        let mut series = Series { text: self, name };
        for check in checks {
            write(check, &mut series);
        }
    }
}

// === impl Series ===

impl Series<'_> {
    fn add(&mut self, labels: &[(&str, &str)], value: impl Display) {
        let out = &mut self.text.0;
        out.push_str(self.name);
        for (place, (label, value)) in labels.iter().enumerate() {
            out.push(if place == 0 { '{' } else { ',' });
            out.push_str(label);
            out.push_str("=\"");
            for char in value.chars() {
                match char {
                    '\\' => out.push_str("\\\\"),
                    '"' => out.push_str("\\\""),
                    '\n' => out.push_str("\\n"),
                    char => out.push(char),
                }
            }
            out.push('"');
        }
        let _ = writeln!(out, "}} {value}");
    }
}
