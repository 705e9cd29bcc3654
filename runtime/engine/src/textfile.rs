//! The text file for the Prometheus node exporter.

use core::time::Duration;
use std::io;
use std::path::PathBuf;

use chorister_events::{Event, PROMETHEUS_FILE, Prometheus};
use chorister_fsm::MachineKey;
use tokio::time::Instant;

use crate::files;

/// How long changes are collected before the file is written; node exporters read far less often.
const COLLECT: Duration = Duration::from_secs(1);

/// The measurements of all machines, and when to write them next.
pub(crate) struct Textfile {
    path: PathBuf,
    series: Prometheus,
    due: Option<Instant>,
    is_writing: bool,
}

/// What is to be written now.
#[derive(Debug)]
pub(crate) struct Rendered {
    path: PathBuf,
    text: String,
}

impl Textfile {
    /// # Errors
    ///
    /// The directory does not exist.
    pub(crate) fn new(directory: &std::path::Path) -> io::Result<Self> {
        let directory = directory.canonicalize()?;
        if !directory.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self {
            path: directory.join(PROMETHEUS_FILE),
            series: Prometheus::default(),
            due: None,
            is_writing: false,
        })
    }

    /// Takes note of an event.
    pub(crate) fn observe(&mut self, event: &Event<'_>, now: Instant) {
        if self.series.observe(event) {
            self.touch(now);
        }
    }

    /// Forgets a machine.
    pub(crate) fn remove(&mut self, machine: MachineKey, now: Instant) {
        if self.series.remove(machine) {
            self.touch(now);
        }
    }

    /// Lets the file be written again, for what is told of the node itself.
    pub(crate) fn touch(&mut self, now: Instant) {
        if self.due.is_none() {
            self.due = now.checked_add(COLLECT);
        }
    }

    /// When there will be something to write.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due.filter(|_| !self.is_writing)
    }

    /// What to write, if it is time, and `figures` of the node itself; `force` does not wait.
    pub(crate) fn next(
        &mut self,
        now: Instant,
        force: bool,
        figures: impl FnOnce() -> String,
    ) -> Option<Rendered> {
        self.due().filter(|due| force || *due <= now)?;
        self.due = None;
        self.is_writing = true;
        Some(Rendered {
            path: self.path.clone(),
            text: self.series.render() + &figures(),
        })
    }

    /// Whether nothing is being written.
    pub(crate) fn is_settled(&self) -> bool {
        !self.is_writing
    }

    /// Takes note of the end of a write.
    pub(crate) fn written(&mut self) {
        self.is_writing = false;
    }
}

impl Rendered {
    /// Replaces the file; blocks.
    ///
    /// # Errors
    ///
    /// What the file system said, with the path.
    pub(crate) fn write(&self) -> io::Result<()> {
        files::replace(&self.path, self.text.as_bytes(), 0o644)
    }
}
