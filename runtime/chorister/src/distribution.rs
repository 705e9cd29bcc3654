//! What a binary is made of, as the compiler writes it down in `distribution.rs`.
//!
//! Every value here is a constant. Naming a driver or the loader in a [`Distribution`] is what links it:
//! the linker drops whatever no distribution names, so there is no other registry.

use std::path::PathBuf;
use std::sync::Arc;

use chorister_ddl::{Agent, DataPlugin};
pub use chorister_engine::Budget;
use chorister_engine::native::{Goss, NativeCheck};
use chorister_engine::{Builder, BundledFile, Driver, Engine};
use chorister_ir::ddl::{DataDdl, Ddl};
use chorister_ir::{CheckClass, CheckRow, Machine, Sandbox};
use chorister_policy::Rego;

use crate::card::Cards;
use crate::enrolment::Enrolment;
use crate::external::ExternalAgents;
use crate::loader::{CheckLoader, Loader};
use crate::network::{Client, Emulator, Network};

/// A binary: its name, its machines, and the parts of the engine that they need.
///
/// Generated code ends its value with `..Distribution::EMPTY`, so that a field may be added without
/// touching what was generated before.
pub struct Distribution {
    /// Name of the binary: `[a-z][a-z0-9-]*`.
    pub name: &'static str,
    /// `MAJOR.MINOR.PATCH`.
    pub version: &'static str,
    /// What it is for, in its author's words; empty where they gave none.
    pub description: &'static str,
    /// What the binary is in a network, in the order of the specification.
    pub roles: &'static [Role],
    /// The machines that are compiled in, in the order of the specification.
    pub machines: &'static [CompiledMachine],
    /// The check classes that are compiled in, in the order of the specification.
    pub classes: &'static [CompiledClass],
    /// The RPC agents that are part of the binary.
    pub agents: &'static [CompiledAgent],
    /// The data plugins that are part of the binary, besides those that every node has.
    pub data: &'static [CompiledData],
    /// The checks that are compiled in, in the order of the specification.
    pub checks: &'static [CheckRow],
    /// One for each kind of watcher that acts on the outside world and is linked in.
    pub drivers: &'static [Driver],
    /// The checks without plugins that its check classes name.
    pub natives: &'static [NativeCheck],
    /// Evaluates the goss files of its checks; `None` links no reader of them.
    pub goss: Option<Goss>,
    /// Evaluates policies in Rego; `None` links no reader of them.
    pub rego: Option<Rego>,
    /// Reads machines from a directory at run time; `None` links no reader of YAML.
    pub loader: Option<Loader>,
    /// Reads checks of its classes from files at run time; `None` links no reader of them.
    pub check_loader: Option<CheckLoader>,
    /// Takes part in a network; `None` links nothing that knows of one.
    pub network: Option<Network>,
    /// Gets certificates from cert-manager; `None` links nothing that does.
    pub certmanager: Option<Enrolment>,
    /// Asks the nodes of a network on the command line; `None` links nothing that does.
    pub client: Option<Client>,
    /// Is a fleet of nodes; `None` links nothing that does.
    pub emulator: Option<Emulator>,
    /// Opens token devices with the keys of people; `None` links nothing that does.
    pub pkcs11: Option<Cards>,
    /// Hosts agents in other languages; `None` links nothing that runs them.
    pub external_agents: Option<ExternalAgents>,
    /// What may come at run time, and from where.
    pub loaded: Loaded,
    /// Compiled-in configuration, in the order of the specification.
    pub defaults: &'static [Setting],
    /// What its author expects it to use at most.
    pub budget: Budget,
    /// What the node is held to while it runs; `None` where its author does not ask for that.
    pub sandbox: Option<Sandbox>,
    /// Largest size of the binary that its author accepts, in bytes.
    pub max_size: Option<u64>,
    /// Switches of the build.
    pub features: Features,
    /// What the binary is and may do, as the JSON that `choristerc can` and `choristerc diff` look for in it.
    pub manifest: &'static str,
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

/// A machine that is part of the binary.
#[derive(Debug)]
pub struct CompiledMachine {
    /// The machine.
    pub machine: &'static Machine,
    /// What it was compiled from.
    pub spec: Spec,
    /// Files that its commands expect in the machine's directory; the engine writes them there at start.
    pub files: &'static [BundledFile],
}

/// A check class that is part of the binary.
#[derive(Debug)]
pub struct CompiledClass {
    /// The class.
    pub class: &'static CheckClass,
    /// What it was compiled from.
    pub spec: Spec,
}

/// An RPC agent that is part of the binary.
#[derive(Debug)]
pub struct CompiledAgent {
    /// What it can be asked.
    pub ddl: &'static Ddl,
    /// What it was compiled from.
    pub spec: Spec,
    /// Makes the agent, as a node hosts it.
    pub start: fn() -> Box<dyn Agent>,
}

/// A data plugin that is part of the binary.
#[derive(Debug)]
pub struct CompiledData {
    /// What it is asked, and what it answers.
    pub ddl: &'static DataDdl,
    /// What it was compiled from.
    pub spec: Spec,
    /// Makes the plugin, as a node asks it.
    pub start: fn() -> Box<dyn DataPlugin>,
}

/// The specification that a machine, a class or an agent was compiled from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Its path as `distribution.yaml` gives it, with `/` between folders.
    pub path: &'static str,
    /// Its text; empty where the distribution does not embed its specifications.
    pub text: &'static str,
}

