//! Which file a command means.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// Where programs are searched when nobody says.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The folders in which the commands of this process are searched, written like `PATH`.
#[must_use]
pub fn search_folders() -> OsString {
    std::env::var_os("PATH").unwrap_or_else(|| USUAL_PATH.into())
}

/// The file that `command` means in a machine whose directory is `directory`.
///
/// With a slash it is a path, and a relative one starts in the directory. Without one it is searched in the
/// folders of `search`, written like `PATH`, and then in the directory, which is the order of the `PATH`
/// that commands are given.
///
/// # Errors
///
/// Why it cannot be run, and what to do about it.
pub fn find(command: &str, directory: &Path, search: &OsStr) -> Result<PathBuf, String> {
    if command.is_empty() {
        return Err("the command is empty".to_owned());
    }
    if command.contains('/') {
        let path = directory.join(command.strip_prefix("./").unwrap_or(command));
        return runnable(&path, command).unwrap_or_else(|| {
            Err(format!(
                "`{command}` does not exist{}",
                below(command, directory)
            ))
        });
    }
    // A file of that name which cannot be run is passed over, but it is what the message is about.
    let mut unusable = None;
    for folder in std::env::split_paths(search).filter(|it| it.is_absolute()) {
        match runnable(&folder.join(command), command) {
            Some(Ok(path)) => return Ok(path),
            Some(Err(reason)) => unusable = unusable.or(Some(reason)),
            None => {}
        }
    }
    match runnable(&directory.join(command), command) {
        Some(result) => result,
        None => Err(unusable.unwrap_or_else(|| {
            format!(
                "`{command}` is neither in a folder of PATH nor in {}",
                directory.display()
            )
        })),
    }
}

/// The path, if a file is there that may be executed; `None` if there is nothing.
fn runnable(path: &Path, command: &str) -> Option<Result<PathBuf, String>> {
    match access(path, Access::EXEC_OK) {
        Ok(()) if path.is_dir() => Some(Err(format!("`{command}` is a directory"))),
        Ok(()) => Some(Ok(path.to_owned())),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => None,
        Err(rustix::io::Errno::ACCESS) if path.is_dir() => {
            Some(Err(format!("`{command}` is a directory")))
        }
        Err(rustix::io::Errno::ACCESS) if path.exists() => Some(Err(format!(
            "`{command}` is not executable: run chmod +x {}",
            path.display()
        ))),
        Err(error) => Some(Err(format!("`{command}` cannot be run: {error}"))),
    }
}

fn below(command: &str, directory: &Path) -> String {
    if command.starts_with('/') {
        String::new()
    } else {
        format!(" in {}", directory.display())
    }
}
