//! The command line of a distribution.

mod checks;
mod config;
#[cfg(feature = "emulator")]
mod emulate;
#[cfg(feature = "network")]
mod network;
mod outputs;
#[cfg(feature = "policies")]
mod policy;
#[cfg(feature = "client")]
mod rpc;
#[cfg(feature = "validate")]
mod validate;

use core::time::Duration;
use std::path::PathBuf;

use chorister_settings::Settings;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::Distribution;
use crate::loader::CheckLoader;
pub(crate) use checks::{Checks, Maintain, Steer};
pub(crate) use config::{Config, ConfigFile};
#[cfg(feature = "emulator")]
pub(crate) use emulate::Emulate;
#[cfg(feature = "network")]
pub(crate) use network::{Health, Submit};
use outputs::{Http, Notify};
#[cfg(feature = "policies")]
pub(crate) use policy::{Policies, Policy, TestPolicy};
#[cfg(feature = "client")]
pub(crate) use rpc::{
    Access, Discovery, Facts, Find, Inventory, Nodes, Output, Pace, Ping, Req, Rpc, Shown,
};
#[cfg(feature = "validate")]
pub(crate) use validate::Validate;

/// What a distribution is asked to do.
#[derive(Debug, Parser)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look after this node until told to stop
    Run(Box<Run>),
    /// Say how the running node is
    Status(Status),
    /// List the machines of the running node, or fire a transition of one
    Machines(Machines),
    /// List the checks of the running node
    Checks(Checks),
    /// Run checks now
    Force(Steer),
    /// Have checks leave things alone
    Maintenance(Maintain),
    /// End the maintenance of checks
    Resume(Steer),
    /// List the agents of the running node, or keep requests from one
    Agents(Agents),
    /// Say why a machine is in its state
    Why(Why),
    /// Watch the machines of the running node, live in the terminal
    #[cfg(feature = "tui")]
    Watch(Watch),
    /// Write what happened to a machine as a test that does it again
    Record(Record),
    /// Show the configuration: each value, and where it comes from
    Config(Config),
    /// Say what this binary was built from
    Buildinfo(Buildinfo),
    /// Look at this machine and propose check files for what is there
    #[cfg(feature = "native-checks")]
    Discover(Discover),
    /// Say who may do what, and why not
    #[cfg(feature = "policies")]
    #[command(subcommand)]
    Policy(Policy),
    #[cfg(feature = "client")]
    #[command(flatten)]
    Rpc(Rpc),
    /// Be many nodes at once, to see how a network bears a fleet
    #[cfg(feature = "emulator")]
    Emulate(Emulate),
    /// Leave a message for the node to publish
    #[cfg(feature = "network")]
    Submit(Box<Submit>),
    /// Say whether this machine is as a goss file says
    #[cfg(feature = "validate")]
    Validate(Validate),
}

/// Where a node keeps its state; shared by the commands that need it.
#[derive(Args, Debug)]
pub(crate) struct StateDir {
    /// Where the node keeps its state [default: /var/lib/NAME as root, else $XDG_STATE_HOME/NAME]
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) state: StateDir,
    #[command(flatten)]
    pub(crate) file: ConfigFile,
    /// Load machines from the directories below this one and follow their changes
    #[arg(long, value_name = "DIR")]
    pub(crate) machines: Option<PathBuf>,
    /// Load checks from the files in this directory and follow their changes [default: the distribution's]
    #[arg(long, value_name = "DIR")]
    pub(crate) checks: Option<PathBuf>,
    /// Values that replace those in the commands of checks, YAML or JSON; read again when the file changes
    #[arg(long, value_name = "FILE")]
    pub(crate) overrides: Option<PathBuf>,
    /// Load checks from a signed bundle and follow its versions
    #[arg(long, value_name = "FILE|https://…|kv:BUCKET/KEY")]
    pub(crate) bundle: Option<String>,
    /// A public key whose signature on a bundle counts, as 64 hexadecimal digits; may be given several times
    #[arg(long = "bundle-key", value_name = "KEY")]
    pub(crate) bundle_keys: Vec<String>,
    /// Host only agents that are services: no machines, no checks, and no other agents
    #[arg(long)]
    pub(crate) service_host: bool,
    /// Where events go: the console, standard output as JSON lines, or a file of JSON lines
    #[arg(long, value_name = "console|jsonl|FILE", default_value = "console")]
    pub(crate) events: Events,
    /// Facts about this node, YAML or JSON, several with `:` between them; read again when they change
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    /// The name this node goes by [default: the host name]
    #[arg(long, value_name = "NAME")]
    pub(crate) identity: Option<String>,
    /// Write metrics for the Prometheus node exporter into this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) textfile_dir: Option<PathBuf>,
    /// Judge this file, which another Choria server writes, in checks with the builtin `choria_status`; it is read, and
    /// never written
    #[arg(long, value_name = "FILE")]
    pub(crate) status_file: Option<PathBuf>,
    /// How often that server writes it; three times as old is a problem
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = span, requires = "status_file")]
    pub(crate) status_interval: Duration,
    #[command(flatten)]
    pub(crate) http: Http,
    #[command(flatten)]
    pub(crate) notify: Notify,
    /// Publish an event this often that says how all checks are together
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = span)]
    pub(crate) summary: Duration,
}

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Events {
    Console,
    Jsonl,
    File(PathBuf),
}

