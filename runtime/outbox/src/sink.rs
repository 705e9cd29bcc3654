//! The engine's events on their way into the spool.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use chorister_engine::sink::{self, Hangup, Json, Outlet, Target};
use chorister_events::{ChecksEvent, Event, ProblemEvent};

use crate::Spool;
use crate::line::{Line, event_id};

/// Puts each event of an engine into a spool.
#[derive(Debug)]
pub struct Sink {
    outlet: Outlet,
    spool: Arc<Spool>,
    line: Vec<u8>,
}

/// The subject of what is wrong with a node. Nodes may publish below `choria.machine.watcher`, and `CHORIA_MACHINE`
/// keeps it.
const PROBLEM: &str = "choria.machine.watcher.problem.node";

/// The subject of how all checks of a node are.
const CHECKS: &str = "choria.machine.watcher.checks.node";

impl Sink {
    /// One that puts events into this spool.
    ///
    /// # Errors
    /// The thread that writes cannot be started.
    pub fn new(spool: Arc<Spool>) -> io::Result<Self> {
        Ok(Self {
            outlet: Outlet::start(Writer(Arc::clone(&spool)))?,
            spool,
            line: Vec::new(),
        })
    }

    fn put(&mut self, subject: &str, json: &[u8]) {
        self.line.clear();
        let id = event_id(json);
        let line = Line {
            subject,
            id,
            payload: json,
        };
        line.write(&mut self.line);
        self.outlet.line(&self.line);
    }
}

impl sink::Sink for Sink {
    fn event(&mut self, event: &Event<'_>, json: &mut Json<'_>) {
        self.put(event.subject(), json.line(event));
    }

    fn problem(&mut self, _event: &ProblemEvent<'_>, json: &[u8]) {
        self.put(PROBLEM, json);
    }

    fn checks(&mut self, _event: &ChecksEvent<'_>, json: &[u8]) {
        self.put(CHECKS, json);
    }

    fn seal(&mut self) {
        self.outlet.seal();
    }

    fn settle(&mut self) {
        self.outlet.settle();
    }

    fn attach(&mut self, hangup: Hangup) {
        self.outlet.attach(hangup);
    }

    fn lost(&self) -> u64 {
        self.outlet
            .lost()
            .saturating_add(self.spool.tally().dropped)
    }

    fn finish(&mut self, limit: Duration) {
        self.outlet.finish(limit);
    }
}

/// The thread's side of a spool.
pub(crate) struct Writer(pub(crate) Arc<Spool>);

impl Target for Writer {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.0.append(lines);
        Ok(lines.len())
    }

    fn name(&self) -> String {
        self.0.directory().display().to_string()
    }
}
