//! The last good bundle, over restarts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chorister_bundle::{LARGEST, Manifest};
use chorister_yaml::Limits;

/// The file in which the last good bundle is.
#[derive(Debug)]
pub(super) struct Memory {
    path: PathBuf,
}

impl Memory {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Reads it; nothing where there is none. One that makes no sense is moved aside.
    ///
    /// # Errors
    /// It cannot be read, or is no bundle that counts; in words.
    pub(super) async fn recall(
        &self,
        open: impl FnOnce(&[u8]) -> Result<Manifest, String> + Send + 'static,
    ) -> Result<Option<Manifest>, String> {
        let path = self.path.clone();
        blocking(move || {
            let limits = Limits {
                input: LARGEST,
                ..Limits::SPEC
            };
            let bytes = match File::open(&path).and_then(|file| limits.read(file)) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => {
                    return Err(format!("the last good bundle cannot be read: {error}"));
                }
            };
            open(&bytes).map(Some).map_err(|error| {
                let aside = path.with_extension("refused");
                let moved = match fs::rename(&path, &aside) {
                    Ok(()) => format!("it is moved to {}", aside.display()),
                    Err(error) => format!("it cannot be moved aside: {error}"),
                };
                format!("the last good bundle does not count any more: {error}; {moved}")
            })
        })
        .await
    }

    /// Keeps it, all of it or nothing.
    ///
    /// # Errors
    /// It cannot be written, in words.
    pub(super) async fn keep(&self, bytes: Vec<u8>) -> Result<(), String> {
        let path = self.path.clone();
        blocking(move || {
            write(&path, &bytes).map_err(|error| {
                format!("the bundle cannot be remembered, so it does not count: {error}")
            })
        })
        .await
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    // The name is as much on the disk as the content.
    path.parent()
        .map_or(Ok(()), |it| File::open(it)?.sync_all())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(error.to_string()))
}
