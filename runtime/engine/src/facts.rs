//! Facts about the node, from a file.

use core::time::Duration;
use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_yaml::{Format, Limits};
use serde_json::{Map, Value};

use crate::{EngineHandle, watch::Watch};

/// The largest file of facts that is read.
const LARGEST: usize = 4 << 20;

/// How often the file is looked at although nobody said that it has changed.
const RESCAN: Duration = Duration::from_secs(15);

/// A file of facts, YAML or JSON by its name. The last good facts stay while it makes no sense.
#[derive(Debug)]
pub(crate) struct FactsFile {
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

impl FactsFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path: std::path::absolute(&path).unwrap_or(path),
            seen: None,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the facts.
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
        parse(&bytes, Format::of_file(&self.path.to_string_lossy()))
    }

    /// Hands the facts to the engine whenever they change, for ever.
    pub(crate) async fn follow(mut self, engine: EngineHandle) {
        let mut watch = Watch::new(RESCAN);
        // Its directory, because editors put a new file in the place of the old one.
        let directory = self.path.parent().map(Path::to_owned);
        watch.set(directory.into_iter().collect::<BTreeSet<_>>());
        let subject = self.path.display().to_string();
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
                Some(Ok(facts)) => {
                    tracing::info!(path = subject, "Facts have changed");
                    let told = engine.set_facts(Arc::new(facts)).await;
                    told.and(engine.report("facts", subject.as_str(), None).await)
                }
                Some(Err(problem)) => {
                    let problem = format!("{problem}; the last good facts stay");
                    engine
                        .report("facts", subject.as_str(), Some(problem))
                        .await
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

/// The facts in a text: a mapping, or nothing.
fn parse(bytes: &[u8], format: Format) -> Result<Value, String> {
    let limits = Limits {
        input: LARGEST,
        ..Limits::LOADED
    };
    match chorister_yaml::parse(bytes, format, &limits).into_result() {
        Ok(root) if root.is_null() => Ok(Value::Object(Map::new())),
        Ok(root) => match chorister_yaml::to_json(&root) {
            facts @ Value::Object(_) => Ok(facts),
            _ => Err("facts are a mapping of names to values, and this is not one".to_owned()),
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
        let shown = match parse(text.as_bytes(), format) {
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
        let problem = parse(b"a: 1\nb: [1\n", Format::Yaml).unwrap_err();
        assert!(problem.starts_with("line "), "{problem}");
    }

    #[test]
    fn a_change_is_noticed_by_the_file_itself() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("facts.yaml");
        let mut file = FactsFile::new(path.clone());
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
