//! Checks the specs that a command was given, all of them in one run.

mod check_files;
mod policies;

use core::time::Duration;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use chorister_compiler::explore::explore;
use chorister_compiler::{Disk, Gatherer, Suites, in_parallel};
use chorister_goss::Vars;
use chorister_spec::{Checked, Code, Diagnostic, Options, Severity, Source, check_file, class};
use chorister_testing::Batch;

use crate::inputs::{self, Input};
use crate::kind::Kind;
use crate::manifest::Manifest;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// File by file in the order of the inputs, and within a file by place.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What is only worth knowing.
    remarks: Vec<Diagnostic>,
    /// Every text that was read.
    pub(crate) sources: Vec<Source>,
    /// The tests of the specs, with their machines.
    pub(crate) tests: Vec<Batch>,
    /// The checks of distributions and check files: their names and intervals.
    pub(crate) timetable: Vec<(String, Duration)>,
    /// The check classes that were read, and how often a check runs that says nothing else.
    intervals: HashMap<String, Duration>,
}

/// A machine that was read and checked.
type Known = Arc<(Source, Checked)>;

/// Checks specs, and remembers machines so that a second run only looks at those that changed.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    lenient: bool,
    /// What goss files are rendered with.
    vars: Vars,
    /// The distribution, or the tree, whose classes check files are held against.
    classes: Option<PathBuf>,
    known: HashMap<PathBuf, Known>,
}

// === impl Report ===

impl Report {
    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|it| it.severity == Severity::Error)
    }

    /// Adds the checks of a file to the timetable, as far as somebody says how often they run.
    fn schedule(&mut self, file: &check_file::Checked) {
        for row in file.checks.iter().flatten() {
            let own = row.settings.interval;
            let class = row
                .class
                .as_ref()
                .and_then(|it| self.intervals.get(&it.text));
            let interval = own.or_else(|| class.copied());
            let named = interval.map(|it| (row.name.text.clone(), it));
            self.timetable.extend(named);
        }
    }

    /// Adds what exploring machines together finds.
    fn explore(&mut self, together: &[&Checked]) {
        let explored = explore(together);
        self.diagnostics.extend(explored.findings);
        self.remarks.extend(explored.remarks);
    }

    /// The same with what is only worth knowing among the findings.
    pub(crate) fn with_remarks(mut self) -> Self {
        self.diagnostics.append(&mut self.remarks);
        self.sort();
        self
    }

    fn take(&mut self, suites: Suites) {
        self.diagnostics.extend(suites.diagnostics);
        self.sources.extend(suites.sources);
        self.tests.extend(suites.batches);
    }

    /// Puts findings in the order of files and places, each once.
    fn sort(&mut self) {
        let order: HashMap<&str, usize> = self
            .sources
            .iter()
            .enumerate()
            .rev()
            .map(|(at, it)| (&*it.path, at))
            .collect();
        self.diagnostics.sort_by_key(|it| {
            let file = order.get(&*it.file).copied().unwrap_or(usize::MAX);
            (file, it.span.start.offset)
        });
        let mut kept: Vec<Diagnostic> = Vec::with_capacity(self.diagnostics.len());
        for diagnostic in self.diagnostics.drain(..) {
            let same = kept.iter().rev().take_while(|it| {
                it.file == diagnostic.file && it.span.start.offset == diagnostic.span.start.offset
            });
            // A machine of two distributions is looked at twice.
            if !same.into_iter().any(|it| *it == diagnostic) {
                kept.push(diagnostic);
            }
        }
        self.diagnostics = kept;
    }
}

// === impl Checker ===

impl Checker {
    pub(crate) fn new(lenient: bool) -> Self {
        Self {
            lenient,
            vars: Vars::default(),
            classes: None,
            known: HashMap::new(),
        }
    }

    /// The same, for goss files that are rendered with these variables.
    pub(crate) fn with_vars(self, vars: Vars) -> Self {
        Self { vars, ..self }
    }

    /// The same, for check files of the classes of a distribution or of a tree of specs.
    pub(crate) fn with_classes(self, classes: Option<PathBuf>) -> Self {
        Self { classes, ..self }
    }

