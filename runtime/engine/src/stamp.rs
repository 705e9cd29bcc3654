//! Telling from the outside whether a file has changed.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// What changes whenever a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    device: u64,
    inode: u64,
    /// Its size, in bytes.
    pub size: u64,
    /// Its type and mode.
    pub mode: u32,
    written: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// That of a file that was looked at.
    #[must_use]
    pub fn of(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            mode: found.mode(),
            written: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }

    /// When anything about the file last changed, in Unix seconds.
    #[must_use]
    pub const fn changed(&self) -> i64 {
        self.changed.0
    }
}
