//! The author's compiler and toolbox.
//!
//! One module a command in [`commands`]; what they share stands beside it: which files are specs ([`inputs`], [`kind`]),
//! how they are checked ([`checker`]) and how the tool speaks ([`console`]). Exit codes: 0 all is well, 1 the specs
//! have errors or something is stale, 2 the command line is wrong or a file cannot be read or written.
//!
//! Specs are judged by `chorister-spec` and compiled by `chorister-compiler`; nothing here knows what a spec means.

mod agents;
mod checker;
mod commands;
mod console;
mod diagram;
mod docs;
mod export;
mod handbook;
mod inputs;
mod kind;
mod manifest;
mod page;
mod schemas;
mod simulation;
mod subject;
mod templates;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use commands::Cli;
use console::{Console, When};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let when = When::among(&arguments);
    let parsed = Cli::command()
        .color(when.for_clap())
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not mistakes; a reader who is gone needs neither.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(2)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let console = Console::new(cli.color);
    match cli.run(&console) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            console.error(&error);
            ExitCode::from(2)
        }
    }
}