#[derive(Args, Debug)]
pub(crate) struct Asking {
    #[command(flatten)]
    pub(crate) state: StateDir,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) asking: Asking,
    #[cfg(feature = "network")]
    #[command(flatten)]
    pub(crate) health: Health,
}

#[derive(Args, Debug)]
pub(crate) struct Machines {
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// Show only this machine, with its watchers
    #[arg(value_name = "MACHINE")]
    pub(crate) machine: Option<String>,
    /// Fire this transition of MACHINE
    #[arg(long, value_name = "TRANSITION", requires = "machine")]
    pub(crate) fire: Option<String>,
    /// Draw MACHINE with its state, and how it got there
    #[arg(long, requires = "machine", conflicts_with = "fire")]
    pub(crate) graph: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Agents {
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// Show only this agent
    #[arg(value_name = "AGENT")]
    pub(crate) agent: Option<String>,
    /// Let no request reach AGENT until it is unpaused: whoever asks is told that it is not in service
    #[arg(long, requires = "agent")]
    pub(crate) pause: bool,
    /// Let requests reach AGENT again, also where it failed too often
    #[arg(long, requires = "agent", conflicts_with = "pause")]
    pub(crate) unpause: bool,
}

#[cfg(feature = "tui")]
#[derive(Args, Debug)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) state: StateDir,
    /// Only these machines
    #[arg(value_name = "MACHINE")]
    pub(crate) machines: Vec<String>,
    /// Print what changes as JSON lines, without a dashboard
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Why {
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// The machine to ask about
    #[arg(value_name = "MACHINE")]
    pub(crate) machine: String,
    /// Go back this far, as in 90s, 1h30m or 2d [default: the last few states]
    #[arg(long, value_name = "DURATION", value_parser = span)]
    pub(crate) since: Option<Duration>,
}

#[derive(Args, Debug)]
pub(crate) struct Record {
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// The machine whose past to write
    #[arg(value_name = "MACHINE")]
    pub(crate) machine: String,
    /// Go back this far, as in 90s, 1h30m or 2d
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = span)]
    pub(crate) since: Duration,
    /// Write the test into this file [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Buildinfo {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the manifest: what the machines of this binary do, and what they may do, as JSON
    #[arg(long, conflicts_with = "json")]
    pub(crate) manifest: bool,
}

#[cfg(feature = "native-checks")]
#[derive(Args, Debug)]
pub(crate) struct Discover {
    /// Write a file for each topic into this directory; none is replaced
    #[arg(long, value_name = "DIR")]
    pub(crate) write: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Run {
    /// The settings that its options are, with what the options are called.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String, &'static str)> {
        let paths = [
            ("facts.file", &self.facts, "--facts"),
            ("machines.store", &self.machines, "--machines"),
            ("checks.store", &self.checks, "--checks"),
            ("scout.overrides", &self.overrides, "--overrides"),
            (
                "status.textfile_directory",
                &self.textfile_dir,
                "--textfile-dir",
            ),
        ];
        let identity = self.identity.clone();
        let identity = identity.map(|it| ("identity", it, "--identity"));
        let paths = paths.into_iter().filter_map(|(name, path, flag)| {
            let path = path.as_ref()?.to_string_lossy().into_owned();
            Some((name, path, flag))
        });
        let outputs = self.http.settings().chain(self.notify.settings());
        identity.into_iter().chain(paths).chain(outputs).collect()
    }

