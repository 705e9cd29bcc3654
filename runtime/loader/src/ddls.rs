//! DDLs of agents from directories: what clients know of agents that are not compiled in.
//!
//! A library directory has them in `choria/agent` and `mcollective/agent`, at any depth; a file is called after its agent.
//! The first that is found counts, and others are told of: upstream takes the last one in silence.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chorister_ir::ddl::Ddl;
use chorister_spec::ddl::check;
use chorister_spec::render::{self, Color};
use chorister_spec::{Options, Severity, Source};
use chorister_yaml::Limits;

/// A DDL and where it was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What the agent can be asked.
    pub ddl: Ddl,
    /// Where that is written.
    pub path: PathBuf,
    /// Other files about the same agent, which do not count.
    pub others: Vec<PathBuf>,
}

/// Why a DDL cannot be used.
#[derive(Debug)]
pub enum DdlError {
    /// It cannot be read.
    Io(PathBuf, io::Error),
    /// Something is wrong with it: what its author would be told.
    Wrong(String),
    /// It describes another agent, or none.
    Other(PathBuf),
}

/// Where agents are in a library directory.
const FOLDERS: [&str; 2] = ["choria/agent", "mcollective/agent"];

/// What the name of such a file may end with.
const ENDINGS: [&str; 3] = ["json", "yaml", "yml"];

/// How deep files may be, and how many are looked at.
const DEEP: usize = 8;
const MOST: usize = 10_000;

/// Finds the DDL of an agent in library directories; `None` where no file is called after it.
///
/// # Errors
/// The file that is called after it cannot be used.
pub fn find(agent: &str, libraries: &[PathBuf]) -> Result<Option<Found>, DdlError> {
    let mut paths = files(libraries).filter(|it| stem(it) == Some(agent));
    let Some(path) = paths.next() else {
        return Ok(None);
    };
    let ddl = read(&path)?;
    if ddl.metadata.name != agent {
        return Err(DdlError::Other(path));
    }
    Ok(Some(Found {
        ddl,
        path,
        others: paths.collect(),
    }))
}

/// The agents that library directories describe, by the names of their files.
#[must_use]
pub fn names(libraries: &[PathBuf]) -> Vec<String> {
    let names = files(libraries).filter_map(|it| stem(&it).map(str::to_owned));
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Reads a DDL.
///
/// # Errors
/// It cannot be read, or something is wrong with it.
pub fn read(path: &Path) -> Result<Ddl, DdlError> {
    let unreadable = |error| DdlError::Io(path.to_owned(), error);
    let file = File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(unreadable(io::ErrorKind::InvalidInput.into()));
    }
    let bytes = Limits::LOADED.read(file).map_err(unreadable)?;
    let text = |findings: &[_], sources: &[Source]| {
        let text = render::text(findings, sources, Color::Never);
        DdlError::Wrong(text.trim_end().to_owned())
    };
    let source = Source::from_bytes(path.to_string_lossy(), bytes)
        .map_err(|diagnostic| text(&[*diagnostic], &[]))?;
    let options = Options {
        lenient: true,
        ..Options::default()
    };
    let checked = check(&source, &options);
    if let Some(ddl) = checked.agent() {
        return Ok(ddl.clone());
    }
    let mut errors = checked.diagnostics;
    errors.retain(|it| it.severity == Severity::Error);
    if errors.is_empty() {
        return Err(DdlError::Other(path.to_owned()));
    }
    Err(text(&errors, &[source]))
}

/// The agent that a file is called after.
fn stem(path: &Path) -> Option<&str> {
    let ending = path.extension()?.to_str()?;
    if ENDINGS.contains(&ending) {
        path.file_stem()?.to_str()
    } else {
        None
    }
}

/// All files of library directories, in the order in which they count.
fn files(libraries: &[PathBuf]) -> impl Iterator<Item = PathBuf> {
    let mut found = Vec::new();
    for library in libraries {
        for folder in FOLDERS {
            walk(&library.join(folder), DEEP, &mut found);
        }
    }
    found.into_iter()
}

fn walk(folder: &Path, deep: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let left = MOST.saturating_sub(found.len());
    let mut paths: Vec<PathBuf> = entries.take(left).flatten().map(|it| it.path()).collect();
    paths.sort_unstable();
    for path in paths {
        if !path.is_dir() {
            found.push(path);
        } else if deep > 0 {
            walk(&path, deep - 1, found);
        }
    }
}

impl core::fmt::Display for DdlError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Self::Wrong(text) => f.write_str(text),
            Self::Other(path) => write!(f, "{} does not describe that agent", path.display()),
        }
    }
}

impl core::error::Error for DdlError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn ddl(agent: &str, version: &str) -> String {
        format!(
            r#"{{"metadata": {{"name": "{agent}", "description": "d", "author": "a", "license": "Apache-2.0",
            "url": "https://example.net", "version": "{version}", "timeout": 5}}, "actions": []}}"#
        )
    }

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    #[test]
    fn the_first_ddl_counts_and_others_are_told() {
        let home = tempfile::tempdir().expect("a folder");
        let (one, two) = (home.path().join("one"), home.path().join("two"));
        write(
            &one.join("mcollective/agent/x/echo.json"),
            &ddl("echo", "1.0.0"),
        );
        write(&two.join("choria/agent/echo.json"), &ddl("echo", "2.0.0"));
        let libraries = [one, two];
        let found = find("echo", &libraries).expect("readable").expect("there");
        assert_eq!(found.ddl.metadata.version, "1.0.0");
        assert_eq!(found.others.len(), 1);
        assert_eq!(names(&libraries), ["echo"]);
        assert!(find("other", &libraries).expect("readable").is_none());
    }

    #[test]
    fn a_ddl_of_another_agent_or_with_a_mistake_is_told_of() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("choria/agent");
        write(&folder.join("echo.json"), &ddl("mirror", "1.0.0"));
        write(&folder.join("torn.json"), "{");
        let libraries = [home.path().to_owned()];
        assert!(matches!(find("echo", &libraries), Err(DdlError::Other(_))));
        let Err(DdlError::Wrong(text)) = find("torn", &libraries) else {
            panic!("a torn file is read");
        };
        assert!(text.contains("torn.json"), "{text}");
    }
}
