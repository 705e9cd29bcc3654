//! What is done on the store's thread, where waiting for the disk holds up nobody.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Batch;
use super::database::{self, Contents, Database, Failure};

/// How many stores that were set aside are kept; the oldest are removed.
const KEPT_ASIDE: usize = 3;

/// What is to be done now: open the store if it is not, write a batch, wait for the medium.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) path: PathBuf,
    pub(crate) database: Option<Database>,
    pub(crate) batch: Batch,
    /// Whether the medium has to have everything at the end.
    pub(crate) flush: bool,
    /// Whether nothing is written after this.
    pub(crate) close: bool,
    pub(crate) now: Timestamp,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) database: Option<Database>,
    /// What was to be written.
    pub(crate) batch: Batch,
    pub(crate) flushed: bool,
    pub(crate) bytes: u64,
    /// What was in the way was renamed, and the store is empty.
    pub(crate) aside: Option<Aside>,
    pub(crate) result: Result<(), String>,
}

/// A store as it is found at start.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) database: Option<Database>,
    pub(crate) contents: Contents,
    /// What was in the way and was renamed.
    pub(crate) aside: Option<Aside>,
    /// Why it cannot be written.
    pub(crate) problem: Option<String>,
}

/// A store that could not be used and has another name now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Aside {
    pub(crate) path: PathBuf,
    pub(crate) reason: String,
}

/// Opens the store and reads what it remembers. What makes no sense is set aside; what cannot be written may
/// still be read.
pub(crate) fn open(path: &Path, now: Timestamp) -> Opened {
    match read(path) {
        Ok((database, contents)) => Opened {
            database: Some(database),
            contents,
            ..Opened::default()
        },
        Err(Failure::Unusable(problem)) => {
            let contents = Database::open_to_read(path).and_then(|it| it.load());
            Opened {
                contents: contents.unwrap_or_default(),
                problem: Some(problem),
                ..Opened::default()
            }
        }
        Err(failure) => {
            let (aside, renewed) = renew(path, &failure, now);
            Opened {
                problem: renewed.as_ref().err().cloned(),
                database: renewed.ok(),
                aside,
                contents: Contents::default(),
            }
        }
    }
}

fn read(path: &Path) -> Result<(Database, Contents), Failure> {
    let database = Database::open(path)?;
    let contents = database.load()?;
    Ok((database, contents))
}

/// Sets a useless store aside and makes a new one.
fn renew(
    path: &Path,
    failure: &Failure,
    now: Timestamp,
) -> (Option<Aside>, Result<Database, String>) {
    let why = match failure {
        Failure::Newer(_) => "newer",
        _ => "corrupt",
    };
    let aside = match database::set_aside(path, why, now) {
        Ok(aside) => aside,
        Err(error) => {
            let problem = format!("{failure}; nor can it be moved aside: {error}");
            return (None, Err(problem));
        }
    };
    database::thin_out(path, KEPT_ASIDE);
    let aside = Aside {
        path: aside,
        reason: failure.to_string(),
    };
    let database = Database::open(path).map_err(|error| error.to_string());
    (Some(aside), database)
}

impl Work {
    /// Does it; blocks.
    pub(crate) fn perform(mut self) -> Done {
        let mut aside = None;
        let result = self.attempt(&mut aside);
        let bytes = self.database.as_ref().map_or(0, Database::bytes);
        if self.close {
            self.database = None;
        }
        Done {
            bytes,
            database: self.database,
            batch: self.batch,
            flushed: self.flush && result.is_ok(),
            aside,
            result,
        }
    }

    fn attempt(&mut self, aside: &mut Option<Aside>) -> Result<(), String> {
        match self.write() {
            Ok(()) => Ok(()),
            Err(Failure::Unusable(problem)) => Err(problem),
            Err(failure) => {
                // Closed, so that nothing more is written under the new name.
                self.database = None;
                let (moved, renewed) = renew(&self.path, &failure, self.now);
                *aside = moved;
                self.database = Some(renewed?);
                self.write().map_err(|error| error.to_string())
            }
        }
    }

    fn write(&mut self) -> Result<(), Failure> {
        let database = match &mut self.database {
            Some(database) => database,
            closed => closed.insert(Database::open(&self.path)?),
        };
        if !self.batch.is_empty() {
            database.commit(&self.batch)?;
            self.batch.tidy();
        }
        if self.flush {
            database.flush()?;
        }
        Ok(())
    }
}
