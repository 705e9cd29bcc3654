//! `choristerc sync`: keeps a manifest in step with a distribution.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chorister_compiler::{Disk, Layout};
use clap::Args;

use super::examples;
use super::expand::refuse;
use crate::console::{Console, Outcome};
use crate::inputs;
use crate::manifest::Manifest;

/// Rewrite the features of `chorister` in Cargo.toml as distribution.yaml needs them
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "Nothing but this one list changes, and features that do not follow from a distribution stay in it.";
    "choristerc sync"
    "choristerc sync --check          # for continuous integration"
    "choristerc sync ../acme-node"
))]
pub(crate) struct Sync {
    /// The project, or its distribution.yaml
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// Change nothing, and exit with 1 if the list is stale
    #[arg(long)]
    check: bool,
}

/// Where a project's distribution may stand.
const PLACES: [&str; 3] = [
    "specs/distribution.yaml",
    "distribution.yaml",
    "specs/distribution.json",
];

impl Sync {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let spec = distribution(&self.path)?;
        let shown = inputs::shown(&spec);
        let output = chorister_compiler::generate(&Disk::new(""), &shown, &Layout::default())
            .with_context(|| format!("cannot read {shown}"))?;
        if output.has_errors() {
            return refuse(&output.diagnostics, &output.sources, console);
        }
        let Some(manifest) = Manifest::above(&spec)? else {
            bail!("no Cargo.toml above {shown} depends on chorister");
        };
        let path = manifest.path.display();
        let difference = manifest.difference(&output.features);
        if difference.is_none() {
            console.say(&format!("{path} is in step with {shown}\n"));
            return Ok(Outcome::Clean);
        }
        let styles = console.message_styles();
        let (good, bad) = (styles.good, styles.error);
        for feature in &difference.missing {
            console.say(&format!("{good}+ {feature}{good:#}\n"));
        }
        for feature in &difference.superfluous {
            console.say(&format!("{bad}- {feature}{bad:#}\n"));
        }
        if self.check {
            console.say(&format!("{path} is stale: run `choristerc sync`\n"));
            return Ok(Outcome::Faulty);
        }
        let text = manifest.rewritten(&output.features)?;
        chorister_compiler::files::write(&manifest.path, &text)
            .with_context(|| format!("cannot write {path}"))?;
        console.say(&format!("rewrote the features of chorister in {path}\n"));
        Ok(Outcome::Clean)
    }
}

fn distribution(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let found = PLACES.iter().map(|it| {
        if path == Path::new(".") {
            PathBuf::from(it)
        } else {
            path.join(it)
        }
    });
    match found.into_iter().find(|it| it.is_file()) {
        Some(found) => Ok(found),
        None => bail!("{} has no specs/distribution.yaml", path.display()),
    }
}
