//! `choristerc bundle`: signed bundles of check files.

mod create;
mod keys;
mod verify;

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use super::examples;
use crate::console::{Console, Outcome};

/// Make and sign bundles of check files, which nodes fetch
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "A node that is started with --bundle, or whose distribution names one under `loaded`, obeys a bundle \
     only with a signature by a key that it knows, with a version that is higher than that of the one \
     before, and before its time is over.";
    "choristerc bundle keygen --out web.key"
    "choristerc bundle create --name web --version 7 --days 90 checks.d --out web.json"
    "choristerc bundle sign --key web.key web.json --out web.bundle.json"
    "choristerc bundle verify --key 3b6a…c7f1 web.bundle.json"
))]
pub(crate) struct Bundle {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Keygen(keys::Keygen),
    Create(create::Create),
    Sign(keys::Sign),
    Verify(verify::Verify),
}

impl Bundle {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        match &self.command {
            Command::Keygen(command) => command.run(console),
            Command::Create(command) => command.run(console),
            Command::Sign(command) => command.run(console),
            Command::Verify(command) => command.run(console),
        }
    }
}

/// Reads a bundle or a manifest.
fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = chorister_bundle::LARGEST as u64 + 1;
    std::fs::File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.len() > chorister_bundle::LARGEST {
        bail!("{} is too large for a bundle", path.display());
    }
    Ok(bytes)
}

/// Writes a file, or to the standard output.
fn write(out: Option<&Path>, text: &str, console: &Console) -> Result<()> {
    let Some(path) = out else {
        return Ok(console.print(text)?);
    };
    chorister_compiler::files::write(path, text)
        .with_context(|| format!("cannot write {}", path.display()))
}
