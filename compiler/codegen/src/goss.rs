//! Goss files, checked where specs are read: on their own, as what a class runs, and as what a machine evaluates.

mod embedded;
mod values;

use std::io;

use chorister_goss::Vars;
use chorister_spec::goss::Checked;

use crate::files::{Files, Kind};

pub(crate) use embedded::embed;
pub use embedded::{Gossfiles, check_gossfiles};

/// The largest goss file that is read, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// Checks the goss file at `path` as rendered with `vars`, and what it includes. Nothing is run.
#[must_use]
pub fn check_goss(files: &dyn Files, path: &str, vars: &Vars) -> Checked {
    chorister_spec::goss::check(path, vars, &Beside(files))
}

/// Where specs are read, goss files find what they include.
struct Beside<'f>(&'f dyn Files);

// === impl Beside ===

impl chorister_goss::Files for Beside<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0
            .read(path, MAX_FILE)
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => "no such file or directory".to_owned(),
                io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                _ => error.to_string(),
            })
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let directory = if directory.is_empty() { "." } else { directory };
        let found = self.0.list(directory).unwrap_or_default();
        found.into_iter().map(|it| it.name).collect()
    }

    fn exists(&self, path: &str) -> bool {
        let (directory, name) = match path.rsplit_once('/') {
            Some(("", name)) => ("/", name),
            Some(parts) => parts,
            None => (".", path),
        };
        let found = self.0.list(directory).unwrap_or_default();
        found
            .iter()
            .any(|it| it.name == name && it.kind != Kind::Folder)
    }
}
