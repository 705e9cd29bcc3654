//! What a file is, whose it is, and what is in it.
//!
//! These functions block, as file systems do. They are not held up by pipes and terminals that nobody writes to.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use digest::Digest;
use md5::Md5;
use rustix::fs::OFlags;
use sha2::{Sha256, Sha512};

/// A file itself, not what a link points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// What it is.
    pub kind: Kind,
    /// Its permissions with the set-id and sticky bits, `0o7777` at most.
    pub mode: u32,
    /// The number of the user who owns it.
    pub user: u32,
    /// The number of the group that owns it.
    pub group: u32,
    /// In bytes.
    pub size: u64,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A Unix socket.
    Socket,
    /// A named pipe.
    Pipe,
    /// A block device.
    BlockDevice,
    /// A character device.
    CharacterDevice,
}

/// A way to sum up a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// MD5, 128 bits; no protection against anybody who means harm.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// What is at a path; `None` for nothing. Links are not followed.
///
/// # Errors
///
/// It cannot be told whether something is there.
pub fn attributes(path: &Path) -> io::Result<Option<Attributes>> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(Attributes::from(&metadata))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where a symbolic link points to, as it is written.
///
/// # Errors
///
/// It is no link, or cannot be read.
pub fn link_target(path: &Path) -> io::Result<PathBuf> {
    std::fs::read_link(path)
}

/// What is in a file. Links are followed.
///
/// # Errors
///
/// It cannot be read, or holds more than `most` bytes ([`io::ErrorKind::FileTooLarge`]).
pub fn contents(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let text = format!("it holds more than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// The sum of a regular file's contents in lower-case hexadecimal digits. Links are followed.
///
/// # Errors
///
/// It cannot be read, or is something without an end.
pub fn digest(path: &Path, hash: Hash) -> io::Result<String> {
    let file = open(path)?;
    if !file.metadata()?.is_file() {
        let text = "it is not a regular file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    match hash {
        Hash::Md5 => sum::<Md5>(file),
        Hash::Sha256 => sum::<Sha256>(file),
        Hash::Sha512 => sum::<Sha512>(file),
    }
}

/// Opens a file without waiting for somebody at the other end of a pipe. Links are followed.
///
/// # Errors
///
/// It cannot be read.
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
}

fn sum<D: Digest>(mut file: File) -> io::Result<String> {
    let mut sum = D::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        sum.update(buffer.get(..count).unwrap_or_default());
    }
    let digits = sum.finalize();
    Ok(digits.iter().map(|byte| format!("{byte:02x}")).collect())
}

// === impl Kind ===

impl Kind {
    /// The word for it: `file`, `directory`, `symlink`, `socket`, `pipe`, `block-device` or `character-device`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Symlink => "symlink",
            Self::Socket => "socket",
            Self::Pipe => "pipe",
            Self::BlockDevice => "block-device",
            Self::CharacterDevice => "character-device",
        }
    }
}

// === impl Attributes ===

impl From<&Metadata> for Attributes {
    fn from(metadata: &Metadata) -> Self {
        let kind = metadata.file_type();
        Self {
            kind: if kind.is_symlink() {
                Kind::Symlink
            } else if kind.is_dir() {
                Kind::Directory
            } else if kind.is_socket() {
                Kind::Socket
            } else if kind.is_fifo() {
                Kind::Pipe
            } else if kind.is_block_device() {
                Kind::BlockDevice
            } else if kind.is_char_device() {
                Kind::CharacterDevice
            } else {
                Kind::File
            },
            mode: metadata.mode() & 0o7777,
            user: metadata.uid(),
            group: metadata.gid(),
            size: metadata.size(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_link_is_looked_at_itself_and_read_through() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "abc").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o4640)).unwrap();
        symlink("file", &link).unwrap();

        let there = attributes(&file).unwrap().unwrap();
        assert_eq!(
            (there.kind, there.mode, there.size),
            (Kind::File, 0o4640, 3)
        );
        assert_eq!(attributes(&link).unwrap().unwrap().kind, Kind::Symlink);
        assert_eq!(link_target(&link).unwrap(), Path::new("file"));
        assert_eq!(contents(&link, 3).unwrap(), b"abc");
        let error = contents(&link, 2).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(attributes(&folder.path().join("none")).unwrap(), None);
        assert!(attributes(&file.join("below")).is_err());
    }

    #[test]
    fn sums_are_those_of_the_standards() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "abc").unwrap();
        assert_eq!(
            digest(&file, Hash::Md5).unwrap(),
            "900150983cd24fb0d6963f7d28e17f72"
        );
        assert_eq!(
            digest(&file, Hash::Sha256).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(digest(&file, Hash::Sha512).unwrap().starts_with("ddaf35a1"));
        assert!(digest(folder.path(), Hash::Md5).is_err());
    }

    #[test]
    fn what_has_no_end_or_no_writer_holds_nobody_up() {
        assert!(contents(Path::new("/dev/zero"), 1000).is_err());
        assert!(digest(Path::new("/dev/zero"), Hash::Md5).is_err());
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        assert_eq!(attributes(&pipe).unwrap().unwrap().kind, Kind::Pipe);
        assert_eq!(contents(&pipe, 1000).unwrap(), b"");
    }
}
