//! Making the engine's checks what the files say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use chorister_engine::{Delay, EngineHandle, HandleError, MachineKey};
use chorister_fsm::Check;
use chorister_ir::CheckClass;
use chorister_spec::check_file::Ready;

use super::Classes;
use super::folder::{Content, Folder, Look};
use super::judge::{Good, judge};
use super::ledger::{FileKey, Ledger, Reading};
use super::memory::Memory;
#[cfg(feature = "bundle")]
use crate::bundle;
use crate::follow::{Follow, Looked};
use crate::reports::{self, Reports};

/// The index of the directory among the origins of files: what it says comes before what a bundle says.
const DIRECTORY: usize = 0;

/// That of the bundle.
#[cfg(feature = "bundle")]
const BUNDLE: usize = 1;

/// The checks of a node that come from files.
pub(crate) struct Checks {
    classes: Classes,
    engine: EngineHandle,
    /// `None` while it is looked at.
    folder: Option<Folder>,
    #[cfg(feature = "bundle")]
    bundle: Option<bundle::Current>,
    root: PathBuf,
    /// Whether it is a problem if the directory does not exist.
    is_required: bool,
    directories: BTreeSet<PathBuf>,
    ledger: Ledger<Good>,
    memory: Memory,
    /// Whether what was remembered at start is known.
    is_recalled: bool,
    /// Until all files have been read once.
    delay: Option<Delay>,
    running: BTreeMap<String, Running>,
    reports: Reports,
}

/// A check that runs.
struct Running {
    key: MachineKey,
    check: Arc<Check>,
}

/// A look at the directory, and what its files say.
struct View {
    look: Look,
    readings: Vec<(FileKey, Reading<Good>)>,
}

impl Checks {
    pub(crate) fn new(
        folder: Folder,
        is_required: bool,
        classes: Classes,
        engine: EngineHandle,
    ) -> Self {
        Self {
            classes,
            #[cfg(feature = "bundle")]
            bundle: None,
            root: folder.root().to_owned(),
            directories: [folder.root().to_owned()].into(),
            folder: Some(folder),
            is_required,
            ledger: Ledger::new(),
            memory: Memory::new(engine.clone()),
            is_recalled: false,
            delay: None,
            running: BTreeMap::new(),
            reports: Reports::new("checks", engine.clone()),
            engine,
        }
    }

    /// The same, and the node is not ready until all files have been read once.
    pub(crate) fn delaying(mut self, delay: Delay) -> Self {
        self.delay = Some(delay);
        self
    }

    /// The checks that run, in order of name.
    #[cfg(test)]
    pub(crate) fn running_checks(&self) -> impl Iterator<Item = &Check> {
        self.running.values().map(|it| &*it.check)
    }

    /// The same with the files of a bundle.
    #[cfg(feature = "bundle")]
    pub(crate) fn with_bundle(mut self, mut bundle: bundle::Current) -> Self {
        bundle.mark_changed();
        self.bundle = Some(bundle);
        self
    }

    /// Takes in a bundle that is new.
    #[cfg(feature = "bundle")]
    fn note_bundle(&mut self) -> bool {
        let Some(current) = &mut self.bundle else {
            return false;
        };
        if !current.has_changed().unwrap_or(false) {
            return false;
        }
        let Some(manifest) = current.borrow_and_update().clone() else {
            return false;
        };
        let key = |name: &String| FileKey {
            origin: BUNDLE,
            name: name.into(),
        };
        let gone: Vec<FileKey> = self
            .ledger
            .files_of(BUNDLE)
            .filter(|it| {
                !it.name
                    .to_str()
                    .is_some_and(|it| manifest.files.contains_key(it))
            })
            .cloned()
            .collect();
        for key in gone {
            self.drop_file(&key);
        }
        for (name, text) in &manifest.files {
            let shown = format!("bundle {}: {name}", manifest.name);
            let content = Content::Bytes(text.clone().into_bytes());
            let reading = judge(Path::new(&shown), content, &self.classes);
            self.read(key(name), reading);
        }
        self.memory.forget_rest(BUNDLE);
        true
    }

