//! How a check is; these types cross the control socket and are told to hooks.

use std::collections::BTreeMap;

use chorister_fsm::{CheckState, MachineView, Maintenance};
use chorister_lang::nagios::Status;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::checks::MAINTENANCE;

/// How a check is, for whoever looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckStatus {
    /// What is shown: the result that came last, or that it is in maintenance.
    pub status: Standing,
    /// What the last run came to, also in maintenance; `None` before the first.
    #[serde(default)]
    pub result: Option<Standing>,
    /// The class; `None` for a check that is a machine of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The command that was run, or the name of what is built in; empty before the first run.
    pub plugin: String,
    /// What the last run printed.
    pub output: String,
    /// When it ran last, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_check: Option<i64>,
    /// When it runs next by itself, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_check: Option<i64>,
    /// How long it took, in seconds.
    pub runtime: f64,
    /// Until when the result can be relied on, in Unix seconds; nothing in maintenance, where nobody relies on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<i64>,
    /// Whether that time was over when this was told.
    #[serde(default)]
    pub stale: bool,
    /// How many bad results in a row do not count yet, and how many it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<(u32, u32)>,
    /// Whether its results change too often to mean anything.
    #[serde(default)]
    pub flapping: bool,
    /// Why it did not run when it was its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// Why it is in maintenance, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<MaintenanceStatus>,
    /// What it measured last.
    #[serde(default)]
    pub perfdata: Vec<Measure>,
    /// Its last results, the newest last.
    #[serde(default)]
    pub history: Vec<CheckResult>,
    /// Free text of its author.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// What is shown of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Standing {
    /// All is well.
    Ok,
    /// Something wants attention.
    Warning,
    /// Something is broken.
    Critical,
    /// Nobody knows.
    Unknown,
    /// Somebody is at work on it.
    Maintenance,
}

/// Why a check is in maintenance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceStatus {
    /// Since when, in Unix seconds.
    pub since: i64,
    /// When it ends by itself, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Why; empty where nobody said.
    #[serde(default)]
    pub reason: String,
    /// Who asked for it; empty where nobody said.
    #[serde(default)]
    pub owner: String,
}

/// Something that a check measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What.
    pub label: String,
    /// In what.
    pub unit: String,
    /// How much.
    pub value: f64,
}

/// One result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// When the run began, in Unix seconds.
    pub time: i64,
    /// What it came to.
    pub status: Standing,
    /// The first thing that it measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

// === impl CheckStatus ===

impl CheckStatus {
    /// How the check of a machine is now, which runs next at this time.
    pub(crate) fn of(
        view: MachineView<'_>,
        state: &CheckState,
        next_check: Option<i64>,
        now: Timestamp,
    ) -> Self {
        let result = state.status.map(Standing::from);
        let is_maintained = view.state_name() == MAINTENANCE;
        let result_at = |it: &chorister_fsm::Execution| CheckResult {
            time: it.time.as_second(),
            status: it.status.into(),
            value: it.measures.iter().next().map(|(_, _, value)| value),
        };
        let measure = |(label, unit, value): (&str, &str, f64)| Measure {
            label: label.to_owned(),
            unit: unit.to_owned(),
            value,
        };
        let annotations = state.annotations.iter();
        let mut check = Self {
            status: match is_maintained {
                true => Standing::Maintenance,
                false => result.unwrap_or(Standing::Unknown),
            },
            result,
            class: view.check().map(|it| it.class.to_string()),
            plugin: state.plugin.to_string(),
            output: state.output.to_string(),
            last_check: state.check_time.map(Timestamp::as_second),
            next_check: next_check.filter(|_| !is_maintained),
            runtime: state.runtime.as_secs_f64(),
            valid_until: state
                .valid_until
                .filter(|_| !is_maintained)
                .map(Timestamp::as_second),
            stale: false,
            attempt: state.attempt,
            flapping: state.flapping,
            skipped: state.skipped.as_deref().map(str::to_owned),
            maintenance: is_maintained.then(|| MaintenanceStatus::of(view)),
            perfdata: state.measures().iter().map(measure).collect(),
            history: state.history.iter().map(result_at).collect(),
            annotations: annotations
                .map(|it| (it.key.to_string(), it.value.to_string()))
                .collect(),
        };
        check.stale = check.is_stale(now.as_second());
        check
    }

    /// Whether nothing vouches for its result at this time, in Unix seconds.
    #[must_use]
    pub fn is_stale(&self, now: i64) -> bool {
        self.valid_until.is_some_and(|until| until < now)
    }

    /// Whether it wants attention: its result is not OK, or too old, and nobody is at work on it.
    #[must_use]
    pub fn is_failing(&self, now: i64) -> bool {
        !matches!(self.status, Standing::Ok | Standing::Maintenance) || self.is_stale(now)
    }

    /// The first line of what it printed, without what it measured.
    #[must_use]
    pub fn summary(&self) -> &str {
        let line = self.output.lines().next().unwrap_or_default();
        line.split('|').next().unwrap_or_default().trim_end()
    }
}

// === impl MaintenanceStatus ===

impl MaintenanceStatus {
    fn of(view: MachineView<'_>) -> Self {
        let Maintenance {
            until,
            reason,
            owner,
        } = view.maintenance().cloned().unwrap_or_default();
        Self {
            since: view.entered().as_second(),
            until: until.map(Timestamp::as_second),
            reason,
            owner,
        }
    }
}

// === impl Standing ===

impl From<Status> for Standing {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => Self::Ok,
            Status::Warning => Self::Warning,
            Status::Critical => Self::Critical,
            Status::Unknown => Self::Unknown,
        }
    }
}

impl Standing {
    /// Each, in the order in which they are told.
    pub const ALL: [Self; 5] = [
        Self::Ok,
        Self::Warning,
        Self::Critical,
        Self::Unknown,
        Self::Maintenance,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
            Self::Maintenance => "MAINTENANCE",
        }
    }

    /// The exit code of a plugin that says so; 0 in maintenance, where nobody is to be woken.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok | Self::Maintenance => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    /// How much it wants attention: more is worse.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Maintenance => 1,
            Self::Unknown => 2,
            Self::Warning => 3,
            Self::Critical => 4,
        }
    }
}
