//! What monitoring systems are told: text files, metrics over HTTP, readiness.

use chorister_events::{CHECKS_FILE, PROMETHEUS_FILE, Prometheus};
use chorister_fsm::MachineKey;
use tokio::time::Instant;

use super::{Chore, Engine};
use crate::figures::{self, Figure};

impl Engine {
    /// Has the text files written again before long.
    pub(super) fn touch_textfile(&mut self) {
        if let Some(textfile) = &mut self.textfile {
            textfile.touch(Instant::now(), self.checks.len());
        }
    }

    /// Forgets the measurements of a machine.
    pub(super) fn forget_series(&mut self, machine: MachineKey) {
        if let Some(series) = &mut self.series
            && series.remove(machine)
        {
            self.touch_textfile();
        }
    }

    /// Writes the text files, if it is time; `force` does not wait.
    pub(super) fn write_metrics(&mut self, now: Instant, force: bool) {
        let Some(mut textfile) = self.textfile.take() else {
            return;
        };
        let rendered = textfile.next(now, force, || {
            [
                (PROMETHEUS_FILE, self.measurements() + &self.figures()),
                (CHECKS_FILE, self.check_samples()),
            ]
        });
        self.textfile = Some(textfile);
        if let Some(rendered) = rendered {
            self.chores.spawn_blocking(move || Chore::Textfile {
                error: rendered.write().err().map(|it| it.to_string()),
            });
        }
    }

    /// Everything that the text files hold, at once.
    pub(super) fn metrics(&mut self) -> String {
        self.measurements() + &self.check_samples() + &self.figures()
    }

    fn measurements(&self) -> String {
        let series = self.series.as_ref();
        series.map_or_else(String::new, Prometheus::render)
    }

    /// The node's own figures.
    fn figures(&mut self) -> String {
        let mono = self.clock.now().mono;
        self.store.status().figures()
            + &self.node_figures()
            + &self.notifier.figures()
            + &self.budget.figures(mono)
            + &self.exposed.iter().map(|it| it()).collect::<String>()
    }

    fn node_figures(&self) -> String {
        let counts = self.counts;
        let lost = self.sinks.iter().map(|it| it.lost()).sum();
        let count = |count: u64| Some(count as f64);
        let size = |size: usize| Some(size as f64);
        let figures: [Figure; 9] = [
            (
                "start_timestamp_seconds",
                "gauge",
                "When the node started",
                Some(self.started.as_second() as f64),
            ),
            (
                "problems",
                "gauge",
                "What an operator has to see to",
                size(self.problems.len()),
            ),
            (
                "machines",
                "gauge",
                "Machines that run",
                size(self.fleet.len()),
            ),
            (
                "jobs",
                "gauge",
                "Work that is being done",
                size(self.jobs.len()),
            ),
            (
                "jobs_total",
                "counter",
                "Work that was started",
                count(counts.jobs),
            ),
            (
                "transitions_total",
                "counter",
                "Changes of state",
                count(counts.transitions),
            ),
            (
                "events_total",
                "counter",
                "Events that were published",
                count(counts.events),
            ),
            (
                "events_lost_total",
                "counter",
                "Events that somebody could not take",
                count(lost),
            ),
            (
                "panics_total",
                "counter",
                "Work that failed by a mistake of the program",
                count(counts.panics),
            ),
        ];
        figures::render("chorister_", &figures)
    }
}