    /// Takes in what a look found, and says whether anything is not as it was.
    fn note(&mut self, view: View) -> bool {
        let changed = !view.readings.is_empty() || !view.look.gone.is_empty();
        for name in view.look.gone {
            self.drop_file(&FileKey {
                origin: DIRECTORY,
                name,
            });
        }
        for (key, reading) in view.readings {
            self.read(key, reading);
        }
        if view.look.problem.is_none() && !view.look.unsettled {
            self.memory.forget_rest(DIRECTORY);
        }
        changed
    }

    /// Takes in what a file says. What it said when the node last ran counts where it has mistakes now.
    fn read(&mut self, key: FileKey, reading: Reading<Good>) {
        if !reading.is_complete()
            && !self.ledger.knows(&key)
            && let Some(note) = self.memory.take(&key)
        {
            let shown = Path::new(&*reading.shown);
            let before = judge(shown, Content::Bytes(note), &self.classes);
            self.ledger.recall(key.clone(), before);
        }
        self.ledger.read(key.clone(), reading);
        self.memory.keep(&key, &self.ledger);
    }

    fn drop_file(&mut self, key: &FileKey) {
        self.ledger.gone(key);
        self.memory.keep(key, &self.ledger);
    }

    /// Makes the engine run what the files say, and tells what is wrong with them.
    async fn reconcile(&mut self) -> Result<(), HandleError> {
        let wanted = self.ledger.wanted();
        let mut problems: BTreeMap<String, String> = wanted
            .problems
            .into_iter()
            .map(|(file, problem)| (file.to_owned(), problem))
            .collect();
        let checks: Vec<(String, Arc<str>, Ready<'static>)> = wanted
            .checks
            .into_iter()
            .map(|(name, (file, good))| (name.to_owned(), Arc::clone(file), good.ready.clone()))
            .collect();
        // First those that are gone, so that their names are free.
        let names: BTreeSet<&str> = checks.iter().map(|(name, ..)| name.as_str()).collect();
        let gone: Vec<String> = self
            .running
            .keys()
            .filter(|name| !names.contains(name.as_str()))
            .cloned()
            .collect();
        for name in gone {
            self.remove(&name).await?;
        }
        let new = names.iter().filter(|it| !self.running.contains_key(**it));
        let directories: Vec<PathBuf> = new.map(|it| self.engine.directory_of(it)).collect();
        make(directories, &mut problems).await;
        for (name, file, ready) in checks {
            if let Some(refused) = self.start(&name, ready).await? {
                let problem = problems.entry(file.to_string()).or_default();
                if !problem.is_empty() {
                    problem.push('\n');
                }
                problem.push_str(&refused);
            }
        }
        self.tell(problems).await
    }

    /// Runs a check as it is wanted; why not, if the name is taken.
    async fn start(
        &mut self,
        name: &str,
        ready: Ready<'static>,
    ) -> Result<Option<String>, HandleError> {
        let old = self.running.get(name);
        if old.is_some_and(|it| Arc::ptr_eq(&it.check, &ready.check) || it.check == ready.check) {
            return Ok(None);
        }
        let old = old.map(|it| it.key);
        let check = Arc::clone(&ready.check);
        let directory = self.engine.directory_of(name);
        let offered = match old {
            Some(old) => {
                self.engine
                    .replace_check(old, &ready.class.machine, check, directory)
                    .await
            }
            None => {
                self.engine
                    .insert_check(&ready.class.machine, check, directory)
                    .await
            }
        };
        match offered {
            Ok(key) => {
                let what = if old.is_some() {
                    "Check has changed"
                } else {
                    "Check is new"
                };
                tracing::debug!(check = name, class = %ready.class.name, "{what}");
                let check = ready.check;
                self.running.insert(name.to_owned(), Running { key, check });
                Ok(None)
            }
            Err(HandleError::Stopped) => Err(HandleError::Stopped),
            Err(error) => Ok(Some(format!("the check `{name}` does not run: {error}"))),
        }
    }

    async fn remove(&mut self, name: &str) -> Result<(), HandleError> {
        if let Some(running) = self.running.remove(name) {
            self.engine.remove(running.key).await?;
            tracing::debug!(check = name, "Check is gone");
        }
        Ok(())
    }

    /// Tells what is wrong with files, and that nothing is any more with the others.
    async fn tell(&mut self, problems: BTreeMap<String, String>) -> Result<(), HandleError> {
        let root = self.root.to_string_lossy().into_owned();
        let well: Vec<String> = self
            .reports
            .subjects()
            .filter(|it| !problems.contains_key(*it) && *it != root)
            .map(str::to_owned)
            .collect();
        for subject in well {
            self.reports.report(&subject, None).await?;
        }
        for (subject, problem) in problems {
            self.reports.report(&subject, Some(problem)).await?;
        }
        Ok(())
    }
}

/// Makes the directories in which commands of new checks run.
async fn make(directories: Vec<PathBuf>, problems: &mut BTreeMap<String, String>) {
    let make = move || {
        let failed = directories.into_iter().filter_map(|directory| {
            let made = DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&directory);
            let error = made.err()?;
            Some((directory, error))
        });
        failed.collect::<Vec<_>>()
    };
    for (directory, error) in tokio::task::spawn_blocking(make).await.unwrap_or_default() {
        let problem = format!("the directory of a check cannot be made: {error}");
        problems.insert(directory.display().to_string(), problem);
    }
}

