//! One file of a spool, or what stands for it where the disk takes nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Lines one behind the other.
#[derive(Debug)]
pub(super) struct Segment {
    /// The offset of its first byte.
    pub(super) start: u64,
    /// Its size in bytes.
    pub(super) size: u64,
    /// How many lines there were before it since the spool was opened.
    pub(super) lines_before: u64,
    /// What it holds, where that is not on disk.
    pub(super) memory: Option<Vec<u8>>,
}

impl Segment {
    /// The offset behind its last byte.
    pub(super) const fn end(&self) -> u64 {
        self.start + self.size
    }
}

/// The file of the segment that begins at an offset.
pub(super) fn path(directory: &Path, start: u64) -> PathBuf {
    directory.join(format!("{start:020}.events"))
}

/// The offsets that files in a directory are named after, in order.
///
/// # Errors
/// The directory cannot be read.
pub(super) fn found(directory: &Path) -> io::Result<Vec<u64>> {
    let mut starts = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let start = name.to_str().and_then(|it| it.strip_suffix(".events"));
        starts.extend(start.and_then(|it| it.parse::<u64>().ok()));
    }
    starts.sort_unstable();
    Ok(starts)
}

/// Counts the lines of a file up to `end`, and gives the size without what is behind its last line feed.
///
/// # Errors
/// It cannot be read.
pub(super) fn measure(path: &Path) -> io::Result<(u64, u64)> {
    let bytes = fs::read(path)?;
    let lines = bytes.iter().filter(|it| **it == b'\n').count() as u64;
    let size = bytes
        .iter()
        .rposition(|it| *it == b'\n')
        .map_or(0, |it| it + 1);
    Ok((size as u64, lines))
}

/// Opens a file to be written from `size` on; what is behind that is half a line.
///
/// # Errors
/// It cannot be opened or not be cut.
pub(super) fn open(path: &Path, size: u64) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    file.set_len(size)?;
    file.seek(SeekFrom::Start(size))?;
    Ok(file)
}

/// Writes all, or nothing.
///
/// # Errors
/// Why nothing was written.
pub(super) fn write(mut file: &File, size: u64, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes).inspect_err(|_| {
        // Half a line would spoil the next; if it stays, both are dropped when they are read.
        let _ = file.set_len(size);
        let _ = file.seek(SeekFrom::Start(size));
    })
}

/// Reads up to `most` bytes at an offset of a file.
///
/// # Errors
/// It cannot be read.
pub(super) fn read(path: &Path, at: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
