//! Commands that outlived a node which was killed.
//!
//! While a node runs there is a file in its state directory with the [mark](Mark) of its commands. A node that stops in
//! order removes it. Where it is found at start, the last node was killed, and what it left behind is ended.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::files;
use crate::process::Mark;

/// The name of the file in the state directory.
const FILE: &str = "commands";

/// The longest mark, in bytes.
const LONGEST: u64 = 256;

/// The mark of this node, and where it is written.
#[derive(Debug)]
pub(crate) struct Orphans {
    path: PathBuf,
    mark: Option<Mark>,
}

/// Ends the commands that the last node with this state directory left behind, if it was killed.
///
/// [`Builder::build`](crate::Builder::build) does this too. It has to be done before where the process gives up its
/// right to look at others.
pub fn end_orphans(state_dir: &Path) {
    let path = state_dir.join(FILE);
    // Without the lock they may be the children of a node that runs.
    if path.exists() && crate::engine::lock(state_dir, "").is_ok() {
        sweep(&path);
    }
}

/// Ends what carries the mark in a file, and removes the file.
fn sweep(path: &Path) {
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => tracing::warn!(%error, "It cannot be told which commands a killed node left"),
        Ok(_) => match text.parse::<Mark>().map(|it| it.end_orphans()) {
            Ok(Ok(0)) => {}
            Ok(Ok(commands)) => {
                tracing::warn!(
                    commands,
                    "The last node was killed; commands that it left are ended"
                );
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "Commands that a killed node left cannot be looked for");
            }
            Err(error) => tracing::warn!(%error, "The mark of the last node is not understood"),
        },
    }
    // It is written anew by a node that runs, and read once.
    let _ = fs::remove_file(path);
}

// === impl Orphans ===

impl Orphans {
    /// Ends what the last node left, and begins to mark what this one starts. The state directory has to be locked.
    pub(crate) fn begin(state_dir: &Path) -> Self {
        let path = state_dir.join(FILE);
        sweep(&path);
        let token = fastrand::u128(..);
        let mark = Mark::new(token)
            .and_then(|mark| {
                files::replace(&path, mark.to_string().as_bytes(), 0o600).map(|()| mark)
            })
            .inspect_err(|error| {
                tracing::warn!(%error, "Commands are not found again if this node is killed");
            });
        Self {
            path,
            mark: mark.ok(),
        }
    }

    pub(crate) const fn mark(&self) -> Option<Mark> {
        self.mark
    }

    /// Takes note that every command has ended.
    pub(crate) fn none_left(&self) {
        // Where it stays, the next node looks and finds nobody.
        let _ = fs::remove_file(&self.path);
    }
}
