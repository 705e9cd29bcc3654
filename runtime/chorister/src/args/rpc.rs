//! Asking the nodes of a network.

use core::num::NonZeroUsize;
use core::time::Duration;
use std::path::PathBuf;

use clap::{Args, Command, Subcommand, ValueEnum};

use super::seconds;

/// What the nodes of a network are asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Rpc {
    /// Say which nodes of the network answer, and how quickly
    Ping(Ping),
    /// Find nodes of the network
    Find(Find),
    /// Have agents of nodes do something
    #[command(visible_aliases = ["rpc", "request"])]
    Req(Box<Req>),
    /// Say how often a fact has each of its values
    Facts(Facts),
    /// Say everything about a node, or which collectives there are
    Inventory(Inventory),
}

/// Who asks.
#[derive(Args, Debug)]
pub(crate) struct Access {
    /// The configuration of the client
    /// [default: ~/.config/NAME/client.yaml, /etc/NAME/client.yaml, or where go-choria's is]
    #[arg(long, value_name = "FILE", help_heading = "Access")]
    pub(crate) config: Option<PathBuf>,
    /// The collective whose nodes are asked [default: the main one]
    #[arg(short = 'T', long, value_name = "COLLECTIVE", help_heading = "Access")]
    pub(crate) target: Option<String>,
}

/// Which nodes.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Nodes")]
pub(crate) struct Nodes {
    /// Nodes with this fact, as in os.family=Debian, load>2 or role=/^web/
    #[arg(short = 'F', long = "wf", value_name = "FACT")]
    pub(crate) facts: Vec<String>,
    /// Nodes with this class, or one that /a pattern/ fits
    #[arg(short = 'C', long = "wc", value_name = "CLASS")]
    pub(crate) classes: Vec<String>,
    /// Nodes with these agents
    #[arg(short = 'A', long = "wa", value_name = "AGENT", value_delimiter = ',')]
    pub(crate) agents: Vec<String>,
    /// Nodes with this name, or one that /a pattern/ fits; several are alternatives
    #[arg(short = 'I', long = "wi", value_name = "NAME")]
    pub(crate) identities: Vec<String>,
    /// Nodes with these classes and facts, as in 'apache country=de'
    #[arg(short = 'W', long = "with", value_name = "WORDS")]
    pub(crate) with: Vec<String>,
    /// Nodes for which this is true, as in 'with("apache") && !fact("virtual")'
    #[arg(short = 'S', long = "select", value_name = "EXPRESSION")]
    pub(crate) select: Option<String>,
}

/// How nodes are found.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Discovery")]
pub(crate) struct Discovery {
    /// The nodes in a file: one a line, a list in YAML or JSON, or what a request printed with --json; - is
    /// standard input
    #[arg(long = "nodes", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// How nodes are found: mc, file or inventory [default: as configured]
    #[arg(long = "dm", value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// What that method is told, as in file=nodes.json
    #[arg(long = "do", value_name = "KEY=VALUE")]
    pub(crate) options: Vec<String>,
    /// How long nodes have to say that they are there; a number is seconds [default: as configured]
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    pub(crate) discovery_timeout: Option<Duration>,
    /// Stop to look for nodes when none has answered for a while
    #[arg(long)]
    pub(crate) discovery_window: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Ping {
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) nodes: Nodes,
    /// Stop when so many nodes have answered
    #[arg(long, value_name = "NODES")]
    pub(crate) expect: Option<usize>,
    /// How long nodes have to answer; a number is seconds [default: as long as to be found]
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Draw how long the answers took
    #[arg(long)]
    pub(crate) graph: bool,
    /// Print only the names of nodes
    #[arg(long)]
    pub(crate) names: bool,
    /// Print only the statistics
    #[arg(long, conflicts_with = "names")]
    pub(crate) silent: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Find {
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) nodes: Nodes,
    #[command(flatten)]
    pub(crate) discovery: Discovery,
    /// Print JSON
    #[arg(short, long)]
    pub(crate) json: bool,
    /// Say how nodes were found, and how long it took
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Req {
    /// The agent
    pub(crate) agent: String,
    /// The action
    pub(crate) action: String,
    /// What it is given, as in service=httpd; objects and arrays are JSON
    #[arg(value_name = "INPUT=VALUE")]
    pub(crate) inputs: Vec<String>,
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) nodes: Nodes,
    #[command(flatten)]
    pub(crate) discovery: Discovery,
    #[command(flatten)]
    pub(crate) pace: Pace,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// How many are asked at a time, and how long is waited.
#[derive(Args, Debug)]
#[command(next_help_heading = "Pace")]
pub(crate) struct Pace {
    /// Ask only so many of the nodes, or so many of a hundred
    #[arg(long, value_name = "NUMBER|PERCENT%")]
    pub(crate) limit: Option<String>,
    /// Choose them by chance, and the same ones for the same number
    #[arg(long, value_name = "NUMBER", requires = "limit")]
    pub(crate) limit_seed: Option<u64>,
    /// Ask so many nodes at a time
    #[arg(long, value_name = "NUMBER")]
    pub(crate) batch: Option<NonZeroUsize>,
    /// Wait so long before the next of them; a number is seconds
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = seconds)]
    pub(crate) batch_sleep: Duration,
    /// How long nodes have for their replies; a number is seconds [default: as the agent says]
    #[arg(short, long, value_name = "DURATION", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Taken for scripts that were written for go-choria
    #[arg(long, value_name = "NUMBER", hide = true)]
    pub(crate) workers: Option<usize>,
}

