//! Checks: how each is, who hears of that, and what operators do with them.

use chorister_events::{CheckSample, ChecksEvent, Event};
use chorister_fsm::{Happening, MachineKey, MachineView, Notice, Report};
use jiff::Timestamp;
use tokio::time::Instant;

use super::Engine;
use crate::checks::MAINTENANCE;
use crate::handle::{Fired, HandleError, Order, Steered};
use crate::notify::Notification;
use crate::{CheckStatus, Standing};

/// The annotation of a check on which the readiness of the node depends.
const READINESS: &str = "readiness";

impl Engine {
    /// Takes note of what a notice says of a check, and tells those who are told of checks.
    pub(super) fn look_at_check(&mut self, notice: &Notice) {
        let machine = notice.machine;
        if !self.checks.knows(machine) {
            return;
        }
        let Some(view) = self.fleet.machine(machine) else {
            return;
        };
        let state = match &notice.happening {
            Happening::Watcher {
                report: Report::Nagios(state),
                ..
            } => Some(std::sync::Arc::clone(state)),
            Happening::Transition { .. } => view.check_state(),
            Happening::Watcher { .. } => None,
        };
        let Some(state) = state else { return };
        let news = self.checks.look(machine, view.state_name(), &state);
        if !news.is_empty()
            && !self.notifier.is_idle()
            && let Some(check) = self.check_status(view)
        {
            for happened in news {
                let notification = Notification {
                    happened,
                    id: super::requests::uuid_text(self.random.uuid()),
                    time: notice.time,
                    identity: self.fleet.identity(),
                    name: view.name(),
                    check: &check,
                };
                self.notifier.tell(&notification);
            }
        }
        self.touch_textfile();
    }

    /// Takes note of a machine that may be a check.
    pub(super) fn meet_check(&mut self, machine: MachineKey) {
        let Some(view) = self.fleet.machine(machine) else {
            return;
        };
        if let Some(state) = view.check_state() {
            self.checks.insert(view, &state);
            self.touch_textfile();
        }
    }

    /// How the check of a machine is; `None` where it is none.
    pub(super) fn check_status(&self, view: MachineView<'_>) -> Option<CheckStatus> {
        let state = view.check_state()?;
        let next = view
            .watchers()
            .find(|it| matches!(it.report(), Report::Nagios(_)))
            .and_then(|it| self.wall(it.next_run()?));
        Some(CheckStatus::of(view, &state, next, self.clock.now().wall))
    }

