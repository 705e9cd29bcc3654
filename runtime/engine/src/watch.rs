//! Noticing that files change.
//!
//! The kernel tells of most changes at once; what it does not tell of (network file systems, a target behind a
//! link, a limit on watches) is found by looking again every now and then. So a [`Watch`] never says that
//! something *has* changed, only that it is time to look.

use core::time::Duration;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// How long it has to be quiet before looking: editors and configuration tools write in several steps.
const QUIET: Duration = Duration::from_millis(50);

/// How long to wait for that quiet at most.
const NOISY: Duration = Duration::from_secs(1);

/// Waits until it is time to look at some paths.
#[derive(Debug)]
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    stirred: mpsc::Receiver<()>,
    watched: BTreeSet<PathBuf>,
    refused: BTreeSet<PathBuf>,
    rescan: Duration,
}

impl Watch {
    /// A watch over nothing yet, that asks to look at least as often as this.
    #[must_use]
    pub fn new(rescan: Duration) -> Self {
        let (sender, stirred) = mpsc::channel(1);
        let watcher = RecommendedWatcher::new(
            move |event: notify::Result<Event>| {
                let matters = event.is_ok_and(|it| !matters_not(it.kind));
                if matters {
                    // Where the place is taken, somebody is going to look anyway.
                    let _ = sender.try_send(());
                }
            },
            Config::default().with_follow_symlinks(false),
        );
        let watcher = watcher
            .inspect_err(|error| {
                tracing::warn!(
                    %error,
                    rescan_seconds = rescan.as_secs(),
                    "Changes of files are not noticed at once, only by looking again"
                );
            })
            .ok();
        Self {
            watcher,
            stirred,
            watched: BTreeSet::new(),
            refused: BTreeSet::new(),
            rescan,
        }
    }

    /// Watches exactly these directories, without those below them.
    ///
    /// What cannot be watched is left to the regular looks.
    pub fn set(&mut self, directories: BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        for gone in self.watched.difference(&directories) {
            // It fails where the directory is gone, and the watch went with it.
            let _ = watcher.unwatch(gone);
        }
        self.watched.retain(|it| directories.contains(it));
        self.refused.retain(|it| directories.contains(it));
        for path in directories {
            if self.watched.contains(&path) {
                continue;
            }
            match watcher.watch(&path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.refused.remove(&path);
                    self.watched.insert(path);
                }
                Err(error) => {
                    if self.refused.insert(path.clone()) {
                        tracing::debug!(%error, path = %path.display(), "Directory is not watched");
                    }
                }
            }
        }
    }

    /// Forgets the watch over a directory, so that the next [`set`](Self::set) makes a new one.
    ///
    /// Needed where the name leads to another directory now: the watch is on the old one.
    pub fn renew(&mut self, directory: &Path) {
        if self.watched.remove(directory)
            && let Some(watcher) = &mut self.watcher
        {
            let _ = watcher.unwatch(directory);
        }
    }

    /// Waits until it is time to look: something stirred and it is quiet again, or nobody has looked for long.
    pub async fn stirred(&mut self) {
        if self.watcher.is_none() {
            sleep(self.rescan).await;
            return;
        }
        if timeout(self.rescan, self.stirred.recv()).await.is_err() {
            return;
        }
        let calm = async { while timeout(QUIET, self.stirred.recv()).await.is_ok() {} };
        // When it never becomes quiet, look all the same.
        let _ = timeout(NOISY, calm).await;
    }
}

/// Reading changes nothing, and looking at a file must not be a reason to look again.
fn matters_not(kind: EventKind) -> bool {
    use notify::event::{AccessKind, AccessMode};
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    }
}
