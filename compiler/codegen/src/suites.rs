//! The tests of specs and the machines that they are about.
//!
//! Tests stand in machines, in files beside them, and in the `tests:` of a distribution. What is gathered here is run
//! by `chorister-testing`.

use core::ops::Deref;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::Arc;

use chorister_fsm::{Check, MachineRef};
use chorister_lang::glob;
use chorister_spec::distribution::{self, Distribution, Sort};
use chorister_spec::scenario::{self, Suite};
use chorister_spec::{Checked, Code, Diagnostic, Named, Options, Severity, Source, class};
use chorister_testing::{Batch, Subject};

use crate::classes::check_class;
use crate::files::{Files, Kind};
use crate::load::{MAX_SPEC, below};
use crate::standard;

/// How the files of machines end.
const MACHINE_ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// How the names of files of tests end.
const TEST_ENDINGS: [&str; 3] = [".test.yaml", ".test.yml", ".test.json"];

/// Most files that one pattern may stand for.
const MOST_FILES: usize = 10_000;

/// Whether a file of this name holds tests.
#[must_use]
pub fn is_test_file(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    TEST_ENDINGS
        .iter()
        .any(|it| name.len() > it.len() && name.ends_with(it))
}

/// Tests with their machines, and what is wrong with their texts.
#[derive(Clone, Debug, Default)]
pub struct Suites {
    /// The tests that can be run.
    pub batches: Vec<Batch>,
    /// What is wrong with the files of tests, and with machines that only they are about.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were read.
    pub sources: Vec<Source>,
    /// The files and folders that this depends on, relative to the base of the files.
    pub inputs: BTreeSet<String>,
}

/// A machine that was checked: by whoever asks for its tests, or here.
#[derive(Clone, Debug)]
enum Known<'a> {
    Lent(&'a Checked),
    Own(Arc<Checked>),
}

/// A machine and the path of its file.
type Machine<'a> = (String, Known<'a>);

/// Gathers tests.
pub struct Gatherer<'a> {
    files: &'a dyn Files,
    lenient: bool,
    /// Machines by the paths of their files.
    known: HashMap<String, Known<'a>>,
    /// What the machines of classes run, by the paths of their files.
    checks: HashMap<String, Arc<Check>>,
    /// Files of tests that were read.
    seen: BTreeSet<String>,
    found: Suites,
}

impl<'a> Gatherer<'a> {
    /// A gatherer that has found nothing yet.
    #[must_use]
    pub fn new(files: &'a dyn Files, lenient: bool) -> Self {
        Self {
            files,
            lenient,
            known: HashMap::new(),
            checks: HashMap::new(),
            seen: BTreeSet::new(),
            found: Suites::default(),
        }
    }

    /// What was found, with each file of tests once.
    #[must_use]
    pub fn finish(self) -> Suites {
        self.found
    }

