//! `NAME policy`: who may do what.

use std::path::PathBuf;

use clap::{Args, Command, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Say whether a caller may do something, what decides that, and why nothing before it did
    Test(TestPolicy),
    /// List the policies of a node
    List(Policies),
}

/// Where policies are; shared by the commands about them.
#[derive(Args, Debug)]
pub(crate) struct Policies {
    /// The configuration of the node that would decide
    /// [default: /etc/NAME/chorister.yaml, else /etc/NAME/server.conf, if one is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The directory of policies [default: as the configuration says, else `policies` beside it]
    #[arg(long, value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct TestPolicy {
    /// Who asks, as in choria=ann.mcollective
    #[arg(long, value_name = "CALLER")]
    pub(crate) caller: String,
    /// The agent that is asked
    #[arg(long, value_name = "AGENT")]
    pub(crate) agent: String,
    /// The action of the agent
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: String,
    /// Facts about the node, YAML or JSON [default: the files that its configuration names]
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    /// Classes of the node, one on each line [default: the file that its configuration names]
    #[arg(long, value_name = "FILE")]
    pub(crate) classes: Option<PathBuf>,
    /// Which policies decide [default: as the configuration says]
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<Provider>,
    /// The policy for agents that have none of their own, as with plugin.actionpolicy.enable_default
    /// [default: as the configuration says]
    #[arg(long, value_name = "NAME")]
    pub(crate) default_policy: Option<String>,
    #[command(flatten)]
    pub(crate) policies: Policies,
}

/// What decides, as `rpcauthprovider` calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Provider {
    /// Files of rules: AGENT.policy
    ActionPolicy,
    /// Policies in Rego: rego/AGENT.rego
    RegoPolicy,
}

// === impl Provider ===

impl Provider {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ActionPolicy => "action_policy",
            Self::RegoPolicy => "rego_policy",
        }
    }
}

/// Adds what stands below the help.
pub(super) fn help(command: Command, name: &str) -> Command {
    command
        .after_help(format!(
            "Examples:\n  {name} policy list\n  {name} policy test --caller choria=ann.mcollective --agent puppet --action status"
        ))
        .mut_subcommand("list", |list| {
            list.after_help(format!(
                "Examples:\n  {name} policy list\n  {name} policy list --policies ./policies --json | jq -r .problems[]"
            ))
        })
        .mut_subcommand("test", |test| {
            test.after_help(format!(
                "Exit codes: 0 it is allowed, 1 it is denied, 2 the arguments are wrong.\n\n\
                 Examples:\n  {name} policy test --caller choria=ann.mcollective --agent puppet --action status\n  \
                 {name} policy test --config ./server.conf --caller choria=ann.mcollective --agent puppet --action status\n  \
                 {name} policy test --caller up=bob --agent puppet --action restart --facts facts.yaml --policies ./policies\n  \
                 {name} policy test --caller up=bob --agent puppet --action restart --json | jq .allowed"
            ))
        })
}
