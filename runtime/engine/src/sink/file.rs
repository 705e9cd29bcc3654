//! A file that may be moved away while it is written to.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::PathBuf;

use super::outlet::Target;

/// A file that is written at its end, and made again when its name leads elsewhere.
#[derive(Debug)]
pub(crate) struct Rotated {
    path: PathBuf,
    keeping: Keeping,
    file: Option<File>,
    /// Whether the last write ended with a line, so that the next may go to another file.
    between_lines: bool,
}

/// How a file is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping {
    /// The bits of its mode, of which the process' mask takes some unless they are exact.
    pub(crate) mode: u32,
    /// Whether the mode is as it says also for a file that is there.
    pub(crate) is_exact: bool,
    /// The group that it is given, by its number.
    pub(crate) group: Option<u32>,
    /// The size from which it is moved away, in bytes.
    pub(crate) size: Option<u64>,
    /// How many that were moved away are kept, as `NAME.1`, the newest, and so on.
    pub(crate) old: u32,
}

// === impl Keeping ===

impl Keeping {
    /// Whoever wants to moves it away; its group may read it.
    const PLAIN: Self = Self {
        mode: 0o640,
        is_exact: false,
        group: None,
        size: None,
        old: 0,
    };

    fn give(&self, file: &File) -> io::Result<()> {
        // Those who may read it are not many until it is theirs.
        if self.group.is_some() {
            fchown(file, None, self.group)?;
        }
        if self.is_exact {
            file.set_permissions(Permissions::from_mode(self.mode))?;
        }
        Ok(())
    }
}

// === impl Rotated ===

impl Rotated {
    /// # Errors
    ///
    /// The file cannot be opened; says its path.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        Self::keep(path, Keeping::PLAIN)
    }

    /// The same, kept like this.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or not be given its mode or group; says its path.
    pub(crate) fn keep(path: PathBuf, keeping: Keeping) -> io::Result<Self> {
        let mut rotated = Self {
            path,
            keeping,
            file: None,
            between_lines: true,
        };
        rotated.file()?;
        Ok(rotated)
    }

    fn file(&mut self) -> io::Result<&mut File> {
        if self.between_lines && !self.is_current() {
            self.file = None;
        }
        match &mut self.file {
            Some(file) => Ok(file),
            empty => {
                let keeping = self.keeping;
                let opened = OpenOptions::new()
                    .append(true)
                    .create(true)
                    .mode(keeping.mode & if keeping.is_exact { 0o600 } else { 0o777 })
                    .open(&self.path)
                    .and_then(|file| keeping.give(&file).map(|()| file));
                Ok(empty.insert(opened.map_err(|error| crate::files::at(&self.path, &error))?))
            }
        }
    }

    /// Moves the file away if it has become too large. What cannot be moved goes on growing.
    fn move_away(&mut self) {
        let size = self.file.as_ref().and_then(|it| it.metadata().ok());
        let is_full = self
            .keeping
            .size
            .zip(size)
            .is_some_and(|(most, it)| it.len() >= most);
        if !is_full || !self.between_lines {
            return;
        }
        let named = |number: u32| match number {
            0 => self.path.clone(),
            number => {
                let mut name = self.path.clone().into_os_string();
                name.push(format!(".{number}"));
                name.into()
            }
        };
        for number in (0..self.keeping.old).rev() {
            // Those that are not there yet cannot be moved.
            let _ = std::fs::rename(named(number), named(number + 1));
        }
        self.file = None;
    }

    /// Whether the name still leads to the open file.
    fn is_current(&self) -> bool {
        let Some(open) = self.file.as_ref().and_then(|it| it.metadata().ok()) else {
            return false;
        };
        std::fs::metadata(&self.path)
            .is_ok_and(|named| (named.dev(), named.ino()) == (open.dev(), open.ino()))
    }
}

impl Target for Rotated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.move_away();
        let count = self.file()?.write(bytes)?;
        if let Some(last) = count.checked_sub(1).and_then(|at| bytes.get(at)) {
            self.between_lines = *last == b'\n';
        }
        Ok(count)
    }

    fn reopen(&mut self) {
        if self.between_lines {
            self.file = None;
        }
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events");
        std::fs::write(&path, "old\n").unwrap();
        Rotated::open(path.clone())
            .unwrap()
            .write(b"new\n")
            .unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old\nnew\n");
    }

    #[test]
    fn a_file_that_was_moved_away_is_made_again_after_the_line() {
        let directory = tempfile::tempdir().unwrap();
        let (path, moved) = (
            directory.path().join("events"),
            directory.path().join("events.1"),
        );
        let mut file = Rotated::open(path.clone()).unwrap();
        file.write(b"one\ntw").unwrap();
        std::fs::rename(&path, &moved).unwrap();
        file.write(b"o\n").unwrap();
        file.write(b"three\n").unwrap();
        assert_eq!(std::fs::read(&moved).unwrap(), b"one\ntwo\n");
        assert_eq!(std::fs::read(&path).unwrap(), b"three\n");
    }

    #[test]
    fn a_file_that_is_full_is_moved_away_and_some_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit");
        let keeping = Keeping {
            mode: 0o664,
            is_exact: true,
            group: None,
            size: Some(4),
            old: 2,
        };
        let mut file = Rotated::keep(path.clone(), keeping).unwrap();
        for line in ["one\n", "two\n", "thr", "ee\n", "four\n"] {
            file.write(line.as_bytes()).unwrap();
        }
        let text = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap();
        assert_eq!(text("audit"), "four\n");
        assert_eq!(text("audit.1"), "three\n");
        assert_eq!(text("audit.2"), "two\n");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 3);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o664);
    }

    #[test]
    fn a_removed_directory_is_an_error_until_it_is_back() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("log");
        let path = folder.join("events");
        std::fs::create_dir(&folder).unwrap();
        let mut file = Rotated::open(path.clone()).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let error = file.write(b"one\n").unwrap_err().to_string();
        assert!(error.contains("log/events: No such file"), "{error}");
        std::fs::create_dir(&folder).unwrap();
        file.write(b"one\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\n");
    }
}
