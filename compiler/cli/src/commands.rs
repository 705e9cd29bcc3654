//! The commands, one module each: its arguments and what it does.

mod bundle;
mod can;
mod check;
mod codegen;
mod completions;
mod diff;
mod expand;
mod explain;
mod export;
mod graph;
mod new;
mod schema;
mod simulate;
mod sync;
mod test;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::console::{Console, Outcome, When};

/// What stands below the options in the help of a command: a paragraph, if there is more to say, and examples. Clap
/// leaves the escapes out where there is no colour.
macro_rules! examples {
    ($($line:literal)+) => {
        concat!("\u{1b}[1m\u{1b}[4mExamples:\u{1b}[0m", $("\n  ", $line),+)
    };
    ($prose:literal; $($line:literal)+) => {
        concat!($prose, "\n\n", $crate::commands::examples!($($line)+))
    };
}
use examples;

/// Writes, checks, draws and compiles specs: the author's side of Chorister.
#[derive(Debug, Parser)]
#[command(
    name = "choristerc",
    version,
    propagate_version = false,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = examples!(
        "choristerc new acme-node      write a project that builds and runs as it stands"
        "choristerc check specs        report every mistake in a tree of specs"
        "choristerc explain CH0206     say what a finding means"
    )
)]
pub(crate) struct Cli {
    /// When to colour the output: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true,
        display_order = 900
    )]
    pub(crate) color: When,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::New),
    Check(check::Check),
    Test(test::Test),
    Graph(graph::Graph),
    Simulate(simulate::Simulate),
    Can(can::Can),
    Diff(diff::Diff),
    Bundle(bundle::Bundle),
    Explain(explain::Explain),
    Expand(expand::Expand),
    Schema(schema::Schema),
    Export(export::Export),
    Sync(sync::Sync),
    Codegen(codegen::Codegen),
    Completions(completions::Completions),
}

impl Cli {
    /// Does what was asked.
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        match &self.command {
            Command::New(command) => command.run(console),
            Command::Check(command) => command.run(console),
            Command::Test(command) => command.run(console),
            Command::Graph(command) => command.run(console),
            Command::Simulate(command) => command.run(console),
            Command::Can(command) => command.run(console),
            Command::Diff(command) => command.run(console),
            Command::Bundle(command) => command.run(console),
            Command::Explain(command) => command.run(console),
            Command::Expand(command) => command.run(console),
            Command::Schema(command) => command.run(console),
            Command::Export(command) => command.run(console),
            Command::Sync(command) => command.run(console),
            Command::Codegen(command) => command.run(console),
            Command::Completions(command) => command.run(console),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_purpose_and_examples() {
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} has no purpose");
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                help.matches("\n  choristerc").count() >= 2,
                "{name} needs two examples"
            );
        }
    }
}