    /// Takes the tests that stand in a machine, which is known from now on, and those beside it.
    pub fn machine(&mut self, path: &str, checked: &'a Checked) {
        let machine = (path.to_owned(), Known::Lent(checked));
        self.known.insert(machine.0.clone(), machine.1.clone());
        let own = scenario::Tests {
            tests: checked.tests.clone(),
            diagnostics: Vec::new(),
        };
        self.take(&checked.outline.file, &[machine], own);
        // A file of tests may be added.
        let folder = folder_of(path);
        let holds = |folder: &str| self.files.list(folder).is_ok_and(|it| !it.is_empty());
        if !folder.is_empty() && !self.found.inputs.contains(folder) && holds(folder) {
            self.found.inputs.insert(folder.to_owned());
        }
        for beside in self.beside(path) {
            match self.file(&beside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    if let Some(name) = &checked.outline.name {
                        let message = format!("`{beside}` cannot be read: {error}");
                        let file = &checked.outline.file;
                        let finding = finding(file, name, message, Severity::Error);
                        self.found.diagnostics.push(finding);
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes the tests that stand in a check class, and those beside it.
    pub fn class(&mut self, path: &str, checked: &'a class::Checked) {
        self.learn(path, checked);
        self.machine(path, &checked.machine);
    }

    /// Remembers what the machine of a class runs.
    fn learn(&mut self, path: &str, checked: &class::Checked) {
        let check = checked.class.as_ref().map(chorister_classes::example);
        let check = check.map(|it| (path.to_owned(), Arc::new(it)));
        self.checks.extend(check);
    }

    /// The files that may hold the tests of a machine: of `lamp.machine.yaml` it is `lamp.test.yaml`, of a
    /// `machine.yaml` all in its folder.
    fn beside(&self, machine: &str) -> Vec<String> {
        let (folder, name) = split(machine);
        let stem = name.rsplit_once('.').map_or(name, |it| it.0);
        if stem == "machine" {
            let names = self.files.list(folder).unwrap_or_default().into_iter();
            return names
                .filter(|it| is_test_file(&it.name))
                .map(|it| below(folder, &it.name))
                .collect();
        }
        let stems = [Sort::Machine, Sort::Class].map(Sort::stem);
        let own = stems
            .iter()
            .find_map(|it| stem.strip_suffix(it)?.strip_suffix('.'));
        let stem = own.unwrap_or(stem);
        TEST_ENDINGS
            .map(|ending| below(folder, &format!("{stem}{ending}")))
            .into()
    }

    /// Takes the tests of a file, about the machines that it names or the one beside it.
    ///
    /// # Errors
    ///
    /// What the operating system says of the file.
    pub fn file(&mut self, path: &str) -> io::Result<()> {
        self.file_about(path, &[])
    }

    /// Takes the tests that a distribution lists or holds. Files that name no machine and have none beside them are
    /// about all of its machines, and so are the tests in it.
    pub fn distribution(
        &mut self,
        source: &Source,
        checked: &distribution::Checked,
        machines: &[(String, &'a Checked)],
    ) {
        let machines: Vec<Machine<'a>> = machines
            .iter()
            .map(|(path, checked)| (path.clone(), Known::Lent(checked)))
            .collect();
        self.known.extend(machines.iter().cloned());
        for (path, checked) in &machines {
            if let Known::Lent(checked) = checked {
                self.machine(path, checked);
            }
        }
        let all: Vec<_> = machines.iter().map(|it| &*it.1).collect();
        let here = scenario::in_distribution(checked, &source.path, &all);
        self.take(&source.path, &machines, here);
        let Some(of) = &checked.distribution else {
            return;
        };
        self.listed(&source.path, of, &machines);
    }

    /// Takes the files that a distribution lists.
    fn listed(&mut self, root: &Arc<str>, of: &Distribution, machines: &[Machine<'a>]) {
        let folder = folder_of(root);
        for pattern in &of.tests {
            let path = below(folder, &pattern.text);
            let found = if glob::is_pattern(&pattern.text) {
                self.matching(&path)
            } else {
                vec![path.clone()]
            };
            if found.is_empty() {
                let message = format!("no file is called `{path}`");
                let finding = finding(root, pattern, message, Severity::Warning);
                self.found.diagnostics.push(finding);
            }
            for file in found {
                if let Err(error) = self.file_about(&file, machines) {
                    let message = match error.kind() {
                        io::ErrorKind::NotFound => format!("there is no file `{file}`"),
                        _ => format!("`{file}` cannot be read: {error}"),
                    };
                    let finding = finding(root, pattern, message, Severity::Error);
                    self.found.diagnostics.push(finding);
                }
            }
        }
    }

    /// Takes the tests of a file; where it neither names machines nor lies beside one, it is about `others`.
    fn file_about(&mut self, path: &str, others: &[Machine<'a>]) -> io::Result<()> {
        if self.seen.contains(path) {
            return Ok(());
        }
        let bytes = self.files.read(path, MAX_SPEC)?;
        self.seen.insert(path.to_owned());
        self.found.inputs.insert(path.to_owned());
        let source = match Source::from_bytes(path, bytes) {
            Ok(source) => source,
            Err(finding) => {
                self.found.diagnostics.push(*finding);
                return Ok(());
            }
        };
        let suite = Suite::read(&source);
        self.found.sources.push(source);
        let file = Arc::clone(&suite.file);
        match self.machines_of(&suite, others) {
            Ok(machines) => {
                let checked: Vec<_> = machines.iter().map(|it| &*it.1).collect();
                let tests = suite.check(&checked);
                self.take(&file, &machines, tests);
            }
            Err((machine, message, help)) => {
                let tests = suite.refuse(machine.as_ref(), message, help);
                self.found.diagnostics.extend(tests.diagnostics);
            }
        }
        Ok(())
    }

    /// The machines that a file is about.
    fn machines_of(
        &mut self,
        suite: &Suite,
        others: &[Machine<'a>],
    ) -> Result<Vec<Machine<'a>>, Refusal> {
        let folder = folder_of(&suite.file).to_owned();
        let mut machines = Vec::new();
        for named in &suite.machines {
            let path = match named.text.strip_prefix("std/") {
                Some(_) => named.text.clone(),
                None => below(&folder, named.text.trim_start_matches("./")),
            };
            let checked = self.load(&path).map_err(|error| {
                let message = match error.kind() {
                    io::ErrorKind::NotFound => format!("there is no machine `{path}`"),
                    _ => format!("`{path}` cannot be read: {error}"),
                };
                let help = "write the path from the folder of this file, or `std/NAME`";
                (Some(named.clone()), message, Some(help.to_owned()))
            })?;
            machines.push((path, checked));
        }
        if !machines.is_empty() {
            return Ok(machines);
        }
        let beside = machines_beside(&suite.file);
        for path in &beside {
            if let Ok(checked) = self.load(path) {
                return Ok(vec![(path.clone(), checked)]);
            }
        }
        if !others.is_empty() {
            return Ok(others.to_vec());
        }
        let message = "which machine these tests are about is not known".to_owned();
        let expected = beside.first().map(String::as_str).unwrap_or_default();
        let help = format!("say it with `machine: PATH`, or put the file beside `{expected}`");
        Err((None, message, Some(help)))
    }

    /// Reads and checks a machine that is not known yet.
    fn load(&mut self, path: &str) -> io::Result<Known<'a>> {
        if let Some(known) = self.known.get(path) {
            return Ok(known.clone());
        }
        let source = match path.strip_prefix("std/") {
            Some(name) => {
                let text = standard::text(Sort::Machine, name).ok_or(io::ErrorKind::NotFound)?;
                Source::new(format!("{path}.machine.yaml"), text)
            }
            None => {
                let bytes = self.files.read(path, MAX_SPEC)?;
                self.found.inputs.insert(path.to_owned());
                Source::from_bytes(path, bytes)
                    .map_err(|it| io::Error::new(io::ErrorKind::InvalidData, it.message))?
            }
        };
        let options = Options {
            lenient: self.lenient,
            build: false,
        };
        let checked = if is_class_file(path) {
            let class = check_class(self.files, &source);
            self.learn(path, &class);
            class.machine
        } else {
            chorister_spec::machine::check(&source, &options)
        };
        let checked = Arc::new(checked);
        let errors = checked.diagnostics.iter();
        let errors = errors.filter(|it| it.severity == Severity::Error);
        self.found.diagnostics.extend(errors.cloned());
        self.found.sources.push(source);
        let known = Known::Own(checked);
        self.known.insert(path.to_owned(), known.clone());
        Ok(known)
    }

    fn take(&mut self, file: &Arc<str>, machines: &[Machine<'a>], tests: scenario::Tests) {
        self.found.diagnostics.extend(tests.diagnostics);
        if tests.tests.is_empty() {
            return;
        }
        let subjects: Option<Vec<Subject>> = machines
            .iter()
            .map(|(path, checked)| subject(checked, self.checks.get(path).cloned()))
            .collect();
        if let Some(subjects) = subjects {
            self.found.batches.push(Batch {
                file: Arc::clone(file),
                subjects,
                tests: tests.tests,
            });
        }
    }

    /// The files whose paths match a pattern, sorted; the folders that were looked into become inputs.
    fn matching(&mut self, pattern: &str) -> Vec<String> {
        let mut found = vec![String::new()];
        let parts: Vec<&str> = pattern.split('/').collect();
        for (at, part) in parts.iter().enumerate() {
            let is_last = at + 1 == parts.len();
            let mut next = Vec::new();
            for folder in found {
                let join = |name: &str| match folder.as_str() {
                    "" => name.to_owned(),
                    folder => format!("{folder}/{name}"),
                };
                if !glob::is_pattern(part) {
                    next.push(join(part));
                    continue;
                }
                self.found.inputs.insert(folder.clone());
                for it in self.files.list(&folder).unwrap_or_default() {
                    let fits = is_last == matches!(it.kind, Kind::File { .. });
                    if fits && !it.name.starts_with('.') && glob::matches(part, &it.name) {
                        next.push(join(&it.name));
                    }
                }
                next.truncate(MOST_FILES);
            }
            found = next;
        }
        found
    }
}

// === impl Known ===

impl Deref for Known<'_> {
    type Target = Checked;

    fn deref(&self) -> &Checked {
        match self {
            Self::Lent(checked) => checked,
            Self::Own(checked) => checked,
        }
    }
}

/// Why a file of tests cannot be checked: the machine that it names, if it is that, and what is wrong.
type Refusal = (Option<Named>, String, Option<String>);

/// A machine to be tested; `None` where it has errors, or is one that this release cannot run.
fn subject(checked: &Checked, check: Option<Arc<Check>>) -> Option<Subject> {
    Some(Subject {
        file: Arc::clone(&checked.outline.file),
        machine: MachineRef::from(checked.machine.clone()?),
        check,
    })
}

/// Whether a file of this name holds a check class.
#[must_use]
pub fn is_class_file(path: &str) -> bool {
    let endings = MACHINE_ENDINGS.iter();
    endings
        .filter_map(|it| path.strip_suffix(it))
        .any(|it| it.ends_with(".check."))
}

/// The files that a file of tests may be about: `lamp.machine.yaml` for `lamp.test.yaml`, then `lamp.check.yaml`, else
/// `machine.yaml`.
fn machines_beside(tests: &str) -> Vec<String> {
    let (folder, name) = split(tests);
    let stem = TEST_ENDINGS.iter().find_map(|it| name.strip_suffix(it));
    let sorts = [Sort::Machine, Sort::Class].into_iter();
    let own = sorts.filter_map(|it| Some(format!("{}.{}", stem?, it.stem())));
    let stems = own.chain(["machine".to_owned()]);
    stems
        .flat_map(|stem| MACHINE_ENDINGS.map(|end| below(folder, &format!("{stem}.{end}"))))
        .collect()
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn folder_of(path: &str) -> &str {
    split(path).0
}

/// A finding at an entry of `tests:`.
fn finding(file: &Arc<str>, at: &Named, message: String, severity: Severity) -> Diagnostic {
    Diagnostic {
        code: Code::TestFile,
        severity,
        message,
        help: None,
        notes: Vec::new(),
        file: Arc::clone(file),
        span: at.place.span,
        path: at.place.path.clone(),
        labels: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_find_their_machines() {
        assert_eq!(
            machines_beside("a/lamp.test.yaml")
                .first()
                .map(String::as_str),
            Some("a/lamp.machine.yaml")
        );
        assert!(machines_beside("lamp/x.test.yaml").contains(&"lamp/machine.yaml".to_owned()));
    }
}
