//! `choristerc expand`: the Rust that a spec becomes.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use chorister_compiler::{Disk, Layout};
use chorister_ddl::{data_document, document};
use chorister_spec::ddl::Described;
use chorister_spec::{Diagnostic, Source, render};
use clap::{Args, ValueEnum};

use super::examples;
use crate::agents;
use crate::console::{Console, Outcome};
use crate::inputs;
use crate::kind::Kind;

/// Print the Rust that a machine, a check class, a DDL or a distribution becomes
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "choristerc expand specs/machines/lamp.machine.yaml"
    "choristerc expand specs/agents/disk.ddl.yaml"
    "choristerc expand specs/agents/disk.ddl.yaml --as ddl > disk.json"
    "choristerc expand specs/distribution.yaml | less"
))]
pub(crate) struct Expand {
    /// A machine, a directory that holds machine.yaml, a check class, a DDL, or a distribution.yaml
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// What a DDL becomes
    #[arg(long = "as", value_enum, default_value_t)]
    form: Form,
}

/// What a DDL becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Rust
    #[default]
    Rust,
    /// The JSON that the tools of Choria read
    Ddl,
    /// A page in Markdown
    Docs,
    /// The JSON Schema of its values
    Schema,
}

impl Expand {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let path = inputs::machine_file(&self.spec)?;
        let found = inputs::find(std::slice::from_ref(&path), None)?;
        match found.specs.first().map(|it| it.kind) {
            Some(kind) if kind != Kind::Ddl && self.form != Form::Rust => {
                bail!("only an agent or a data plugin becomes anything but Rust: leave `--as` out")
            }
            Some(Kind::Distribution) => self.distribution(&inputs::shown(&path), console),
            Some(Kind::Class) => self.class(&path, console),
            Some(Kind::Ddl) => self.agent(&path, console),
            _ => self.machine(&path, console),
        }
    }

    fn class(&self, path: &std::path::Path, console: &Console) -> Result<Outcome> {
        let source = match inputs::read(path)? {
            Ok(source) => source,
            Err(refused) => {
                let (source, diagnostic) = *refused;
                return refuse(&[diagnostic], &[source], console);
            }
        };
        match chorister_compiler::one_class(&Disk::new(""), &source) {
            Ok(text) => {
                console.print(&text)?;
                Ok(Outcome::Clean)
            }
            Err(diagnostics) => refuse(&diagnostics, &[source], console),
        }
    }

    fn agent(&self, path: &std::path::Path, console: &Console) -> Result<Outcome> {
        let source = match inputs::read(path)? {
            Ok(source) => source,
            Err(refused) => {
                let (source, diagnostic) = *refused;
                return refuse(&[diagnostic], &[source], console);
            }
        };
        let agent = chorister_compiler::one_agent(&source);
        let Some((described, _)) = &agent.checked else {
            return refuse(&agent.diagnostics, &[source], console);
        };
        let text = match (self.form, described) {
            (Form::Rust, _) => agent.text().unwrap_or_default(),
            (Form::Ddl, Described::Agent(ddl)) => format!("{:#}\n", document(ddl)),
            (Form::Ddl, Described::Data(ddl)) => format!("{:#}\n", data_document(ddl)),
            (Form::Docs, Described::Agent(ddl)) => agents::page(ddl, &source.path)?,
            (Form::Docs, Described::Data(ddl)) => agents::page_of_data(ddl, &source.path)?,
            (Form::Schema, Described::Agent(ddl)) => agents::schema(ddl),
            (Form::Schema, Described::Data(ddl)) => agents::schema_of_data(ddl),
        };
        console.print(&text)?;
        Ok(Outcome::Clean)
    }

    fn machine(&self, path: &std::path::Path, console: &Console) -> Result<Outcome> {
        let source = match inputs::read(path)? {
            Ok(source) => source,
            Err(refused) => {
                let (source, diagnostic) = *refused;
                return refuse(&[diagnostic], &[source], console);
            }
        };
        let machine = chorister_compiler::one_machine(&source);
        match machine.text() {
            Some(text) => {
                console.print(&text)?;
                Ok(Outcome::Clean)
            }
            None => refuse(&machine.diagnostics, &[source], console),
        }
    }

    fn distribution(&self, path: &str, console: &Console) -> Result<Outcome> {
        let output = chorister_compiler::generate(&Disk::new(""), path, &Layout::default())
            .with_context(|| format!("cannot read {path}"))?;
        if output.has_errors() {
            return refuse(&output.diagnostics, &output.sources, console);
        }
        let code = output
            .files
            .iter()
            .filter(|(path, _)| path.ends_with(".rs"));
        let parts: Vec<String> = code
            .map(|(path, text)| format!("// ==== {path}\n\n{text}"))
            .collect();
        console.print(&parts.join("\n"))?;
        Ok(Outcome::Clean)
    }
}

/// Shows why there is no code.
pub(super) fn refuse(
    diagnostics: &[Diagnostic],
    sources: &[Source],
    console: &Console,
) -> Result<Outcome> {
    console.say(&render::text(
        diagnostics,
        sources,
        console.findings_color(),
    ));
    if let Some(summary) = render::summary(diagnostics) {
        console.say(&format!("{summary}\n"));
    }
    Ok(Outcome::Faulty)
}
