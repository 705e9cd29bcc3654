//! The folder in which messages are left.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chorister_engine::replace;

use super::message::{Invalid, LARGEST, PRIORITIES, Submission};

/// The largest file, in bytes: the largest payload as text, and what goes with it.
const LARGEST_FILE: u64 = 2 * LARGEST as u64;

/// Messages that were left, each in a file below `P0` to `P4`.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    most: usize,
}

/// Why a message cannot be left.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It cannot be published.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Too many wait.
    #[error("{0} messages wait already")]
    Full(usize),
    /// The file system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Folder {
    /// One in which so many messages of a priority may wait.
    #[must_use]
    pub const fn new(path: PathBuf, most: usize) -> Self {
        Self { path, most }
    }

    /// Makes its folders, where they are missing. It blocks.
    ///
    /// # Errors
    /// What the file system said.
    pub fn make(&self) -> io::Result<()> {
        for priority in 0..PRIORITIES {
            let mut folder = fs::DirBuilder::new();
            folder.recursive(true).mode(0o700);
            folder.create(self.of(priority))?;
        }
        Ok(())
    }

    /// Leaves a message: its file. It blocks.
    ///
    /// # Errors
    /// It cannot be published, too many wait, or the file system refuses.
    pub fn put(&self, message: &Submission) -> Result<PathBuf, PutError> {
        message.check()?;
        self.make()?;
        let waiting = self.list(message.priority)?.len();
        // Compat: go-choria `submission/directory.go`: one more than the most.
        if waiting > self.most {
            return Err(PutError::Full(waiting));
        }
        let name = format!("{}-{}.msg", message.created.as_nanosecond(), message.id);
        let path = self.of(message.priority).join(name);
        self.keep(&path, message)?;
        Ok(path)
    }

    /// Writes a message again. It blocks.
    ///
    /// # Errors
    /// What the file system said.
    pub fn keep(&self, path: &Path, message: &Submission) -> io::Result<()> {
        let text = serde_json::to_vec(message)?;
        replace(path, &text, 0o600)
    }

    /// The files of a priority in the order of their names, no more than may wait. It blocks.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self, priority: u8) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.of(priority))? {
            let path = entry?.path();
            let name = path.file_name().and_then(|it| it.to_str());
            // Those that are being written have other names.
            if name.is_some_and(|it| it.ends_with(".msg") && !it.starts_with('.')) {
                found.push(path);
            }
        }
        found.sort_unstable();
        found.truncate(self.most.saturating_add(1));
        Ok(found)
    }

    fn of(&self, priority: u8) -> PathBuf {
        self.path.join(format!("P{priority}"))
    }
}

/// Reads a message. It blocks.
///
/// # Errors
/// There is none; why.
pub(super) fn read(path: &Path) -> Result<Submission, String> {
    let mut text = Vec::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let read = file.take(LARGEST_FILE).read_to_end(&mut text);
    read.map_err(|error| error.to_string())?;
    let message: Submission = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    message.check().map_err(|error| error.to_string())?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use jiff::Timestamp;

    use super::*;

    fn message(second: i64) -> Submission {
        let now = Timestamp::from_second(second).unwrap();
        Submission::new(format!("id-{second}"), "a.b".to_owned(), b"x".to_vec(), now)
    }

    #[test]
    fn messages_wait_in_order_and_for_nobody_else() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("spool"), 500);
        let last = folder.put(&message(1_795_216_628)).unwrap();
        let first = folder.put(&message(1_795_216_627)).unwrap();
        assert_eq!(folder.list(4).unwrap(), [first.clone(), last]);
        assert_eq!(read(&first).unwrap(), message(1_795_216_627));
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(
            (mode(&first), mode(first.parent().unwrap())),
            (0o600, 0o700)
        );
        assert!(first.ends_with("P4/1795216627000000000-id-1795216627.msg"));
    }

    #[test]
    fn there_is_an_end_to_how_many_wait() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().to_owned(), 1);
        folder.put(&message(1)).unwrap();
        folder.put(&message(2)).unwrap();
        let error = folder.put(&message(3)).unwrap_err();
        assert_eq!(error.to_string(), "2 messages wait already");
        let mut other = message(4);
        other.priority = 0;
        folder.put(&other).unwrap();
    }

    #[test]
    fn a_file_that_is_none_says_why() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.msg");
        fs::write(&path, "{}").unwrap();
        assert!(read(&path).unwrap_err().contains("missing field `id`"));
    }
}