/// What is printed of replies.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Print one JSON object
    #[arg(short, long, conflicts_with_all = ["jsonl", "table"])]
    pub(crate) json: bool,
    /// Print a JSON object on a line for each thing that happens
    #[arg(long, conflicts_with_all = ["table", "senders"])]
    pub(crate) jsonl: bool,
    /// Print a table of the replies that say that it worked
    #[arg(long, conflicts_with = "senders")]
    pub(crate) table: bool,
    /// Print only the names of the nodes where it worked
    #[arg(long)]
    pub(crate) senders: bool,
    /// Which replies are printed [default: as the action says]
    #[arg(long, value_name = "WHICH")]
    pub(crate) display: Option<Shown>,
    /// Print and sum up only replies for which this is true, as in 'ok() && data("value") == "de"'
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) filter_replies: Option<String>,
    /// Leave the replies to whoever listens to this subject, and print the id of the request
    #[arg(long, value_name = "SUBJECT")]
    pub(crate) reply_to: Option<String>,
    /// Print replies in the order of their senders, when all are there
    #[arg(long)]
    pub(crate) sort: bool,
    /// Print into this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// Show no progress, which is shown on terminals only
    #[arg(long = "np", visible_alias = "no-progress")]
    pub(crate) no_progress: bool,
    /// Print values as JSON, and everything about the request
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Exit with 0 although nodes failed or were silent, as Choria does
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

/// Which replies are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shown {
    /// Those that say that it worked
    Ok,
    /// Those that say that it did not
    Failed,
    /// All
    All,
    /// None
    None,
}

#[derive(Args, Debug)]
pub(crate) struct Facts {
    /// The fact: a path as in os.release.major
    pub(crate) fact: String,
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) nodes: Nodes,
    #[command(flatten)]
    pub(crate) discovery: Discovery,
    /// Print JSON
    #[arg(short, long, conflicts_with = "table")]
    pub(crate) json: bool,
    /// Print a table
    #[arg(short, long)]
    pub(crate) table: bool,
    /// With the names of the nodes
    #[arg(short = 'n', long = "show-nodes")]
    pub(crate) show_nodes: bool,
    /// The most frequent value first
    #[arg(short, long)]
    pub(crate) reverse: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Inventory {
    /// The node
    #[arg(value_name = "NODE", required_unless_present = "collectives")]
    pub(crate) node: Option<String>,
    /// Say how many nodes each collective has
    #[arg(long, conflicts_with = "node")]
    pub(crate) collectives: bool,
    /// Without the facts of the node
    #[arg(long)]
    pub(crate) no_facts: bool,
    /// Print JSON
    #[arg(short, long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) nodes: Nodes,
}

/// Commands by their names, with examples.
const EXAMPLES: [(&str, &str); 5] = [
    (
        "ping",
        "{name} ping\n  {name} ping -F os.family=Debian --names\n  {name} ping --expect 250 --graph",
    ),
    (
        "find",
        "{name} find -C apache\n  {name} find -S 'with(\"apache\") && fact(\"load\") > 2' --json\n  \
         {name} find -I '/^web/' > nodes.txt",
    ),
    (
        "req",
        "{name} req rpcutil get_fact fact=os.name\n  {name} req rpcutil ping -C apache --batch 50 || echo \"some failed\"\n  \
         {name} req scout checks --json | jq -r '.replies[] | .sender as $node | .data.checks[] | [$node, .name, .state] | @tsv'\n  \
         {name} req rpcutil get_fact fact=country --json --filter-replies 'data(\"value\") == \"de\"' | {name} req rpcutil ping",
    ),
    (
        "facts",
        "{name} facts country\n  {name} facts os.release.major --table --show-nodes\n  {name} facts role --json | jq .web.count",
    ),
    (
        "inventory",
        "{name} inventory web1.example.net\n  {name} inventory web1.example.net --json | jq .inventory.agents\n  \
         {name} inventory --collectives",
    ),
];

/// What stands above the examples of `req`.
const EXIT_CODES: &str =
    "Exit codes: 0 all worked, 1 nobody was or could be asked, 2 a node failed or was silent.\n\n";

/// Adds what stands below the help; what a distribution cannot do is not offered.
pub(super) fn help(mut command: Command, name: &str, offered: bool) -> Command {
    for (subcommand, examples) in EXAMPLES {
        let codes = match subcommand {
            "req" => EXIT_CODES,
            _ => "",
        };
        let examples = examples.replace("{name}", name);
        command = command.mut_subcommand(subcommand, |it| {
            it.hide(!offered)
                .after_help(format!("{codes}Examples:\n  {examples}"))
        });
    }
    command
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::args::Cli;

    #[test]
    fn no_two_options_of_a_command_are_the_same() {
        Cli::command().debug_assert();
    }
}
