//! The door for distributions: `distribution.yaml` in, what the binary is made of and findings out.
//!
//! Only the file itself is looked at here. Its machines are read by whoever has the files; findings about one of
//! them that belong to this file are put where [`Entry::place`] says.

mod agents;
mod capabilities;
mod checks;
mod decode;
mod defaults;
mod keys;
mod limits;
#[cfg(feature = "schema")]
mod schema;

use chorister_yaml::Node;

use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::machine::Options;
use crate::outline::{Mark, Named};
use crate::row::Row;
use crate::source::Source;

pub use agents::AgentEntry;
pub use capabilities::{Capabilities, Grants};
pub use checks::{Fitted, fit};
pub(crate) use decode::version;
#[cfg(feature = "schema")]
pub use schema::schema;

/// What a distribution is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    /// Name of the binary: `[a-z][a-z0-9-]*`.
    pub name: String,
    /// `MAJOR.MINOR.PATCH`.
    pub version: String,
    /// What it is for; empty where the file does not say.
    pub description: String,
    /// What the binary is in a network, in order.
    pub roles: Vec<Role>,
    /// Its machines, in order.
    pub machines: Vec<Entry>,
    /// Its RPC agents, in order.
    pub agents: Vec<AgentEntry>,
    /// Its data plugins, in order.
    pub data: Vec<AgentEntry>,
    /// Its check classes, in order.
    pub classes: Vec<Entry>,
    /// The checks that are compiled in, in order.
    pub instances: Vec<Row>,
    /// The directory from which machines are loaded at run time, if any are.
    pub loaded_machines: Option<String>,
    /// The directory of check files, if any are obeyed.
    pub loaded_checks: Option<String>,
    /// The signed bundle of check files that is followed at run time, if one is.
    pub loaded_bundle: Option<Bundle>,
    /// The directory from which agents in other languages are hosted, if any are.
    pub loaded_external_agents: Option<String>,
    /// Compiled-in configuration: keys with dots between levels, values as compact JSON.
    pub defaults: Vec<(String, String)>,
    /// What it may do, where its file says.
    pub capabilities: Option<Capabilities>,
    /// What it is expected to use at most.
    pub budget: Budget,
    /// Where that is said.
    pub budget_places: BudgetPlaces,
    /// Largest size of the binary, in bytes.
    pub max_size: Option<u64>,
    /// Whether protections are off that a network of real nodes needs.
    pub insecure_for_tests: bool,
    /// Whether policies in Rego are evaluated.
    pub rego: bool,
    /// Whether nodes without a certificate get one from cert-manager.
    pub certmanager: bool,
    /// Whether people may have their keys in token devices.
    pub pkcs11: bool,
    /// Whether the text of its specs is part of the binary.
    pub embed_specs: bool,
    /// Files of tests, relative to the one of the distribution; `*` stands for any part of a name.
    pub tests: Vec<Named>,
    /// Whether a build runs the tests.
    pub run_tests: bool,
}

/// What may come at run time; `None` where it does not.
#[derive(Debug, Default)]
struct Loaded {
    machines: Option<String>,
    checks: Option<String>,
    bundle: Option<Bundle>,
    external_agents: Option<String>,
}

/// A signed bundle of check files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Public keys whose signatures count, as 64 hexadecimal digits; none leaves that to the command line.
    pub keys: Vec<String>,
    /// A file, or an HTTPS URL; `None` leaves that to the command line.
    pub source: Option<String>,
}

/// What a binary is in a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// A node that runs machines, checks and agents.
    Server,
    /// Asks the nodes of a network.
    Client,
    /// Is a fleet of nodes, to see how a network bears them.
    Emulator,
}

/// What an entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// A machine.
    Machine,
    /// A check class.
    Class,
    /// An RPC agent.
    Agent,
    /// A data plugin.
    Data,
}

/// One entry of `machines`, `agents` or `data`, or of the classes of `checks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it names.
    pub sort: Sort,
    /// Where the machine, class or agent comes from.
    pub origin: Origin,
    /// Whether a machine or an agent is judged as a file of others: unknown keys are warnings at most.
    pub lenient: bool,
    /// Where the entry stands.
    pub place: Mark,
}

/// Where a machine or a class comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// One of ours, by its name: `std/NAME`.
    Standard(String),
    /// A file, relative to the one of the distribution.
    File(String),
}

/// What a binary is expected to use at most; `None` where its author did not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Resident memory, in bytes.
    pub rss: Option<u64>,
    /// Events published in a second.
    pub events_per_second: Option<u32>,
    /// Child processes started in a second.
    pub forks_per_second: Option<u32>,
}

/// Where the values of a [`Budget`] stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BudgetPlaces {
    /// That of `rss`.
    pub rss: Option<Mark>,
    /// That of `events_per_second`.
    pub events_per_second: Option<Mark>,
    /// That of `forks_per_second`.
    pub forks_per_second: Option<Mark>,
}

/// What came of checking one distribution.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The distribution as far as it could be read, so that its machines can be checked whatever else is wrong.
    /// Nothing is built from it while a finding is an error.
    pub distribution: Option<Distribution>,
    /// All findings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// What was read, for the tests that stand in it.
    pub(crate) root: Option<Node>,
}

/// Checks a `distribution.yaml`.
///
/// With [`Options::build`] what this release cannot build is an error, otherwise a warning.
#[must_use]
pub fn check(source: &Source, options: &Options) -> Checked {
    let mut findings = Findings::default();
    let root = crate::form::parse(source, "a distribution", &mut findings);
    let distribution = root
        .as_ref()
        .map(|root| decode::distribution(root, options, &mut findings));
    let diagnostics = findings.locate(&source.path, root.as_ref());
    Checked {
        distribution,
        diagnostics,
        root,
    }
}

// === impl Sort ===

impl Sort {
    /// As messages call it.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Class => "check class",
            Self::Agent => "agent",
            Self::Data => "data plugin",
        }
    }

    /// The same with its article.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Machine => "a machine",
            Self::Class => "a check class",
            Self::Agent => "an agent",
            Self::Data => "a data plugin",
        }
    }

    /// How the names of its files end, before the ending of the format: `lamp.machine.yaml`.
    #[must_use]
    pub const fn stem(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Class => "check",
            Self::Agent | Self::Data => "ddl",
        }
    }

    /// What is said where its file cannot be read.
    #[must_use]
    pub const fn unreadable(self) -> Code {
        match self {
            Self::Machine => Code::MachineFile,
            Self::Class => Code::ClassFile,
            Self::Agent | Self::Data => Code::AgentFile,
        }
    }

    /// What is said where there is none of ours by this name.
    #[must_use]
    pub const fn not_standard(self) -> Code {
        match self {
            Self::Machine => Code::StandardMachine,
            Self::Class => Code::StandardClass,
            Self::Agent | Self::Data => Code::StandardAgent,
        }
    }
}

// === impl Role ===

impl Role {
    /// The roles that can be built, by name.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("server", Self::Server),
        ("client", Self::Client),
        ("emulator", Self::Emulator),
    ];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, it)| *it == self)
            .map_or("", |(name, _)| name)
    }

    /// The roles that come later, by name.
    pub const LATER: &'static [&'static str] = &[
        "broker",
        "provisioner",
        "aaa",
        "federation",
        "adapter",
        "tally",
        "gateway",
    ];
}

#[cfg(test)]
mod tests;
