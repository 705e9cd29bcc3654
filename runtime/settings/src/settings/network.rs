//! The connection to the network.

use core::time::Duration;

use chorister_derive::Settings;

use super::File;
use crate::value::{SecretString, Server};

/// The connection to the network.
#[derive(Clone, Debug, Settings)]
pub struct Network {
    /// Whether DNS is asked where servers are.
    #[setting(
        upstream = "plugin.choria.use_srv",
        default = "true",
        by(Node, Client),
        used,
        guards
    )]
    pub use_srv: bool,
    /// The domain whose DNS is asked; that of this machine where it is not set.
    #[setting(
        upstream = "plugin.choria.srv_domain",
        environment = "CHORIA_SRV_DOMAIN",
        by(Node, Client),
        used,
        guards
    )]
    pub srv_domain: Option<String>,
    /// How long a broker may take to answer a new connection.
    #[setting(
        upstream = "plugin.choria.network.connect_timeout",
        default = "2s",
        by(Node, Client),
        used
    )]
    pub connect_timeout: Duration,
    /// Who a node or client is to NATS, beside what a certificate or token says.
    #[setting(group, guards)]
    pub nats: Nats,
    /// Networks that are joined by federation brokers.
    #[setting(group, guards)]
    pub federation: Federation,
    /// Whether events of nodes have the older form.
    #[setting(
        upstream = "plugin.choria.legacy_lifecycle_format",
        default = "false",
        by(Node),
        used
    )]
    pub legacy_lifecycle_format: bool,
    /// The host of the Puppet server.
    #[setting(
        upstream = "plugin.choria.puppetserver_host",
        default = "puppet",
        by(Node, Client)
    )]
    pub puppetserver_host: String,
    /// The port of the Puppet server.
    #[setting(
        upstream = "plugin.choria.puppetserver_port",
        default = "8140",
        by(Node, Client)
    )]
    pub puppetserver_port: u16,
    /// The host of Puppet's certificate authority.
    #[setting(
        upstream = "plugin.choria.puppetca_host",
        default = "puppet",
        by(Node, Client)
    )]
    pub puppetca_host: String,
    /// The port of Puppet's certificate authority.
    #[setting(
        upstream = "plugin.choria.puppetca_port",
        default = "8140",
        by(Node, Client)
    )]
    pub puppetca_port: u16,
    /// The host of PuppetDB; DNS is asked where it is not set.
    #[setting(upstream = "plugin.choria.puppetdb_host", by(Client))]
    pub puppetdb_host: Option<String>,
    /// The port of PuppetDB.
    #[setting(upstream = "plugin.choria.puppetdb_port", default = "8081", by(Client))]
    pub puppetdb_port: u16,
}

/// Who a node or client is to NATS.
#[derive(Clone, Debug, Settings)]
pub struct Nats {
    /// The name of the user.
    #[setting(
        upstream = "plugin.nats.user",
        environment = "MCOLLECTIVE_NATS_USERNAME",
        by(Node, Client),
        used
    )]
    pub user: Option<String>,
    /// The password of the user.
    #[setting(
        upstream = "plugin.nats.pass",
        environment = "MCOLLECTIVE_NATS_PASSWORD",
        by(Node, Client),
        used
    )]
    pub password: Option<SecretString>,
    /// A credentials file of NATS.
    #[setting(
        upstream = "plugin.nats.credentials",
        environment = "MCOLLECTIVE_NATS_CREDENTIALS",
        by(Node, Client),
        used
    )]
    pub credentials: File,
}

/// Networks that are joined by federation brokers.
#[derive(Clone, Debug, Settings)]
pub struct Federation {
    /// The networks that a client asks.
    #[setting(
        upstream = "plugin.choria.federation.collectives",
        environment = "CHORIA_FED_COLLECTIVE",
        by(Client)
    )]
    pub collectives: Vec<String>,
    /// The brokers that a client of a federation connects to.
    #[setting(upstream = "plugin.choria.federation_middleware_hosts", by(Client))]
    pub brokers: Vec<Server>,
}
