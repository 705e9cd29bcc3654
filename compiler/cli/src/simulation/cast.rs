//! The machines of a simulation.

use std::path::Path;

use anyhow::{Context, Result, bail};
use chorister_compiler::Disk;
use chorister_ir::Machine;
use chorister_spec::{Checked, Diagnostic, Options, Severity, Source};

use crate::inputs;
use crate::kind::Kind;

/// Machines that were read, and what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Cast {
    /// In the order of the distribution, or by path.
    pub(crate) members: Vec<(Source, Checked)>,
    /// What keeps them from running.
    pub(crate) errors: Vec<Diagnostic>,
    /// The texts that the errors are in.
    pub(crate) sources: Vec<Source>,
}

impl Cast {
    /// Reads what a path stands for: a machine, the directory of one, a tree of specs, or a distribution.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let options = Options {
            lenient: true,
            build: true,
        };
        let mut cast = Self::default();
        let found = inputs::find(&[path.to_owned()], None)?;
        let is_tree = path.is_dir() && found.specs.len() > 1;
        for input in found.specs {
            match input.kind {
                Kind::Machine => cast.file(&input.path, &options)?,
                // The machines of a tree are there themselves.
                Kind::Distribution if !is_tree => cast.distribution(&input.path, &options)?,
                _ => {}
            }
        }
        if cast.members.is_empty() && cast.errors.is_empty() {
            bail!("there is no machine in {}", inputs::shown(path));
        }
        Ok(cast)
    }

    /// The machines, if all of them can run.
    pub(crate) fn machines(&self) -> impl Iterator<Item = &Machine> {
        self.members
            .iter()
            .filter_map(|(_, it)| it.machine.as_ref())
    }

    fn file(&mut self, path: &Path, options: &Options) -> Result<()> {
        match inputs::read(path)? {
            Ok(source) => self.add(source, options),
            Err(refused) => {
                let (source, diagnostic) = *refused;
                self.errors.push(diagnostic);
                self.sources.push(source);
            }
        }
        Ok(())
    }

    fn distribution(&mut self, path: &Path, options: &Options) -> Result<()> {
        let shown = inputs::shown(path);
        let output = chorister_compiler::check(&Disk::new(""), &shown, options.lenient)
            .with_context(|| format!("cannot read {shown}"))?;
        let is_error = |it: &Diagnostic| it.severity == Severity::Error;
        if output.diagnostics.iter().any(is_error) {
            let errors = output.diagnostics.into_iter().filter(is_error);
            self.errors.extend(errors);
            self.sources.extend(output.sources);
            return Ok(());
        }
        // The first is the distribution itself.
        for source in output.sources.into_iter().skip(1) {
            self.add(source, options);
        }
        Ok(())
    }

    fn add(&mut self, source: Source, options: &Options) {
        let checked = chorister_spec::machine::check(&source, options);
        let errors = checked.diagnostics.iter();
        let errors = errors.filter(|it| it.severity == Severity::Error);
        self.errors.extend(errors.cloned());
        self.sources.push(source.clone());
        self.members.push((source, checked));
    }
}
