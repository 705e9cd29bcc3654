//! Brokers, and the programs beside them.

use core::time::Duration;
use std::collections::BTreeMap;

use chorister_derive::Settings;

use super::File;
use crate::value::{SecretString, Server};

/// Brokers.
#[derive(Clone, Debug, Settings)]
pub struct Broker {
    /// Whether a broker runs.
    #[setting(
        upstream = "plugin.choria.broker_network",
        default = "false",
        by(Broker)
    )]
    pub network: bool,
    /// Whether a federation broker runs.
    #[setting(
        upstream = "plugin.choria.broker_federation",
        default = "false",
        by(Broker)
    )]
    pub federation: bool,
    /// The adapters that run.
    #[setting(upstream = "plugin.choria.adapters", by(Broker))]
    pub adapters: Vec<String>,
    /// The address at which metrics are served.
    #[setting(
        upstream = "plugin.choria.stats_address",
        default = "127.0.0.1",
        by(Broker)
    )]
    pub stats_address: String,
    /// The port at which metrics are served; 0 serves none.
    #[setting(upstream = "plugin.choria.stats_port", default = "0", by(Broker))]
    pub stats_port: u16,
    /// The federation that a federation broker belongs to.
    #[setting(
        upstream = "plugin.choria.federation.cluster",
        default = "mcollective",
        by(Broker)
    )]
    pub federation_cluster: String,
    /// The address at which a broker listens.
    #[setting(
        upstream = "plugin.choria.network.listen_address",
        default = "::",
        by(Broker)
    )]
    pub listen_address: String,
    /// The port for nodes and clients.
    #[setting(
        upstream = "plugin.choria.network.client_port",
        default = "4222",
        by(Broker)
    )]
    pub client_port: u16,
    /// The networks from which clients may connect.
    #[setting(upstream = "plugin.choria.network.client_hosts", by(Broker))]
    pub client_hosts: Vec<String>,
    /// Whether every connection needs a certificate.
    #[setting(
        upstream = "plugin.choria.network.client_tls_force_required",
        default = "false",
        by(Broker)
    )]
    pub client_tls_force_required: bool,
    /// Files or public keys of those who sign the tokens of clients.
    #[setting(upstream = "plugin.choria.network.client_signer_cert", by(Broker))]
    pub client_signers: Vec<String>,
    /// Files or public keys of those who sign the tokens of nodes.
    #[setting(upstream = "plugin.choria.network.server_signer_cert", by(Broker))]
    pub server_signers: Vec<String>,
    /// Whether nodes are refused.
    #[setting(
        upstream = "plugin.choria.network.deny_server_connections",
        default = "false",
        by(Broker)
    )]
    pub deny_servers: bool,
    /// The place at which others reach this broker.
    #[setting(upstream = "plugin.choria.network.public_url", by(Broker))]
    pub public_url: Option<Server>,
    /// The port for other brokers of the cluster; 5222 where there are such and it is not set.
    #[setting(upstream = "plugin.choria.network.peer_port", by(Broker))]
    pub peer_port: Option<u16>,
    /// The other brokers of the cluster.
    #[setting(upstream = "plugin.choria.network.peers", by(Broker))]
    pub peers: Vec<Server>,
    /// The name by which brokers of the cluster know each other.
    #[setting(upstream = "plugin.choria.network.peer_user", by(Broker))]
    pub peer_user: Option<String>,
    /// The password by which brokers of the cluster know each other.
    #[setting(upstream = "plugin.choria.network.peer_password", by(Broker))]
    pub peer_password: Option<SecretString>,
    /// The name of the cluster.
    #[setting(
        upstream = "plugin.choria.network.gateway_name",
        default = "CHORIA",
        by(Broker)
    )]
    pub gateway_name: String,
    /// The port for other clusters; 0 is none.
    #[setting(
        upstream = "plugin.choria.network.gateway_port",
        default = "0",
        by(Broker)
    )]
    pub gateway_port: u16,
    /// The names of the other clusters.
    #[setting(upstream = "plugin.choria.network.gateway_remotes", by(Broker))]
    pub gateway_remotes: Vec<String>,
    /// The other clusters by name.
    #[setting(named)]
    pub gateways: BTreeMap<String, Gateway>,
    /// The port for leaf nodes; 0 is none.
    #[setting(
        upstream = "plugin.choria.network.leafnode_port",
        default = "0",
        by(Broker)
    )]
    pub leafnode_port: u16,
    /// The names of the networks that this broker is a leaf of.
    #[setting(upstream = "plugin.choria.network.leafnode_remotes", by(Broker))]
    pub leafnode_remotes: Vec<String>,
    /// The networks that this broker is a leaf of, by name.
    #[setting(named)]
    pub leafnodes: BTreeMap<String, Leafnode>,
    /// The port for connections through web servers; 0 is none.
    #[setting(
        upstream = "plugin.choria.network.websocket_port",
        default = "0",
        by(Broker)
    )]
    pub websocket_port: u16,
    /// The place at which such connections reach this broker.
    #[setting(upstream = "plugin.choria.network.websocket_advertise", by(Broker))]
    pub websocket_advertise: Option<String>,
    /// The names of mappings of subjects.
    #[setting(upstream = "plugin.choria.network.mapping.names", by(Broker))]
    pub mapping_names: Vec<String>,
    /// The mappings by name.
    #[setting(named)]
    pub mappings: BTreeMap<String, Mapping>,
    /// Nodes that are not provisioned yet.
    #[setting(group)]
    pub provisioning: ProvisioningUsers,
    /// Who may administer a broker.
    #[setting(group)]
    pub system: SystemUser,
    /// How long TLS may take to begin; a minute at most.
    #[setting(
        upstream = "plugin.choria.network.tls_timeout",
        default = "2s",
        by(Broker)
    )]
    pub tls_timeout: Duration,
    /// How long a connection may take to say who it is; a minute at most.
    #[setting(
        upstream = "plugin.choria.network.auth_timeout",
        default = "2s",
        by(Broker)
    )]
    pub auth_timeout: Duration,
    /// How long a connection may take to read what is sent to it.
    #[setting(
        upstream = "plugin.choria.network.write_deadline",
        default = "10s",
        by(Broker)
    )]
    pub write_deadline: Duration,
    /// How long connections have to leave before a broker stops.
    #[setting(
        upstream = "plugin.choria.network.soft_shutdown_timeout",
        default = "60s",
        by(Broker)
    )]
    pub shutdown_timeout: Duration,
    /// The port at which Go's profiles are served; 0 serves none.
    #[setting(
        upstream = "plugin.choria.network.pprof_port",
        default = "0",
        by(Broker)
    )]
    pub pprof_port: u16,
    /// Streams.
    #[setting(group)]
    pub stream: Streams,
}

