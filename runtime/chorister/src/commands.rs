//! What each command does.

mod agents;
mod ask;
mod budget;
mod buildinfo;
mod checks;
mod config;
#[cfg(feature = "native-checks")]
mod discover;
#[cfg(feature = "emulator")]
pub(crate) mod emulate;
mod graph;
#[cfg(feature = "network")]
mod health;
mod node;
#[cfg(feature = "policies")]
mod policy;
mod portrait;
mod record;
#[cfg(feature = "client")]
pub(crate) mod rpc;
#[cfg(feature = "network")]
mod submit;
mod time;
#[cfg(feature = "validate")]
mod validate;
#[cfg(feature = "tui")]
mod watch;
mod why;

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::Distribution;
use crate::args::Command;
#[cfg(feature = "network")]
use crate::args::{Health, Status};

/// Why a command came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The node said no, or there is none.
    Refused(String),
    /// What was printed says it.
    Silent,
    /// Something that is needed cannot be had.
    Impossible(String),
    /// Something else, with an exit code of its own.
    #[cfg_attr(
        not(feature = "validate"),
        expect(dead_code, reason = "for commands with such codes")
    )]
    Coded {
        /// The exit code.
        code: u8,
        /// Why.
        text: String,
    },
    /// All is said on standard output but the exit code.
    #[cfg_attr(
        not(any(feature = "client", feature = "validate")),
        expect(dead_code, reason = "for commands with such codes")
    )]
    Verdict(u8),
}

/// Does it, and says on standard error why not.
pub(crate) fn run(distribution: &'static Distribution, command: Command) -> ExitCode {
    let done = match command {
        Command::Run(_) if !distribution.is_server() => Err(without("server")),
        Command::Run(run) => node::run(distribution, *run),
        #[cfg(feature = "network")]
        Command::Status(Status {
            asking,
            health:
                health @ Health {
                    status_file: Some(_),
                    ..
                },
        }) => health::run(&health, asking.json),
        Command::Status(status) => ask::status(distribution, &status.asking),
        Command::Machines(asking) => ask::machines(distribution, &asking),
        Command::Checks(asking) => checks::checks(distribution, &asking),
        Command::Force(steer) => checks::force(distribution, &steer),
        Command::Maintenance(maintenance) => checks::maintenance(distribution, &maintenance),
        Command::Resume(steer) => checks::resume(distribution, &steer),
        Command::Record(asking) => record::run(distribution, &asking),
        Command::Agents(asking) => agents::run(distribution, &asking),
        Command::Why(asking) => why::run(distribution, &asking),
        #[cfg(feature = "tui")]
        Command::Watch(watch) => watch::run(distribution, &watch),
        Command::Config(config) => config::run(distribution, config),
        Command::Buildinfo(buildinfo) => buildinfo::run(distribution, &buildinfo),
        #[cfg(feature = "native-checks")]
        Command::Discover(discover) => discover::run(distribution, &discover),
        #[cfg(feature = "policies")]
        Command::Policy(policy) => policy::run(distribution, &policy),
        #[cfg(feature = "client")]
        Command::Rpc(rpc) => match distribution.client {
            Some(client) => client.ask(distribution, &rpc).map_err(|it| match it {
                // 2 says that nodes were asked, and not all did what they should.
                Failure::Impossible(text) => Failure::Refused(text),
                other => other,
            }),
            None => Err(without("client")),
        },
        #[cfg(feature = "emulator")]
        Command::Emulate(emulate) => match distribution.emulator {
            Some(emulator) => emulator.emulate(distribution, &emulate),
            None => Err(without("emulator")),
        },
        #[cfg(feature = "network")]
        Command::Submit(submit) => submit::run(distribution, *submit),
        #[cfg(feature = "validate")]
        Command::Validate(validate) => validate::run(distribution, &validate),
    };
    let (text, code) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Silent) => return ExitCode::from(1),
        Err(Failure::Refused(text)) => (text, 1),
        Err(Failure::Impossible(text)) => (text, 2),
        Err(Failure::Coded { code, text }) => (text, code),
        Err(Failure::Verdict(code)) => return ExitCode::from(code),
    };
    // With standard error gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{}: {text}", distribution.name);
    ExitCode::from(code)
}

/// What somebody is told who wants what another role is for.
fn without(role: &str) -> Failure {
    Failure::Impossible(format!(
        "this distribution has no such role: `roles: [{role}]` in its specification gives it that"
    ))
}

/// An error and its causes on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Prints to standard output; a reader who has gone away has seen enough.
fn print(text: impl Display) -> Result<(), Failure> {
    say(text).map(drop)
}

/// Prints to standard output; false where nobody reads any more.
fn say(text: impl Display) -> Result<bool, Failure> {
    match write!(io::stdout().lock(), "{text}") {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::Impossible(format!(
            "cannot write to standard output: {error}"
        ))),
    }
}
