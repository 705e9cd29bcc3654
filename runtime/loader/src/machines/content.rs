//! What the directory of a machine holds, and whether that has changed.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use chorister_yaml::Limits;

use chorister_engine::stamp::Stamp;

/// The names under which a specification is found, in order.
pub(crate) const SPECS: [&str; 2] = ["machine.yaml", "machine.json"];

/// Data that an older node kept here; it is not part of what its author wrote.
const DATA: &str = "machine_data.json";

/// How many files and directories of a machine are looked at.
const MOST_ENTRIES: usize = 1_000;

/// How deep they lie.
const DEEPEST: usize = 16;

/// Files up to this size are compared by what they hold, larger ones by size and time.
const LARGEST: u64 = 1 << 20;

/// What the directory of a machine holds.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// The file with the specification; `None` where there is none.
    pub(crate) spec: Option<Spec>,
    /// Every directory, to be watched.
    pub(crate) directories: Vec<PathBuf>,
    /// Whether there was more than is looked at.
    pub(crate) is_cut: bool,
    files: BTreeMap<PathBuf, Mark>,
}

/// A specification as it was read.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// By what a file is known.
#[derive(Clone, Copy, Debug)]
struct Mark {
    stamp: Stamp,
    /// Of what it holds, and of whether it may be executed.
    hash: u64,
}

impl Content {
    /// Looks at a directory. Files that seem to be as they were `before` are not read again.
    ///
    /// Hidden files and the backups of editors are passed over.
    ///
    /// # Errors
    ///
    /// The directory, or its specification, cannot be read.
    pub(crate) fn read(directory: &Path, before: Option<&Self>) -> io::Result<Self> {
        let mut content = Self::default();
        let mut paths = SPECS.iter().map(|name| directory.join(name));
        match paths.find(|path| path.is_file()) {
            Some(path) => {
                content.walk(directory, Path::new(""), DEEPEST, before)?;
                let bytes = Limits::LOADED.read(fs::File::open(&path)?)?;
                content.spec = Some(Spec { path, bytes });
            }
            // No machine yet, but it may become one.
            None => content.directories.push(directory.to_owned()),
        }
        Ok(content)
    }

    /// The files that are not as they were, in order.
    pub(crate) fn changes(&self, before: &Self) -> Vec<PathBuf> {
        let ours = self.files.iter().filter(|(path, mark)| {
            before
                .files
                .get(*path)
                .is_none_or(|it| it.hash != mark.hash)
        });
        let gone = before
            .files
            .keys()
            .filter(|path| !self.files.contains_key(*path));
        let mut changes: Vec<_> = ours.map(|(path, _)| path).chain(gone).cloned().collect();
        changes.sort();
        changes
    }

    fn walk(
        &mut self,
        directory: &Path,
        below: &Path,
        depth: usize,
        before: Option<&Self>,
    ) -> io::Result<()> {
        self.directories.push(directory.to_owned());
        let mut names = fs::read_dir(directory)?
            .take(MOST_ENTRIES.saturating_add(1))
            .map(|entry| entry.map(|it| it.file_name()))
            .collect::<io::Result<Vec<_>>>()?;
        names.sort();
        for name in names {
            let shown = name.to_string_lossy();
            let is_data = below.as_os_str().is_empty() && shown == DATA;
            if is_data || shown.starts_with('.') || shown.ends_with('~') {
                continue;
            }
            if self.files.len() + self.directories.len() > MOST_ENTRIES {
                self.is_cut = true;
                return Ok(());
            }
            let path = directory.join(&name);
            let relative = below.join(&name);
            // What vanishes while it is looked at is gone.
            let Ok(found) = fs::symlink_metadata(&path) else {
                continue;
            };
            if found.is_dir() {
                // What cannot be entered does not count, here or for the commands of the machine.
                match depth.checked_sub(1) {
                    Some(depth) => drop(self.walk(&path, &relative, depth, before)),
                    None => self.is_cut = true,
                }
            } else if let Some(mark) = mark(&path, &found, before, &relative) {
                self.files.insert(relative, mark);
            }
        }
        Ok(())
    }
}