    /// What each check would publish of its result now: the name of its machine, and an object as JSON.
    // Compat: go-choria aagent/machine: of several watchers the last one counts.
    pub(super) fn check_reports(&self) -> Vec<(String, Vec<u8>)> {
        let time = self.clock.now().wall;
        let report = |view: MachineView<'_>| {
            let watchers = view.watchers().map(|it| (it.id(), it.report()));
            let (watcher, report) = watchers
                .filter(|(_, report)| matches!(report, Report::Nagios(_)))
                .last()?;
            let notice = Notice {
                machine: view.key(),
                time,
                happening: Happening::Watcher {
                    watcher,
                    report,
                    announced: true,
                },
            };
            let mut json = Vec::new();
            Event::new(&self.fleet, &notice)?.write_data(&mut json);
            Some((view.name().to_owned(), json))
        };
        self.fleet.machines().filter_map(report).collect()
    }

    /// All checks as Prometheus is told of them.
    pub(super) fn check_samples(&self) -> String {
        let checks: Vec<_> = self
            .fleet
            .machines()
            .filter(|it| self.checks.knows(it.key()))
            .filter_map(|view| Some((view, view.check_state()?)))
            .map(|(view, state)| (view, state.measures(), state))
            .collect();
        let samples = checks.iter().map(|(view, measures, state)| {
            let is_maintained = view.state_name() == MAINTENANCE;
            let standing = match (is_maintained, state.status) {
                (true, _) => Standing::Maintenance,
                (false, Some(status)) => status.into(),
                (false, None) => Standing::Unknown,
            };
            CheckSample {
                name: view.name(),
                status: standing.as_str(),
                code: standing.code(),
                last_run: state.check_time,
                runs: self.checks.runs(view.key()),
                runtime: state.runtime.as_secs_f64(),
                valid_until: state.valid_until.filter(|_| !is_maintained),
                maintenance: is_maintained,
                flapping: state.flapping,
                perfdata: measures.iter().collect(),
            }
        });
        chorister_events::write_checks(self.started, samples.collect())
    }

    /// Why the node is not ready, a sentence for each check.
    pub(super) fn unready(&self) -> Vec<String> {
        let now = self.clock.now().wall.as_second();
        let is_asked = |it: &MachineView<'_>| {
            self.checks.knows(it.key())
                && (self.readiness.iter().any(|name| name == it.name()) || is_annotated(*it))
        };
        let checks = self.fleet.machines().filter(is_asked);
        let mut reasons: Vec<_> = checks
            .filter_map(|view| Some((view.name(), self.check_status(view)?)))
            .filter_map(|(name, check)| Some(format!("{name} {}", objection(&check, now)?)))
            .collect();
        let missing = self.readiness.iter().filter(|it| {
            let key = self.fleet.named(it);
            !key.is_some_and(|key| self.checks.knows(key))
        });
        reasons.extend(missing.map(|it| format!("there is no check {it}")));
        reasons.sort();
        reasons
    }

    /// Does with checks what an operator wants; no name means all.
    pub(super) fn steer(&mut self, order: &Order, names: Vec<String>) -> Vec<Steered> {
        let names = match names.is_empty() {
            false => names,
            true => {
                let checks = self.fleet.machines();
                let checks = checks.filter(|it| self.checks.knows(it.key()));
                let mut names: Vec<_> = checks.map(|it| it.name().to_owned()).collect();
                names.sort();
                names
            }
        };
        let steer = |check: String| {
            let outcome = self.steer_one(order, &check).map_err(|it| it.to_string());
            Steered { check, outcome }
        };
        names.into_iter().map(steer).collect()
    }

    fn steer_one(&mut self, order: &Order, check: &str) -> Result<Fired, HandleError> {
        let key = self.fleet.named(check);
        if key.is_none_or(|it| !self.checks.knows(it)) {
            return Err(HandleError::NoCheck {
                name: check.to_owned(),
            });
        }
        match order {
            Order::Force => self.fire(check, "FORCE_CHECK"),
            Order::Resume => self.fire(check, "RESUME"),
            Order::Maintain(maintenance) => self.maintain(check, maintenance.clone()),
        }
    }

    /// Tells how all checks are together, if it is time.
    pub(super) fn publish_summary(&mut self, now: Instant) {
        let Some(every) = self.summary.every else {
            return;
        };
        if self.checks.len() == 0 {
            self.summary.due = None;
            return;
        }
        let due = self.summary.due;
        if due.is_none_or(|due| due <= now) {
            self.summary.due = now.checked_add(every);
        }
        if due.is_none_or(|due| due > now) {
            return;
        }
        let wall = self.clock.now().wall;
        let tally = self.tally(wall);
        let failing: Vec<&str> = tally.failing.iter().map(String::as_str).collect();
        let event = ChecksEvent {
            identity: self.fleet.identity(),
            time: wall,
            counts: tally
                .counts
                .map(|(standing, count)| (standing.as_str(), count)),
            stale: tally.stale,
            flapping: tally.flapping,
            failing: &failing,
        };
        self.json.clear();
        event.write_json(self.random.uuid(), &mut self.json);
        self.counts.events = self.counts.events.saturating_add(1);
        for sink in &mut self.sinks {
            sink.checks(&event, &self.json);
        }
    }

    fn tally(&self, now: Timestamp) -> Tally {
        let mut tally = Tally {
            counts: Standing::ALL.map(|it| (it, 0)),
            stale: 0,
            flapping: 0,
            failing: Vec::new(),
        };
        let checks = self
            .fleet
            .machines()
            .filter(|it| self.checks.knows(it.key()));
        for (view, check) in checks.filter_map(|it| Some((it, self.check_status(it)?))) {
            let count = tally.counts.iter_mut().find(|it| it.0 == check.status);
            if let Some((_, count)) = count {
                *count += 1;
            }
            tally.stale += u64::from(check.is_stale(now.as_second()));
            tally.flapping += u64::from(check.flapping);
            if check.is_failing(now.as_second()) {
                tally.failing.push(view.name().to_owned());
            }
        }
        tally.failing.sort();
        tally
    }
}

/// How all checks are together.
struct Tally {
    counts: [(Standing, u64); 5],
    stale: u64,
    flapping: u64,
    failing: Vec<String>,
}

/// Whether a check says that the readiness of the node depends on it.
fn is_annotated(view: MachineView<'_>) -> bool {
    let annotations = match view.check() {
        Some(check) => std::sync::Arc::clone(&check.annotations),
        None => match view.check_state() {
            Some(state) => std::sync::Arc::clone(&state.annotations),
            None => return false,
        },
    };
    annotations
        .iter()
        .any(|it| it.key == READINESS && it.value != "false")
}

/// What a check has against the node being ready.
fn objection(check: &CheckStatus, now: i64) -> Option<&'static str> {
    match check.status {
        // Somebody knows what they are doing.
        Standing::Maintenance => None,
        Standing::Critical => Some("is CRITICAL"),
        _ if check.last_check.is_none() => Some("has not run yet"),
        _ if check.is_stale(now) => Some("has not run for too long"),
        Standing::Ok | Standing::Warning | Standing::Unknown => None,
    }
}
