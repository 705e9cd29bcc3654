//! Asking for a fleet of nodes in one process.

use core::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

/// How many nodes there are, and what they are like.
#[derive(Args, Debug)]
pub(crate) struct Emulate {
    /// How many nodes there are; each has a connection of its own
    #[arg(short = 'n', long, value_name = "NUMBER")]
    pub(crate) nodes: NonZeroUsize,
    /// How many agents each has: emulated0, emulated1 and so on
    #[arg(short, long, value_name = "NUMBER", default_value = "1")]
    pub(crate) agents: usize,
    /// How many collectives each is in: the main one, collective1 and so on
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    pub(crate) collectives: NonZeroUsize,
    /// What nodes are called: NUMBER-NAME.choria.local [default: the name of this host and a random number]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The broker; may be given several times [default: as configured]
    #[arg(long = "server", value_name = "HOST:PORT")]
    pub(crate) servers: Vec<String>,
    /// Connect without TLS: emulated nodes do nothing but answer, and have no secrets
    #[arg(long)]
    pub(crate) plain: bool,
    /// Give each node a token of its own, made with the seed in this file: 64 hexadecimal digits
    #[arg(long, value_name = "FILE")]
    pub(crate) issuer_seed: Option<PathBuf>,
    /// The configuration of a node, which says whom all of them believe
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What stands below the help.
pub(super) fn help(name: &str) -> String {
    format!(
        "Each node is a real one with an identity, facts and a connection of its own. It answers pings, and its agents \
         have the actions generate and exit_emulator. Requests are verified as the configuration says, and everybody \
         who passes may ask.\n\n\
         Examples:\n  {name} emulate --nodes 1000 --config node.conf\n  \
         {name} emulate --nodes 10000 --config node.conf --server 127.0.0.1:4222 --plain --name a\n  \
         {name} req emulated0 generate size=100 -F emulator.number=7"
    )
}
