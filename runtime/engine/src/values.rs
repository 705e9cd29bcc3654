//! Facts about the node, and overrides for its checks, from files.

use core::time::Duration;
use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_yaml::{Format, Limits};
use serde_json::{Map, Value};

use crate::{EngineHandle, watch::Watch};

/// The largest file that is read.
const LARGEST: usize = 4 << 20;

/// How often the file is looked at although nobody said that it has changed.
const RESCAN: Duration = Duration::from_secs(15);

/// What a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// What is true of the node.
    Facts,
    /// What replaces values in the plugins of checks.
    Overrides,
}

/// A file of values, YAML or JSON by its name. The last good ones stay while it makes no sense.
#[derive(Debug)]
pub(crate) struct ValuesFile {
    subject: Subject,
    path: PathBuf,
    seen: Option<Identity>,
}

/// What changes when the file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

/// Reads the facts of a file, YAML or JSON by its name.
///
/// # Errors
///
/// Why they cannot be used, without the path.
pub fn read_facts(file: &Path) -> Result<Value, String> {
    ValuesFile::new(Subject::Facts, file.to_owned()).read()
}

impl ValuesFile {
    pub(crate) fn new(subject: Subject, path: PathBuf) -> Self {
        Self {
            subject,
            path: std::path::absolute(&path).unwrap_or(path),
            seen: None,
        }
    }

    pub(crate) fn subject(&self) -> Subject {
        self.subject
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the values.
    ///
    /// # Errors
    ///
    /// Why they cannot be used, without the path.
    pub(crate) fn read(&mut self) -> Result<Value, String> {
        self.seen = None;
        let file = File::open(&self.path).map_err(|error| error.to_string())?;
        let found = file.metadata().map_err(|error| error.to_string())?;
        if found.is_dir() {
            return Err("it is a directory".to_owned());
        }
        self.seen = Some(Identity::of(&found));
        let limits = Limits {
            input: LARGEST,
            ..Limits::LOADED
        };
        let bytes = limits.read(file).map_err(|error| error.to_string())?;
        parse(
            self.subject,
            &bytes,
            Format::of_file(&self.path.to_string_lossy()),
        )
    }

    /// Hands the values to the engine whenever they change, for ever.
    pub(crate) async fn follow(mut self, engine: EngineHandle) {
        let mut watch = Watch::new(RESCAN);
        // Its directory, because editors put a new file in the place of the old one.
        let directory = self.path.parent().map(Path::to_owned);
        watch.set(directory.into_iter().collect::<BTreeSet<_>>());
        let path = self.path.display().to_string();
        let what = self.subject.as_str();
        let mut reloads = engine.reloads();
        loop {
            tokio::select! {
                () = watch.stirred() => {}
                Ok(()) = reloads.changed() => self.seen = None,
            }
            let looked = tokio::task::spawn_blocking(move || {
                let news = self.has_changed().then(|| self.read());
                (self, news)
            });
            let Ok((same, news)) = looked.await else {
                return;
            };
            self = same;
            let told = match news {
                None => continue,
                Some(Ok(values)) => {
                    tracing::info!(path, "The {what} have changed");
                    let values = Arc::new(values);
                    let told = match self.subject {
                        Subject::Facts => engine.set_facts(values).await,
                        Subject::Overrides => engine.set_overrides(values).await,
                    };
                    told.and(engine.report(what, path.as_str(), None).await)
                }
                Some(Err(problem)) => {
                    let problem = format!("{problem}; the last good {what} stay");
                    engine.report(what, path.as_str(), Some(problem)).await
                }
            };
            if told.is_err() {
                return;
            }
        }
    }

    fn has_changed(&self) -> bool {
        let found = std::fs::metadata(&self.path).ok();
        self.seen.is_none() || found.map(|it| Identity::of(&it)) != self.seen
    }
}

impl Subject {
    /// Its name, as problems carry it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::Overrides => "overrides",
        }
    }
}

impl Identity {
    fn of(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            changed: (found.mtime(), found.mtime_nsec()),
        }
    }
}

/// The values in a text: a mapping, or nothing.
fn parse(subject: Subject, bytes: &[u8], format: Format) -> Result<Value, String> {
    let limits = Limits {
        input: LARGEST,
        ..Limits::LOADED
    };
    match chorister_yaml::parse(bytes, format, &limits).into_result() {
        Ok(root) if root.is_null() => Ok(Value::Object(Map::new())),
        Ok(root) => match chorister_yaml::to_json(&root) {
            values @ Value::Object(_) => Ok(values),
            _ => Err(format!(
                "{} are a mapping of names to values, and this is not one",
                subject.as_str()
            )),
        },
        Err(errors) => match errors.first() {
            Some(first) => {
                let at = first.span.start;
                Err(format!(
                    "line {}, column {}: {}",
                    at.line, at.column, first.message
                ))
            }
            None => Ok(Value::Object(Map::new())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, format: Format, expect: &str) {
        let shown = match parse(Subject::Facts, text.as_bytes(), format) {
            Ok(facts) => facts.to_string(),
            Err(problem) => problem,
        };
        assert_eq!(shown, expect);
    }

    #[test]
    fn facts_are_a_mapping_in_yaml_or_json() {
        check(
            "os:\n  name: Debian\n  up: 3\n",
            Format::Yaml,
            r#"{"os":{"name":"Debian","up":3}}"#,
        );
        check(
            r#"{"a": [1, true, null]}"#,
            Format::Json,
            r#"{"a":[1,true,null]}"#,
        );
        check("", Format::Yaml, "{}");
        check("# nothing\n", Format::Yaml, "{}");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        check(
            "- a\n",
            Format::Yaml,
            "facts are a mapping of names to values, and this is not one",
        );
        let problem = parse(Subject::Facts, b"a: 1\nb: [1\n", Format::Yaml).unwrap_err();
        assert!(problem.starts_with("line "), "{problem}");
    }

    #[test]
    fn a_change_is_noticed_by_the_file_itself() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("facts.yaml");
        let mut file = ValuesFile::new(Subject::Facts, path.clone());
        assert!(file.read().is_err());
        std::fs::write(&path, "a: 1\n").unwrap();
        assert!(file.has_changed());
        assert_eq!(file.read().unwrap()["a"], 1);
        assert!(!file.has_changed());
        let other = directory.path().join("other");
        std::fs::write(&other, "a: 2\n").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(file.has_changed());
    }
}
