//! `choristerc test`: runs the tests of specs in virtual time.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use chorister_spec::{Severity, Source, render};
use chorister_testing::report::{self, Detail};
use chorister_testing::{Batch, Options};
use clap::{Args, ValueEnum};

use super::examples;
use crate::checker::{self, Checker};
use crate::console::{Console, Outcome};
use crate::inputs;
use crate::watch;

/// Run the tests of specs, in virtual time
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "A PATH is a spec file, a directory that holds machine.yaml, a tree of specs, or a file of tests. Tests \
     stand in machines, in X.test.yaml beside X.machine.yaml, and in the `tests:` of a distribution. They run \
     on the engine that ships, with a clock of their own: a week takes milliseconds. Exits with 0 if all \
     pass, with 1 if one fails or a spec has errors, and with 2 if a path cannot be read.";
    "choristerc test specs"
    "choristerc test --watch specs/machines/lamp.machine.yaml"
    "choristerc test --filter 'goes on' --coverage specs"
    "choristerc test --format junit specs > tests.xml"
))]
pub(crate) struct Test {
    /// Spec files, directories that hold machine.yaml, trees of specs, or files of tests
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Run only tests with this text in their file, machine or name
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Begin no test after one has failed
    #[arg(long)]
    fail_fast: bool,
    /// Name everything that no test has seen
    #[arg(long)]
    coverage: bool,
    /// How results are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Run what changed or failed again whenever a file is saved, until Ctrl-C
    #[arg(long, conflicts_with_all = ["format", "json"])]
    watch: bool,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

impl Test {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let mut checker = Checker::new(false);
        if self.watch {
            let mut memory = Memory::default();
            return watch::run(&self.paths, console, || {
                let checked = self.check(&mut checker, console)?;
                let stale = memory.stale(&checked);
                if stale.is_empty() && !checked.tests.is_empty() {
                    console.print("nothing changed that tests are about\n")?;
                    return Ok(checked.sources);
                }
                let report = chorister_testing::run(&stale, &self.options());
                self.show(&report, &checked.sources, console)?;
                memory.remember(&checked, &report);
                Ok(checked.sources)
            });
        }
        let checked = self.check(&mut checker, console)?;
        if checked.has_errors() && checked.tests.is_empty() {
            return Ok(Outcome::Faulty);
        }
        let report = chorister_testing::run(&checked.tests, &self.options());
        self.show(&report, &checked.sources, console)?;
        Ok(Outcome::faulty_if(
            checked.has_errors() || report.has_failures(),
        ))
    }

    fn options(&self) -> Options {
        Options {
            filter: self.filter.clone(),
            fail_fast: self.fail_fast,
        }
    }

    /// Checks the specs, and shows their errors; what else is wrong with them is the business of `check`.
    fn check(&self, checker: &mut Checker, console: &Console) -> Result<checker::Report> {
        let inputs = inputs::find(&self.paths, None)?;
        let checked = checker.check(&inputs.specs)?;
        let errors = checked.diagnostics.iter();
        let errors: Vec<_> = errors
            .filter(|it| it.severity == Severity::Error)
            .cloned()
            .collect();
        console.say(&render::text(
            &errors,
            &checked.sources,
            console.findings_color(),
        ));
        if let Some(summary) = render::summary(&errors) {
            let red = console.message_styles().error;
            console.say(&format!(
                "{red}error{red:#}: the specs have {summary}; their tests do not run\n"
            ));
        }
        Ok(checked)
    }

    fn show(&self, report: &report::Report, sources: &[Source], console: &Console) -> Result<()> {
        let format = if self.json { Format::Json } else { self.format };
        let text = match format {
            Format::Json => report::json(report),
            Format::Junit => report::junit(report, sources)?,
            Format::Text => {
                let detail = match self.coverage {
                    true => Detail::Full,
                    false => Detail::Brief,
                };
                report::text(report, sources, detail, console.data_color())
            }
        };
        console.print(&text)?;
        Ok(())
    }
}

/// What was tested last, so that only what changed is tested again.
#[derive(Default)]
struct Memory {
    /// The texts of a batch's file and machines when all of its tests passed.
    passed: HashMap<Arc<str>, Vec<Arc<str>>>,
}

impl Memory {
    /// The tests that have not passed as they are.
    fn stale(&self, checked: &checker::Report) -> Vec<Batch> {
        let is_stale = |it: &&Batch| self.passed.get(&it.file) != Some(&texts(it, checked));
        checked.tests.iter().filter(is_stale).cloned().collect()
    }

    fn remember(&mut self, checked: &checker::Report, report: &report::Report) {
        let ran = report.skipped == 0 && report.filtered == 0;
        for batch in &checked.tests {
            let failed = report.tested.iter();
            let failed = failed.filter(|it| it.file == batch.file);
            if failed.clone().any(|it| !it.run.passed()) {
                self.passed.remove(&batch.file);
            } else if ran && failed.count() > 0 {
                let texts = texts(batch, checked);
                self.passed.insert(Arc::clone(&batch.file), texts);
            }
        }
    }
}

/// The texts that decide what comes of some tests.
fn texts(batch: &Batch, checked: &checker::Report) -> Vec<Arc<str>> {
    let machines = batch.subjects.iter().map(|it| &it.file);
    let files: Vec<_> = machines.chain([&batch.file]).collect();
    let sources = checked.sources.iter();
    sources
        .filter(|source| files.iter().any(|it| **it == source.path))
        .map(|it| Arc::clone(&it.text))
        .collect()
}