    /// Checks all specs.
    ///
    /// Machines of a distribution are checked together, and so are the machines of a tree that belong to none.
    pub(crate) fn check(&mut self, inputs: &[Input]) -> Result<Report> {
        let mut report = Report::default();
        let mut covered = HashSet::new();
        let mut machines = Vec::new();
        for input in inputs.iter().filter(|it| it.kind == Kind::Distribution) {
            let part = self.distribution(&input.path, &mut covered)?;
            report.diagnostics.extend(part.diagnostics);
            report.remarks.extend(part.remarks);
            report.sources.extend(part.sources);
            report.tests.extend(part.tests);
            report.timetable.extend(part.timetable);
            report.intervals.extend(part.intervals);
        }
        for input in inputs.iter().filter(|it| it.kind == Kind::Machine) {
            if !covered.contains(&real(&input.path)) {
                machines.push(input);
            }
        }
        let checked = self.machines(&machines, &mut report)?;
        let classes: Vec<_> = inputs
            .iter()
            .filter(|it| it.kind == Kind::Class && !covered.contains(&real(&it.path)))
            .collect();
        let classes = self::classes(&classes, &mut report)?;
        let files = Disk::new("");
        let mut tests = Gatherer::new(&files, self.lenient);
        for (input, checked) in &classes {
            tests.class(&inputs::shown(&input.path), checked);
        }
        for (input, checked) in &checked {
            tests.machine(&inputs::shown(&input.path), &checked.1);
        }
        for input in inputs.iter().filter(|it| it.kind == Kind::Test) {
            if !covered.contains(&real(&input.path)) {
                let shown = inputs::shown(&input.path);
                tests
                    .file(&shown)
                    .with_context(|| format!("cannot read {shown}"))?;
            }
        }
        report.take(tests.finish());
        check_files::check(inputs, self.classes.as_deref(), &mut report)?;
        let agents = inputs
            .iter()
            .filter(|it| it.kind == Kind::Ddl && !covered.contains(&real(&it.path)));
        self.agents(agents, &mut report)?;
        policies::check(inputs, &mut report)?;
        configurations(inputs, &mut report)?;
        // What a class or a machine evaluates was checked with its variables.
        covered.extend(report.sources.iter().map(|it| real(Path::new(&*it.path))));
        let gossfiles = inputs.iter().filter(|it| it.kind == Kind::Goss);
        let gossfiles =
            gossfiles.filter(|it| it.tree.is_none() || !covered.contains(&real(&it.path)));
        self.gossfiles(&gossfiles.collect::<Vec<_>>(), &mut report);
        let order: HashMap<String, usize> = inputs
            .iter()
            .enumerate()
            .map(|(at, it)| (inputs::shown(&it.path), at))
            .collect();
        report
            .sources
            .sort_by_key(|it| order.get(&*it.path).copied().unwrap_or(usize::MAX));
        report.sources.dedup_by(|one, other| one.path == other.path);
        report.sort();
        Ok(report)
    }

    /// Checks goss files; one of a tree that another one includes is checked with that one.
    fn gossfiles(&self, inputs: &[&Input], report: &mut Report) {
        let files = Disk::new("");
        let mut checked: Vec<_> = inputs
            .iter()
            .map(|input| {
                let shown = inputs::shown(&input.path);
                (
                    *input,
                    chorister_compiler::check_goss(&files, &shown, &self.vars),
                )
            })
            .collect();
        let included: HashSet<PathBuf> = checked
            .iter()
            .flat_map(|(_, it)| it.sources.iter().skip(1))
            .map(|it| real(Path::new(&*it.path)))
            .collect();
        checked.retain(|(input, _)| input.tree.is_none() || !included.contains(&real(&input.path)));
        for (_, it) in checked {
            report.diagnostics.extend(it.diagnostics);
            report.sources.extend(it.sources);
        }
    }

