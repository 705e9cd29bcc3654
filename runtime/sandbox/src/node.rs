//! What a node needs for itself, whatever its machines do.

use std::ffi::OsString;
use std::path::PathBuf;

/// What a node needs for itself.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Where it keeps its state; has to exist.
    pub state_dir: PathBuf,
    /// The file that events are written to; it may be moved away and made again.
    pub events: Option<PathBuf>,
    /// Files that it reads, such as that of its facts; they may be replaced.
    pub files: Vec<PathBuf>,
    /// Directories whose files it reads.
    pub folders: Vec<PathBuf>,
    /// Where the Prometheus text file is written.
    pub textfile_dir: Option<PathBuf>,
    /// Where machines are loaded from, with programs of their own.
    pub machines: Option<PathBuf>,
    /// The TCP port that it serves.
    pub listen: Option<u16>,
    /// Files that it reads, which may be replaced.
    pub read: Vec<PathBuf>,
    /// Programs that it runs whatever its machines do: paths, or bare names.
    pub exec: Vec<String>,
    /// TCP ports that it connects to whatever its machines do.
    pub connect: Vec<u16>,
    /// The folders in which bare names of programs are searched, as in `PATH`.
    pub search: OsString,
}
