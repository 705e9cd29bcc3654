//! Goss files on this machine.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chorister_goss::Files;

/// The largest goss file, in bytes.
const LARGEST: u64 = 16 << 20;

/// The files of this machine, as this process sees them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

/// The environment of this process, as templates see it.
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    let text = |it: std::ffi::OsString| it.to_string_lossy().into_owned();
    std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

/// The files of this machine and one more, which is in the program.
pub(crate) struct Embedded<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

fn read(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!(
            "it is larger than {LARGEST} bytes"
        )));
    }
    Ok(bytes)
}

/// What the operating system calls an error, in the words of other tools.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => error.to_string(),
    }
}

// === impl Disk ===

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        read(path).map_err(|error| reason(&error))
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let directory = if directory.is_empty() { "." } else { directory };
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).symlink_metadata().is_ok()
    }
}

// === impl Embedded ===

impl Files for Embedded<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        if path == self.path {
            return Ok(self.text.as_bytes().to_vec());
        }
        Disk.read(path)
    }

    fn names(&self, directory: &str) -> Vec<String> {
        Disk.names(directory)
    }

    fn exists(&self, path: &str) -> bool {
        path == self.path || Disk.exists(path)
    }
}
