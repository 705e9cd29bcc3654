//! What commands about a node's part in its network are asked.

use core::time::Duration;
use std::path::PathBuf;

use clap::{Args, Command};

use super::{ConfigFile, span};

/// What the status file of a node has to say.
#[derive(Args, Debug)]
pub(crate) struct Health {
    /// Judge the status file of a node, which need not run here; it may be one of upstream's
    #[arg(long, value_name = "FILE", conflicts_with = "state_dir")]
    pub(crate) status_file: Option<PathBuf>,
    /// The most that the file may be old
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = span, requires = "status_file")]
    pub(crate) max_age: Duration,
    /// The most that the last message may be old
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = span, requires = "status_file")]
    pub(crate) message_since: Duration,
    /// The least that the certificate has to count
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = span, requires = "status_file")]
    pub(crate) certificate_age: Duration,
    /// The least that the token has to count
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = span, requires = "status_file")]
    pub(crate) token_age: Duration,
    /// The node need not be connected
    #[arg(long, requires = "status_file")]
    pub(crate) no_disconnected: bool,
    /// The node has to be provisioned
    #[arg(long, requires = "status_file", conflicts_with = "unprovisioned")]
    pub(crate) provisioned: bool,
    /// The node has to wait to be provisioned
    #[arg(long, requires = "status_file")]
    pub(crate) unprovisioned: bool,
}

/// A message that is left for a node.
#[derive(Args, Debug)]
pub(crate) struct Submit {
    #[command(flatten)]
    pub(crate) file: ConfigFile,
    /// The subject, behind COLLECTIVE.submission.in
    #[arg(value_name = "SUBJECT")]
    pub(crate) subject: String,
    /// The file whose content is published; - reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) payload: PathBuf,
    /// The folder of messages [default: that of the configuration]
    #[arg(long, value_name = "DIR")]
    pub(crate) spool: Option<PathBuf>,
    /// Try until a stream has it
    #[arg(long)]
    pub(crate) reliable: bool,
    /// Messages of 0 to 4 go apart from each other
    #[arg(long, value_name = "0…4", default_value_t = 4, value_parser = clap::value_parser!(u8).range(..5))]
    pub(crate) priority: u8,
    /// How long it counts
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = span)]
    pub(crate) ttl: Duration,
    /// How often it is tried
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(crate) tries: u32,
    /// Have the node sign it
    #[arg(long)]
    pub(crate) sign: bool,
    /// Who leaves it [default: the number of the user]
    #[arg(long, value_name = "NAME")]
    pub(crate) sender: Option<String>,
    /// What else goes with it; may be given several times
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Adds what stands below the help.
pub(super) fn help(command: Command, name: &str) -> Command {
    command
        .mut_subcommand("submit", |submit| {
            submit.after_help(format!(
                "A node of the same configuration publishes it within a second, as soon as there is a broker.\n\n\
                 Examples:\n  {name} submit inventory.disks disks.json --reliable\n  \
                 df --output=pcent / | {name} submit usage - --ttl 10m --header Team=web"
            ))
        })
        .mut_subcommand("status", |status| {
            status.after_help(format!(
                "Examples:\n  {name} status\n  {name} status --json | jq .problems\n  \
                 {name} status --status-file /var/log/choria-status.json --max-age 5m"
            ))
        })
}