    /// Checks agents that belong to no distribution.
    fn agents<'i>(
        &self,
        inputs: impl Iterator<Item = &'i Input>,
        report: &mut Report,
    ) -> Result<()> {
        let options = Options {
            lenient: self.lenient,
            build: false,
        };
        for input in inputs {
            match inputs::read(&input.path)? {
                Ok(source) => {
                    let checked = chorister_spec::ddl::check(&source, &options);
                    report.diagnostics.extend(checked.diagnostics);
                    report.sources.push(source);
                }
                Err(refused) => {
                    let (source, diagnostic) = *refused;
                    report.sources.push(source);
                    report.diagnostics.push(diagnostic);
                }
            }
        }
        Ok(())
    }

    fn distribution(&self, path: &Path, covered: &mut HashSet<PathBuf>) -> Result<Report> {
        let shown = inputs::shown(path);
        let output = chorister_compiler::check(&Disk::new(""), &shown, self.lenient)
            .with_context(|| format!("cannot read {shown}"))?;
        covered.extend(output.sources.iter().map(|it| real(Path::new(&*it.path))));
        let mut report = Report {
            diagnostics: output.diagnostics,
            remarks: output.remarks,
            sources: output.sources,
            tests: output.tests,
            timetable: output.timetable,
            intervals: output.intervals.into_iter().collect(),
        };
        // What cannot be built yet needs features that are not known yet.
        let known = |it: &Diagnostic| !matches!(it.code, Code::UnsupportedType | Code::NotBuilt);
        if output.distribution.is_some()
            && !report.has_errors()
            && report.diagnostics.iter().all(known)
        {
            let stale = Manifest::above(path)?.and_then(|manifest| {
                manifest.finding(&manifest.difference(&output.features), &shown)
            });
            if let Some((source, diagnostic)) = stale {
                report.sources.push(source);
                report.diagnostics.push(diagnostic);
            }
        }
        Ok(report)
    }

    /// Checks machines that belong to no distribution, and returns those that could be read.
    fn machines<'i>(
        &mut self,
        inputs: &[&'i Input],
        report: &mut Report,
    ) -> Result<Vec<(&'i Input, Known)>> {
        let mut read = Vec::with_capacity(inputs.len());
        for input in inputs {
            match inputs::read(&input.path)? {
                Ok(source) => read.push((*input, source)),
                Err(refused) => {
                    let (source, diagnostic) = *refused;
                    report.sources.push(source);
                    report.diagnostics.push(diagnostic);
                }
            }
        }
        let options = Options {
            lenient: self.lenient,
            build: false,
        };
        let checked = in_parallel(&read, |(input, source)| {
            match self
                .known
                .get(&input.path)
                .filter(|it| it.0.text == source.text)
            {
                Some(known) => Arc::clone(known),
                None => Arc::new((
                    source.clone(),
                    chorister_spec::machine::check(source, &options),
                )),
            }
        });
        let mut trees: BTreeMap<usize, Vec<Checked>> = BTreeMap::new();
        let mut alone = Vec::new();
        let mut known = Vec::with_capacity(read.len());
        for ((input, source), checked) in read.into_iter().zip(checked) {
            report
                .diagnostics
                .extend(checked.1.diagnostics.iter().cloned());
            let programs = chorister_compiler::check_programs(&Disk::new(""), &checked.1);
            report.diagnostics.extend(programs);
            report.sources.push(source);
            let gossfiles = chorister_compiler::check_gossfiles(&Disk::new(""), &checked.1);
            report.diagnostics.extend(gossfiles.diagnostics);
            report.sources.extend(gossfiles.sources);
            match input.tree {
                Some(tree) => trees.entry(tree).or_default().push(checked.1.clone()),
                None => alone.push(Arc::clone(&checked)),
            }
            self.known.insert(input.path.clone(), Arc::clone(&checked));
            known.push((input, checked));
        }
        for together in trees.values() {
            report
                .diagnostics
                .extend(chorister_spec::set::check(together));
            report.explore(&together.iter().collect::<Vec<_>>());
        }
        for checked in &alone {
            report.explore(&[&checked.1]);
        }
        Ok(known)
    }
}

/// Checks classes that belong to no distribution, and returns those that could be read.
fn classes<'i>(
    inputs: &[&'i Input],
    report: &mut Report,
) -> Result<Vec<(&'i Input, class::Checked)>> {
    let files = Disk::new("");
    let mut checked = Vec::with_capacity(inputs.len());
    for input in inputs {
        match inputs::read(&input.path)? {
            Ok(source) => {
                let class = chorister_compiler::check_class(&files, &source);
                let found = class.machine.diagnostics.iter().cloned();
                report.diagnostics.extend(found);
                report.sources.push(source);
                report.sources.extend(class.gossfiles.iter().cloned());
                let known = class.class.as_ref();
                let known = known.map(|it| (it.name.clone().into_owned(), it.defaults.interval));
                report.intervals.extend(known);
                checked.push((*input, class));
            }
            Err(refused) => {
                let (source, diagnostic) = *refused;
                report.sources.push(source);
                report.diagnostics.push(diagnostic);
            }
        }
    }
    Ok(checked)
}

/// Configurations, each by itself.
fn configurations(inputs: &[Input], report: &mut Report) -> Result<()> {
    for input in inputs.iter().filter(|it| it.kind == Kind::Config) {
        match inputs::read(&input.path)? {
            Ok(source) => {
                let found = chorister_spec::config::check(&source);
                report.diagnostics.extend(found);
                report.sources.push(source);
            }
            Err(refused) => {
                let (source, diagnostic) = *refused;
                report.sources.push(source);
                report.diagnostics.push(diagnostic);
            }
        }
    }
    Ok(())
}

fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
