//! Asking for the configuration.

use std::path::PathBuf;

use clap::Args;

/// Which configuration to show, and how.
#[derive(Args, Debug)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) file: ConfigFile,
    /// Show the configuration of a client, with the `choria.conf` of this directory and those above it
    #[arg(long)]
    pub(crate) client: bool,
    /// Say everything about this setting, by its name here or in go-choria's files
    #[arg(long, value_name = "KEY")]
    pub(crate) explain: Option<String>,
    /// Show only what somebody has set
    #[arg(long, conflicts_with = "explain")]
    pub(crate) set: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The file of a configuration, and what is done about its mistakes.
#[derive(Args, Debug)]
pub(crate) struct ConfigFile {
    /// The configuration: our own YAML or go-choria's `.conf`
    /// [default: /etc/NAME/chorister.yaml, else /etc/NAME/server.conf, if one is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Refuse a configuration with a mistake, which is otherwise a warning
    #[arg(long)]
    pub(crate) strict: bool,
}
