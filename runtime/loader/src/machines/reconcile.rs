//! Making the engine's machines what the directory says.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chorister_engine::{Driver, EngineHandle, HandleError, MachineKey};
use tokio::time::Instant;

use super::content::Content;
use super::judge::{Verdict, judge};
use super::scan::{Candidate, scan};
use crate::follow::{Follow, Looked};
use crate::reports::{self, Reports};

/// How many times within [`WINDOW`] a file that is not the specification restarts its machine.
const RESTARTS: usize = 2;

/// See [`RESTARTS`].
const WINDOW: Duration = Duration::from_secs(3600);

/// The machines of a directory.
pub(crate) struct Loader {
    root: PathBuf,
    drivers: &'static [Driver],
    engine: EngineHandle,
    entries: BTreeMap<PathBuf, Entry>,
    reports: Reports,
}

/// A sub-directory.
#[derive(Default)]
struct Entry {
    directory: PathBuf,
    content: Content,
    running: Option<MachineKey>,
    /// It is good, but another machine had its name when it was offered.
    is_waiting: bool,
    /// It had no specification when it was last looked at.
    is_vanishing: bool,
    /// When files other than the specification have restarted it.
    restarts: BTreeMap<PathBuf, Vec<Instant>>,
}

/// What a look found in a sub-directory.
enum News {
    /// It is as it was.
    Same,
    /// There is no specification.
    NoSpec(Content),
    /// It cannot be read; why.
    Unreadable(String),
    /// Something is not as it was.
    Changed(Box<Change>),
}

/// What is not as it was, and what the front end says now.
struct Change {
    content: Content,
    files: Vec<PathBuf>,
    verdict: Verdict,
}

/// Everything that one look found.
struct View {
    news: Vec<(Candidate, News)>,
    broken: Vec<PathBuf>,
    /// Why nothing could be looked at.
    failure: Option<std::io::Error>,
}

impl Follow for Loader {
    fn directories(&self) -> BTreeSet<PathBuf> {
        let below = self
            .entries
            .values()
            .flat_map(|entry| &entry.content.directories);
        below.chain([&self.root]).cloned().collect()
    }

    async fn look(&mut self) -> Option<Looked> {
        let root = self.root.clone();
        let drivers = self.drivers;
        let entries = std::mem::take(&mut self.entries);
        // Files may be slow, and checking a thousand machines takes a second: neither may hold up the engine.
        let looking = tokio::task::spawn_blocking(move || {
            let view = View::of(&root, &entries, drivers);
            (entries, view)
        });
        let (entries, view) = looking.await.ok()?;
        self.entries = entries;
        self.reconcile(view).await.ok()
    }
}

impl Loader {
    pub(crate) fn new(root: PathBuf, drivers: &'static [Driver], engine: EngineHandle) -> Self {
        let root = std::path::absolute(&root).unwrap_or(root);
        Self {
            root,
            drivers,
            reports: Reports::new("loader", engine.clone()),
            engine,
            entries: BTreeMap::new(),
        }
    }

    async fn reconcile(&mut self, view: View) -> Result<Looked, HandleError> {
        let mut looked = Looked::default();
        let root = self.root.clone();
        match view.failure {
            Some(error) if error.kind() != std::io::ErrorKind::NotFound => {
                // It is not known what there is, so what runs goes on.
                self.report(
                    &root,
                    Some(format!("the machines cannot be looked at: {error}")),
                )
                .await?;
                return Ok(looked);
            }
            Some(_) => {
                let text = "the directory does not exist, so none of its machines runs";
                self.report(&root, Some(text.to_owned())).await?;
            }
            None => self.report(&root, None).await?,
        }
        for path in &view.broken {
            self.report(path, Some("the link leads nowhere".to_owned()))
                .await?;
        }
        // First those that are gone, so that their names are free.
        let there: BTreeSet<_> = view
            .news
            .iter()
            .map(|(candidate, _)| &candidate.path)
            .collect();
        let gone: Vec<_> = self
            .entries
            .keys()
            .filter(|path| !there.contains(path))
            .cloned()
            .collect();
        for path in gone {
            self.remove(&path).await?;
            self.entries.remove(&path);
            looked.changed = true;
        }
        let known: BTreeSet<_> = there
            .iter()
            .copied()
            .chain(&view.broken)
            .chain([&root])
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        let left: Vec<_> = self
            .reports
            .subjects()
            .filter(|subject| !known.contains(*subject))
            .map(PathBuf::from)
            .collect();
        for path in left {
            self.report(&path, None).await?;
        }
        for (candidate, news) in view.news {
            let one = self.apply(candidate, news).await?;
            looked.changed |= one.changed;
            looked.unsettled |= one.unsettled;
        }
        Ok(looked)
    }

