//! The rim: where specs are read and generated code is written. Everything else in this crate is pure.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A place from which specs are read. Paths are relative, with `/` between folders.
pub trait Files: Sync {
    /// Reads a regular file.
    ///
    /// # Errors
    ///
    /// What the operating system says; [`io::ErrorKind::FileTooLarge`] above `limit` bytes.
    fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>>;

    /// What a folder holds, sorted by name.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    fn list(&self, folder: &str) -> io::Result<Vec<Found>>;
}

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name; what is not UTF-8 in it is replaced.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// What something in a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File {
        /// Its size in bytes.
        size: u64,
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A folder.
    Folder,
    /// A symbolic link, a socket, a device, or a name that is not UTF-8.
    Other,
}

/// Files below a folder of this computer.
#[derive(Clone, Debug)]
pub struct Disk {
    base: PathBuf,
}

// === impl Disk ===

impl Disk {
    /// Files below `base`.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into() }
    }
}

impl Files for Disk {
    fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        let path = self.base.join(path);
        // Opening a pipe would wait for its other end.
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file",
            ));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("larger than {limit} bytes"),
            ));
        }
        Ok(bytes)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Found>> {
        let mut found = fs::read_dir(self.base.join(folder))?
            .map(|entry| {
                let entry = entry?;
                let kind = kind(&entry.metadata()?);
                let name = entry.file_name();
                let is_text = name.to_str().is_some();
                let name = name.to_string_lossy().into_owned();
                Ok(Found {
                    name,
                    kind: if is_text { kind } else { Kind::Other },
                })
            })
            .collect::<io::Result<Vec<_>>>()?;
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }
}

fn kind(metadata: &fs::Metadata) -> Kind {
    if metadata.is_dir() {
        Kind::Folder
    } else if metadata.is_file() {
        Kind::File {
            size: metadata.len(),
            executable: is_executable(metadata),
        }
    } else {
        Kind::Other
    }
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    false
}

/// Writes a file and the folders above it, unless it holds the text already.
///
/// # Errors
///
/// What the operating system says.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
