//! What a node does.

use core::time::Duration;
use std::path::PathBuf;

use chorister_derive::Settings;

use super::File;
use crate::value::{PathList, Paths};

/// Facts about a node.
#[derive(Clone, Debug, Settings)]
pub struct Facts {
    /// Files of facts, YAML or JSON, which are read again when they change; later ones win.
    #[setting(upstream = "plugin.yaml", by(Node), used)]
    pub file: PathList,
    /// A directory of files of facts, and of programs that print some; `facts.d` beside the configuration where it is not
    /// set.
    #[setting(by(Node), used)]
    pub directory: File,
    /// Whether the node finds out by itself what its system, network, memory and disks are.
    #[setting(default = "true", by(Node), used)]
    pub native: bool,
    /// How often programs and the system are asked again; 0 asks them once.
    #[setting(default = "5m", by(Node), used)]
    pub interval: Duration,
    /// How long a program may take.
    #[setting(default = "10s", by(Node), used)]
    pub timeout: Duration,
    /// A file with the names of the classes that configuration management has given to the node.
    #[setting(
        upstream = "classesfile",
        default = "/opt/puppetlabs/puppet/cache/state/classes.txt",
        by(Node),
        used
    )]
    pub classes_file: PathBuf,
}

/// Machines that are loaded at run time.
#[derive(Clone, Debug, Settings)]
pub struct Machines {
    /// The directory whose sub-directories are machines.
    #[setting(upstream = "plugin.choria.machine.store", by(Node), used)]
    pub store: File,
    /// The public key whose signature lists of machines need, whatever watchers say: hexadecimal digits.
    #[setting(upstream = "plugin.choria.machine.signing_key", by(Node), used)]
    pub signing_key: Option<String>,
    /// The port of this machine at which the switches of machines are served.
    #[setting(upstream = "plugin.choria.machine.http_port", default = "0", by(Node))]
    pub http_port: u16,
}

/// Checks.
#[derive(Clone, Debug, Settings)]
pub struct Checks {
    /// The directory of check files, where the distribution loads such.
    #[setting(by(Node), used)]
    pub store: File,
}

/// Scout.
#[derive(Clone, Debug, Settings)]
pub struct Scout {
    /// Values that replace those in the commands of checks, YAML or JSON.
    #[setting(upstream = "plugin.scout.overrides", by(Node), used)]
    pub overrides: File,
    /// A file of tags that the node publishes.
    #[setting(upstream = "plugin.scout.tags", by(Node))]
    pub tags: File,
    /// Whether the agent that answers for checks is off.
    #[setting(
        upstream = "plugin.scout.agent_disabled",
        default = "false",
        by(Node),
        used
    )]
    pub agent_disabled: bool,
    /// Goss files that others send.
    #[setting(group)]
    pub goss: ScoutGoss,
}

/// Goss files that others send.
#[derive(Clone, Debug, Settings)]
pub struct ScoutGoss {
    /// Kinds of resources that goss files of this machine may not look at.
    #[setting(upstream = "plugin.scout.goss.denied_local_resources", by(Node), used)]
    pub denied_local_resources: Vec<String>,
    /// Kinds of resources that goss files of others may not look at.
    #[setting(
        upstream = "plugin.scout.goss.denied_remote_resources",
        default = "command",
        by(Node),
        used
    )]
    pub denied_remote_resources: Vec<String>,
}

/// What a node writes about itself.
#[derive(Clone, Debug, Settings)]
pub struct Status {
    /// The file that says how the node is.
    #[setting(upstream = "plugin.choria.status_file_path", by(Node), used)]
    pub file: File,
    /// How often that file is written; 0 writes it no more than once.
    #[setting(
        upstream = "plugin.choria.status_update_interval",
        default = "30s",
        by(Node),
        used
    )]
    pub interval: Duration,
    /// The directory in which the node exporter of Prometheus finds metrics.
    #[setting(
        upstream = "plugin.choria.prometheus_textfile_directory",
        by(Node),
        used
    )]
    pub textfile_directory: File,
}

/// What a node publishes about itself.
#[derive(Clone, Debug, Settings)]
pub struct Registration {
    /// What is published: `file_content`, `inventory_content`.
    #[setting(upstream = "registration", by(Node), used)]
    pub plugins: Vec<String>,
    /// The collective in which it is published; the main one where it is not set.
    #[setting(upstream = "registration_collective", by(Node), used)]
    pub collective: Option<String>,
    /// How often it is published.
    #[setting(upstream = "registerinterval", default = "300s", by(Node), used)]
    pub interval: Duration,
    /// Whether nodes begin at different moments.
    #[setting(upstream = "registration_splay", default = "true", by(Node), used)]
    pub splay: bool,
    /// The file whose content is published.
    #[setting(
        upstream = "plugin.choria.registration.file_content.data",
        by(Node),
        used
    )]
    pub file: File,
    /// The subject to which the content of the file is published.
    #[setting(
        upstream = "plugin.choria.registration.file_content.target",
        by(Node),
        used
    )]
    pub file_target: Option<String>,
    /// Whether the content of the file is compressed.
    #[setting(
        upstream = "plugin.choria.registration.file_content.compression",
        default = "true",
        by(Node),
        used
    )]
    pub file_compression: bool,
    /// The subject to which the inventory is published.
    #[setting(
        upstream = "plugin.choria.registration.inventory_content.target",
        by(Node),
        used
    )]
    pub inventory_target: Option<String>,
    /// Whether the inventory is compressed.
    #[setting(
        upstream = "plugin.choria.registration.inventory_content.compression",
        default = "true",
        by(Node),
        used
    )]
    pub inventory_compression: bool,
    /// A change of this many bytes is published before the next time; 0 waits.
    #[setting(
        upstream = "plugin.choria.registration.size_trigger",
        default = "0",
        by(Node),
        used
    )]
    pub size_trigger: u32,
    /// How often is looked for such a change.
    #[setting(
        upstream = "plugin.choria.registration.size_interval",
        default = "30s",
        by(Node),
        used
    )]
    pub size_interval: Duration,
}