    async fn apply(&mut self, candidate: Candidate, news: News) -> Result<Looked, HandleError> {
        let Candidate { path, directory } = candidate;
        let entry = self.entries.entry(path.clone()).or_default();
        entry.directory = directory;
        match news {
            News::Same => {
                entry.is_vanishing = false;
                Ok(Looked::default())
            }
            News::Unreadable(reason) => {
                self.report(&path, Some(self.goes_on(&path, reason)))
                    .await?;
                Ok(Looked::default())
            }
            News::NoSpec(content) => {
                // An editor may be replacing it at this moment. The second time it is believed.
                if entry.running.is_some() && !entry.is_vanishing {
                    entry.is_vanishing = true;
                    return Ok(Looked {
                        changed: false,
                        unsettled: true,
                    });
                }
                let changed = entry.content.spec.is_some();
                *entry = Entry {
                    directory: std::mem::take(&mut entry.directory),
                    content,
                    running: entry.running,
                    ..Entry::default()
                };
                self.remove(&path).await?;
                self.report(&path, None).await?;
                Ok(Looked {
                    changed,
                    unsettled: false,
                })
            }
            News::Changed(change) => {
                let Change {
                    content,
                    files,
                    verdict,
                } = *change;
                entry.is_vanishing = false;
                let restart = entry.is_waiting || entry.wants_restart(&path, &content, &files);
                entry.content = content;
                if restart {
                    self.restart(&path, verdict).await?;
                }
                Ok(Looked {
                    changed: !files.is_empty(),
                    unsettled: false,
                })
            }
        }
    }

    /// Puts what was read in the place of what runs, if it is good.
    async fn restart(&mut self, path: &Path, verdict: Verdict) -> Result<(), HandleError> {
        if let Some(warnings) = verdict.warnings {
            tracing::warn!("Machine in {} is suspect:", path.display());
            for line in warnings.lines() {
                tracing::warn!("{line}");
            }
        }
        let machine = match verdict.machine {
            Ok(machine) => machine,
            Err(reason) => {
                if let Some(entry) = self.entries.get_mut(path) {
                    entry.is_waiting = false;
                }
                return self.report(path, Some(self.goes_on(path, reason))).await;
            }
        };
        let running = self.entries.get(path).and_then(|entry| entry.running);
        let (name, version) = (machine.name.to_string(), machine.version.to_string());
        let offered = match running {
            Some(old) => self.engine.replace(old, machine, path.to_owned()).await,
            None => self.engine.insert(machine, path.to_owned()).await,
        };
        let Some(entry) = self.entries.get_mut(path) else {
            return Ok(());
        };
        entry.is_waiting = offered.is_err();
        match offered {
            Ok(key) => {
                entry.running = Some(key);
                tracing::info!(
                    machine = name,
                    version,
                    directory = %path.display(),
                    "{}",
                    if running.is_some() { "Machine is reloaded" } else { "Machine is loaded" }
                );
                self.report(path, None).await
            }
            Err(HandleError::Stopped) => Err(HandleError::Stopped),
            Err(error) => {
                self.report(path, Some(self.goes_on(path, error.to_string())))
                    .await
            }
        }
    }

