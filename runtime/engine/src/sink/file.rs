//! A file that may be moved away while it is written to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

use super::outlet::Target;

/// A file that is written at its end, and made again when its name leads elsewhere.
#[derive(Debug)]
pub(super) struct Rotated {
    path: PathBuf,
    file: Option<File>,
    /// Whether the last write ended with a line, so that the next may go to another file.
    between_lines: bool,
}

impl Rotated {
    /// # Errors
    ///
    /// The file cannot be opened; says its path.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let mut rotated = Self {
            path,
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
                let opened = OpenOptions::new()
                    .append(true)
                    .create(true)
                    .mode(0o640)
                    .open(&self.path);
                Ok(empty.insert(opened.map_err(|error| crate::files::at(&self.path, &error))?))
            }
        }
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
