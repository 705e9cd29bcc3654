//! Out of the gzipped tar file.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::{Limits, Stop};
use crate::web::root;

/// The most that may stand between two entries, in bytes: long names and extended headers, which are read
/// into memory.
const HEADERS: u64 = 1 << 20;

/// How many directories deep a file may lie.
const DEPTH: usize = 64;

/// What stays of an entry's permissions: nobody else writes, and nothing runs as somebody else.
const PERMISSIONS: u32 = 0o755;

/// Unpacks an archive of files and directories into the new directory `into`.
///
/// # Errors
///
/// What is wrong with the archive, or could not be written, or that it is time to stop.
pub(super) fn unpack(
    archive: impl Read,
    into: &Path,
    limits: Limits,
    stop: &Stop,
) -> Result<(), String> {
    let mut tree = Tree {
        root: into.to_owned(),
        left: limits.entries,
        limits,
    };
    directory(&tree.root).map_err(|error| unreadable(&error))?;
    let left = Left::default();
    let mut archive = Archive::new(Metered {
        inner: MultiGzDecoder::new(BufReader::new(archive)),
        total: limits.unpacked,
        limits,
        left: left.clone(),
        stop: stop.clone(),
    });
    let mut entries = archive.entries().map_err(|error| unreadable(&error))?;
    loop {
        left.set(HEADERS);
        let Some(entry) = entries.next() else {
            return Ok(());
        };
        let mut entry = entry.map_err(|error| unreadable(&error))?;
        left.set(u64::MAX);
        tree.add(&mut entry)?;
    }
}

/// The directory that is unpacked into.
#[derive(Debug)]
struct Tree {
    root: PathBuf,
    /// How many more files and directories there may be.
    left: u32,
    limits: Limits,
}

/// How many bytes may be read before it is set again.
#[derive(Clone, Debug, Default)]
struct Left(Rc<Cell<u64>>);

/// Ends reading where it becomes too much.
struct Metered<R> {
    inner: R,
    /// How many more bytes there may be.
    total: u64,
    limits: Limits,
    left: Left,
    stop: Stop,
}

fn unreadable(error: &io::Error) -> String {
    format!("the archive cannot be unpacked: {}", root(error))
}

/// The names of a path within the archive; `None` if it leads out of it.
fn names(path: &Path) -> Option<Vec<&OsStr>> {
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => names.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(names)
}

/// Makes a directory; says whether it was not there before.
fn directory(path: &Path) -> io::Result<bool> {
    match DirBuilder::new().mode(PERMISSIONS).create(path) {
        Ok(()) => Ok(true),
        // There are no links here, so it does not lead anywhere else.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
        Err(error) => Err(error),
    }
}

// === impl Tree ===

impl Tree {
    fn add<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<(), String> {
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            return Ok(());
        }
        let bytes = entry.path_bytes().into_owned();
        let path = Path::new(OsStr::from_bytes(&bytes));
        let wrong = |what: &str| {
            // As people should see it: with what does not print escaped, and not too long.
            let shown: String = path.to_string_lossy().escape_debug().take(200).collect();
            format!("the archive cannot be unpacked: `{shown}` {what}")
        };
        let is_directory = match kind {
            EntryType::Directory => true,
            // Old archives mark directories by nothing but their names.
            EntryType::Regular => bytes.ends_with(b"/"),
            EntryType::Symlink | EntryType::Link => return Err(wrong("is a link")),
            EntryType::Char | EntryType::Block => return Err(wrong("is a device")),
            EntryType::Fifo => return Err(wrong("is a pipe")),
            _ => return Err(wrong("is neither a file nor a directory")),
        };
        let mut names = names(path).ok_or_else(|| wrong("leads out of the archive"))?;
        if names.len() > DEPTH {
            return Err(wrong(&format!("lies deeper than {DEPTH} directories")));
        }
        let failed = |error: io::Error| wrong(&format!("cannot be written: {}", root(&error)));
        let file = if is_directory { None } else { names.pop() };
        let mut at = self.root.clone();
        for name in &names {
            at.push(name);
            if directory(&at).map_err(failed)? {
                self.count()?;
            }
        }
        let mode = entry.header().mode().map_err(failed)? & PERMISSIONS;
        let Some(file) = file else {
            if !names.is_empty() {
                // The owner has to be able to remove it again.
                let mode = Permissions::from_mode(mode | 0o700);
                fs::set_permissions(&at, mode).map_err(failed)?;
            }
            return Ok(());
        };
        self.count()?;
        at.push(file);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&at)
            .map_err(failed)?;
        io::copy(entry, &mut file).map_err(failed)?;
        let mode = Permissions::from_mode(mode | 0o400);
        file.set_permissions(mode).map_err(failed)
    }

    fn count(&mut self) -> Result<(), String> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            format!(
                "the archive cannot be unpacked: it holds more than {} files and directories",
                self.limits.entries
            )
        })?;
        Ok(())
    }
}

// === impl Left ===

impl Left {
    fn set(&self, bytes: u64) {
        self.0.set(bytes);
    }
}

// === impl Metered ===

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stop.check().map_err(io::Error::other)?;
        let read = self.inner.read(buffer)?;
        let bytes = read as u64;
        self.total = self.total.checked_sub(bytes).ok_or_else(|| {
            let most = self.limits.unpacked;
            io::Error::other(format!("it unpacks to more than {most} bytes"))
        })?;
        let left = self.left.0.get().checked_sub(bytes).ok_or_else(|| {
            io::Error::other(format!("it has headers of more than {HEADERS} bytes"))
        })?;
        self.left.set(left);
        Ok(read)
    }
}
