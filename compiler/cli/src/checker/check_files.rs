//! Check files and overrides, and the classes that check files are held against.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use chorister_compiler::Disk;
use chorister_ir::CheckClass;
use chorister_spec::check_file::{self, CheckFile};
use chorister_spec::overrides;

use super::{Report, classes};
use crate::inputs::{self, Input};
use crate::kind::Kind;

/// What check files are held against.
struct Known {
    classes: Vec<CheckClass>,
    /// What a check may depend on beside those of the files; `None` where more may come at run time.
    names: Option<BTreeSet<String>>,
}

/// Reports what is wrong with check files and overrides, and with check files beside those of their own folder.
///
/// Without `against`, a distribution or a tree of specs, nothing is said about classes and their parameters.
pub(super) fn check(inputs: &[Input], against: Option<&Path>, report: &mut Report) -> Result<()> {
    let known = match against {
        Some(path) => match Known::of(path, report)? {
            Some(known) => Some(known),
            // What is wrong with the classes is said; nobody knows what their checks may be.
            None => return Ok(()),
        },
        None => None,
    };
    let mut files: BTreeMap<&Path, Vec<CheckFile>> = BTreeMap::new();
    for input in inputs {
        if !matches!(input.kind, Kind::Check | Kind::Overrides) {
            continue;
        }
        let source = match inputs::read(&input.path)? {
            Ok(source) => source,
            Err(refused) => {
                let (source, diagnostic) = *refused;
                report.sources.push(source);
                report.diagnostics.push(diagnostic);
                continue;
            }
        };
        if input.kind == Kind::Overrides {
            report.diagnostics.extend(overrides::check(&source));
        } else {
            let folder = input.path.parent().unwrap_or(Path::new(""));
            let file = CheckFile::read(&source);
            files.entry(folder).or_default().push(file);
        }
        report.sources.push(source);
    }
    for folder in files.into_values() {
        let folder = together(folder, known.as_ref());
        let found = folder.iter().flat_map(|it| it.diagnostics.iter().cloned());
        report.diagnostics.extend(found);
        report.diagnostics.extend(check_file::together(&folder));
        for file in &folder {
            report.schedule(file);
        }
    }
    Ok(())
}

/// Holds the files of a folder against the classes.
fn together(mut files: Vec<CheckFile>, known: Option<&Known>) -> Vec<check_file::Checked> {
    if let Some(known) = known {
        let classes: Vec<&CheckClass> = known.classes.iter().collect();
        for file in &mut files {
            file.resolve(&classes);
        }
        if let Some(others) = &known.names {
            let rows = files.iter().flat_map(CheckFile::checks);
            let mut names: Vec<String> = rows.map(|it| it.name.text.clone()).collect();
            names.extend(others.iter().cloned());
            for file in &mut files {
                file.parents(names.iter().map(String::as_str));
            }
        }
    }
    files.into_iter().map(CheckFile::finish).collect()
}

// === impl Known ===

impl Known {
    /// The classes of the one distribution that `path` stands for, or those of a tree without any; nothing after a
    /// report.
    fn of(path: &Path, report: &mut Report) -> Result<Option<Self>> {
        let found = inputs::find(&[path.to_owned()], None)?.specs;
        let of_kind = |kind| found.iter().filter(move |it| it.kind == kind);
        let distributions: Vec<&Input> = of_kind(Kind::Distribution).collect();
        match distributions.as_slice() {
            [] => Self::of_tree(&of_kind(Kind::Class).collect::<Vec<_>>(), path, report),
            [only] => Self::of_distribution(&only.path, report),
            several => {
                let list = several.iter().map(|it| inputs::shown(&it.path));
                let list = list.collect::<Vec<_>>().join(", ");
                bail!(
                    "{} holds several distributions: name one of {list}",
                    path.display()
                );
            }
        }
    }

    fn of_distribution(path: &Path, report: &mut Report) -> Result<Option<Self>> {
        let shown = inputs::shown(path);
        let output = chorister_compiler::check(&Disk::new(""), &shown, false)
            .with_context(|| format!("cannot read {shown}"))?;
        if output.has_errors() {
            report.diagnostics.extend(output.diagnostics);
            report.sources.extend(output.sources);
            return Ok(None);
        }
        report.intervals.extend(output.intervals);
        let classes = output.classes;
        let distribution = output.distribution.as_ref();
        let names = distribution
            .filter(|it| it.loaded_machines.is_none())
            .map(|it| {
                // The manifest of a distribution that loads checks has an example of each class, by its name.
                let machines = output.manifest.iter().flat_map(|it| &it.machines);
                let is_example = |name: &str| classes.iter().any(|it| it.name == name);
                let machines = machines.filter(|it| !is_example(&it.name));
                let compiled = it.instances.iter().map(|it| it.name.text.clone());
                let names = compiled.chain(machines.map(|it| it.name.clone()));
                names.collect::<BTreeSet<_>>()
            });
        Ok(Some(Self { classes, names }))
    }

    fn of_tree(found: &[&Input], path: &Path, report: &mut Report) -> Result<Option<Self>> {
        if found.is_empty() {
            bail!("there is no check class in {}", path.display());
        }
        let mut of_classes = Report::default();
        let checked = classes(found, &mut of_classes)?;
        if of_classes.has_errors() {
            report.diagnostics.extend(of_classes.diagnostics);
            report.sources.extend(of_classes.sources);
            return Ok(None);
        }
        report.intervals.extend(of_classes.intervals);
        Ok(Some(Self {
            classes: checked.into_iter().filter_map(|it| it.1.class).collect(),
            names: None,
        }))
    }
}
