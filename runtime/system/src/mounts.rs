//! What is mounted, and how full it is.

use core::time::Duration;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfs, statvfs};

use crate::aside::aside;

/// File systems whose figures the kernel has at hand, whatever happens elsewhere.
const LOCAL: [&str; 17] = [
    "bcachefs",
    "btrfs",
    "devtmpfs",
    "erofs",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "hugetlbfs",
    "jfs",
    "overlay",
    "squashfs",
    "sysfs",
    "tmpfs",
    "vfat",
    "xfs",
    "zfs",
];

/// A file system at its place in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where it is: absolute, without symbolic links.
    pub point: PathBuf,
    /// The folder of the file system that is seen there; `/` unless a part of it was bound.
    pub root: PathBuf,
    /// What holds its data: a device, `server:/export`, or a word where there is nothing to name.
    pub source: String,
    /// Its type, such as `ext4` or `fuse.sshfs`.
    pub filesystem: String,
    /// Major and minor number of its device.
    pub device: (u32, u32),
    /// How it is mounted at this place: `rw`, `noexec`, `relatime`, in the kernel's order.
    pub options: Vec<String>,
    /// What holds wherever it is mounted, in the kernel's order.
    pub super_options: Vec<String>,
}

/// How full a file system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Its size, in bytes; 0 for those that hold nothing, such as `proc`.
    pub total: u64,
    /// What is not used, in bytes, with what only root may take.
    pub free: u64,
    /// What anybody may take, in bytes.
    pub available: u64,
    /// How many files it can hold; 0 where it has no such limit.
    pub inodes: u64,
    /// How many more files it can hold.
    pub inodes_free: u64,
}

/// What is mounted in this process' view of the tree, the oldest mounts first.
///
/// # Errors
///
/// `/proc/self/mountinfo` cannot be read.
pub fn mounts() -> io::Result<Vec<Mount>> {
    Ok(parse(&fs::read("/proc/self/mountinfo")?))
}

/// The mount that is seen at a mount point, the newest where several are stacked.
#[must_use]
pub fn at<'a>(mounts: &'a [Mount], point: &Path) -> Option<&'a Mount> {
    mounts.iter().rev().find(|it| it.point == point)
}

/// The mount that a path without symbolic links lies in.
#[must_use]
pub fn holding<'a>(mounts: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    path.ancestors().find_map(|folder| at(mounts, folder))
}

/// How full the file system is that holds a path.
///
/// A server that does not answer keeps a thread, never the caller ([`aside`]).
///
/// # Errors
///
/// The path cannot be reached, or nothing answers within `deadline` ([`io::ErrorKind::TimedOut`]).
pub async fn usage(mounts: &[Mount], path: &Path, deadline: Duration) -> io::Result<Usage> {
    if at(mounts, path).is_some_and(|it| LOCAL.contains(&it.filesystem.as_str())) {
        return Ok(Usage::new(&statvfs(path)?));
    }
    let asked = path.to_owned();
    let answer = aside(path, deadline, move || statvfs(&asked)).await?;
    Ok(Usage::new(&answer?))
}

/// Reads `/proc/self/mountinfo`; lines that are not as the kernel writes them are left out.
fn parse(text: &[u8]) -> Vec<Mount> {
    text.split(|&byte| byte == b'\n').filter_map(line).collect()
}

fn line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|&byte| byte == b' ');
    let device = fields.nth(2)?;
    let root = fields.next()?;
    let point = fields.next()?;
    let options = fields.next()?;
    // Optional fields end at a single dash.
    fields.find(|it| *it == b"-")?;
    let filesystem = fields.next()?;
    let source = fields.next()?;
    let super_options = fields.next().unwrap_or_default();
    let (major, minor) = core::str::from_utf8(device).ok()?.split_once(':')?;
    Some(Mount {
        point: path(point),
        root: path(root),
        source: text(source),
        filesystem: text(filesystem),
        device: (major.parse().ok()?, minor.parse().ok()?),
        options: list(options),
        super_options: list(super_options),
    })
}

fn path(field: &[u8]) -> PathBuf {
    OsString::from_vec(unescape(field)).into()
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(&unescape(field)).into_owned()
}

/// Cuts options at commas that are not inside double quotes.
fn list(field: &[u8]) -> Vec<String> {
    let mut quoted = false;
    let options = field.split(|&byte| {
        quoted ^= byte == b'"';
        byte == b',' && !quoted
    });
    options.filter(|it| !it.is_empty()).map(text).collect()
}

/// Reads `\040` and its like, which the kernel writes for spaces, tabs, line feeds and backslashes.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after
            .first_chunk::<3>()
            .filter(|_| first == b'\\')
            .and_then(|digits| u8::from_str_radix(core::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = after
            .get(if escaped.is_some() { 3 } else { 0 }..)
            .unwrap_or_default();
    }
    bytes
}

// === impl Usage ===

impl Usage {
    fn new(stat: &StatVfs) -> Self {
        let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
        Self {
            total: bytes(stat.f_blocks),
            free: bytes(stat.f_bfree),
            available: bytes(stat.f_bavail),
            inodes: stat.f_files,
            inodes_free: stat.f_ffree,
        }
    }

    /// What is used, in bytes.
    #[must_use]
    pub const fn used(&self) -> u64 {
        self.total.saturating_sub(self.free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_apart_with_and_without_optional_ones() {
        let mounts = parse(
            b"36 35 98:0 /mnt1 /mnt/two\\040words rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n\
              22 27 0:21 / /proc rw,relatime - proc proc rw\nnonsense\n\n",
        );
        assert_eq!(mounts.len(), 2);
        let first = &mounts[0];
        assert_eq!(first.point, Path::new("/mnt/two words"));
        assert_eq!(first.root, Path::new("/mnt1"));
        assert_eq!(
            (first.source.as_str(), first.filesystem.as_str()),
            ("/dev/root", "ext3")
        );
        assert_eq!(first.device, (98, 0));
        assert_eq!(first.options, ["rw", "noatime"]);
        assert_eq!(first.super_options, ["rw", "errors=continue"]);
    }

    #[test]
    fn a_comma_in_quotes_is_part_of_an_option() {
        let mounts = parse(b"1 2 0:1 / /a rw - overlay overlay rw,context=\"a,b\",x");
        assert_eq!(mounts[0].super_options, ["rw", "context=\"a,b\"", "x"]);
    }

    #[test]
    fn the_newest_of_stacked_mounts_is_seen() {
        let mounts = parse(
            b"1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / /data rw - ext4 b rw\n3 2 0:3 / /data rw - xfs c rw\n",
        );
        assert_eq!(at(&mounts, Path::new("/data")).unwrap().source, "c");
        assert_eq!(
            holding(&mounts, Path::new("/data/x/y")).unwrap().source,
            "c"
        );
        assert_eq!(holding(&mounts, Path::new("/datum")).unwrap().source, "a");
    }

    #[tokio::test]
    async fn the_root_is_mounted_and_measured() {
        let mounts = mounts().unwrap();
        let root = usage(&mounts, Path::new("/"), Duration::from_secs(10))
            .await
            .unwrap();
        assert!(root.total >= root.free && root.free >= root.available && root.total > 0);
    }

    #[tokio::test]
    async fn a_path_that_is_not_there_is_an_error() {
        let error = usage(&[], Path::new("/nowhere/at/all"), Duration::from_secs(10))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
