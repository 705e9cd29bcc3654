//! The text files for the Prometheus node exporter.

use core::time::Duration;
use std::io;
use std::path::{Path, PathBuf};

use tokio::time::Instant;

use crate::files;

/// How long changes are collected before the files are written; node exporters read far less often.
const COLLECT: Duration = Duration::from_secs(1);

/// How much longer for each check, so that many checks do not cost more than a little of the loop's time.
const COLLECT_EACH: Duration = Duration::from_millis(1);

/// Where the files are, and when to write them next.
pub(crate) struct Textfile {
    directory: PathBuf,
    due: Option<Instant>,
    is_writing: bool,
}

/// What is to be written now.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// Path and text of each file.
    files: Vec<(PathBuf, String)>,
}

impl Textfile {
    /// # Errors
    ///
    /// The directory does not exist.
    pub(crate) fn new(directory: &Path) -> io::Result<Self> {
        let directory = directory.canonicalize()?;
        if !directory.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self {
            directory,
            due: None,
            is_writing: false,
        })
    }

    /// Lets the files be written again, of which so many checks are part.
    pub(crate) fn touch(&mut self, now: Instant, checks: usize) {
        if self.due.is_none() {
            let checks = u32::try_from(checks).unwrap_or(u32::MAX);
            self.due = now.checked_add(COLLECT + COLLECT_EACH.saturating_mul(checks));
        }
    }

    /// When there will be something to write.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due.filter(|_| !self.is_writing)
    }

    /// What to write, if it is time: name and text of each file; `force` does not wait.
    pub(crate) fn next<const N: usize>(
        &mut self,
        now: Instant,
        force: bool,
        render: impl FnOnce() -> [(&'static str, String); N],
    ) -> Option<Rendered> {
        self.due().filter(|due| force || *due <= now)?;
        self.due = None;
        self.is_writing = true;
        let files = render().map(|(name, text)| (self.directory.join(name), text));
        Some(Rendered {
            files: files.into(),
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
    /// Replaces the files; blocks.
    ///
    /// # Errors
    ///
    /// What the file system said, with the path.
    pub(crate) fn write(&self) -> io::Result<()> {
        self.files
            .iter()
            .try_for_each(|(path, text)| files::replace(path, text.as_bytes(), 0o644))
    }
}
