//! `choristerc completions`: what a shell needs to complete the command line.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, examples};
use crate::console::{Console, Outcome};

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "choristerc completions bash > ~/.local/share/bash-completion/completions/choristerc"
    "choristerc completions zsh > ~/.zfunc/_choristerc"
    "choristerc completions fish > ~/.config/fish/completions/choristerc.fish"
))]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "choristerc", &mut text);
        console.print(&String::from_utf8_lossy(&text))?;
        Ok(Outcome::Clean)
    }
}
