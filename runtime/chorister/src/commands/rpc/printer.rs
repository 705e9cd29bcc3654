//! Where answers are printed, and how progress is shown meanwhile.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use super::super::{Failure, say};

/// How wide the bar is, in characters.
const WIDTH: usize = 40;

/// Prints answers, and shows progress on a terminal.
pub(super) struct Printer {
    file: Option<File>,
    /// Whether somebody looks at a terminal.
    is_watched: bool,
    /// Whether progress is on the screen.
    is_shown: bool,
    /// Whether somebody still reads.
    is_read: bool,
}

impl Printer {
    /// Prints into a file, or to standard output.
    pub(super) fn new(file: Option<&Path>, with_progress: bool) -> Result<Self, Failure> {
        let create = |path: &Path| {
            File::create(path).map_err(|error| {
                Failure::Impossible(format!("cannot write {}: {error}", path.display()))
            })
        };
        Ok(Self {
            file: file.map(create).transpose()?,
            is_watched: with_progress && io::stderr().is_terminal(),
            is_shown: false,
            is_read: true,
        })
    }

    /// Prints an answer. Whoever has gone away has seen enough.
    pub(super) fn print(&mut self, text: impl Display) -> Result<(), Failure> {
        self.clear();
        match &mut self.file {
            Some(file) => write!(file, "{text}")
                .map_err(|error| Failure::Impossible(format!("cannot write: {error}"))),
            None => {
                self.is_read = self.is_read && say(text)?;
                // A line that is not at its end yet is to be seen too.
                let _ = io::stdout().flush();
                Ok(())
            }
        }
    }

    /// Whether somebody still reads.
    pub(super) const fn is_read(&self) -> bool {
        self.is_read
    }

    /// Shows how many of the nodes have answered.
    pub(super) fn progress(&mut self, answered: usize, of: usize) {
        if !self.is_watched {
            return;
        }
        let filled = (WIDTH * answered.min(of)).checked_div(of);
        let filled = filled.unwrap_or(WIDTH).min(WIDTH);
        let (done, open) = ("█".repeat(filled), "░".repeat(WIDTH - filled));
        // With standard error gone there is nobody to show it to.
        let _ = write!(io::stderr(), "\r\x1b[K{answered} / {of} {done}{open}");
        self.is_shown = true;
    }

    /// Takes progress off the screen.
    pub(super) fn clear(&mut self) {
        if core::mem::take(&mut self.is_shown) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.clear();
    }
}