/// Where things come from at run time; `None` means that they do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The directory whose sub-directories are machines.
    pub machines: Option<&'static str>,
    /// The directory of check files.
    pub checks: Option<&'static str>,
    /// The signed bundle of check files.
    pub bundle: Option<LoadedBundle>,
    /// The directory of agents in other languages.
    pub external_agents: Option<&'static str>,
}

/// Whose signatures on a bundle of check files count, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadedBundle {
    /// Public keys, as 64 hexadecimal digits.
    pub keys: &'static [&'static str],
    /// A file, an HTTPS URL, or `kv:BUCKET/KEY`; `None` leaves that to the command line.
    pub source: Option<&'static str>,
}

/// One compiled-in setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, with dots between levels: `provisioning.enabled`.
    pub key: &'static str,
    /// Its value as compact JSON.
    pub value: &'static str,
}

/// Switches of the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Whether protections are off that a network of real nodes needs; the binary says so at every start.
    pub insecure_for_tests: bool,
}

// === impl Distribution ===

impl Distribution {
    /// A binary that does nothing, to be completed.
    pub const EMPTY: Self = Self {
        name: "",
        version: "",
        description: "",
        roles: &[],
        machines: &[],
        classes: &[],
        agents: &[],
        data: &[],
        checks: &[],
        drivers: &[],
        natives: &[],
        goss: None,
        rego: None,
        loader: None,
        check_loader: None,
        network: None,
        certmanager: None,
        client: None,
        emulator: None,
        pkcs11: None,
        external_agents: None,
        loaded: Loaded::NOTHING,
        defaults: &[],
        budget: Budget {
            rss: None,
            events_per_second: None,
            forks_per_second: None,
        },
        sandbox: None,
        max_size: None,
        features: Features {
            insecure_for_tests: false,
        },
        manifest: "",
    };

    /// An engine with what machines and checks need, to be completed.
    pub(crate) fn engine(&'static self, identity: String, state_dir: PathBuf) -> Builder {
        let mut builder = Engine::builder(identity, state_dir)
            .distribution(self.name, self.version)
            .drivers(self.drivers)
            .natives(self.natives.iter().copied())
            .budget(self.budget);
        if let Some(goss) = self.goss {
            builder = builder.goss(goss);
        }
        builder
    }

    /// The same engine with the machines and checks that are compiled in.
    pub(crate) fn populate(&'static self, mut builder: Builder) -> Builder {
        for compiled in self.machines {
            builder = builder.machine(compiled.machine, compiled.files);
        }
        for row in self.checks {
            builder = builder.check(row.class, Arc::new(chorister_classes::compiled(row)));
        }
        builder
    }

    /// Whether it is a node that runs something; one without roles is.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.roles.is_empty() || self.roles.contains(&Role::Server)
    }

    /// Whether machines can be loaded at run time.
    #[must_use]
    pub const fn loads_machines(&self) -> bool {
        self.loader.is_some()
    }
}

// === impl Loaded ===

impl Loaded {
    /// Nothing comes at run time.
    pub const NOTHING: Self = Self {
        machines: None,
        checks: None,
        bundle: None,
        external_agents: None,
    };
}

// === impl Role ===

impl Role {
    /// Its name in a specification.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Emulator => "emulator",
        }
    }
}
