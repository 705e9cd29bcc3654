//! Values from files: facts about the node, and overrides for its checks.

use core::time::Duration;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_yaml::{Format, Limits};
use serde_json::{Map, Value};

use crate::{EngineHandle, stamp::Stamp, watch::Watch};

/// The largest file that is read, in bytes, and what it may hold.
const LIMITS: Limits = Limits {
    input: 4 << 20,
    ..Limits::LOADED
};

/// How often the file is looked at although nobody said that it has changed.
const RESCAN: Duration = Duration::from_secs(15);

/// What overrides are called in what is said about them.
pub(crate) const OVERRIDES: &str = "overrides";

/// The file of what replaces values in the plugins of checks. The last good ones stay while it makes no sense.
#[derive(Debug)]
pub(crate) struct OverridesFile {
    path: PathBuf,
    seen: Option<Stamp>,
}

/// Reads a file of values, a mapping in YAML or JSON by its name, of 4 MiB at most. `what` they are is said where it is no
/// mapping.
///
/// # Errors
///
/// Why they cannot be used, without the path.
pub fn read_values(file: &Path, what: &str) -> Result<Value, String> {
    read(file, what).map(|(values, _)| values)
}

fn read(path: &Path, what: &str) -> Result<(Value, Stamp), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let found = file.metadata().map_err(|error| error.to_string())?;
    if found.is_dir() {
        return Err("it is a directory".to_owned());
    }
    let bytes = LIMITS.read(file).map_err(|error| error.to_string())?;
    let format = Format::of_file(&path.to_string_lossy());
    Ok((parse_values(&bytes, format, what)?, Stamp::of(&found)))
}

impl OverridesFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path: std::path::absolute(&path).unwrap_or(path),
            seen: None,
        }
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
        self.seen = std::fs::metadata(&self.path).ok().map(|it| Stamp::of(&it));
        let (values, seen) = read(&self.path, OVERRIDES)?;
        self.seen = Some(seen);
        Ok(values)
    }

    /// Hands the values to the engine whenever they change, for ever.
    pub(crate) async fn follow(mut self, engine: EngineHandle) {
        let mut watch = Watch::new(RESCAN);
        // Its directory, because editors put a new file in the place of the old one.
        let directory = self.path.parent().map(Path::to_owned);
        watch.set(directory.into_iter().collect::<BTreeSet<_>>());
        let path = self.path.display().to_string();
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
                    tracing::info!(path, "The overrides have changed");
                    let told = engine.set_overrides(Arc::new(values)).await;
                    told.and(engine.report(OVERRIDES, path.as_str(), None).await)
                }
                Some(Err(problem)) => {
                    let problem = format!("{problem}; the last good overrides stay");
                    engine.report(OVERRIDES, path.as_str(), Some(problem)).await
                }
            };
            if told.is_err() {
                return;
            }
        }
    }

    fn has_changed(&self) -> bool {
        let found = std::fs::metadata(&self.path).ok();
        self.seen.is_none() || found.map(|it| Stamp::of(&it)) != self.seen
    }
}

/// The values in a text: a mapping, or nothing. `what` they are is said where it is something else.
///
/// # Errors
///
/// Why they cannot be used, with line and column.
pub fn parse_values(bytes: &[u8], format: Format, what: &str) -> Result<Value, String> {
    match chorister_yaml::parse(bytes, format, &LIMITS).into_result() {
        Ok(root) if root.is_null() => Ok(Value::Object(Map::new())),
        Ok(root) => match chorister_yaml::to_json(&root) {
            values @ Value::Object(_) => Ok(values),
            _ => Err(format!(
                "{what} are a mapping of names to values, and this is not one"
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
        let shown = match parse_values(text.as_bytes(), format, "facts") {
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
        let problem = parse_values(b"a: 1\nb: [1\n", Format::Yaml, "facts").unwrap_err();
        assert!(problem.starts_with("line "), "{problem}");
    }

    #[test]
    fn a_change_is_noticed_by_the_file_itself() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("facts.yaml");
        let mut file = OverridesFile::new(path.clone());
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
