//! `choristerc graph`: draws the states of a machine.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chorister_diagram::{Charset, Drawing, Ink, Marks, Room};
use chorister_spec::{Options, Severity, render};
use clap::{Args, ValueEnum};

use super::examples;
use super::expand::refuse;
use crate::console::{Console, Outcome, Styles};
use crate::diagram::diagram;
use crate::inputs;

/// Draw the states of a machine and the ways between them
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "Mermaid is what code hosts draw inside Markdown, dot is the language of Graphviz, an SVG needs no \
     other program, boxes are for terminals, and text is a list. Without a format the picture is text on \
     a terminal and Mermaid elsewhere, or what the ending of --output says.";
    "choristerc graph specs/machines/lamp.machine.yaml"
    "choristerc graph lamp.machine.yaml --format boxes"
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
    Boxes,
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
        let checked = if chorister_compiler::is_class_file(&source.path) {
            chorister_compiler::check_class(&chorister_compiler::Disk::new(""), &source).machine
        } else {
            chorister_spec::machine::check(&source, &options)
        };
        let errors: Vec<_> = checked
            .diagnostics
            .iter()
            .filter(|it| it.severity == Severity::Error)
            .cloned()
            .collect();
        let Some(diagram) = checked.model.as_ref().and_then(diagram) else {
            return refuse(&errors, &[source], console);
        };
        let picture = match self.format(console) {
            Format::Mermaid => chorister_diagram::mermaid(&diagram),
            Format::Dot => chorister_diagram::dot(&diagram),
            Format::Svg => match chorister_diagram::svg(&diagram) {
                Ok(picture) => picture,
                Err(error) => bail!("{error}"),
            },
            Format::Text => {
                let list = chorister_diagram::list(&diagram, &Marks::default(), Charset::Unicode);
                self.painted(&list, console)
            }
            Format::Boxes => {
                let room = Room {
                    // Whoever reads a file can move to the side.
                    width: console.width().unwrap_or(usize::MAX),
                    height: usize::MAX,
                    charset: Charset::of_environment(|name| std::env::var(name).ok()),
                };
                let picture = chorister_diagram::draw(&diagram, &Marks::default(), room);
                self.painted(&picture, console)
            }
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

    /// A drawing as text, coloured where that goes to a terminal.
    fn painted(&self, drawing: &Drawing, console: &Console) -> String {
        let styles = match &self.output {
            Some(_) => Styles::plain(),
            None => console.data_styles(),
        };
        drawing.text(|ink, text| {
            let style = match ink {
                Ink::Plain => return text.to_owned(),
                Ink::Faint => styles.faint,
                Ink::Strong => styles.strong,
                Ink::Name => styles.name,
                Ink::Good | Ink::Current => styles.good,
                Ink::Path | Ink::Recent => styles.warning,
            };
            format!("{style}{text}{style:#}")
        })
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
