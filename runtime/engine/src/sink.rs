//! Where events go.

use std::io;
use std::path::PathBuf;

use chorister_events::Event;

/// Somebody who is told each event. Calls come from the engine's loop and must not wait.
pub trait Sink: Send {
    /// Takes one event. `json` is its `CloudEvent` on one line, without the line feed, written on first use.
    fn event(&mut self, event: &Event<'_>, json: &mut Json<'_>);

    /// Closes and opens again what may have been moved away.
    fn reopen(&mut self) {}

    /// How many events it could not take so far.
    fn lost(&self) -> u64 {
        0
    }

    /// Whether its reader is gone for good, so that the node has nobody left to tell.
    fn is_closed(&self) -> bool {
        false
    }

    /// Brings everything taken so far to its end, within `limit`; called once, at the end.
    fn finish(&mut self, _limit: core::time::Duration) {}
}

/// The `CloudEvent` of an event, written once for all sinks.
pub struct Json<'a> {
    buffer: &'a mut Vec<u8>,
    id: [u8; 16],
}

/// Lines for people on standard output.
pub struct Console {}

/// One `CloudEvent` a line, on standard output or in a file.
pub struct Jsonl {}

impl<'a> Json<'a> {
    pub(crate) fn new(buffer: &'a mut Vec<u8>, id: [u8; 16]) -> Self {
        buffer.clear();
        Self { buffer, id }
    }

    /// The line, without its line feed.
    pub fn line(&mut self, event: &Event<'_>) -> &[u8] {
        if self.buffer.is_empty() {
            event.write_json(self.id, self.buffer);
        }
        self.buffer
    }
}

impl Console {
    /// Lines on standard output, coloured where that is a terminal and nobody set `NO_COLOR`.
    ///
    /// # Errors
    ///
    /// The thread that writes cannot be started.
    pub fn stdout() -> io::Result<Self> {
        Ok(Self {})
    }
}

impl Jsonl {
    /// Lines on standard output.
    ///
    /// # Errors
    ///
    /// The thread that writes cannot be started.
    pub fn stdout() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Lines at the end of a file, which may be moved away at any time: a new one is opened then.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or the thread that writes cannot be started.
    pub fn file(path: impl Into<PathBuf>) -> io::Result<Self> {
        let _ = path.into();
        Ok(Self {})
    }
}

impl Sink for Console {
    fn event(&mut self, _event: &Event<'_>, _json: &mut Json<'_>) {}
}

impl Sink for Jsonl {
    fn event(&mut self, _event: &Event<'_>, _json: &mut Json<'_>) {}
}