/// Another cluster.
#[derive(Clone, Debug, Settings)]
pub struct Gateway {
    /// The brokers of the cluster.
    #[setting(upstream = "plugin.choria.network.gateway_remote.*.urls", by(Broker))]
    pub urls: Vec<Server>,
    /// TLS for it.
    #[setting(group, upstream = "plugin.choria.network.gateway_remote.*.tls")]
    pub tls: TlsFiles,
}

/// A network that a broker is a leaf of.
#[derive(Clone, Debug, Settings)]
pub struct Leafnode {
    /// A broker of the network.
    #[setting(upstream = "plugin.choria.network.leafnode_remote.*.url", by(Broker))]
    pub url: Option<Server>,
    /// The account that it joins.
    #[setting(
        upstream = "plugin.choria.network.leafnode_remote.*.account",
        default = "choria",
        by(Broker)
    )]
    pub account: String,
    /// A credentials file of NATS.
    #[setting(
        upstream = "plugin.choria.network.leafnode_remote.*.credentials",
        by(Broker)
    )]
    pub credentials: File,
    /// TLS for it.
    #[setting(group, upstream = "plugin.choria.network.leafnode_remote.*.tls")]
    pub tls: TlsFiles,
}

/// TLS for another cluster.
#[derive(Clone, Debug, Settings)]
pub struct TlsFiles {
    /// The certificate, in PEM.
    #[setting(upstream = ".cert", by(Broker))]
    pub certificate: File,
    /// The key of the certificate, in PEM.
    #[setting(upstream = ".key", by(Broker))]
    pub key: File,
    /// The authorities whose certificates count, in PEM.
    #[setting(upstream = ".ca", by(Broker))]
    pub ca: File,
    /// Whether the certificate of the other side is looked at.
    #[setting(upstream = ".verify", default = "yes", by(Broker))]
    pub verify: bool,
    /// Whether there is no TLS.
    #[setting(upstream = ".disable", default = "no", by(Broker))]
    pub disable: bool,
}

