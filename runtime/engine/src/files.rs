//! Files that compiled machines bring with them.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Keeps the names of temporary files apart.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// A file that lies beside `machine.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundledFile {
    /// Where it goes, relative to the machine's directory, with `/` between folders; never leads out of it.
    pub path: &'static str,
    /// Whether it may be executed: mode 0755 then, 0644 otherwise.
    pub executable: bool,
    /// What it holds.
    pub content: &'static [u8],
}

/// Writes the files of a machine into its directory, which is made where it is missing.
///
/// A file that is as it should be is not touched; any other is replaced as a whole, so that a command that
/// is running never sees half of one. Files that are not listed stay.
///
/// # Errors
///
/// What the file system said, with the path.
pub(crate) fn materialise(directory: &Path, files: &[BundledFile]) -> io::Result<()> {
    private_directory(directory)?;
    for file in files {
        let relative = Path::new(file.path);
        if !relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("bundled file `{}` leads out of its directory", file.path),
            ));
        }
        let path = directory.join(relative);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| at(parent, &error))?;
        }
        let mode = if file.executable { 0o755 } else { 0o644 };
        if !is_written(&path, mode, file.content) {
            replace(&path, file.content, mode)?;
        }
    }
    Ok(())
}

/// Makes a directory that only this user enters; its parents are made as the umask says.
///
/// # Errors
///
/// What the file system said, with the path.
pub(crate) fn private_directory(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory);
    made.map_err(|error| at(directory, &error))
}

/// Puts content under a path at once: readers see the old file or the new one.
///
/// For what is written anew all the time: it does not wait for the medium, and a loss of power may leave an empty file.
///
/// # Errors
///
/// What the file system said, with the path. The old file is then as it was.
pub fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let written = write_beside(path, content, mode).and_then(|temporary| {
        fs::rename(&temporary, path).inspect_err(|_| {
            // What is left over is worth nothing; the error above is what counts.
            let _ = fs::remove_file(&temporary);
        })
    });
    written.map_err(|error| at(path, &error))
}

/// An error that names the path it is about.
pub(crate) fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Writes a temporary file into the directory of `path`, for a later rename.
fn write_beside(path: &Path, content: &[u8], mode: u32) -> io::Result<PathBuf> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt;
    let temporary = temporary(path);
    // A file of this name is left over from a process that died; `create_new` never follows a link.
    let _ = fs::remove_file(&temporary);
    let written = (|| {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(content)?;
        file.set_permissions(Permissions::from_mode(mode))
    })();
    match written {
        Ok(()) => Ok(temporary),
        Err(error) => {
            let _ = fs::remove_file(&temporary);
            Err(error)
        }
    }
}

/// A name beside `path` that nothing else of this process uses.
pub(crate) fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name.chars().take(60).collect();
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.{}-{number}.tmp", std::process::id()))
}

fn is_written(path: &Path, mode: u32, content: &[u8]) -> bool {
    let Ok(found) = fs::symlink_metadata(path) else {
        return false;
    };
    found.is_file()
        && found.permissions().mode() & 0o7777 == mode
        && found.len() == content.len() as u64
        && fs::read(path).is_ok_and(|it| it == content)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: BundledFile = BundledFile {
        path: "bin/x.sh",
        executable: true,
        content: b"#!/bin/sh\n",
    };

    #[test]
    fn files_are_written_with_their_modes() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("machines/one");
        materialise(&directory, &[SCRIPT]).unwrap();
        let path = directory.join("bin/x.sh");
        assert_eq!(fs::read(&path).unwrap(), SCRIPT.content);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
            0o755
        );
        assert_eq!(
            fs::metadata(&directory).unwrap().permissions().mode() & 0o7777,
            0o700
        );
    }

    #[test]
    fn a_file_as_it_should_be_is_left_alone_and_another_replaced() {
        use std::os::unix::fs::MetadataExt;
        let root = tempfile::tempdir().unwrap();
        materialise(root.path(), &[SCRIPT]).unwrap();
        let path = root.path().join("bin/x.sh");
        let first = fs::metadata(&path).unwrap().ino();
        materialise(root.path(), &[SCRIPT]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().ino(), first);
        fs::write(&path, "tampered").unwrap();
        materialise(root.path(), &[SCRIPT]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), SCRIPT.content);
        assert_eq!(fs::read_dir(root.path().join("bin")).unwrap().count(), 1);
    }

    #[test]
    fn no_file_leads_out() {
        let root = tempfile::tempdir().unwrap();
        for path in ["../x", "/x", "a/../../x"] {
            let file = BundledFile { path, ..SCRIPT };
            assert!(
                materialise(&root.path().join("m"), &[file]).is_err(),
                "{path}"
            );
        }
        assert!(!root.path().join("x").exists());
    }
}