/// By what a file, or what a link leads to, is known; `None` for what is neither.
fn mark(path: &Path, found: &Metadata, before: Option<&Content>, relative: &Path) -> Option<Mark> {
    let mut hasher = DefaultHasher::new();
    let target;
    let file = if found.is_symlink() {
        fs::read_link(path).ok()?.hash(&mut hasher);
        match fs::metadata(path) {
            Ok(it) => {
                target = it;
                &target
            }
            // A link that leads nowhere is known by where it would lead.
            Err(_) => {
                return Some(Mark {
                    stamp: Stamp::of(found),
                    hash: hasher.finish(),
                });
            }
        }
    } else {
        found
    };
    let stamp = Stamp::of(file);
    if !file.is_file() {
        // Neither a socket nor a directory behind a link is read.
        return Some(Mark {
            stamp,
            hash: hasher.finish(),
        });
    }
    if let Some(known) = before.and_then(|it| it.files.get(relative))
        && known.stamp == stamp
    {
        return Some(*known);
    }
    (stamp.mode & 0o111 != 0).hash(&mut hasher);
    let bytes = if stamp.size <= LARGEST {
        fs::read(path).ok()
    } else {
        None
    };
    match bytes {
        Some(bytes) => bytes.hash(&mut hasher),
        None => stamp.hash(&mut hasher),
    }
    Some(Mark {
        stamp,
        hash: hasher.finish(),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A machine with a script, looked at, then changed, and looked at again.
    #[track_caller]
    fn check(change: impl FnOnce(&Path), expect: &[&str]) {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::write(at("machine.yaml"), "name: m\n").unwrap();
        fs::create_dir(at("bin")).unwrap();
        fs::write(at("bin/check.sh"), "#!/bin/sh\n").unwrap();
        let before = Content::read(root.path(), None).unwrap();
        change(root.path());
        let after = Content::read(root.path(), Some(&before)).unwrap();
        let changes = after.changes(&before);
        let changes: Vec<_> = changes.iter().map(|it| it.to_str().unwrap()).collect();
        assert_eq!(changes, expect);
    }

    #[test]
    fn what_stays_the_same_has_not_changed() {
        check(|_| {}, &[]);
        // Written anew, with the same content.
        check(
            |root| fs::write(root.join("bin/check.sh"), "#!/bin/sh\n").unwrap(),
            &[],
        );
        check(
            |root| fs::write(root.join("machine_data.json"), "{}").unwrap(),
            &[],
        );
        check(
            |root| fs::write(root.join(".machine.yaml.swp"), "x").unwrap(),
            &[],
        );
        check(
            |root| fs::write(root.join("machine.yaml~"), "x").unwrap(),
            &[],
        );
    }

    #[test]
    fn every_other_change_counts() {
        check(
            |root| fs::write(root.join("machine.yaml"), "name: n\n").unwrap(),
            &["machine.yaml"],
        );
        check(
            |root| fs::write(root.join("bin/check.sh"), "#!/bin/rc\n").unwrap(),
            &["bin/check.sh"],
        );
        check(
            |root| fs::remove_file(root.join("bin/check.sh")).unwrap(),
            &["bin/check.sh"],
        );
        check(
            |root| fs::write(root.join("bin/new"), "").unwrap(),
            &["bin/new"],
        );
        check(
            |root| {
                let path = root.join("bin/check.sh");
                fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
            },
            &["bin/check.sh"],
        );
    }

    #[test]
    fn links_are_known_by_where_they_lead() {
        check(
            |root| symlink("/no/such/file", root.join("broken")).unwrap(),
            &["broken"],
        );
        check(|root| symlink(".", root.join("loop")).unwrap(), &["loop"]);
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("machine.json"), "{}").unwrap();
        symlink(root.path(), root.path().join("self")).unwrap();
        let content = Content::read(root.path(), None).unwrap();
        assert_eq!(content.directories, [root.path()]);
        assert!(content.spec.unwrap().path.ends_with("machine.json"));
    }

    #[test]
    fn a_huge_directory_is_cut() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("machine.yaml"), "name: m\n").unwrap();
        for at in 0..MOST_ENTRIES + 5 {
            fs::write(root.path().join(format!("file{at}")), "").unwrap();
        }
        let content = Content::read(root.path(), None).unwrap();
        assert!(content.is_cut && content.spec.is_some());
        assert!(content.files.len() <= MOST_ENTRIES);
    }
}
