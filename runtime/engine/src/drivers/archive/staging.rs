//! From the download to its place.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::checksum::{Checksum, Hasher};
use super::fetch::Piece;
use super::order::Order;
use super::{Limits, Stop, check, unpack};
use crate::files::at;

/// How the names of temporary directories begin.
const PREFIX: &str = ".tmp-chorister-";

/// How many names are tried for one.
const ATTEMPTS: u32 = 100;

/// Keeps their names apart.
static MADE: AtomicU64 = AtomicU64::new(0);

/// A temporary directory in the target, which makes it the same file system. It is removed when this is dropped.
#[derive(Debug)]
struct Staging {
    path: PathBuf,
    /// The directory itself, locked: what is not locked was left by a process that died.
    _lock: File,
}

/// Takes in the archive, unpacks and verifies it, and puts its directory in place of the one that is there.
///
/// # Errors
///
/// Why not; what was there is then as it was.
pub(super) fn replace(
    order: &Order,
    pieces: mpsc::Receiver<Piece>,
    limits: Limits,
    stop: &Stop,
) -> Result<(), String> {
    let staging = Staging::new(&order.target).map_err(|error| error.to_string())?;
    let archive = staging.path.join("archive.tgz");
    let found = receive(pieces, &archive, stop)?;
    if found != order.checksum {
        return Err(format!(
            "the archive has the SHA-256 {found}, not {}",
            order.checksum
        ));
    }
    let tree = staging.path.join("tree");
    let opened = File::open(&archive).map_err(|error| at(&archive, &error).to_string())?;
    unpack::unpack(opened, &tree, limits, stop)?;
    let made = order.created(&tree);
    if !made.is_dir() {
        return Err(format!(
            "the archive does not hold a directory `{}`",
            order.creates()
        ));
    }
    check::directory(&made, order.verify.as_ref(), stop).map_err(|reason| {
        let prefix = format!("{}/", tree.display());
        format!(
            "the archive is not as it should be: {}",
            reason.replace(&prefix, "")
        )
    })?;
    staging.sync();
    stop.check()?;
    staging.put(&made, &order.place())
}

/// Removes what earlier processes left in the target.
pub(super) fn sweep(target: &Path) {
    // A target that is missing or unreadable is reported by who needs it.
    for entry in fs::read_dir(target).into_iter().flatten().flatten() {
        let stale = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        if stale
            && let Ok(directory) = File::open(entry.path())
            && directory.try_lock().is_ok()
        {
            remove(&entry.path());
        }
    }
}

fn remove(directory: &Path) {
    if let Err(error) = fs::remove_dir_all(directory)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path = %directory.display(), %error, "Cannot remove a temporary directory");
    }
}

/// Writes a download to a file.
fn receive(
    mut pieces: mpsc::Receiver<Piece>,
    path: &Path,
    stop: &Stop,
) -> Result<Checksum, String> {
    let failed = |error| at(path, &error).to_string();
    let mut file = File::create_new(path).map_err(failed)?;
    let mut hasher = Hasher::new();
    while let Some(piece) = pieces.blocking_recv() {
        stop.check()?;
        match piece {
            Piece::Bytes(bytes) => {
                hasher.update(&bytes);
                file.write_all(&bytes).map_err(failed)?;
            }
            Piece::End => return Ok(hasher.finish()),
        }
    }
    Err("the download was given up".to_owned())
}

/// Swaps two directories at once, so that readers always find one. Not every system or file system can.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Puts `made` where `place` is and keeps that as `old`, or puts it back.
fn rename(made: &Path, place: &Path, old: &Path) -> Result<(), String> {
    let failed = |error| at(place, &error).to_string();
    let had = match fs::rename(place, old) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(error)),
    };
    let Err(error) = fs::rename(made, place) else {
        return Ok(());
    };
    if had && let Err(lost) = fs::rename(old, place) {
        return Err(format!(
            "{}; nor can the old one be put back: {lost}",
            failed(error)
        ));
    }
    Err(failed(error))
}

// === impl Staging ===

impl Staging {
    fn new(target: &Path) -> io::Result<Self> {
        fs::create_dir_all(target).map_err(|error| at(target, &error))?;
        for _ in 0..ATTEMPTS {
            let number = MADE.fetch_add(1, Ordering::Relaxed);
            let path = target.join(format!("{PREFIX}{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {}
                // A process of the same number died and its directory could not be removed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(at(&path, &error)),
            }
            if let Some(lock) = Self::lock(&path) {
                return Ok(Self { path, _lock: lock });
            }
            // Somebody took it for a stale one in the moment before it was locked.
        }
        let reason = io::Error::other("cannot make a temporary directory");
        Err(at(target, &reason))
    }

    /// Locks a directory; `None` if that is no longer there.
    fn lock(path: &Path) -> Option<File> {
        let directory = File::open(path).ok()?;
        // A file system without locks has no sweepers either, as they need them too.
        if let Err(fs::TryLockError::WouldBlock) = directory.try_lock() {
            return None;
        }
        let same = directory.metadata().ok()?.ino() == fs::symlink_metadata(path).ok()?.ino();
        same.then_some(directory)
    }

    /// Without checksums a file that a loss of power cut short would never be noticed.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn sync(&self) {
        if let Err(error) = rustix::fs::syncfs(&self._lock) {
            tracing::debug!(path = %self.path.display(), %error, "Cannot sync");
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn sync(&self) {
        rustix::fs::sync();
    }

    fn put(&self, made: &Path, place: &Path) -> Result<(), String> {
        // The old one is then where the new one was, and goes with the rest.
        exchange(made, place).or_else(|_| rename(made, place, &self.path.join("old")))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_way_of_replacing_leaves_one_whole_directory() {
        let root = tempfile::tempdir().unwrap();
        let [made, place, old] = ["made", "place", "old"].map(|name| root.path().join(name));
        for (name, replaced) in [("first", false), ("second", true)] {
            fs::create_dir(&made).unwrap();
            fs::write(made.join(name), "").unwrap();
            rename(&made, &place, &old).unwrap();
            assert!(place.join(name).exists());
            assert_eq!(old.join("first").exists(), replaced);
        }
        fs::remove_dir_all(&old).unwrap();

        // There is nothing to put in place any more.
        let reason = rename(&made, &place, &old).unwrap_err();
        assert!(
            reason.ends_with("No such file or directory (os error 2)"),
            "{reason}"
        );
        assert!(place.join("second").exists() && !old.exists());
    }

    #[test]
    fn a_temporary_directory_in_use_is_not_swept() {
        let root = tempfile::tempdir().unwrap();
        let staging = Staging::new(root.path()).unwrap();
        sweep(root.path());
        assert!(staging.path.exists());
        drop(staging);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }
}
