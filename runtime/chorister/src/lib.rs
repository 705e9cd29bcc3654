//! What a distribution is made of.
//!
//! An author's program is three lines: its build script compiles `specs/distribution.yaml`,
//! [`distribution!`] includes what came out, and [`run`] gives it a command line and runs it.
//!
//! ```text
//! chorister::distribution!();
//!
//! fn main() -> std::process::ExitCode {
//!     chorister::run(&DISTRIBUTION)
//! }
//! ```
//!
//! [`codegen`] is the surface that generated code may name, and nothing else of this crate is. A program that
//! embeds a node with its network begins at `Node`, with the feature `network`; one that wants the engine alone finds it
//! in [`engine`].

mod args;
pub mod card;
#[cfg(feature = "policies")]
mod classes;
mod commands;
mod config;
mod distribution;
#[cfg(feature = "network")]
mod embed;
pub mod enrolment;
pub mod external;
mod facts;
#[cfg(feature = "goss")]
mod goss;
mod hold;
mod log;
mod place;
#[cfg(feature = "watch-plugins")]
mod plugins;
#[cfg(feature = "policies")]
mod rules;

pub mod codegen;
pub mod loader;
pub mod network;

pub use chorister_ddl as ddl;
pub use chorister_engine as engine;
pub use chorister_events as events;
#[cfg(feature = "macros")]
pub use chorister_macros::{agent, machine};
pub use distribution::{
    Budget, CompiledAgent, CompiledClass, CompiledData, CompiledMachine, Distribution, Features,
    Loaded, LoadedBundle, Role, Setting, Spec,
};
#[cfg(feature = "network")]
pub use embed::{EmbedError, Embedded, Health, Node};
pub use loader::{CheckLoader, Loader};

use std::process::ExitCode;

/// Includes the distribution that the build script compiled, as `DISTRIBUTION`.
#[macro_export]
macro_rules! distribution {
    () => {
        include!(concat!(env!("OUT_DIR"), "/distribution.rs"));
    };
}

/// Does what the process' arguments ask of this distribution.
///
/// Exit codes: 0 all is well, 1 the node said no or is not there, 2 the arguments are wrong or something the node
/// needs cannot be had. Commands that ask the nodes of a network: 1 for whatever keeps them from it, 2 a node failed or
/// was silent.
#[must_use]
pub fn run(distribution: &'static Distribution) -> ExitCode {
    #[cfg(feature = "network")]
    if let Some(code) = network::jobs::supervise(std::env::args_os()) {
        return code;
    }
    let cli = match args::parse(distribution) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not mistakes; a reader who is gone needs neither.
            let _ = error.print();
            return match error.use_stderr() {
                true => ExitCode::from(args::usage(distribution)),
                false => ExitCode::SUCCESS,
            };
        }
    };
    commands::run(distribution, cli.command)
}
