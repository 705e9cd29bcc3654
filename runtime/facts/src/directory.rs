//! A directory of structured files, and of programs that print facts.

use core::time::Duration;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chorister_engine::stamp::Stamp;
use chorister_engine::trust::{Judge, Trust};
use chorister_system::programs;
use serde_json::{Map, Value};

use crate::output;

/// How many entries of a directory are looked at.
const MOST: usize = 200;

/// The ends of the names of structured files.
const STRUCTURED: [&str; 4] = ["json", "txt", "yaml", "yml"];

/// Something in the directory.
#[derive(Debug)]
pub(crate) enum Item {
    /// A file of facts.
    File { path: PathBuf, seen: Stamp },
    /// A program that prints facts.
    Program { path: PathBuf, seen: Stamp },
    /// What is neither, or not obeyed.
    Refused { path: PathBuf, problem: String },
}

/// What is in a directory, in the order of its names. Hidden files, and what editors leave behind, are not looked at. A
/// directory that is not there has nothing in it.
///
/// # Errors
/// The directory cannot be read.
pub(crate) fn items(directory: &Path, trust: Trust) -> Result<Vec<Item>, String> {
    let unreadable = |error: io::Error| format!("it cannot be read: {error}");
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut paths = entries
        .map(|it| Ok(it?.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(unreadable)?;
    paths.sort();
    let count = paths.len();
    if count > MOST {
        return Err(format!("it has {count} entries, more than {MOST}"));
    }
    let mut judge = Judge::new(trust);
    let seen = paths.into_iter().filter(|it| !is_left_behind(it));
    Ok(seen.filter_map(|path| item(path, &mut judge)).collect())
}

/// What a path is; `None` where it is gone, or a directory.
fn item(path: PathBuf, judge: &mut Judge) -> Option<Item> {
    let opened = fs::canonicalize(&path).and_then(|real| judge.open(&real));
    let (found, objection) = match opened {
        Ok((_, found, _)) if found.is_dir() => return None,
        Ok((_, found, objection)) => (found, objection),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            let problem = format!("it cannot be read: {error}");
            return Some(Item::Refused { path, problem });
        }
    };
    if let Some(problem) = objection {
        return Some(Item::Refused { path, problem });
    }
    let seen = Stamp::of(&found);
    let end = path
        .extension()
        .map(|it| it.to_string_lossy().to_lowercase());
    Some(if end.is_some_and(|it| STRUCTURED.contains(&it.as_str())) {
        Item::File { path, seen }
    } else if seen.mode & 0o111 != 0 {
        Item::Program { path, seen }
    } else {
        let problem = "it is neither a program (chmod +x) nor a file of facts (.yaml, .json, .txt)";
        Item::Refused {
            path,
            problem: problem.to_owned(),
        }
    })
}

/// Whether nobody meant it to be looked at.
fn is_left_behind(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with('~') || name.ends_with(".bak")
}

/// Runs a program and reads the facts that it prints.
///
/// # Errors
/// It fails, takes too long, says too much, or prints no facts.
pub(crate) async fn run(path: &Path, timeout: Duration) -> Result<Map<String, Value>, String> {
    let answer = programs::ask::<&str>(path, &[], timeout).await;
    let answer = answer.map_err(|error| error.to_string())?;
    match answer.code {
        Some(0) => output::facts(&answer.text),
        Some(code) => Err(format!("it ended with code {code}")),
        None => Err("a signal ended it".to_owned()),
    }
}

// === impl Item ===

impl Item {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File { path, .. } | Self::Program { path, .. } | Self::Refused { path, .. } => {
                path
            }
        }
    }
}
