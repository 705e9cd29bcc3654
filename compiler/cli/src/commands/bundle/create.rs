//! `choristerc bundle create`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chorister_bundle::Manifest;
use chorister_spec::Source;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::{examples, write};
use crate::checker::Checker;
use crate::console::{Console, Outcome};
use crate::inputs;
use crate::kind::Kind;

/// Put check files into a manifest, to be signed
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "Every check file is checked first, as with `choristerc check --kind check`; nothing is written while one has an \
     error.";
    "choristerc bundle create --name web --version 7 --days 90 --classes specs checks.d --out web.json"
    "choristerc bundle create --name web --version 8 --not-after 2027-06-30T00:00:00Z mail.yaml disk.yaml"
))]
pub(super) struct Create {
    /// Name of the bundle; a node follows one
    #[arg(long)]
    name: String,
    /// A number that grows with each change
    #[arg(long, value_name = "NUMBER")]
    version: u64,
    /// How many days it may be fetched for
    #[arg(long, value_name = "NUMBER", default_value_t = 90)]
    days: u16,
    /// When it is not accepted any more, in RFC 3339
    #[arg(long, value_name = "TIME", conflicts_with = "days")]
    not_after: Option<Timestamp>,
    /// Write the manifest into this file [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Hold the check files against the classes of this distribution, or of the one in this tree of specs
    #[arg(long, value_name = "PATH")]
    classes: Option<PathBuf>,
    /// Check files, or directories of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

impl Create {
    pub(super) fn run(&self, console: &Console) -> Result<Outcome> {
        let found = inputs::find(&self.paths, Some(Kind::Check))?;
        let mut checker = Checker::new(false).with_classes(self.classes.clone());
        let report = checker.check(&found.specs)?;
        if report.has_errors() {
            let color = console.findings_color();
            let text = chorister_spec::render::text(&report.diagnostics, &report.sources, color);
            console.say(&text);
            return Ok(Outcome::Faulty);
        }
        let manifest = Manifest {
            name: self.name.clone(),
            version: self.version,
            not_after: self.not_after()?,
            files: files(&report.sources)?,
        };
        manifest.validate()?;
        write(self.out.as_deref(), &manifest.to_text(), console)?;
        Ok(Outcome::Clean)
    }

    fn not_after(&self) -> Result<Timestamp> {
        if let Some(time) = self.not_after {
            return Ok(time);
        }
        let span = SignedDuration::from_hours(24 * i64::from(self.days));
        let time = Timestamp::now()
            .checked_add(span)
            .context("the time is out of range")?;
        Ok(time.round(jiff::Unit::Second)?)
    }
}

/// The texts by the names of their files, wherever these are.
fn files(sources: &[Source]) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for source in sources {
        let name = Path::new(&*source.path)
            .file_name()
            .map(|it| it.to_string_lossy().into_owned())
            .unwrap_or_default();
        if files
            .insert(name.clone(), source.text.to_string())
            .is_some()
        {
            bail!("two files are called {name}: the names in a bundle are without folders");
        }
    }
    Ok(files)
}
