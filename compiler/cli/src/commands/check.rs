//! `choristerc check`: reports every mistake of some specs.

mod schedule;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use chorister_goss::Vars;
use chorister_spec::{Severity, render};
use clap::{Args, ValueEnum};

use self::schedule::Timetable;
use super::examples;
use crate::checker::{Checker, Report};
use crate::console::{Console, Outcome};
use crate::inputs::{self, Inputs};
use crate::kind::Kind;
use crate::watch;

/// Report every mistake in specs
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "A PATH is a spec file, a directory that holds machine.yaml, or a tree of specs. Machines of a \
     distribution, and machines of a tree, are checked against each other too. Exits with 0 if there are \
     no errors (warnings are allowed), with 1 if there are, and with 2 if a path cannot be read. Text \
     goes to the standard error; JSON, an array of findings, and SARIF, for code hosts, go to the \
     standard output.";
    "choristerc check specs"
    "choristerc check --watch specs/machines/lamp.machine.yaml"
    "choristerc check --vars vars.yaml web.goss.yaml"
    "choristerc check --classes specs/distribution.yaml checks.d"
    "choristerc check --format sarif specs > findings.sarif"
    "choristerc check --schedule --identity web1.example.net specs checks.d"
))]
pub(crate) struct Check {
    /// Spec files, directories that hold machine.yaml, or trees of specs
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// What the files are, whatever their names: machine, ddl, class, check, distribution, goss, policy, config, overrides
    /// or test; from a tree only these are taken
    #[arg(long, value_name = "KIND", hide_possible_values = true)]
    kind: Option<Kind>,
    /// A file with variables for goss files, as YAML or JSON; several are merged, the later wins
    #[arg(long, value_name = "FILE")]
    vars: Vec<PathBuf>,
    /// Hold check files against the classes of this distribution, or of the one in this tree of specs
    #[arg(long, value_name = "PATH")]
    classes: Option<PathBuf>,
    /// Take keys that nobody knows for warnings at most, as a node does
    #[arg(long)]
    lenient: bool,
    /// Check again whenever a file is saved, until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// Name every file, also those that are no specs, and say what only operators can fire, how soon machines come
    /// back to their states, and what a distribution will use
    #[arg(long, short)]
    verbose: bool,
    /// Show when the checks of distributions and check files run, second by second; with --json as data
    #[arg(long, conflicts_with_all = ["watch", "verbose"])]
    schedule: bool,
    /// The name of the node that the schedule is for
    #[arg(
        long,
        value_name = "NAME",
        default_value = "node",
        requires = "schedule"
    )]
    identity: String,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

impl Check {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let mut checker = Checker::new(self.lenient)
            .with_vars(self.vars()?)
            .with_classes(self.classes.clone());
        if self.schedule {
            return self.schedule(&mut checker, console);
        }
        if self.watch {
            return watch::run(&self.paths, console, || {
                Ok(self.once(&mut checker, console)?.1.sources)
            });
        }
        let (_, report) = self.once(&mut checker, console)?;
        Ok(Outcome::faulty_if(report.has_errors()))
    }

    /// What goss files are rendered with: the environment, and the variables of files.
    fn vars(&self) -> Result<Vars> {
        let mut vars = Vars::new(std::env::vars().collect());
        for path in &self.vars {
            let shown = inputs::shown(path);
            let text = inputs::read_bytes(path).with_context(|| format!("cannot read {shown}"))?;
            vars.merge(&text)
                .with_context(|| format!("cannot use {shown}"))?;
        }
        Ok(vars)
    }

    /// Shows when checks run; specs with an error have no schedule.
    fn schedule(&self, checker: &mut Checker, console: &Console) -> Result<Outcome> {
        let inputs = inputs::find(&self.paths, self.kind)?;
        let report = checker.check(&inputs.specs)?;
        if report.has_errors() {
            let color = console.findings_color();
            console.say(&render::text(&report.diagnostics, &report.sources, color));
            console.say(&summary(&report, console));
            return Ok(Outcome::Faulty);
        }
        let table = Timetable::of(&self.identity, report.timetable.iter().cloned());
        match self.format() {
            Format::Json => console.print(&format!("{:#}\n", table.json()))?,
            Format::Text => console.print(&table.text(&console.data_styles()))?,
            Format::Sarif => bail!("a schedule has no findings: leave out `--format sarif`"),
        }
        Ok(Outcome::Clean)
    }

    fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// Checks everything and shows what was found.
    fn once(&self, checker: &mut Checker, console: &Console) -> Result<(Inputs, Report)> {
        let inputs = inputs::find(&self.paths, self.kind)?;
        let mut report = checker.check(&inputs.specs)?;
        if self.verbose {
            report = report.with_remarks();
        }
        self.show(&inputs, &report, console)?;
        Ok((inputs, report))
    }

    fn show(&self, inputs: &Inputs, report: &Report, console: &Console) -> Result<()> {
        if self.verbose {
            self.name_files(inputs, report, console);
        } else if !inputs.later.is_empty() {
            console.note(&skipped(inputs));
        }
        match self.format() {
            Format::Json => console.print(&render::json(&report.diagnostics))?,
            Format::Sarif => console.print(&render::sarif(&report.diagnostics))?,
            Format::Text => {
                let color = console.findings_color();
                console.say(&render::text(&report.diagnostics, &report.sources, color));
                console.say(&summary(report, console));
            }
        }
        Ok(())
    }

    fn name_files(&self, inputs: &Inputs, report: &Report, console: &Console) {
        for source in &report.sources {
            let count = report
                .diagnostics
                .iter()
                .filter(|it| it.file == source.path)
                .count();
            let findings = match count {
                0 => "ok".to_owned(),
                1 => "1 finding".to_owned(),
                count => format!("{count} findings"),
            };
            console.say(&format!("{}: {findings}\n", source.path));
        }
        for (path, kind) in &inputs.later {
            console.say(&format!(
                "{}: skipped, {} is not read yet\n",
                inputs::shown(path),
                kind.phrase()
            ));
        }
        for path in &inputs.others {
            console.say(&format!("{}: no spec\n", inputs::shown(path)));
        }
    }
}

fn skipped(inputs: &Inputs) -> String {
    let mut kinds: Vec<(Kind, usize)> = Vec::new();
    for (_, kind) in &inputs.later {
        match kinds.iter_mut().find(|(it, _)| it == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((*kind, 1)),
        }
    }
    let list = kinds
        .iter()
        .map(|(kind, count)| format!("{count} × {}", kind.phrase()));
    let list = list.collect::<Vec<_>>().join(", ");
    format!("skipped what this release does not read yet: {list}")
}

/// One line that sums up.
fn summary(report: &Report, console: &Console) -> String {
    let styles = console.message_styles();
    let files = match report.sources.len() {
        0 => return "nothing to check\n".to_owned(),
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let count = report
                .diagnostics
                .iter()
                .filter(|it| it.severity == severity)
                .count();
            let plural = if count == 1 { "" } else { "s" };
            let style = styles.of(severity);
            (count > 0).then(|| format!("{style}{count} {}{plural}{style:#}", severity.as_str()))
        })
        .collect();
    match counts.as_slice() {
        [] => {
            let good = styles.good;
            format!("{good}no findings{good:#} in {files}\n")
        }
        [one] => format!("{one} in {files}\n"),
        [rest @ .., last] => format!("{} and {last} in {files}\n", rest.join(", ")),
    }
}
