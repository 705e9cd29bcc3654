//! Facts and data as files for commands.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chorister_fsm::MachineKey;
use serde_json::{Map, Value};

use crate::files;

/// The private directory in which commands find facts and data.
///
/// Writing both for each run would cost more than many a command does. So a file is written when a command
/// first needs that version of it, is shared by all runs that see the same version, and goes when the last of
/// them has ended and there is a newer one. It is for reading only; who writes to it all the same, as root
/// can, changes what others read.
#[derive(Debug)]
pub(crate) struct Scratch {
    directory: PathBuf,
    kept: Mutex<Kept>,
}

/// The newest versions.
#[derive(Debug, Default)]
struct Kept {
    written: u64,
    facts: Option<Written<Value>>,
    nothing: Option<Arc<ScratchFile>>,
    data: HashMap<MachineKey, Written<Map<String, Value>>>,
}

/// A version, and the file that holds it.
type Written<T> = (Arc<T>, Arc<ScratchFile>);

/// A file that is removed when nobody needs it any more.
#[derive(Debug)]
pub(crate) struct ScratchFile {
    path: PathBuf,
}

// === impl Scratch ===

impl Scratch {
    /// Empties and uses a directory, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// What the file system said, with the path.
    pub(crate) fn new(directory: PathBuf) -> io::Result<Self> {
        match std::fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(files::at(&directory, &error));
            }
            _ => files::private_directory(&directory)?,
        }
        Ok(Self {
            directory,
            kept: Mutex::default(),
        })
    }

    /// A file with these facts.
    ///
    /// # Errors
    ///
    /// What the file system said, with the path.
    pub(crate) fn facts(&self, facts: &Arc<Value>) -> io::Result<Arc<ScratchFile>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, file)) = &kept.facts
            && Arc::ptr_eq(of, facts)
            && file.path.exists()
        {
            return Ok(Arc::clone(file));
        }
        let file = self.write(&mut kept.written, "facts", facts.as_ref())?;
        kept.facts = Some((Arc::clone(facts), Arc::clone(&file)));
        Ok(file)
    }

    /// A file with the data of a machine.
    ///
    /// # Errors
    ///
    /// What the file system said, with the path.
    pub(crate) fn data(
        &self,
        machine: MachineKey,
        data: &Arc<Map<String, Value>>,
    ) -> io::Result<Arc<ScratchFile>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match kept.data.get(&machine) {
            _ if data.is_empty() => kept.nothing.as_ref(),
            Some((of, file)) if Arc::ptr_eq(of, data) => Some(file),
            _ => None,
        };
        if let Some(file) = found.filter(|file| file.path.exists()) {
            return Ok(Arc::clone(file));
        }
        let file = self.write(&mut kept.written, "data", data.as_ref())?;
        if data.is_empty() {
            kept.nothing = Some(Arc::clone(&file));
        } else {
            kept.data
                .insert(machine, (Arc::clone(data), Arc::clone(&file)));
        }
        Ok(file)
    }

    /// Forgets the data of a machine that is gone.
    pub(crate) fn forget(&self, machine: MachineKey) {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .data
            .remove(&machine);
    }

    fn write(
        &self,
        written: &mut u64,
        what: &str,
        value: &impl serde::Serialize,
    ) -> io::Result<Arc<ScratchFile>> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt;
        let json = serde_json::to_vec(value)?;
        *written = written.wrapping_add(1);
        let path = self.directory.join(format!("{what}-{written}.json"));
        let file = ScratchFile { path };
        let filled = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o400)
            .open(&file.path)
            .and_then(|mut it| it.write_all(&json));
        filled.map_err(|error| files::at(&file.path, &error))?;
        Ok(Arc::new(file))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The next start empties it anyway.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

// === impl ScratchFile ===

impl ScratchFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The `PATH` of a machine's commands: the node's own and then the machine's directory.
pub(crate) fn search_path(own: &OsString, directory: &Path) -> OsString {
    let mut path = own.clone();
    if !path.is_empty() {
        path.push(":");
    }
    path.push(directory);
    path
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::*;

    #[test]
    fn one_file_serves_all_who_see_the_same_facts() {
        let root = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(root.path().join("scratch")).unwrap();
        let facts = Arc::new(json!({"os": "Linux"}));
        let first = scratch.facts(&facts).unwrap();
        let second = scratch.facts(&facts).unwrap();
        assert_eq!(first.path(), second.path());
        assert_eq!(
            std::fs::read_to_string(first.path()).unwrap(),
            r#"{"os":"Linux"}"#
        );
        let mode = std::fs::metadata(first.path())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o400);

        let old = first.path().to_owned();
        let newer = scratch.facts(&Arc::new(json!({}))).unwrap();
        assert_ne!(newer.path(), old);
        drop(first);
        assert!(old.exists());
        drop(second);
        assert!(!old.exists());
    }

    #[test]
    fn a_file_that_somebody_removed_is_written_again() {
        let root = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(root.path().join("scratch")).unwrap();
        let facts = Arc::new(json!({}));
        std::fs::remove_file(scratch.facts(&facts).unwrap().path()).unwrap();
        assert!(scratch.facts(&facts).unwrap().path().exists());
    }

    #[test]
    fn what_an_earlier_process_left_is_gone() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("scratch");
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("facts-1.json"), "{}").unwrap();
        let scratch = Scratch::new(directory.clone()).unwrap();
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0);
        let mode = std::fs::metadata(&directory).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(scratch);
        assert!(!directory.exists());
    }
}
