//! From a path to what stands behind it as data: specs, a tree of them, a binary, or a manifest itself.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chorister_compiler::Disk;
use chorister_manifest::Manifest;
use chorister_spec::{Diagnostic, Options, Severity, Source};

use crate::inputs::{self, Input};
use crate::kind::Kind;

/// Most bytes of a binary.
const MAX_BINARY: u64 = 1 << 30;

/// How programs begin: those of Linux, and of macOS for one and for several processors.
const PROGRAMS: [&[u8]; 4] = [
    b"\x7fELF",
    &[0xcf, 0xfa, 0xed, 0xfe],
    &[0xce, 0xfa, 0xed, 0xfe],
    &[0xca, 0xfe, 0xba, 0xbe],
];

/// How a manifest begins that stands in a file of its own.
const MANIFEST: &[u8] = b"{\"chorister_manifest\":";

/// What stands behind a path.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    /// One for each distribution, and one for the machines and check classes that belong to none.
    pub(crate) manifests: Vec<Manifest>,
    /// The machines that this release cannot run and of which it knows no more.
    pub(crate) left_out: Vec<String>,
    /// Errors of specs; then there is no manifest for them.
    pub(crate) errors: Vec<Diagnostic>,
    /// The texts that the errors are about.
    pub(crate) sources: Vec<Source>,
}

/// Finds out what stands behind a path; a binary is looked through and never run.
pub(crate) fn read(path: &Path) -> Result<Subject> {
    let shown = inputs::shown(path);
    let context = || format!("cannot read {shown}");
    if fs::metadata(path).with_context(context)?.is_file() {
        let mut head = Vec::new();
        let mut file = File::open(path).with_context(context)?;
        file.by_ref()
            .take(32)
            .read_to_end(&mut head)
            .with_context(context)?;
        if PROGRAMS.iter().any(|it| head.starts_with(it)) || head.starts_with(MANIFEST) {
            let mut bytes = head;
            file.take(MAX_BINARY)
                .read_to_end(&mut bytes)
                .with_context(context)?;
            let Some(manifest) = Manifest::find_in(&bytes) else {
                bail!(
                    "{shown} holds no manifest: it was built by an older release, or is no distribution"
                );
            };
            return Ok(Subject {
                manifests: vec![manifest],
                ..Subject::default()
            });
        }
    }
    specs(path, &shown)
}

fn specs(path: &Path, shown: &str) -> Result<Subject> {
    let found = inputs::find(std::slice::from_ref(&path.to_owned()), None)?;
    let mut subject = Subject::default();
    let mut covered = HashSet::new();
    let of_kind = |kind| found.specs.iter().filter(move |it| it.kind == kind);
    for input in of_kind(Kind::Distribution) {
        subject.distribution(input, &mut covered)?;
    }
    let mut machines = Vec::new();
    for input in of_kind(Kind::Machine).filter(|it| !covered.contains(&real(&it.path))) {
        machines.extend(subject.machine(input)?);
    }
    for input in of_kind(Kind::Class).filter(|it| !covered.contains(&real(&it.path))) {
        machines.extend(subject.class(input)?);
    }
    match machines.as_slice() {
        [] => {}
        [one] => {
            let (name, version) = (one.name.clone(), one.version.clone());
            subject
                .manifests
                .push(Manifest::of(&name, &version, machines));
        }
        _ => subject.manifests.push(Manifest::of(shown, "", machines)),
    }
    Ok(subject)
}

// === impl Subject ===

impl Subject {
    fn distribution(&mut self, input: &Input, covered: &mut HashSet<PathBuf>) -> Result<()> {
        let shown = inputs::shown(&input.path);
        let output = chorister_compiler::check(&Disk::new(""), &shown, false)
            .with_context(|| format!("cannot read {shown}"))?;
        covered.extend(output.sources.iter().map(|it| real(Path::new(&*it.path))));
        self.manifests.extend(output.manifest);
        self.refused(output.diagnostics, output.sources);
        Ok(())
    }

    fn machine(&mut self, input: &Input) -> Result<Option<chorister_manifest::Machine>> {
        let Some(source) = self.source(input)? else {
            return Ok(None);
        };
        let options = Options {
            lenient: true,
            build: false,
        };
        let checked = chorister_spec::machine::check(&source, &options);
        let machine = chorister_compiler::machine_manifest(&Disk::new(""), &checked);
        if machine.is_none() && !checked.has_errors() {
            self.left_out.push(source.path.to_string());
        }
        self.refused(checked.diagnostics, vec![source]);
        Ok(machine)
    }

    /// What the checks of a class are.
    fn class(&mut self, input: &Input) -> Result<Option<chorister_manifest::Machine>> {
        let Some(source) = self.source(input)? else {
            return Ok(None);
        };
        let checked = chorister_compiler::check_class(&Disk::new(""), &source);
        let machine = chorister_compiler::class_manifest(&checked);
        let sources = [source].into_iter().chain(checked.gossfiles);
        self.refused(checked.machine.diagnostics, sources.collect());
        Ok(machine)
    }

    /// The text of a spec; nothing after a report.
    fn source(&mut self, input: &Input) -> Result<Option<Source>> {
        Ok(match inputs::read(&input.path)? {
            Ok(source) => Some(source),
            Err(refused) => {
                let (source, diagnostic) = *refused;
                self.refused(vec![diagnostic], vec![source]);
                None
            }
        })
    }

    fn refused(&mut self, diagnostics: Vec<Diagnostic>, sources: Vec<Source>) {
        let errors = diagnostics
            .into_iter()
            .filter(|it| it.severity == Severity::Error);
        self.errors.extend(errors);
        self.sources.extend(sources);
    }
}

fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
