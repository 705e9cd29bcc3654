//! `choristerc export`: what other tools need to use the check classes of a distribution.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chorister_compiler::{Disk, Layout};
use clap::{Args, ValueEnum};

use super::examples;
use super::expand::refuse;
use crate::console::{Console, Outcome};
use crate::export::{self, Format, Subject};
use crate::inputs;

/// Write what Puppet, Ansible, Prometheus, Grafana, Kubernetes and editors need to use check classes
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "Each check class becomes a defined type of a Puppet module, typed arguments of an Ansible role, a JSON \
     Schema and a page. Rules and a dashboard read the metrics of nodes; the pod has the distribution at the \
     side of an application. Without --format everything is written, each in a folder of its own.";
    "choristerc export specs/distribution.yaml --format puppet --out modules/acme_node"
    "choristerc export specs/distribution.yaml --format prometheus --out /etc/prometheus/rules"
    "choristerc export specs/distribution.yaml --out exports"
))]
pub(crate) struct Export {
    /// The distribution.yaml
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// The tool; all of them if it is left out
    #[arg(long, value_name = "TOOL")]
    format: Option<Format>,
    /// Where files are written
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
}

impl Export {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let shown = inputs::shown(&self.spec);
        let output = chorister_compiler::generate(&Disk::new(""), &shown, &Layout::default())
            .with_context(|| format!("cannot read {shown}"))?;
        if output.has_errors() {
            return refuse(&output.diagnostics, &output.sources, console);
        }
        let Some(subject) = Subject::of(&output, &shown) else {
            bail!("{shown} has no check classes: add some below `checks: {{classes: […]}}`");
        };
        match self.format {
            Some(format) => write(format, &subject, &self.out, console)?,
            None => {
                for format in Format::value_variants() {
                    write(*format, &subject, &self.out.join(format.as_str()), console)?;
                }
            }
        }
        Ok(Outcome::Clean)
    }
}

fn write(format: Format, of: &Subject<'_>, folder: &Path, console: &Console) -> Result<()> {
    for (path, text) in export::files(format, of)? {
        let path = folder.join(path);
        chorister_compiler::files::write(&path, &text)
            .with_context(|| format!("cannot write {}", path.display()))?;
        console.say(&format!("wrote {}\n", inputs::shown(&path)));
    }
    Ok(())
}
