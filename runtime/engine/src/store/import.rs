//! Data of machines in files, as other agents and older versions keep them; read once.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::files;

/// The name of the file, in the machine's part of the state directory and beside a `machine.yaml`.
const FILE: &str = "machine_data.json";

/// The largest file of data that is read.
const LARGEST: u64 = 16 << 20;

/// Data that a machine starts with unless the store remembers it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) values: Map<String, Value>,
    /// The file of ours that they come from and that is done with once they are in the store.
    pub(crate) own: Option<PathBuf>,
    /// What was wrong with what was found.
    pub(crate) problem: Option<String>,
}

/// Reads the data of a machine: what an older version saved in `kept`, or else what lies in the machine's own
/// directory.
///
/// A file of ours that makes no sense is moved aside, and the machine starts without data.
pub(crate) fn load(kept: &Path, own: &Path) -> Found {
    let path = kept.join(FILE);
    match read(&path) {
        Ok(Some(values)) => Found {
            values,
            own: Some(path),
            problem: None,
        },
        Err(Unreadable::Corrupt(reason)) => Found::broken(set_aside(&path, &reason)),
        Err(Unreadable::Io(error)) => {
            Found::broken(format!("its saved data cannot be read: {error}"))
        }
        Ok(None) if own == kept => Found::default(),
        Ok(None) => match read(&own.join(FILE)) {
            Ok(values) => Found {
                values: values.unwrap_or_default(),
                ..Found::default()
            },
            Err(Unreadable::Corrupt(reason) | Unreadable::Io(reason)) => {
                let path = own.join(FILE);
                Found::broken(format!("{} is not imported: {reason}", path.display()))
            }
        },
    }
}

impl Found {
    fn broken(problem: String) -> Self {
        Self {
            problem: Some(problem),
            ..Self::default()
        }
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

    #[track_caller]
    fn check_found(kept: Option<&str>, own: Option<&str>, expect: &str, ours: bool) {
        let root = tempfile::tempdir().unwrap();
        let (kept_dir, own_dir) = (root.path().join("kept"), root.path().join("own"));
        for (directory, text) in [(&kept_dir, kept), (&own_dir, own)] {
            fs::create_dir(directory).unwrap();
            if let Some(text) = text {
                fs::write(directory.join(FILE), text).unwrap();
            }
        }
        let found = load(&kept_dir, &own_dir);
        let expect: Map<String, Value> = serde_json::from_str(expect).unwrap();
        assert_eq!((found.values, found.own.is_some()), (expect, ours));
        assert_eq!(found.problem, None);
    }

    #[test]
    fn data_beside_the_machine_are_imported_unless_there_are_saved_ones() {
        check_found(None, Some(r#"{"a":1}"#), r#"{"a":1}"#, false);
        check_found(Some("{}"), Some(r#"{"a":1}"#), "{}", true);
        check_found(Some(r#"{"b":1}"#), Some("nonsense"), r#"{"b":1}"#, true);
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