/// A mapping of subjects.
#[derive(Clone, Debug, Settings)]
pub struct Mapping {
    /// The subject that is mapped.
    #[setting(upstream = "plugin.choria.network.mapping.*.source", by(Broker))]
    pub source: Option<String>,
    /// The subject that it becomes.
    #[setting(upstream = "plugin.choria.network.mapping.*.destination", by(Broker))]
    pub destination: Option<String>,
}

/// Nodes that are not provisioned yet.
#[derive(Clone, Debug, Settings)]
pub struct ProvisioningUsers {
    /// The password of a provisioner.
    #[setting(
        upstream = "plugin.choria.network.provisioning.client_password",
        by(Broker)
    )]
    pub client_password: Option<SecretString>,
    /// The certificate or public key of those who sign provisioning tokens.
    #[setting(
        upstream = "plugin.choria.network.provisioning.signer_cert",
        by(Broker)
    )]
    pub signer: File,
    /// Whether a provisioner may come without a token.
    #[setting(
        upstream = "plugin.choria.network.provisioning.provisioner_without_token",
        default = "false",
        by(Broker)
    )]
    pub provisioner_without_token: bool,
}

/// Who may administer a broker.
#[derive(Clone, Debug, Settings)]
pub struct SystemUser {
    /// The name of the user.
    #[setting(upstream = "plugin.choria.network.system.user", by(Broker))]
    pub user: Option<String>,
    /// The password of the user.
    #[setting(upstream = "plugin.choria.network.system.password", by(Broker))]
    pub password: Option<SecretString>,
}

/// Streams.
#[derive(Clone, Debug, Settings)]
pub struct Streams {
    /// The directory of streams; there are none where it is not set.
    #[setting(upstream = "plugin.choria.network.stream.store", by(Broker))]
    pub store: File,
    /// Whether the streams of the network are made and kept as they should be.
    #[setting(
        upstream = "plugin.choria.network.stream.manage_streams",
        default = "true",
        by(Broker)
    )]
    pub manage: bool,
    /// How long events are kept.
    #[setting(group)]
    pub retention: Retention,
    /// How long a leader stays one without saying so.
    #[setting(
        upstream = "plugin.choria.network.stream.leader_election_ttl",
        default = "1m",
        by(Broker)
    )]
    pub leader_election_ttl: Duration,
    /// Copies of lifecycle events; -1 is one for each broker.
    #[setting(
        upstream = "plugin.choria.network.stream.event_replicas",
        default = "-1",
        by(Broker)
    )]
    pub event_replicas: i32,
    /// Copies of events of machines; -1 is one for each broker.
    #[setting(
        upstream = "plugin.choria.network.stream.machine_replicas",
        default = "-1",
        by(Broker)
    )]
    pub machine_replicas: i32,
    /// Copies of advisories; -1 is one for each broker.
    #[setting(
        upstream = "plugin.choria.network.stream.advisory_replicas",
        default = "-1",
        by(Broker)
    )]
    pub advisory_replicas: i32,
    /// Copies of events of executors; -1 is one for each broker.
    #[setting(
        upstream = "plugin.choria.network.stream.executor_replicas",
        default = "-1",
        by(Broker)
    )]
    pub executor_replicas: i32,
    /// Copies of elections; -1 is one for each broker.
    #[setting(
        upstream = "plugin.choria.network.stream.leader_election_replicas",
        default = "-1",
        by(Broker)
    )]
    pub leader_election_replicas: i32,
}

/// How long events are kept.
#[derive(Clone, Debug, Settings)]
pub struct Retention {
    /// Lifecycle events.
    #[setting(
        upstream = "plugin.choria.network.stream.event_retention",
        default = "24h",
        by(Broker)
    )]
    pub event: Duration,
    /// Events of machines.
    #[setting(
        upstream = "plugin.choria.network.stream.machine_retention",
        default = "24h",
        by(Broker)
    )]
    pub machine: Duration,
    /// Events of executors.
    #[setting(
        upstream = "plugin.choria.network.stream.executor_retention",
        default = "24h",
        by(Broker)
    )]
    pub executor: Duration,
    /// Advisories.
    #[setting(
        upstream = "plugin.choria.network.stream.advisory_retention",
        default = "168h",
        by(Broker)
    )]
    pub advisory: Duration,
}
