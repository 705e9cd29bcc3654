//! Asking all sources, and keeping what they said last.

use core::time::Duration;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_engine::read_values;
use chorister_engine::stamp::Stamp;
use chorister_engine::trust::Trust;
use serde_json::{Map, Value};

use crate::directory::{self, Item};
use crate::native;

/// What facts are called in what is said about them.
pub(crate) const FACTS: &str = "facts";

/// How many programs run at the same time.
const AT_ONCE: usize = 4;

/// What the native facts are called in what is said about them.
const NATIVE: &str = "native";

/// Where facts come from.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Whether this machine is looked at.
    pub native: bool,
    /// Files of facts, YAML or JSON by their names; later ones win.
    pub files: Vec<PathBuf>,
    /// A directory of structured files and of programs that print facts; they win over all others.
    pub directory: Option<PathBuf>,
    /// How long a program may take.
    pub timeout: Duration,
    /// How often programs and native facts are looked at again; `None` only when the node reloads.
    pub interval: Option<Duration>,
    /// Whose programs are run.
    pub trust: Trust,
}

/// Knows the sources, and what they said last.
#[derive(Debug)]
pub struct Collector {
    sources: Sources,
    known: BTreeMap<Source, Known>,
}

/// All facts, and what is wrong with their sources.
#[derive(Clone, Debug, PartialEq)]
pub struct Collected {
    /// The facts, an object.
    pub facts: Arc<Value>,
    /// What is wrong, by what it is wrong with: a path.
    pub problems: BTreeMap<String, String>,
}

/// One source; they win in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Native,
    /// By its place in the list.
    File(usize, PathBuf),
    Item(PathBuf),
    /// What is wrong with the directory itself.
    Directory(PathBuf),
}

/// What a source said.
#[derive(Debug, Default)]
struct Known {
    facts: Map<String, Value>,
    seen: Option<Stamp>,
    problem: Option<String>,
}

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What is at hand: programs are not run.
    AtHand,
    /// What has changed.
    Changes,
    /// Everything.
    All,
}

// === impl Collector ===

impl Collector {
    /// Nothing was asked yet.
    #[must_use]
    pub fn new(sources: Sources) -> Self {
        Self {
            sources,
            known: BTreeMap::new(),
        }
    }

    /// The facts that are at hand without running programs, for a node that starts; it takes milliseconds.
    pub async fn at_hand(&mut self) -> Collected {
        self.look(Extent::AtHand).await
    }

    /// All facts, asked anew.
    pub async fn all(&mut self) -> Collected {
        self.look(Extent::All).await
    }

    pub(crate) const fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Directories in which something may change.
    pub(crate) fn directories(&self) -> impl Iterator<Item = PathBuf> {
        let of_files = self.sources.files.iter().filter_map(|it| it.parent());
        let own = self.sources.directory.as_deref();
        of_files
            .chain(own)
            .filter(|it| !it.as_os_str().is_empty())
            .map(Path::to_owned)
    }

    pub(crate) async fn look(&mut self, extent: Extent) -> Collected {
        if self.sources.native && extent != Extent::Changes {
            let facts = native::look(&native::Root::system()).await;
            self.known.insert(Source::Native, Known::good(facts, None));
        }
        for (place, path) in self.sources.files.clone().into_iter().enumerate() {
            let known = self
                .known
                .entry(Source::File(place, path.clone()))
                .or_default();
            let seen = stamp(&path);
            if known.is_news(seen, extent) {
                known.take(seen, of_file(&path));
            }
        }
        if let Some(directory) = self.sources.directory.clone() {
            self.look_into(&directory, extent).await;
        }
        self.collected()
    }

    /// Looks at the files and programs of a directory.
    async fn look_into(&mut self, directory: &Path, extent: Extent) {
        let found = directory::items(directory, self.sources.trust);
        let whole = self
            .known
            .entry(Source::Directory(directory.to_owned()))
            .or_default();
        let items = match found {
            Ok(items) => {
                whole.problem = None;
                items
            }
            Err(problem) => {
                // What it held stays as it was.
                whole.problem = Some(problem);
                return;
            }
        };
        self.known.retain(|source, _| match source {
            Source::Item(path) => items.iter().any(|it| it.path() == path),
            _ => true,
        });
        let mut programs = Vec::new();
        for item in items {
            let known = self
                .known
                .entry(Source::Item(item.path().to_owned()))
                .or_default();
            match item {
                Item::File { path, seen } if known.is_news(Some(seen), extent) => {
                    known.take(Some(seen), of_file(&path));
                }
                Item::Program { path, seen } if extent != Extent::AtHand => {
                    if known.is_news(Some(seen), extent) {
                        programs.push((path, seen));
                    }
                }
                Item::File { .. } | Item::Program { .. } => {}
                Item::Refused { problem, .. } => known.problem = Some(problem),
            }
        }
        for some in programs.chunks(AT_ONCE) {
            let mut running = tokio::task::JoinSet::new();
            for (path, seen) in some.iter().cloned() {
                let timeout = self.sources.timeout;
                running.spawn(async move {
                    let told = directory::run(&path, timeout).await;
                    (path, seen, told)
                });
            }
            while let Some(ended) = running.join_next().await {
                if let Ok((path, seen, told)) = ended {
                    let known = self.known.entry(Source::Item(path)).or_default();
                    known.take(Some(seen), told);
                }
            }
        }
    }

    fn collected(&self) -> Collected {
        let mut facts = Map::new();
        let mut problems = BTreeMap::new();
        for (source, known) in &self.known {
            facts.extend(known.facts.clone());
            if let Some(problem) = &known.problem {
                let has_facts = !known.facts.is_empty();
                let stay = if has_facts {
                    "; its last good facts stay"
                } else {
                    ""
                };
                problems.insert(source.subject(), format!("{problem}{stay}"));
            }
        }
        Collected {
            facts: Arc::new(Value::Object(facts)),
            problems,
        }
    }
}

// === impl Source ===

impl Source {
    fn subject(&self) -> String {
        match self {
            Self::Native => NATIVE.to_owned(),
            Self::File(_, path) | Self::Item(path) | Self::Directory(path) => {
                path.display().to_string()
            }
        }
    }
}

// === impl Known ===

impl Known {
    const fn good(facts: Map<String, Value>, seen: Option<Stamp>) -> Self {
        Self {
            facts,
            seen,
            problem: None,
        }
    }

    /// Whether there is a reason to ask again. One that failed is asked again when it changes, or all are.
    fn is_news(&self, found: Option<Stamp>, extent: Extent) -> bool {
        extent == Extent::All || self.seen != found || (found.is_none() && self.problem.is_none())
    }

    /// Takes what the source said; where it said nothing good, the facts stay.
    fn take(&mut self, seen: Option<Stamp>, told: Result<Map<String, Value>, String>) {
        match told {
            Ok(facts) => *self = Self::good(facts, seen),
            Err(problem) => {
                self.seen = seen;
                self.problem = Some(problem);
            }
        }
    }
}

/// The facts of a structured file.
fn of_file(path: &Path) -> Result<Map<String, Value>, String> {
    if path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("txt"))
    {
        let bytes = chorister_system::files::contents(path, crate::output::MOST)
            .map_err(|error| error.to_string())?;
        return crate::output::lines(&String::from_utf8_lossy(&bytes));
    }
    match read_values(path, FACTS)? {
        Value::Object(facts) => Ok(facts),
        _ => Err("facts are a mapping of names to values, and this is not one".to_owned()),
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|it| Stamp::of(&it))
}

#[cfg(test)]
mod tests;
