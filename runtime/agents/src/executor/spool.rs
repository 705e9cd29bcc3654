//! Where jobs are: a folder with one for each job, called by its id.

use std::io;
use std::path::PathBuf;

use super::job::{Job, NoJob};

/// How many jobs are looked at at most.
const MOST: usize = 10_000;

/// A folder of jobs.
pub(super) struct Spool {
    folder: PathBuf,
}

impl Spool {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The job of this id as it is now.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub(super) fn job(&self, id: &str) -> Result<Job, NoJob> {
        // It becomes the name of a folder.
        match is_id(id) {
            true => Job::read(id, self.folder.join(id)),
            false => Err(NoJob::NotFound),
        }
    }

    /// All jobs that can be read, in the order in which they were started.
    ///
    /// # Errors
    /// The spool cannot be read.
    pub(super) fn jobs(&self) -> io::Result<Vec<Job>> {
        let mut jobs = Vec::new();
        for entry in std::fs::read_dir(&self.folder)?.take(MOST) {
            let name = entry?.file_name();
            jobs.extend(name.to_str().and_then(|it| self.job(it).ok()));
        }
        jobs.sort_by(|one, other| (one.spec.start, &one.id).cmp(&(other.spec.start, &other.id)));
        Ok(jobs)
    }
}

fn is_id(text: &str) -> bool {
    let is_part = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    !text.is_empty() && text.bytes().all(is_part)
}
