//! Where the files of the system are.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The most that is read of a file, in bytes.
const MOST: u64 = 1 << 20;

/// The most entries of a directory that are looked at.
const ENTRIES: usize = 4096;

/// The top of a tree of files: that of this system, or one that was made for a test.
#[derive(Clone, Debug)]
pub struct Root(PathBuf);

impl Root {
    /// The tree of this system.
    #[must_use]
    pub fn system() -> Self {
        Self("/".into())
    }

    /// Another tree.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The text of a file, without the white space around it; `None` where it cannot be read or is empty.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let mut bytes = Vec::new();
        fs::File::open(self.path(path))
            .ok()?
            .take(MOST)
            .read_to_end(&mut bytes)
            .ok()?;
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// The names in a directory, in order.
    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(path))
            .into_iter()
            .flatten()
            .flatten();
        let mut names: Vec<String> = entries
            .take(ENTRIES)
            .filter_map(|it| it.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }

    /// Whether there is something.
    pub(super) fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.join(Path::new(path.trim_start_matches('/')))
    }
}
