//! Whose files a node obeys.
//!
//! Whoever writes a check file or a program of facts decides what the node runs and reads, and whoever writes a policy who
//! may have it do so. A node that runs as root therefore obeys only files that nobody but root can change: neither the
//! file nor any directory on the way to it belongs to another user, or is writable by its group or by everybody.

use std::collections::HashMap;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, StatVfsMountFlags};

/// The users whose files are obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whatever can be read: the node can do no more than its user.
    Anybody,
    /// Root and this user.
    Only(u32),
}

/// Directories that were looked at already, and what is wrong with them.
#[derive(Debug)]
pub struct Judge {
    trust: Trust,
    directories: HashMap<PathBuf, Option<String>>,
}

/// Of what is looked at what matters here.
#[derive(Clone, Copy, Debug)]
struct Owned {
    user: u32,
    mode: u32,
}

/// In a directory with this bit only the owner of a file can replace it.
const STICKY: u32 = 0o1000;

// === impl Trust ===

impl Trust {
    /// Whom this process trusts.
    #[must_use]
    pub fn of_process() -> Self {
        let user = rustix::process::geteuid();
        if user.is_root() {
            Self::Only(user.as_raw())
        } else {
            Self::Anybody
        }
    }

    /// Why somebody else could change it, and what puts that right.
    fn objection(self, path: &Path, owned: Owned) -> Option<String> {
        let Self::Only(user) = self else {
            return None;
        };
        let shown = path.display();
        let mode = owned.mode & 0o7777;
        let us = match user {
            0 => "root".to_owned(),
            other => format!("user {other}"),
        };
        if owned.user != 0 && owned.user != user {
            return Some(format!(
                "{shown} belongs to user {}, and {us} obeys only its own files: chown root {shown} [CH1104]",
                owned.user
            ));
        }
        let who = match mode & 0o022 {
            0 => return None,
            0o020 => "its group",
            _ => "everybody",
        };
        Some(format!(
            "{who} can change {shown} (mode {mode:04o}), so {us} does not obey it: chmod go-w {shown} [CH1104]"
        ))
    }
}

// === impl Judge ===

impl Judge {
    /// One for this trust, to look at several files of the same directories.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self {
            trust,
            directories: HashMap::new(),
        }
    }

    /// Opens a file, whose path has no links. The text says why it is not obeyed, if it is not.
    ///
    /// # Errors
    /// What the operating system said.
    pub fn open(&mut self, real: &Path) -> io::Result<(File, Metadata, Option<String>)> {
        // A pipe must not hold us up.
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(flags)
            .open(real)?;
        let found = file.metadata()?;
        let objection = if found.is_file() {
            self.file(real, &found)
        } else {
            Some("it is no regular file".to_owned())
        };
        Ok((file, found, objection))
    }

    /// Why this open file is not obeyed, if it is not. `real` is its path without links.
    fn file(&mut self, real: &Path, found: &Metadata) -> Option<String> {
        if self.trust == Trust::Anybody {
            return None;
        }
        let objection = self.trust.objection(real, Owned::of(found));
        objection.or_else(|| self.directory(real.parent()?))
    }

    /// Why files in this directory, a path without links, are not obeyed.
    pub fn directory(&mut self, real: &Path) -> Option<String> {
        if self.trust == Trust::Anybody {
            return None;
        }
        if let Some(known) = self.directories.get(real) {
            return known.clone();
        }
        let own = match fs::symlink_metadata(real) {
            Ok(found) if found.mode() & STICKY != 0 || is_read_only(real) => self.trust.objection(
                real,
                Owned {
                    mode: 0,
                    ..Owned::of(&found)
                },
            ),
            Ok(found) => self.trust.objection(real, Owned::of(&found)),
            Err(error) => Some(format!("{} cannot be looked at: {error}", real.display())),
        };
        let objection = own.or_else(|| self.directory(real.parent()?));
        self.directories.insert(real.to_owned(), objection.clone());
        objection
    }
}

impl Owned {
    fn of(found: &Metadata) -> Self {
        Self {
            user: found.uid(),
            mode: found.mode(),
        }
    }
}

/// Whether nothing in a directory can be changed here, such as in a mounted ConfigMap, whose directories anybody
/// could write by their mode.
fn is_read_only(directory: &Path) -> bool {
    rustix::fs::statvfs(directory).is_ok_and(|it| it.f_flag.contains(StatVfsMountFlags::RDONLY))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown};

    use super::*;

    #[test]
    fn root_obeys_only_what_nobody_else_can_change() {
        let check = |trust: Trust, user, mode, expect: Option<&str>| {
            let found = trust.objection(Path::new("/d/f.yaml"), Owned { user, mode });
            let found = found.as_deref();
            assert_eq!(
                found.map(|it| expect.is_some_and(|expect| it.starts_with(expect))),
                expect.map(|_| true),
                "{found:?}"
            );
        };
        let root = Trust::Only(0);
        check(root, 0, 0o100_644, None);
        check(root, 0, 0o100_600, None);
        check(
            root,
            1000,
            0o100_644,
            Some("/d/f.yaml belongs to user 1000"),
        );
        check(
            root,
            0,
            0o100_664,
            Some("its group can change /d/f.yaml (mode 0664)"),
        );
        check(
            root,
            0,
            0o100_666,
            Some("everybody can change /d/f.yaml (mode 0666)"),
        );
        check(root, 0, 0o100_602, Some("everybody can change"));
        check(Trust::Anybody, 1000, 0o100_666, None);
        check(Trust::Only(1000), 1000, 0o100_644, None);
        check(Trust::Only(1000), 0, 0o100_644, None);
        check(
            Trust::Only(1000),
            1001,
            0o100_644,
            Some("/d/f.yaml belongs to user 1001"),
        );
    }

    #[test]
    fn files_are_opened_and_judged() {
        let root = tempfile::tempdir().unwrap();
        let real = root.path().canonicalize().unwrap().join("file");
        fs::write(&real, "x").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o666)).unwrap();
        let me = rustix::process::geteuid().as_raw();
        let objection = |trust, path: &Path| Judge::new(trust).open(path).unwrap().2;
        let found = objection(Trust::Only(me), &real).unwrap();
        assert!(found.starts_with("everybody can change"), "{found}");
        assert_eq!(objection(Trust::Anybody, &real), None);
        let found = objection(Trust::Anybody, root.path()).unwrap();
        assert_eq!(found, "it is no regular file");
    }

    #[test]
    fn each_directory_on_the_way_counts() {
        let root = tempfile::tempdir().unwrap();
        let real = root.path().canonicalize().unwrap();
        let me = rustix::process::geteuid().as_raw();
        let (outer, inner) = (real.join("outer"), real.join("outer/inner"));
        fs::create_dir_all(&inner).unwrap();
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let look = || Judge::new(Trust::Only(me)).directory(&inner);
        mode(&outer, 0o755);
        mode(&inner, 0o755);
        assert_eq!(look(), None);
        mode(&outer, 0o775);
        assert!(
            look().unwrap().contains("outer (mode 0775)"),
            "{:?}",
            look()
        );
        // Only the owner of a file can replace it there.
        mode(&outer, 0o1777);
        assert_eq!(look(), None);
        mode(&outer, 0o755);
        if me == 0 {
            chown(&outer, Some(4242), None).unwrap();
            assert!(look().unwrap().contains("belongs to user 4242"));
        }
    }
}
