//! Programs that ask nodes.

use core::time::Duration;

use chorister_derive::Settings;

use super::File;
use crate::value::{DiscoveryMethod, LimitMethod};

/// Programs that ask nodes.
#[derive(Clone, Debug, Settings)]
pub struct Client {
    /// Whether output is coloured.
    #[setting(upstream = "color", default = "true", by(Client))]
    pub color: bool,
    /// How nodes are found.
    #[setting(group)]
    pub discovery: Discovery,
    /// Which nodes are asked where not all are.
    #[setting(upstream = "rpclimitmethod", default = "first", by(Client), used)]
    pub limit_method: LimitMethod,
}

/// How nodes are found.
#[derive(Clone, Debug, Settings)]
pub struct Discovery {
    /// How they are found where nobody says.
    #[setting(
        upstream = "default_discovery_method",
        default = "mc",
        by(Client),
        used
    )]
    pub method: DiscoveryMethod,
    /// What the method is told.
    #[setting(upstream = "default_discovery_options", by(Client), used)]
    pub options: Vec<String>,
    /// How long nodes have to answer.
    #[setting(upstream = "discovery_timeout", default = "2s", by(Client), used)]
    pub timeout: Duration,
    /// The command that knows them.
    #[setting(upstream = "plugin.choria.discovery.external.command", by(Client))]
    pub external_command: File,
    /// The file that lists them.
    #[setting(
        upstream = "plugin.choria.discovery.inventory.source",
        by(Client),
        used
    )]
    pub inventory_source: File,
    /// Asking all of them.
    #[setting(group)]
    pub broadcast: BroadcastDiscovery,
}

/// Asking all nodes.
#[derive(Clone, Debug, Settings)]
pub struct BroadcastDiscovery {
    /// Whether the time begins anew with every answer.
    #[setting(
        upstream = "plugin.choria.discovery.broadcast.windowed_timeout",
        default = "false",
        by(Client),
        used
    )]
    pub windowed_timeout: bool,
}
