//! Requests, and what they may do.

use core::time::Duration;
use std::path::PathBuf;

use chorister_derive::Settings;

use super::File;
use crate::value::{Authorizer, FilterSemantics};

/// Requests and what they may do.
#[derive(Clone, Debug, Settings)]
pub struct Rpc {
    /// How long a request is answered after it was made.
    #[setting(upstream = "ttl", default = "60s", by(Node, Client), used)]
    pub ttl: Duration,
    /// The longest time that a request may ask to be answered for. Clients with keys in token devices sign one request for
    /// all batches, which may ask for five hours.
    #[setting(default = "1h", by(Node), used)]
    pub max_ttl: Duration,
    /// How far the clocks of clients may be ahead of the node's.
    #[setting(default = "5m", by(Node), used)]
    pub clock_skew: Duration,
    /// Whether somebody has to be allowed to do what they ask for.
    #[setting(upstream = "rpcauthorization", default = "true", by(Node), used)]
    pub authorization: bool,
    /// What says who is allowed to do what.
    #[setting(
        upstream = "rpcauthprovider",
        default = "action_policy",
        by(Node),
        used
    )]
    pub authorizer: Authorizer,
    /// Whether requests are written down.
    #[setting(upstream = "rpcaudit", default = "false", by(Node), used)]
    pub audit: bool,
    /// Where they are written down.
    #[setting(group)]
    pub audit_log: AuditLog,
    /// Action policies.
    #[setting(group)]
    pub action_policy: ActionPolicy,
    /// Policies in Rego.
    #[setting(group)]
    pub rego_policy: RegoPolicy,
    /// How a node compares facts and classes with filters and policies: as Choria's nodes do, so that a filter means the same
    /// everywhere, or as it is meant: numbers as numbers, classes in any case, all of several expressions.
    #[setting(default = "compatible", by(Node), used)]
    pub filters: FilterSemantics,
    /// Whether requests need a filter, so that nobody asks all nodes by mistake.
    #[setting(
        upstream = "plugin.choria.require_client_filter",
        default = "false",
        by(Client),
        used
    )]
    pub require_filter: bool,
    /// How long a node waits for its agents before it stops.
    #[setting(upstream = "soft_shutdown_timeout", default = "2s", by(Node))]
    pub shutdown_timeout: Duration,
}

/// Where requests are written down.
#[derive(Clone, Debug, Settings)]
pub struct AuditLog {
    /// The file.
    #[setting(upstream = "plugin.rpcaudit.logfile", by(Node), used)]
    pub file: File,
    /// The group that the file belongs to.
    #[setting(upstream = "plugin.rpcaudit.logfile.group", by(Node), used)]
    pub group: Option<String>,
    /// The mode of the file, in octal digits.
    #[setting(
        upstream = "plugin.rpcaudit.logfile.mode",
        default = "0600",
        by(Node),
        used
    )]
    pub mode: String,
    /// The subject on which they are published, too, for a stream to keep; a node with a token may publish below
    /// `COLLECTIVE.submission.in`.
    #[setting(by(Node), used)]
    pub subject: Option<String>,
}

/// Action policies.
#[derive(Clone, Debug, Settings)]
pub struct ActionPolicy {
    /// Whether an agent without a policy may do everything.
    #[setting(
        upstream = "plugin.actionpolicy.allow_unconfigured",
        default = "false",
        by(Node),
        used
    )]
    pub allow_unconfigured: bool,
    /// Whether an agent without a policy has the default one.
    #[setting(
        upstream = "plugin.actionpolicy.enable_default",
        default = "false",
        by(Node),
        used
    )]
    pub enable_default: bool,
    /// The name of the default policy.
    #[setting(
        upstream = "plugin.actionpolicy.default_name",
        default = "default",
        by(Node),
        used
    )]
    pub default_name: String,
    /// The directory of policies; `policies` beside the configuration where it is not set.
    #[setting(by(Node), used)]
    pub directory: Option<PathBuf>,
}

/// Policies in Rego.
#[derive(Clone, Debug, Settings)]
pub struct RegoPolicy {
    /// Whether an agent without a policy has the default one.
    #[setting(
        upstream = "plugin.regopolicy.enable_default",
        default = "false",
        by(Node)
    )]
    pub enable_default: bool,
    /// Whether each decision is logged with its steps.
    #[setting(upstream = "plugin.regopolicy.tracing", default = "false", by(Node))]
    pub tracing: bool,
}
