//! The machines of a simulation.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use chorister_compiler::Disk;
use chorister_fsm::Check;
use chorister_ir::Machine;
use chorister_sim::Setup;
use chorister_spec::{Checked, Diagnostic, Options, Severity, Source};

use crate::inputs;
use crate::kind::Kind;

/// Machines that were read, and what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Cast {
    /// In the order of the distribution, or by path.
    pub(crate) members: Vec<(Source, Checked)>,
    /// What each of them checks, where it is the machine of a check class.
    checks: Vec<Option<Arc<Check>>>,
    /// What keeps them from running.
    pub(crate) errors: Vec<Diagnostic>,
    /// The texts that the errors are in.
    pub(crate) sources: Vec<Source>,
}

impl Cast {
    /// Reads what a path stands for: a machine, the directory of one, a check class, a tree of specs, or a
    /// distribution. Of a tree and a distribution the machines are taken, and not the classes: these have checks on a
    /// node only.
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
                Kind::Machine => cast.file(&input.path, |it, source| it.add(source, &options))?,
                Kind::Class if input.tree.is_none() => cast.file(&input.path, Self::class)?,
                // The machines of a tree are there themselves.
                Kind::Distribution if !is_tree => cast.distribution(&input.path, &options)?,
                _ => {}
            }
        }
        if cast.members.is_empty() && cast.errors.is_empty() {
            bail!(
                "there is no machine in {}, and it is no check class",
                inputs::shown(path)
            );
        }
        Ok(cast)
    }

    /// The machines, if all of them can run.
    pub(crate) fn machines(&self) -> impl Iterator<Item = &Machine> {
        self.members
            .iter()
            .filter_map(|(_, it)| it.machine.as_ref())
    }

    /// Gives the machines of classes what they check.
    pub(crate) fn tell(&self, setup: &mut Setup) {
        for (member, check) in setup.machines.iter_mut().zip(&self.checks) {
            member.check.clone_from(check);
        }
    }

    fn file(&mut self, path: &Path, add: impl FnOnce(&mut Self, Source)) -> Result<()> {
        match inputs::read(path)? {
            Ok(source) => add(self, source),
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
        // The first is the distribution itself, and its machines come next.
        let machines = output.distribution.map_or(0, |it| it.machines.len());
        for source in output.sources.into_iter().skip(1).take(machines) {
            self.add(source, options);
        }
        Ok(())
    }

    fn add(&mut self, source: Source, options: &Options) {
        let checked = chorister_spec::machine::check(&source, options);
        self.take(source, checked, None);
    }

    fn class(&mut self, source: Source) {
        let class = chorister_compiler::check_class(&Disk::new(""), &source);
        let check = class.class.as_ref().map(chorister_classes::example);
        self.sources.extend(class.gossfiles);
        self.take(source, class.machine, check.map(Arc::new));
    }

    fn take(&mut self, source: Source, checked: Checked, check: Option<Arc<Check>>) {
        let errors = checked.diagnostics.iter();
        let errors = errors.filter(|it| it.severity == Severity::Error);
        self.errors.extend(errors.cloned());
        self.sources.push(source.clone());
        self.members.push((source, checked));
        self.checks.push(check);
    }
}
