//! Events as text: lines for people, or one CloudEvent a line.

use core::time::Duration;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;

use chorister_events::{ChecksEvent, Event, ProblemEvent};
use chorister_fsm::{Level, Remark};
use chorister_ir::Machine;
use jiff::Timestamp;

use super::file::Rotated;
use super::outlet::{Outlet, Target};
use super::{Hangup, Json, Sink};

/// Lines for people on standard output.
#[derive(Debug)]
pub struct Console {
    outlet: Outlet,
    writer: chorister_events::Console,
    line: String,
}

/// One CloudEvent a line, on standard output or in a file.
#[derive(Debug)]
pub struct Jsonl {
    outlet: Outlet,
}

struct Stdout(File);

impl Console {
    /// Lines on standard output, in local time; coloured where that is a terminal and `NO_COLOR` is not set.
    ///
    /// # Errors
    ///
    /// The thread that writes cannot be started.
    pub fn stdout() -> io::Result<Self> {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        let colour = !plain && io::stdout().is_terminal();
        Ok(Self {
            outlet: Outlet::start(Stdout::new()?)?,
            writer: chorister_events::Console::new(jiff::tz::TimeZone::system(), colour),
            line: String::new(),
        })
    }

    fn pass_on(&mut self) {
        if !self.line.is_empty() {
            self.outlet
                .line(self.line.trim_end_matches('\n').as_bytes());
            self.line.clear();
        }
    }
}

impl Jsonl {
    /// Lines on standard output.
    ///
    /// # Errors
    ///
    /// The thread that writes cannot be started.
    pub fn stdout() -> io::Result<Self> {
        Ok(Self {
            outlet: Outlet::start(Stdout::new()?)?,
        })
    }

    /// Lines at the end of a file, which may be moved away at any time: a new one is made then.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or the thread that writes cannot be started.
    pub fn file(path: impl Into<PathBuf>) -> io::Result<Self> {
        Ok(Self {
            outlet: Outlet::start(Rotated::open(path.into())?)?,
        })
    }
}

impl Sink for Console {
    fn checks(&mut self, event: &ChecksEvent<'_>, _json: &[u8]) {
        self.writer.write_checks(event, &mut self.line);
        self.pass_on();
    }

    fn event(&mut self, event: &Event<'_>, _json: &mut Json<'_>) {
        self.writer.write(event, &mut self.line);
        self.pass_on();
    }

    fn remark(&mut self, time: Timestamp, machine: &Machine, remark: &Remark) -> bool {
        if remark.level < Level::Info {
            return false;
        }
        self.writer
            .write_remark(time, machine, remark, &mut self.line);
        self.pass_on();
        true
    }

    fn machine(&mut self, machine: &Machine) {
        self.writer.widen(machine);
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
        self.outlet.lost()
    }

    fn finish(&mut self, limit: Duration) {
        self.outlet.finish(limit);
    }
}

impl Sink for Jsonl {
    fn event(&mut self, event: &Event<'_>, json: &mut Json<'_>) {
        self.outlet.line(json.line(event));
    }

    fn problem(&mut self, _event: &ProblemEvent<'_>, json: &[u8]) {
        self.outlet.line(json);
    }

    fn checks(&mut self, _event: &ChecksEvent<'_>, json: &[u8]) {
        self.outlet.line(json);
    }

    fn seal(&mut self) {
        self.outlet.seal();
    }

    fn settle(&mut self) {
        self.outlet.settle();
    }

    fn reopen(&mut self) {
        self.outlet.reopen();
    }

    fn attach(&mut self, hangup: Hangup) {
        self.outlet.attach(hangup);
    }

    fn lost(&self) -> u64 {
        self.outlet.lost()
    }

    fn finish(&mut self, limit: Duration) {
        self.outlet.finish(limit);
    }
}

impl Stdout {
    /// Standard output without the buffer of the standard library, which knows nothing of partial writes.
    fn new() -> io::Result<Self> {
        Ok(Self(File::from(io::stdout().as_fd().try_clone_to_owned()?)))
    }
}

impl Target for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn name(&self) -> String {
        "standard output".to_owned()
    }
}
