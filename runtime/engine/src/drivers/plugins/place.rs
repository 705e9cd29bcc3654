//! The directories of plugins and of what fetches them.
//!
//! A manager that is to go loses its specification first, which is kept under another name until everything else is
//! gone: then it has stopped before what it fetched is removed, and would not fetch it again. Nothing without the
//! keeper's mark is ever changed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::{self, at, private_directory};

/// The specification of a machine.
const SPEC: &str = "machine.yaml";

/// All names that specifications have.
const SPECS: [&str; 2] = [SPEC, "machine.json"];

/// The specification of a machine that is to stop. Nobody looks for machines in hidden files.
const REMOVED: &str = ".removed.yaml";

/// How much of a specification is read, in bytes; a manager's is shorter.
const LARGEST: u64 = 64 << 10;

/// How many entries of a directory are looked at.
const MOST: usize = 100_000;

/// Where plugins and their managers are.
pub(super) struct Place<'a> {
    /// Where the node looks for machines: there are the managers.
    pub(super) base: &'a Path,
    /// Where plugins are unpacked.
    pub(super) target: &'a Path,
    /// What the names of managers begin with.
    pub(super) prefix: &'a str,
    /// What the specifications of managers begin with.
    pub(super) mark: String,
    /// The directories of all machines of the node.
    pub(super) running: &'a [Arc<Path>],
}

/// What came of removing.
#[derive(Debug, Default)]
pub(super) struct Purged {
    pub(super) changed: bool,
    /// Whether something has to stop before the rest can be done.
    pub(super) unfinished: bool,
    pub(super) failures: Vec<String>,
}

/// Whose a manager's directory is.
#[derive(Debug, PartialEq, Eq)]
enum Owner {
    /// There is none.
    Nobody,
    /// The keeper's, with this specification.
    Keeper(String),
    /// The keeper's, and to go; or an empty one.
    Leaving,
    /// Somebody else's.
    Other,
}

impl Place<'_> {
    /// Has a machine fetch a plugin; true where that is news.
    ///
    /// # Errors
    /// Somebody else's files are in the way, or the file system says no.
    pub(super) fn install(&self, name: &str, text: &str) -> Result<bool, String> {
        let directory = self.manager(name);
        match self.owner(&directory)? {
            Owner::Keeper(now) if now == text => return Ok(false),
            Owner::Keeper(_) | Owner::Leaving => {}
            Owner::Other => return Err(in_the_way(name, &directory)),
            Owner::Nobody => {
                let place = self.target.join(name);
                if place.symlink_metadata().is_ok() {
                    return Err(in_the_way(name, &place));
                }
                private_directory(&directory).map_err(|error| error.to_string())?;
            }
        }
        files::replace(&directory.join(SPEC), text.as_bytes(), 0o600)
            .map_err(|error| error.to_string())?;
        absent(fs::remove_file(directory.join(REMOVED)), &directory)?;
        Ok(true)
    }

    /// Removes what the keeper has put in place and does not keep any more, as far as it has stopped.
    ///
    /// # Errors
    /// It cannot be told what there is.
    pub(super) fn purge(&self, kept: &BTreeSet<&str>) -> Result<Purged, String> {
        let mut purged = Purged::default();
        let entries = fs::read_dir(self.base).map_err(|error| at(self.base, &error).to_string())?;
        for entry in entries.take(MOST) {
            let entry = entry.map_err(|error| at(self.base, &error).to_string())?;
            let name = entry.file_name();
            let name = name.to_str().and_then(|it| it.strip_prefix(self.prefix));
            let Some(name) = name.and_then(|it| it.strip_prefix('_')) else {
                continue;
            };
            let legal = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
            if name.is_empty() || !name.chars().all(legal) || kept.contains(name) {
                continue;
            }
            match self.remove(name) {
                Ok(Some(changed)) => purged.changed |= changed,
                Ok(None) => purged.unfinished = true,
                Err(reason) => purged.failures.push(reason),
            }
        }
        Ok(purged)
    }

    /// Removes a plugin and its manager; `None` where something has to stop before that.
    fn remove(&self, name: &str) -> Result<Option<bool>, String> {
        let directory = self.manager(name);
        let (spec, removed) = (directory.join(SPEC), directory.join(REMOVED));
        match self.owner(&directory)? {
            Owner::Nobody | Owner::Other => return Ok(Some(false)),
            Owner::Leaving if !removed.exists() => return Ok(Some(false)),
            Owner::Leaving => {}
            Owner::Keeper(_) => {
                fs::rename(&spec, &removed).map_err(|error| at(&spec, &error).to_string())?;
                return Ok(None);
            }
        }
        if self.runs(&directory) {
            return Ok(None);
        }
        let plugin = self.target.join(name);
        // An archive is unpacked into a directory; what is behind a link is somebody else's.
        if plugin.symlink_metadata().is_ok_and(|it| it.is_dir()) {
            for spec in SPECS {
                let spec = plugin.join(spec);
                absent(fs::remove_file(&spec), &spec)?;
            }
            if self.runs(&plugin) {
                return Ok(None);
            }
            absent(fs::remove_dir_all(&plugin), &plugin)?;
        }
        absent(fs::remove_dir_all(&directory), &directory)?;
        tracing::info!(plugin = name, "Plugin is no longer listed and was removed");
        Ok(Some(true))
    }

    fn manager(&self, name: &str) -> PathBuf {
        self.base.join(format!("{}_{name}", self.prefix))
    }

    fn runs(&self, directory: &Path) -> bool {
        self.running.iter().any(|it| **it == *directory)
    }

    fn owner(&self, directory: &Path) -> Result<Owner, String> {
        match directory.symlink_metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Ok(Owner::Other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Owner::Nobody),
            Err(error) => return Err(at(directory, &error).to_string()),
        }
        let own = |text: &String| text.starts_with(&self.mark);
        if let Some(text) = read(&directory.join(SPEC))? {
            return Ok(if own(&text) {
                Owner::Keeper(text)
            } else {
                Owner::Other
            });
        }
        let is_leaving = read(&directory.join(REMOVED))?.as_ref().is_some_and(own);
        let mut entries =
            fs::read_dir(directory).map_err(|error| at(directory, &error).to_string())?;
        Ok(if is_leaving || entries.next().is_none() {
            Owner::Leaving
        } else {
            Owner::Other
        })
    }
}

/// The text of a file; `None` where there is none.
fn read(path: &Path) -> Result<Option<String>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|it| it.take(LARGEST).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path, &error).to_string()),
    }
}

/// Whether something is gone: also where it was gone before.
fn absent(removed: io::Result<()>, path: &Path) -> Result<(), String> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path, &error).to_string()),
        _ => Ok(()),
    }
}

fn in_the_way(name: &str, path: &Path) -> String {
    format!(
        "`{name}` cannot be put in place: {} is there, and somebody else's; remove it, or call the plugin something else",
        path.display()
    )
}
