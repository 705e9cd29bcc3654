//! `choristerc graph`: draws the states of a machine.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chorister_spec::{Options, Severity, render};
use clap::{Args, ValueEnum};

use super::examples;
use super::expand::refuse;
use crate::console::{Console, Outcome, Styles};
use crate::diagram::{self, Diagram};
use crate::inputs;

/// Draw the states of a machine and the ways between them
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "Mermaid is what code hosts draw inside Markdown, dot is the language of Graphviz, and an SVG needs \
     no other program. Without a format the picture is text on a terminal and Mermaid elsewhere, or what \
     the ending of --output says.";
    "choristerc graph specs/machines/lamp.machine.yaml"
    "choristerc graph lamp.machine.yaml --output lamp.svg"
    "choristerc graph lamp.machine.yaml --format dot | dot -Tpng -o lamp.png"
))]
pub(crate) struct Graph {
    /// A machine, or a directory that holds machine.yaml
    #[arg(value_name = "MACHINE")]
    machine: PathBuf,
    /// The notation
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write the picture into this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Mermaid,
    Dot,
    Svg,
    Text,
}

impl Graph {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let path = inputs::machine_file(&self.machine)?;
        let source = match inputs::read(&path)? {
            Ok(source) => source,
            Err(refused) => {
                let (source, diagnostic) = *refused;
                return refuse(&[diagnostic], &[source], console);
            }
        };
        let options = Options {
            lenient: true,
            build: false,
        };
        let checked = chorister_spec::machine::check(&source, &options);
        let errors: Vec<_> = checked
            .diagnostics
            .iter()
            .filter(|it| it.severity == Severity::Error)
            .cloned()
            .collect();
        let Some(diagram) = checked.model.as_ref().and_then(Diagram::of) else {
            return refuse(&errors, &[source], console);
        };
        let picture = match self.format(console) {
            Format::Mermaid => diagram::mermaid(&diagram),
            Format::Dot => diagram::dot(&diagram),
            Format::Svg => match diagram::svg(&diagram) {
                Ok(picture) => picture,
                Err(error) => bail!("{error}"),
            },
            Format::Text if self.output.is_some() => diagram::text(&diagram, &Styles::plain()),
            Format::Text => diagram::text(&diagram, &console.data_styles()),
        };
        match &self.output {
            Some(path) => std::fs::write(path, picture)
                .with_context(|| format!("cannot write {}", path.display()))?,
            None => console.print(&picture)?,
        }
        // A picture of what is wrong may show why; but nobody should take it for what runs.
        if let Some(summary) = render::summary(&errors) {
            let path = inputs::shown(&path);
            console.note(&format!(
                "{path} has {summary}: run `choristerc check {path}`"
            ));
        }
        Ok(Outcome::faulty_if(!errors.is_empty()))
    }

    fn format(&self, console: &Console) -> Format {
        let by_ending = |path: &PathBuf| match ending(path).as_str() {
            "svg" => Some(Format::Svg),
            "dot" | "gv" => Some(Format::Dot),
            "txt" => Some(Format::Text),
            _ => None,
        };
        let to_terminal = self.output.is_none() && console.is_terminal();
        let default = if to_terminal {
            Format::Text
        } else {
            Format::Mermaid
        };
        self.format
            .or_else(|| self.output.as_ref().and_then(by_ending))
            .unwrap_or(default)
    }
}

fn ending(path: &Path) -> String {
    path.extension()
        .map(|it| it.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default()
}
