//! What can be set, group by group. The structs are the table of keys: names, documentation, defaults and types.

mod broker;
mod client;
mod network;
mod node;
mod outputs;
mod rpc;
mod security;

use std::path::PathBuf;

use chorister_derive::Settings;

pub use broker::{
    Broker, Gateway, Leafnode, Mapping, ProvisioningUsers, Retention, Streams, SystemUser, TlsFiles,
};
pub use client::{BroadcastDiscovery, Client, Discovery};
pub use network::{Federation, Nats, Network};
pub use node::{
    Checks, Executor, ExternalAgents, Facts, Machines, Plugins, Provisioning, Registration,
    Registry, Scout, ScoutGoss, Status, Submission,
};
pub use outputs::{Events, Http, Notify};
pub use rpc::{ActionPolicy, AuditLog, RegoPolicy, Rpc};
pub use security::{
    CertManager, Choria, Files, Issuer, Pkcs11, RequestSigner, Security, ServerFiles,
};

use crate::record::Record;
use crate::value::{LogLevel, LogTarget, Server};

/// Everything that can be set, with where each value comes from.
#[derive(Clone, Debug, Settings)]
pub struct Settings {
    /// The name that a node or a client goes by in the network; found by the rules of the network where it is not set.
    #[setting(upstream = "identity", by(Node, Client), used)]
    pub identity: Option<String>,
    /// The parts of the network that a node belongs to.
    #[setting(
        upstream = "collectives",
        default = "mcollective",
        by(Node, Client),
        used,
        guards
    )]
    pub collectives: Vec<String>,
    /// The part of the network that is meant where nobody says which; the first one where it is not set.
    #[setting(upstream = "main_collective", by(Node, Client), used, guards)]
    pub main_collective: Option<String>,
    /// The brokers to connect to; DNS is asked where there are none.
    #[setting(
        upstream = "plugin.choria.middleware_hosts",
        by(Node, Client),
        used,
        guards
    )]
    pub brokers: Vec<Server>,
    /// The log.
    #[setting(group)]
    pub log: Log,
    /// Facts about a node.
    #[setting(group)]
    pub facts: Facts,
    /// Machines that are loaded at run time.
    #[setting(group)]
    pub machines: Machines,
    /// Checks.
    #[setting(group)]
    pub checks: Checks,
    /// Scout.
    #[setting(group)]
    pub scout: Scout,
    /// What a node writes about itself.
    #[setting(group)]
    pub status: Status,
    /// What a node serves over HTTP.
    #[setting(group)]
    pub http: Http,
    /// Who is told when checks change for good, flap or are in maintenance.
    #[setting(group)]
    pub notify: Notify,
    /// Events that are published.
    #[setting(group)]
    pub events: Events,
    /// The connection to the network.
    #[setting(group)]
    pub network: Network,
    /// Who is trusted, and how.
    #[setting(group, guards)]
    pub security: Security,
    /// Requests and what they may do.
    #[setting(group, guards)]
    pub rpc: Rpc,
    /// What a node publishes about itself.
    #[setting(group)]
    pub registration: Registration,
    /// Messages of other programs that a node publishes.
    #[setting(group)]
    pub submission: Submission,
    /// How a node gets its configuration from a provisioner.
    #[setting(group)]
    pub provisioning: Provisioning,
    /// Commands that run on behalf of others.
    #[setting(group)]
    pub executor: Executor,
    /// Where descriptions of agents are.
    #[setting(group)]
    pub registry: Registry,
    /// Agents in other languages.
    #[setting(group)]
    pub external_agents: ExternalAgents,
    /// Machines and checks that come over the network.
    #[setting(group)]
    pub plugins: Plugins,
    /// Programs that ask nodes.
    #[setting(group)]
    pub client: Client,
    /// Brokers.
    #[setting(group)]
    pub broker: Broker,
    /// Where values come from, and the keys of plugins.
    #[setting(skip)]
    pub(crate) record: Record,
}

/// The log.
#[derive(Clone, Debug, Settings)]
pub struct Log {
    /// Where the log goes: a file, `stdout`, `stderr` or `discard`.
    #[setting(upstream = "logfile", default = "stderr", by(Node, Client), used)]
    pub file: LogTarget,
    /// How much is logged.
    #[setting(upstream = "loglevel", default = "info", by(Node, Client), used)]
    pub level: LogLevel,
}

/// A path that is not set: for structs whose files are all optional.
type File = Option<PathBuf>;
