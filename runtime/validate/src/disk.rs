//! Goss files on this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chorister_goss::Files;
use chorister_lang::Text;

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

/// Files that are in the program, by their relative paths, and those of this machine from `/` on.
pub(crate) struct Embedded<'a> {
    pub(crate) files: &'a [(Text, Text)],
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
        if path.starts_with('/') {
            return Disk.read(path);
        }
        let found = self.files.iter().find(|it| it.0 == path);
        let text = found.ok_or("it is not part of the program")?;
        Ok(text.1.as_bytes().to_vec())
    }

    fn names(&self, directory: &str) -> Vec<String> {
        if directory.starts_with('/') {
            return Disk.names(directory);
        }
        let below = |path: &str| match directory {
            "" => Some(path.to_owned()),
            _ => Some(path.strip_prefix(directory)?.strip_prefix('/')?.to_owned()),
        };
        let below = self.files.iter().filter_map(|it| below(&it.0));
        let names = below.filter_map(|it| Some(it.split('/').next()?.to_owned()));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn exists(&self, path: &str) -> bool {
        match path.starts_with('/') {
            true => Disk.exists(path),
            false => self.files.iter().any(|it| it.0 == path),
        }
    }
}
