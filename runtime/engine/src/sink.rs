//! Where events go.

pub(crate) mod file;
pub(crate) mod outlet;
mod stream;

use core::time::Duration;
use std::sync::Arc;

use chorister_events::{ChecksEvent, Event, ProblemEvent};
use chorister_fsm::Remark;
use chorister_ir::Machine;
use jiff::Timestamp;
use tokio::sync::Notify;

pub use outlet::{Outlet, Target};
pub use stream::{Console, Jsonl};

/// Somebody who is told each event. Calls come from the engine's loop and must not wait.
pub trait Sink: Send {
    /// Takes one event. `json` is its CloudEvent on one line, written on first use.
    fn event(&mut self, event: &Event<'_>, json: &mut Json<'_>);

    /// Takes note of what is wrong with the node, or well again. `json` is its CloudEvent on one line.
    fn problem(&mut self, _event: &ProblemEvent<'_>, _json: &[u8]) {}

    /// Takes note of how all checks are together. `json` is its CloudEvent on one line.
    fn checks(&mut self, _event: &ChecksEvent<'_>, _json: &[u8]) {}

    /// Takes a remark about a machine; true where it was shown, so that it need not be logged.
    fn remark(&mut self, _time: Timestamp, _machine: &Machine, _remark: &Remark) -> bool {
        false
    }

    /// Takes note of a machine that will have events.
    fn machine(&mut self, _machine: &Machine) {}

    /// Sets apart what was taken: from now on it waits for [`settle`](Self::settle), and what is taken later
    /// waits for the next call of this.
    fn seal(&mut self) {}

    /// Passes on what was set apart; called when what it tells is written down and cannot be taken back.
    fn settle(&mut self) {}

    /// Opens again what may have been moved away.
    fn reopen(&mut self) {}

    /// Learns whom to tell when its own reader is gone for good.
    fn attach(&mut self, _hangup: Hangup) {}

    /// How many events it could not take so far.
    fn lost(&self) -> u64 {
        0
    }

    /// Brings what was taken to its end, within the limit; called once, after everything else.
    fn finish(&mut self, _limit: Duration) {}
}

/// The CloudEvent of an event, written once for all sinks.
#[derive(Debug)]
pub struct Json<'a> {
    buffer: &'a mut Vec<u8>,
    id: [u8; 16],
}

/// Tells the engine that nobody reads its events any more, so that it may end.
#[derive(Clone, Debug)]
pub struct Hangup(Arc<Notify>);

// === impl Json ===

impl<'a> Json<'a> {
    pub(crate) fn new(buffer: &'a mut Vec<u8>, id: [u8; 16]) -> Self {
        buffer.clear();
        Self { buffer, id }
    }

    /// The line, without a line feed.
    pub fn line(&mut self, event: &Event<'_>) -> &[u8] {
        if self.buffer.is_empty() {
            event.write_json(self.id, self.buffer);
        }
        self.buffer
    }
}

// === impl Hangup ===

impl Hangup {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Notify::new()))
    }

    /// Says it.
    pub fn hang_up(&self) {
        self.0.notify_one();
    }

    /// Waits until somebody says it.
    pub(crate) async fn heard(&self) {
        self.0.notified().await;
    }
}
