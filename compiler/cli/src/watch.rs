//! `--watch`: does it again whenever a file is saved.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use chorister_spec::Source;

use crate::console::{Console, Outcome};
use crate::kind::Kind;

/// How long nothing has to happen before files are read: editors save in several steps.
const QUIET: Duration = Duration::from_millis(40);

/// Does it until the process is ended; `once` tells what it has read.
pub(crate) fn run(
    paths: &[PathBuf],
    console: &Console,
    mut once: impl FnMut() -> Result<Vec<Source>>,
) -> Result<Outcome> {
    let (sender, events) = channel();
    let mut watcher = notify::recommended_watcher(sender).context("cannot watch files")?;
    let mut watched = BTreeSet::new();
    watch_arguments(paths, &mut watcher, &mut watched)?;
    let mut changed = Vec::new();
    loop {
        separator(&changed, console);
        match once() {
            Ok(sources) => watch_sources(&sources, &mut watcher, &mut watched),
            // A file that is gone for a moment may come back.
            Err(error) => console.error(&error),
        }
        let faint = console.message_styles().faint;
        console.say(&format!("{faint}watching; Ctrl-C ends{faint:#}\n"));
        match next(&events) {
            Some(paths) => changed = paths,
            None => return Ok(Outcome::Clean),
        }
    }
}

/// Watches what was named: trees with all their folders, and the folder of a file, since editors replace files.
fn watch_arguments(
    paths: &[PathBuf],
    watcher: &mut RecommendedWatcher,
    watched: &mut BTreeSet<PathBuf>,
) -> Result<()> {
    for path in paths {
        let (folder, mode) = if path.is_dir() {
            (path.clone(), RecursiveMode::Recursive)
        } else {
            (folder_of(path), RecursiveMode::NonRecursive)
        };
        watcher
            .watch(&folder, mode)
            .with_context(|| format!("cannot watch {}", folder.display()))?;
        watched.insert(folder);
    }
    Ok(())
}

/// Watches the folders of what a distribution names elsewhere.
fn watch_sources(
    sources: &[Source],
    watcher: &mut RecommendedWatcher,
    watched: &mut BTreeSet<PathBuf>,
) {
    for source in sources {
        let folder = folder_of(Path::new(&*source.path));
        let known = watched.iter().any(|it| folder.starts_with(it));
        if !known && folder.is_dir() && watcher.watch(&folder, RecursiveMode::NonRecursive).is_ok()
        {
            watched.insert(folder);
        }
    }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Waits for the next change and until nothing happens any more; `None` when nothing can come.
fn next(events: &Receiver<notify::Result<Event>>) -> Option<Vec<PathBuf>> {
    let mut changed = Vec::new();
    while changed.is_empty() {
        changed.extend(relevant(events.recv().ok()?));
    }
    loop {
        match events.recv_timeout(QUIET) {
            Ok(event) => changed.extend(relevant(event)),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    changed.sort();
    changed.dedup();
    Some(changed)
}

/// The files that an event is about, if it may change what comes of it.
fn relevant(event: notify::Result<Event>) -> Vec<PathBuf> {
    match event {
        Ok(event) if !matches!(event.kind, EventKind::Access(_)) => event
            .paths
            .into_iter()
            .filter(|it| !is_scratch(it))
            .collect(),
        Ok(_) => Vec::new(),
        // Changes were missed: better one check too many.
        Err(error) => {
            if error.paths.is_empty() {
                vec![PathBuf::new()]
            } else {
                error.paths
            }
        }
    }
}

/// Whether a name is one that editors use while they save.
fn is_scratch(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|it| it.to_str())
        .unwrap_or_default();
    name.starts_with('.') || name.ends_with('~') || name.ends_with(".tmp") || name == "4913"
}

/// A line between two runs, with the time and what changed.
fn separator(changed: &[PathBuf], console: &Console) {
    if changed.is_empty() {
        return;
    }
    let styles = console.message_styles();
    let faint = styles.faint;
    let time = jiff::Zoned::now().strftime("%H:%M:%S");
    // Editors and tools write into files of other names first; who saved a spec wants to read its name.
    let mut names: Vec<_> = changed
        .iter()
        .filter_map(|it| it.file_name()?.to_str())
        .collect();
    if names.iter().any(|it| Kind::may_be_spec(Path::new(it))) {
        names.retain(|it| Kind::may_be_spec(Path::new(it)));
    }
    let names = match names.as_slice() {
        [] => String::new(),
        [name] => format!(" {name}"),
        [name, rest @ ..] => format!(" {name} and {} more", rest.len()),
    };
    console.say(&format!("\n{faint}──── {time}{names} ────{faint:#}\n\n"));
}
