//! The data of machines, kept over restarts.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use core::time::Duration;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::{files, name};

/// The name of the file, here and beside a `machine.yaml`.
const FILE: &str = "machine_data.json";

/// The largest file of data that is read.
const LARGEST: u64 = 16 << 20;

/// How long to wait after data could not be written before trying again.
const RETRY: Duration = Duration::from_secs(10);

/// What a machine's data are called; shared because it travels to where they are written and back.
pub(crate) type Values = Arc<Map<String, Value>>;

/// Decides which data are written when: one write at a time for each machine, the newest data only.
#[derive(Debug)]
pub(crate) struct Store {
    root: PathBuf,
    waiting: BTreeMap<String, Values>,
    writing: HashMap<String, Values>,
    retry: Option<Instant>,
}

/// Data that are to be written now.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) machine: String,
    directory: PathBuf,
    values: Values,
}

/// Data as they were found at start.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) values: Map<String, Value>,
    /// Whether they come from beside the `machine.yaml` and have to be saved here.
    pub(crate) imported: bool,
    /// What was wrong with what was found.
    pub(crate) problem: Option<String>,
}

// === impl Store ===

impl Store {
    /// A store below the directory in which each machine has one.
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            waiting: BTreeMap::new(),
            writing: HashMap::new(),
            retry: None,
        }
    }

    /// The directory of a machine.
    pub(crate) fn directory(&self, machine: &str) -> PathBuf {
        self.root.join(name::directory(machine))
    }

    /// Asks for data to be written.
    pub(crate) fn save(&mut self, machine: &str, values: Values) {
        self.waiting.insert(machine.to_owned(), values);
    }

    /// Data that are not written yet, and so newer than what the file holds.
    pub(crate) fn unwritten(&self, machine: &str) -> Option<&Values> {
        self.waiting
            .get(machine)
            .or_else(|| self.writing.get(machine))
    }

    /// When to ask for the next write although nothing happened.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.retry.filter(|_| !self.waiting.is_empty())
    }

    /// What to write now, if anything; `force` does not wait after a failure.
    pub(crate) fn next(&mut self, now: Instant, force: bool) -> Option<Write> {
        if !force && self.retry.is_some_and(|it| now < it) {
            return None;
        }
        let machine = self
            .waiting
            .keys()
            .find(|it| !self.writing.contains_key(*it))?
            .clone();
        let values = self.waiting.remove(&machine)?;
        self.writing.insert(machine.clone(), Arc::clone(&values));
        Some(Write {
            directory: self.directory(&machine),
            machine,
            values,
        })
    }

    /// Whether nothing is being written.
    pub(crate) fn is_settled(&self) -> bool {
        self.writing.is_empty()
    }

    /// Takes note of the end of a write.
    pub(crate) fn written(&mut self, machine: &str, ok: bool, now: Instant) {
        let values = self.writing.remove(machine);
        if ok {
            self.retry = None;
        } else if let Some(values) = values {
            self.retry = now.checked_add(RETRY);
            self.waiting.entry(machine.to_owned()).or_insert(values);
        }
    }
}

// === impl Write ===

impl Write {
    /// Writes the data; blocks.
    ///
    /// # Errors
    ///
    /// What the file system said, with the path. The old file is then as it was.
    pub(crate) fn perform(&self) -> io::Result<()> {
        let json = serde_json::to_vec(&*self.values)?;
        files::private_directory(&self.directory)?;
        files::replace(&self.directory.join(FILE), &json, 0o600)
    }
}

/// Reads the data of a machine: what was saved in `kept`, or else what lies in the machine's own directory.
///
/// A file that makes no sense is moved aside, and the machine starts without data.
pub(crate) fn load(kept: &Path, own: &Path) -> Found {
    let path = kept.join(FILE);
    match read(&path) {
        Ok(Some(values)) => {
            return Found {
                values,
                ..Found::default()
            };
        }
        Ok(None) => {}
        Err(Unreadable::Corrupt(reason)) => {
            return Found {
                problem: Some(set_aside(&path, &reason)),
                ..Found::default()
            };
        }
        Err(Unreadable::Io(error)) => {
            let problem = Some(format!("its saved data cannot be read: {error}"));
            return Found {
                problem,
                ..Found::default()
            };
        }
    }
    if own == kept {
        return Found::default();
    }
    match read(&own.join(FILE)) {
        Ok(Some(values)) => Found {
            values,
            imported: true,
            problem: None,
        },
        Ok(None) => Found::default(),
        Err(Unreadable::Corrupt(reason) | Unreadable::Io(reason)) => Found {
            problem: Some(format!(
                "{} is not imported: {reason}",
                own.join(FILE).display()
            )),
            ..Found::default()
        },
    }
}