/// Messages of other programs that a node publishes.
#[derive(Clone, Debug, Settings)]
pub struct Submission {
    /// The directory in which other programs leave messages.
    #[setting(upstream = "plugin.choria.submission.spool", by(Node), used)]
    pub spool: File,
    /// The most messages of one priority that may wait there.
    #[setting(
        upstream = "plugin.choria.submission.max_spool_size",
        default = "500",
        by(Node),
        used
    )]
    pub max_spool_size: u32,
}

/// How a node gets its configuration from a provisioner.
#[derive(Clone, Debug, Settings)]
pub struct Provisioning {
    /// Whether a node waits for a provisioner; what the distribution says where it is not set.
    #[setting(upstream = "plugin.choria.server.provision", by(Node))]
    pub enabled: Option<bool>,
    /// Whether a provisioner may replace this program by a newer one.
    #[setting(
        upstream = "plugin.choria.server.provision.allow_update",
        default = "false",
        by(Node)
    )]
    pub allow_update: bool,
    /// The domain in whose DNS the brokers for provisioning are.
    #[setting(by(Node))]
    pub srv_domain: Option<String>,
    /// The brokers for provisioning.
    #[setting(by(Node))]
    pub urls: Vec<crate::value::Server>,
    /// The file of the token that says how to provision.
    #[setting(by(Node))]
    pub token_file: File,
}

/// Jobs: commands that outlive the requests that started them.
#[derive(Clone, Debug, Settings)]
pub struct Executor {
    /// Whether there are jobs, which outlive the requests that started them, and the agent `executor` that tells of them.
    #[setting(
        upstream = "plugin.choria.executor.enabled",
        default = "false",
        by(Node),
        used
    )]
    pub enabled: bool,
    /// The directory of jobs, which has one for each.
    #[setting(upstream = "plugin.choria.executor.spool", by(Node), used)]
    pub spool: File,
}

/// Where descriptions of agents are.
#[derive(Clone, Debug, Settings)]
pub struct Registry {
    /// The directory of the descriptions that a node serves.
    #[setting(upstream = "plugin.choria.services.registry.store", by(Node), used)]
    pub store: File,
    /// The directory in which a client keeps descriptions that it was served.
    #[setting(
        upstream = "plugin.choria.services.registry.cache",
        environment = "CHORIA_REGISTRY",
        by(Client),
        used
    )]
    pub cache: File,
}

/// Agents in other languages.
#[derive(Clone, Debug, Settings)]
pub struct ExternalAgents {
    /// The program that runs agents of MCollective.
    #[setting(
        upstream = "plugin.choria.agent_provider.mcorpc.agent_shim",
        by(Node),
        used
    )]
    pub shim: File,
    /// The configuration of that program.
    #[setting(
        upstream = "plugin.choria.agent_provider.mcorpc.config",
        by(Node),
        used
    )]
    pub config: File,
    /// The directories in which such agents are.
    #[setting(
        upstream = "plugin.choria.agent_provider.mcorpc.libdir",
        by(Node),
        used
    )]
    pub directories: Paths,
    /// The directories in which plugins are.
    #[setting(upstream = "libdir", by(Node, Client), used)]
    pub libdir: Paths,
}

/// Machines and checks that come over the network.
#[derive(Clone, Debug, Settings)]
pub struct Plugins {
    /// Whether they are fetched.
    #[setting(
        upstream = "plugin.machines.download",
        default = "false",
        by(Node),
        used
    )]
    pub download: bool,
    /// The bucket that lists them.
    #[setting(
        upstream = "plugin.machines.bucket",
        default = "CHORIA_PLUGINS",
        by(Node),
        used
    )]
    pub bucket: String,
    /// The key of that bucket that lists them.
    #[setting(upstream = "plugin.machines.key", default = "plugins", by(Node), used)]
    pub key: String,
    /// Whether those that are no longer listed are removed.
    #[setting(upstream = "plugin.machines.purge", default = "true", by(Node), used)]
    pub purge: bool,
    /// How often the list is asked for.
    #[setting(
        upstream = "plugin.machines.poll_interval",
        default = "1m",
        by(Node),
        used
    )]
    pub poll_interval: Duration,
    /// How often it is looked whether they are all in place.
    #[setting(
        upstream = "plugin.machines.check_interval",
        default = "30s",
        by(Node),
        used
    )]
    pub check_interval: Duration,
    /// The public key whose signature the list needs, as hexadecimal digits.
    #[setting(upstream = "plugin.machines.signing_key", by(Node), used)]
    pub signing_key: Option<String>,
}