impl Follow for Checks {
    fn directories(&self) -> BTreeSet<PathBuf> {
        self.directories.clone()
    }

    #[cfg(feature = "bundle")]
    async fn stirred(&mut self) {
        let gone = match &mut self.bundle {
            Some(current) => {
                let gone = current.changed().await.is_err();
                // It is taken in with the next look, which asks whether there is something new.
                current.mark_changed();
                gone
            }
            None => true,
        };
        if gone {
            std::future::pending::<()>().await;
        }
    }

    async fn look(&mut self) -> Option<Looked> {
        if !self.is_recalled {
            self.memory.recall().await.ok()?;
            self.is_recalled = true;
            #[cfg(feature = "bundle")]
            if self.bundle.is_none() {
                self.memory.forget_rest(BUNDLE);
            }
        }
        let mut folder = self.folder.take()?;
        let classes = Arc::clone(&self.classes);
        // Files may be slow, and checking ten thousand takes a second: neither may hold up the engine.
        let looking = tokio::task::spawn_blocking(move || {
            let view = View::of(&mut folder, &classes);
            (folder, view)
        });
        let (folder, view) = looking.await.ok()?;
        self.folder = Some(folder);
        let problem = match &view.look.problem {
            None if view.look.is_missing && self.is_required => {
                Some("the directory does not exist, so there are no check files".to_owned())
            }
            Some(problem) if !self.running.is_empty() => Some(reports::goes_on(problem)),
            problem => problem.clone(),
        };
        let root = self.root.to_string_lossy().into_owned();
        self.reports.report(&root, problem).await.ok()?;
        self.directories.clone_from(&view.look.directories);
        let unsettled = view.look.unsettled;
        let changed = self.note(view);
        #[cfg(feature = "bundle")]
        let changed = self.note_bundle() | changed;
        self.reconcile().await.ok()?;
        self.memory.write().await.ok()?;
        if !unsettled {
            self.delay = None;
        }
        Some(Looked { changed, unsettled })
    }
}

impl View {
    /// Looks at everything; blocks.
    #[expect(
        clippy::disallowed_methods,
        reason = "the stamps of files are compared with the computer's clock"
    )]
    fn of(folder: &mut Folder, classes: &[&'static CheckClass]) -> Self {
        let mut look = folder.look(SystemTime::now());
        let readings = std::mem::take(&mut look.changed)
            .into_iter()
            .map(|(name, content)| {
                let reading = judge(&folder.root().join(&name), content, classes);
                let key = FileKey {
                    origin: DIRECTORY,
                    name,
                };
                (key, reading)
            })
            .collect();
        Self { look, readings }
    }
}