enum Unreadable {
    Corrupt(String),
    Io(String),
}

/// The values of a file; `None` where there is none, or an empty one as configuration tools make it.
fn read(path: &Path) -> Result<Option<Map<String, Value>>, Unreadable> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unreadable::Io(files::at(path, &error).to_string())),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Unreadable::Io(files::at(path, &error).to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Unreadable::Corrupt(format!(
            "it is larger than {LARGEST} bytes"
        )));
    }
    if bytes.trim_ascii().is_empty() {
        return Ok(None);
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(values)) => Ok(Some(values)),
        Ok(Value::Null) => Ok(None),
        Ok(_) => Err(Unreadable::Corrupt(
            "it does not hold a JSON object".to_owned(),
        )),
        Err(error) => Err(Unreadable::Corrupt(format!("it is not JSON: {error}"))),
    }
}

fn set_aside(path: &Path, reason: &str) -> String {
    let aside = path.with_extension("json.corrupt");
    match fs::rename(path, &aside) {
        Ok(()) => format!("its saved data were moved to {}: {reason}", aside.display()),
        Err(error) => format!("its saved data cannot be used: {reason}; nor moved aside: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Values {
        Arc::new(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn saved_data_come_back() {
        let root = tempfile::tempdir().unwrap();
        let mut store = Store::new(root.path().to_owned());
        store.save("a/b", values(r#"{"k":1}"#));
        let write = store.next(Instant::now(), false).unwrap();
        write.perform().unwrap();
        store.written(&write.machine, true, Instant::now());
        assert!(store.unwritten("a/b").is_none());
        let found = load(&store.directory("a/b"), Path::new("/none"));
        assert_eq!(
            (&found.values, found.imported, found.problem),
            (&*values(r#"{"k":1}"#), false, None)
        );
    }

    #[test]
    fn one_write_at_a_time_and_the_newest_data_last() {
        let mut store = Store::new("/none".into());
        let now = Instant::now();
        store.save("m", values(r#"{"k":1}"#));
        let first = store.next(now, false).unwrap();
        store.save("m", values(r#"{"k":2}"#));
        store.save("m", values(r#"{"k":3}"#));
        assert!(store.next(now, false).is_none());
        store.written(&first.machine, true, now);
        assert_eq!(store.next(now, false).unwrap().values, values(r#"{"k":3}"#));
    }

    #[test]
    fn data_that_could_not_be_written_are_tried_again_later() {
        let mut store = Store::new("/dev/null".into());
        let now = Instant::now();
        store.save("m", values(r#"{"k":1}"#));
        let write = store.next(now, false).unwrap();
        assert!(write.perform().is_err());
        store.written("m", false, now);
        assert!(store.next(now, false).is_none());
        assert_eq!(store.retry_at(), Some(now + RETRY));
        assert!(store.next(now + RETRY, false).is_some());
    }

    #[track_caller]
    fn check_found(kept: Option<&str>, own: Option<&str>, expect: &str, imported: bool) {
        let root = tempfile::tempdir().unwrap();
        let (kept_dir, own_dir) = (root.path().join("kept"), root.path().join("own"));
        for (directory, text) in [(&kept_dir, kept), (&own_dir, own)] {
            fs::create_dir(directory).unwrap();
            if let Some(text) = text {
                fs::write(directory.join(FILE), text).unwrap();
            }
        }
        let found = load(&kept_dir, &own_dir);
        assert_eq!(
            (found.values, found.imported),
            ((*values(expect)).clone(), imported)
        );
        assert_eq!(found.problem, None);
    }

    #[test]
    fn data_beside_the_machine_are_imported_unless_there_are_saved_ones() {
        check_found(None, Some(r#"{"a":1}"#), r#"{"a":1}"#, true);
        check_found(Some("{}"), Some(r#"{"a":1}"#), "{}", false);
        check_found(Some(r#"{"b":1}"#), Some("nonsense"), r#"{"b":1}"#, false);
    }

    #[test]
    fn an_empty_file_and_null_are_no_data() {
        check_found(None, Some(""), "{}", false);
        check_found(None, Some("null\n"), "{}", false);
    }

    #[test]
    fn corrupt_data_are_moved_aside_and_reported() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(FILE), "{\"a\":").unwrap();
        let found = load(root.path(), root.path());
        assert!(found.values.is_empty());
        let problem = found.problem.unwrap();
        assert!(
            problem.contains("machine_data.json.corrupt: it is not JSON"),
            "{problem}"
        );
        assert!(!root.path().join(FILE).exists());
        assert!(root.path().join("machine_data.json.corrupt").exists());
    }
}
