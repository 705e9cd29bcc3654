//! `choristerc can`: what machines may do.

mod systemd;
mod table;

use std::path::PathBuf;

use anyhow::{Result, bail};
use chorister_manifest::Manifest;
use chorister_spec::render;
use clap::{Args, ValueEnum};

use super::examples;
use crate::console::{Console, Outcome};
use crate::subject;

/// Say what a machine, a distribution or a binary may do
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "Lists the programs that are run, the files that are written and read, the servers that are connected \
     to, and who needs each of them; and what cannot be told, such as what a program does by itself. A \
     binary is looked through and never run. As systemd it is a unit that lets the service do this and \
     little else.";
    "choristerc can specs/distribution.yaml"
    "choristerc can target/release/acme-node --json | jq .capabilities.exec"
    "choristerc can specs/distribution.yaml --format systemd > acme-node.service"
))]
pub(crate) struct Can {
    /// A spec, a directory that holds machine.yaml, a tree of specs, or a binary
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// How capabilities are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Systemd,
}

impl Can {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let subject = subject::read(&self.path)?;
        let format = if self.json { Format::Json } else { self.format };
        let text = match (format, subject.manifests.as_slice()) {
            (_, []) => String::new(),
            (Format::Text, all) => {
                let styles = console.data_styles();
                let tables: Vec<String> = all.iter().map(|it| table::text(it, &styles)).collect();
                tables.join("\n")
            }
            (Format::Json, [one]) => one.to_json(),
            (Format::Json, all) => {
                let all: Vec<String> = all.iter().map(Manifest::to_json).collect();
                format!("[{}]\n", all.join(","))
            }
            (Format::Systemd, [one]) => systemd::unit(one)?,
            (Format::Systemd, _) => {
                bail!("a unit is for one distribution: name its distribution.yaml")
            }
        };
        console.print(&text)?;
        for path in &subject.left_out {
            console.note(&format!(
                "{path} is left out: this release cannot run it (`choristerc check {path}` says why)"
            ));
        }
        if subject.errors.is_empty() {
            return Ok(Outcome::Clean);
        }
        console.say(&render::text(
            &subject.errors,
            &subject.sources,
            console.findings_color(),
        ));
        if let Some(summary) = render::summary(&subject.errors) {
            console.say(&format!("{summary}\n"));
        }
        Ok(Outcome::Faulty)
    }
}
