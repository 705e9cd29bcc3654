//! `choristerc diff`: what is done otherwise than before.

mod report;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use chorister_manifest::Manifest;
use chorister_manifest::diff::Topic;
use chorister_spec::render;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::examples;
use crate::console::{Console, Outcome};
use crate::inputs;
use crate::subject;
use report::{Compared, Report};

/// Say what differs in behaviour between two versions
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "Compares what machines do, when and with what rights, and not how that is written: descriptions, \
     comments and the order of things show nothing. What matters most comes first. A binary is looked \
     through and never run. Exits with 0 if there is no difference, with 1 if there is one, of the topics \
     of --gate if that is given, and with 2 if something cannot be read or has errors. Topics are: \
     capabilities, operator, commands, machines, states, watchers, timings, subscriptions, budgets.";
    "choristerc diff /usr/bin/acme-node specs/distribution.yaml"
    "choristerc diff lamp.machine.yaml.orig lamp.machine.yaml"
    "choristerc diff old/specs specs --gate capabilities,operator --format markdown"
))]
pub(crate) struct Diff {
    /// A spec, a directory that holds machine.yaml, a tree of specs, or a binary
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The same, as it is now
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// How differences are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Exit with 1 for differences of these topics only
    #[arg(
        long,
        value_name = "TOPIC",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    gate: Vec<Gate>,
}

/// How differences are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Markdown,
}

/// A topic on the command line.
#[derive(Clone, Copy, Debug)]
struct Gate(Topic);

impl Diff {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let (old, new) = (read(&self.old, console)?, read(&self.new, console)?);
        let report = Report::of(old, new);
        let text = match if self.json { Format::Json } else { self.format } {
            Format::Text => report.text(&console.data_styles()),
            Format::Json => report.json(),
            Format::Markdown => report.markdown(),
        };
        console.print(&text)?;
        let counts =
            |topic: Topic| self.gate.is_empty() || self.gate.iter().any(|it| it.0 == topic);
        let mut topics = report.compared.iter().flat_map(Compared::topics);
        Ok(Outcome::faulty_if(topics.any(counts)))
    }
}

/// What stands behind one of the paths.
fn read(path: &Path, console: &Console) -> Result<Vec<Manifest>> {
    let subject = subject::read(path)?;
    let shown = inputs::shown(path);
    if let Some(summary) = render::summary(&subject.errors) {
        let color = console.findings_color();
        console.say(&render::text(&subject.errors, &subject.sources, color));
        bail!("{shown} has {summary}: what is not sound cannot be compared");
    }
    for path in &subject.left_out {
        console.note(&format!(
            "{path} is left out: this release cannot run it (`choristerc check {path}` says why)"
        ));
    }
    if subject.manifests.is_empty() {
        bail!("{shown} holds no machine and no distribution");
    }
    Ok(subject.manifests)
}

impl ValueEnum for Gate {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Gate; Topic::ALL.len()] = {
            let mut all = [Gate(Topic::Budgets); Topic::ALL.len()];
            let mut at = 0;
            while at < all.len() {
                all[at] = Gate(Topic::ALL[at]);
                at += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.as_str()))
    }
}