    /// Takes what its options do not say from the settings, if this distribution does it.
    ///
    /// # Errors
    ///
    /// What does not fit together.
    pub(crate) fn complete(
        &mut self,
        settings: &Settings,
        main: Option<PathBuf>,
        distribution: &Distribution,
    ) -> Result<(), String> {
        let or = |option: &mut Option<PathBuf>, setting: &Option<PathBuf>| {
            if option.is_none() {
                option.clone_from(setting);
            }
        };
        or(&mut self.overrides, &settings.scout.overrides);
        or(&mut self.textfile_dir, &settings.status.textfile_directory);
        if distribution.loads_machines() {
            or(&mut self.machines, &settings.machines.store);
        }
        if distribution.check_loader.is_some() {
            or(&mut self.checks, &settings.checks.store);
        }
        self.identity.clone_from(&settings.identity);
        // For whoever has to be able to read it again.
        self.file.config = main;
        self.notify.complete(&settings.notify);
        self.http.complete(&settings.http)
    }
}

impl std::str::FromStr for Events {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "console" => Self::Console,
            "jsonl" => Self::Jsonl,
            file => Self::File(file.into()),
        })
    }
}

/// A length of time as specifications write it.
fn span(text: &str) -> Result<Duration, String> {
    match chorister_lang::duration::parse_interval(text) {
        Ok(nanos @ 1..) => Ok(Duration::from_nanos(nanos.unsigned_abs())),
        Ok(_) => {
            Err("a time that has passed is more than nothing, as in 90s, 1h30m or 2d".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// A length of time, in seconds where nothing else is said.
#[cfg(feature = "client")]
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(0) => Err("a time that has passed is more than nothing, as in 5 or 250ms".to_owned()),
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => span(text),
    }
}

/// The exit code for arguments that are wrong: 2 says something else of commands that ask nodes.
#[cfg(feature = "client")]
pub(crate) fn usage(distribution: &Distribution) -> u8 {
    let command = std::env::args_os().nth(1).unwrap_or_default();
    let asks = Cli::command()
        .find_subcommand(command)
        .is_some_and(|it| Rpc::has_subcommand(it.get_name()));
    match asks && distribution.client.is_some() {
        true => 1,
        false => 2,
    }
}

/// The exit code for arguments that are wrong.
#[cfg(not(feature = "client"))]
pub(crate) const fn usage(_distribution: &Distribution) -> u8 {
    2
}

/// What is asked of a node that runs, or that is to run.
const OF_NODES: [&str; 14] = [
    "run",
    "status",
    "machines",
    "checks",
    "force",
    "maintenance",
    "resume",
    "agents",
    "why",
    "watch",
    "record",
    "discover",
    "policy",
    "submit",
];

/// Reads the process' arguments, under the distribution's own name.
///
/// # Errors
///
/// What was wrong with them, or the help or version text that was asked for.
pub(crate) fn parse(distribution: &Distribution) -> Result<Cli, clap::Error> {
    let name = distribution.name;
    let mut command = Cli::command()
        .name(name)
        .bin_name(name)
        .version(distribution.version)
        .about(distribution.description)
        .after_help(format!(
            "Examples:\n  {name} run\n  {name} run --events jsonl | jq .data\n  {name} machines heartbeat --fire beat\n  {name} buildinfo --json"
        ));
    for (command_name, examples) in [
        (
            "checks",
            "{name} checks\n  {name} checks --failing\n  {name} checks root_disk\n  {name} checks --json | jq -r '.checks[] | [.name, .status] | @tsv'",
        ),
        ("force", "{name} force root_disk\n  {name} force --all"),
        (
            "maintenance",
            "{name} maintenance root_disk --for 2h --reason 'new disks'\n  {name} maintenance --all --until 2026-11-30T06:00",
        ),
        ("resume", "{name} resume root_disk\n  {name} resume --all"),
        (
            "agents",
            "{name} agents\n  {name} agents puppet --pause\n  {name} agents puppet --unpause\n  {name} agents --json | jq -r '.[] | [.name, .version, .state] | @tsv'",
        ),
        (
            "config",
            "{name} config\n  {name} config --config /etc/choria/server.conf --set --strict\n  {name} config --explain status.interval\n  {name} config --json | jq -r '.settings[] | select(.origin != \"default\") | [.name, .value, .origin] | @tsv'",
        ),
    ] {
        let examples = examples.replace("{name}", name);
        command = command.mut_subcommand(command_name, |it| {
            it.after_help(format!("Examples:\n  {examples}"))
        });
    }
    command = command.mut_subcommand("why", |why| {
        why.after_help(format!(
            "Examples:\n  {name} why disk_space\n  {name} why disk_space --since 1h\n  {name} why disk_space --json | jq .passages[0].because"
        ))
    });
    command = command.mut_subcommand("machines", |machines| {
        machines.after_help(format!(
            "Examples:\n  {name} machines\n  {name} machines disk_space --graph\n  {name} machines disk_space --fire check"
        ))
    });
    #[cfg(feature = "tui")]
    {
        command = command.mut_subcommand("watch", |watch| {
            watch.after_help(format!(
                "Examples:\n  {name} watch\n  {name} watch disk_space heartbeat\n  {name} watch --json | jq -c '.machines[]? | [.name, .state]'"
            ))
        });
    }
    command = command.mut_subcommand("record", |record| {
        record.after_help(format!(
            "Examples:\n  {name} record disk_space --out disk-space.test.yaml\n  {name} record disk_space --since 10m\n  {name} record disk_space --json | jq -r .doubts[]"
        ))
    });
    #[cfg(feature = "native-checks")]
    {
        command = command.mut_subcommand("discover", |discover| {
            discover.after_help(format!(
                "It looks at mounts, memory, services of systemd, listening ports and logs. Ports that web servers are \
                 usually at are asked for a page; everything else is only looked at. As root it sees whose ports are whose.\n\n\
                 Examples:\n  {name} discover\n  {name} discover --write /etc/{name}/checks.d\n  \
                 {name} discover --json | jq -r '.[] | [.name, .why] | @tsv'"
            ))
        });
    }
    #[cfg(feature = "policies")]
    {
        command = command.mut_subcommand("policy", |it| policy::help(it, name));
    }
    #[cfg(feature = "client")]
    {
        command = rpc::help(command, name, distribution.client.is_some());
    }
    #[cfg(feature = "emulator")]
    {
        let offered = distribution.emulator.is_some();
        command = command.mut_subcommand("emulate", |it| {
            it.hide(!offered).after_help(emulate::help(name))
        });
    }
    #[cfg(feature = "network")]
    {
        command = network::help(command, name);
    }
    #[cfg(feature = "validate")]
    {
        command = command.mut_subcommand("validate", |it| it.after_help(validate::help(name)));
    }
    // What this distribution cannot do is not offered.
    if !distribution.is_server() {
        let of_nodes = command.get_subcommands().map(|it| it.get_name().to_owned());
        let of_nodes: Vec<_> = of_nodes
            .filter(|it| OF_NODES.contains(&it.as_str()))
            .collect();
        for name in of_nodes {
            command = command.mut_subcommand(name, |it| it.hide(true));
        }
    }
    if !distribution.loads_machines() {
        command = command.mut_subcommand("run", |run| run.mut_arg("machines", |it| it.hide(true)));
    }
    if distribution.network.is_none() {
        command =
            command.mut_subcommand("run", |run| run.mut_arg("service_host", |it| it.hide(true)));
        command = command.mut_subcommand("agents", |it| it.hide(true));
    }
    let hidden: &[&str] = match (cfg!(feature = "http"), cfg!(feature = "http-tls")) {
        (true, true) => &[],
        (true, false) => &["certificate", "key", "client_ca"],
        (false, _) => &[
            "address",
            "token",
            "certificate",
            "key",
            "client_ca",
            "readiness",
        ],
    };
    for name in hidden {
        command = command.mut_subcommand("run", |run| run.mut_arg(name, |it| it.hide(true)));
    }
    if !cfg!(feature = "notify-webhook") {
        command = command.mut_subcommand("run", |run| run.mut_arg("webhook", |it| it.hide(true)));
    }
    if distribution.check_loader.is_none() {
        command = command.mut_subcommand("run", |run| run.mut_arg("checks", |it| it.hide(true)));
    }
    if !distribution
        .check_loader
        .is_some_and(CheckLoader::follows_bundles)
    {
        command = command.mut_subcommand("run", |run| {
            run.mut_arg("bundle", |it| it.hide(true))
                .mut_arg("bundle_keys", |it| it.hide(true))
        });
    }
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}
