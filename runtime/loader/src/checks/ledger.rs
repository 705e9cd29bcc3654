//! What all check files together say: which check runs, and which file has a problem. Pure.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::sync::Arc;

use chorister_spec::check_file;
use chorister_spec::render::{self, Color};
use chorister_spec::row::Row;
use chorister_yaml::Span;

use crate::reports;

/// Which file: by where it comes from, and its name there. The order is that in which names of checks are taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileKey {
    /// Index of the origin.
    pub(crate) origin: usize,
    /// Its name there.
    pub(crate) name: OsString,
}

/// What reading a file came to.
#[derive(Debug)]
pub(crate) struct Reading<C> {
    /// The path as people know it.
    pub(crate) shown: Arc<str>,
    /// Its checks in order, `None` in the place of one with a mistake; nothing at all where nobody knows what the
    /// file holds.
    pub(crate) checks: Option<Vec<(Row, Option<C>)>>,
    /// What is wrong with it.
    pub(crate) problem: Option<String>,
}

/// What all files say.
#[derive(Debug)]
pub(crate) struct Ledger<C> {
    files: BTreeMap<FileKey, File<C>>,
}

#[derive(Debug)]
struct File<C> {
    shown: Arc<str>,
    entries: Vec<Entry<C>>,
    problem: Option<String>,
    /// Whether something counts that it does not say any more.
    is_stale: bool,
}

/// A check that counts.
#[derive(Debug)]
struct Entry<C> {
    row: Row,
    check: C,
}

/// What has to run, and what is wrong.
#[derive(Debug)]
pub(crate) struct Wanted<'a, C> {
    /// Checks by name.
    pub(crate) checks: BTreeMap<&'a str, (&'a Arc<str>, &'a C)>,
    /// Problems by the path of the file.
    pub(crate) problems: BTreeMap<&'a str, String>,
}

impl<C> Reading<C> {
    /// Whether it says of every check what it is.
    pub(crate) fn is_complete(&self) -> bool {
        let checks = self.checks.as_deref();
        checks.is_some_and(|it| it.iter().all(|(_, check)| check.is_some()))
    }
}

impl<C> Ledger<C> {
    pub(crate) fn new() -> Self {
        Self {
            files: BTreeMap::new(),
        }
    }

    /// A file was read. A check with a mistake leaves the one of its name in this file that counted before, and so
    /// does a file that cannot be read all of its checks.
    pub(crate) fn read(&mut self, key: FileKey, reading: Reading<C>) {
        let before = self.files.remove(&key);
        let had = before.map(|it| it.entries).unwrap_or_default();
        let mut is_stale = false;
        let entries = match reading.checks {
            None => {
                is_stale = !had.is_empty();
                had
            }
            Some(checks) => {
                let mut had: HashMap<String, Entry<C>> = had
                    .into_iter()
                    .map(|it| (it.row.name.text.clone(), it))
                    .collect();
                let now = checks.into_iter().filter_map(|(row, check)| match check {
                    Some(check) => Some(Entry { row, check }),
                    None => {
                        let old = had.remove(&row.name.text);
                        is_stale |= old.is_some();
                        old
                    }
                });
                now.collect()
            }
        };
        let file = File {
            shown: reading.shown,
            entries,
            problem: reading.problem,
            is_stale,
        };
        self.files.insert(key, file);
    }

    /// Whether a file was read.
    pub(crate) fn knows(&self, key: &FileKey) -> bool {
        self.files.contains_key(key)
    }

    /// These checks of a file counted when this node last ran.
    pub(crate) fn recall(&mut self, key: FileKey, reading: Reading<C>) {
        let checks = reading.checks.into_iter().flatten();
        let entries = checks.filter_map(|(row, check)| {
            let check = check?;
            Some(Entry { row, check })
        });
        let file = File {
            shown: reading.shown,
            entries: entries.collect(),
            problem: None,
            is_stale: true,
        };
        self.files.insert(key, file);
    }

    /// The checks of a file that count, by their names.
    pub(crate) fn checks(&self, key: &FileKey) -> impl Iterator<Item = (&str, &C)> {
        let file = self.files.get(key).into_iter();
        let entries = file.flat_map(|it| &it.entries);
        entries.map(|it| (it.row.name.text.as_str(), &it.check))
    }

    /// A file is gone.
    pub(crate) fn gone(&mut self, key: &FileKey) {
        self.files.remove(key);
    }

    /// The files of an origin.
    #[cfg(feature = "bundle")]
    pub(crate) fn files_of(&self, origin: usize) -> impl Iterator<Item = &FileKey> {
        self.files.keys().filter(move |it| it.origin == origin)
    }

    /// What has to run: of checks with one name, that of the first file.
    pub(crate) fn wanted(&self) -> Wanted<'_, C> {
        let mut wanted = Wanted {
            checks: BTreeMap::new(),
            problems: BTreeMap::new(),
        };
        let mut places: HashMap<&str, (&Arc<str>, Span)> = HashMap::new();
        for file in self.files.values() {
            let mut twice = Vec::new();
            for entry in &file.entries {
                let name = entry.row.name.text.as_str();
                match places.get(name) {
                    Some((owner, place)) => twice.push(check_file::duplicate(
                        &file.shown,
                        &entry.row,
                        owner,
                        *place,
                    )),
                    None => {
                        places.insert(name, (&file.shown, entry.row.name.place.span));
                        wanted.checks.insert(name, (&file.shown, &entry.check));
                    }
                }
            }
            let twice = render::text(&twice, &[], Color::Never);
            let mut problem = file.problem.clone().unwrap_or_default();
            problem.push_str(if problem.is_empty() || twice.is_empty() {
                ""
            } else {
                "\n\n"
            });
            problem.push_str(twice.trim_end());
            if file.is_stale {
                problem = reports::goes_on(&problem);
            }
            if !problem.is_empty() {
                wanted.problems.insert(&file.shown, problem);
            }
        }
        wanted
    }
}