    async fn remove(&mut self, path: &Path) -> Result<(), HandleError> {
        let running = self
            .entries
            .get_mut(path)
            .and_then(|entry| entry.running.take());
        if let Some(key) = running {
            self.engine.remove(key).await?;
            tracing::info!(directory = %path.display(), "Machine is gone and has stopped");
        }
        Ok(())
    }

    /// Tells the engine what is wrong, or that nothing is any more.
    async fn report(&mut self, path: &Path, text: Option<String>) -> Result<(), HandleError> {
        self.reports.report(&path.to_string_lossy(), text).await
    }

    fn goes_on(&self, path: &Path, reason: String) -> String {
        let running = self
            .entries
            .get(path)
            .is_some_and(|entry| entry.running.is_some());
        if running {
            reports::goes_on(&reason)
        } else {
            reason.trim_end().to_owned()
        }
    }
}

impl Entry {
    /// Whether these changes are a reason to start anew.
    ///
    /// A machine may write into its own directory, and would restart itself for ever if that always were one.
    fn wants_restart(&mut self, path: &Path, content: &Content, changes: &[PathBuf]) -> bool {
        let spec = content.spec.as_ref().and_then(|spec| spec.path.file_name());
        if changes.iter().any(|it| Some(it.as_os_str()) == spec) {
            self.restarts.clear();
            return true;
        }
        let now = Instant::now();
        let mut wanted = false;
        for file in changes {
            let times = self.restarts.entry(file.clone()).or_default();
            if times.len() > RESTARTS {
                continue;
            }
            times.retain(|it| now.saturating_duration_since(*it) < WINDOW);
            times.push(now);
            if times.len() <= RESTARTS {
                wanted = true;
            } else {
                tracing::warn!(
                    directory = %path.display(),
                    file = %file.display(),
                    "File changes again and again; from now on this does not restart its machine"
                );
            }
        }
        wanted
    }
}

impl View {
    /// Looks at everything; blocks.
    fn of(root: &Path, entries: &BTreeMap<PathBuf, Entry>, drivers: &[Driver]) -> Self {
        let mut view = Self {
            news: Vec::new(),
            broken: Vec::new(),
            failure: None,
        };
        if entries.is_empty() && !root.exists() {
            // Compat: go-choria aagent/aagent.go: a store that is missing is made, for its owner only.
            use std::os::unix::fs::DirBuilderExt;
            let made = std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(root);
            if let Err(error) = made {
                tracing::debug!(%error, directory = %root.display(), "Directory is not made");
            }
        }
        match scan(root) {
            Ok((candidates, broken)) => {
                view.broken = broken;
                for candidate in candidates {
                    let news = look_at(&candidate, entries.get(&candidate.path), drivers);
                    view.news.push((candidate, news));
                }
            }
            Err(error) => view.failure = Some(error),
        }
        view
    }
}

fn look_at(candidate: &Candidate, entry: Option<&Entry>, drivers: &[Driver]) -> News {
    let before = entry
        .filter(|it| it.directory == candidate.directory)
        .map(|it| &it.content);
    let content = match Content::read(&candidate.directory, before) {
        Ok(content) => content,
        Err(error) => return News::Unreadable(format!("it cannot be read: {error}")),
    };
    let Some(spec) = &content.spec else {
        return News::NoSpec(content);
    };
    let files = match entry {
        Some(entry) => content.changes(&entry.content),
        None => content.changes(&Content::default()),
    };
    if files.is_empty() && entry.is_some_and(|it| !it.is_waiting) {
        return News::Same;
    }
    if content.is_cut {
        tracing::warn!(
            directory = %candidate.path.display(),
            "Directory holds too many files; changes of some are not noticed"
        );
    }
    // People know it by the name of the link.
    let shown = spec
        .path
        .strip_prefix(&candidate.directory)
        .unwrap_or(&spec.path);
    let verdict = judge(&candidate.path.join(shown), spec, drivers);
    News::Changed(Box::new(Change {
        content,
        files,
        verdict,
    }))
}
