//! A bundle in a local file.

use std::fs::File;
use std::path::PathBuf;
use std::pin::Pin;

use chorister_bundle::LARGEST;
use chorister_engine::watch::Watch;
use chorister_yaml::Limits;

use super::Source;
use crate::follow::RESCAN;
use chorister_engine::stamp::Stamp;

/// A file that somebody replaces.
pub(super) struct FileSource {
    path: PathBuf,
    shown: String,
    seen: Option<Stamp>,
    watch: Watch,
}

impl FileSource {
    pub(super) fn new(path: PathBuf) -> Self {
        let path = std::path::absolute(&path).unwrap_or(path);
        let mut watch = Watch::new(RESCAN);
        // Its directory, because a new file comes in the place of the old one.
        watch.set(path.parent().map(ToOwned::to_owned).into_iter().collect());
        Self {
            shown: path.display().to_string(),
            path,
            seen: None,
            watch,
        }
    }
}

impl Source for FileSource {
    fn shown(&self) -> &str {
        &self.shown
    }

    fn stirred(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.watch.stirred())
    }

    fn fetch(
        &mut self,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Vec<u8>>, String>> + Send + '_>> {
        let (path, seen) = (self.path.clone(), self.seen);
        Box::pin(async move {
            let read = move || {
                let failed = |error: std::io::Error| format!("the bundle cannot be read: {error}");
                let file = File::open(&path).map_err(failed)?;
                let found = file.metadata().map_err(failed)?;
                let stamp = Stamp::of(&found);
                if Some(stamp) == seen {
                    return Ok(None);
                }
                if !found.is_file() {
                    return Err("the bundle is no regular file".to_owned());
                }
                let limits = Limits {
                    input: LARGEST,
                    ..Limits::SPEC
                };
                let bytes = limits.read(file).map_err(failed)?;
                Ok(Some((stamp, bytes)))
            };
            let read = tokio::task::spawn_blocking(read).await;
            let news = read.unwrap_or_else(|error| Err(error.to_string()))?;
            Ok(news.map(|(stamp, bytes)| {
                self.seen = Some(stamp);
                bytes
            }))
        })
    }
}
