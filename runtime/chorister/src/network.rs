//! A node's part in a network, for distributions that have something to say there.

use core::fmt;
use core::pin::Pin;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_ddl::Agent;
use chorister_engine::{Builder, EngineHandle};
use chorister_settings::Settings;
use tokio::sync::watch;

use crate::Distribution;
#[cfg(feature = "emulator")]
use crate::args::Emulate;
#[cfg(feature = "client")]
use crate::args::Rpc;
#[cfg(any(feature = "client", feature = "emulator"))]
use crate::commands::Failure;
#[cfg(feature = "emulator")]
use crate::commands::emulate;
#[cfg(feature = "client")]
use crate::commands::rpc;

/// Takes part in a network.
#[derive(Clone, Copy)]
pub struct Network {
    begin: fn(&'static Distribution, &Settings, &Path) -> Result<Beginning, String>,
}

/// Asks the nodes of a network.
#[derive(Clone, Copy)]
pub struct Client {
    #[cfg(feature = "client")]
    ask: fn(&'static Distribution, &Rpc) -> Result<(), Failure>,
}

/// Is a fleet of nodes.
#[derive(Clone, Copy)]
pub struct Emulator {
    #[cfg(feature = "emulator")]
    emulate: fn(&'static Distribution, &Emulate) -> Result<(), Failure>,
}

/// What has to be there before the engine is: what is told of it later comes from there.
pub struct Beginning {
    /// Gives the engine what it is to tell.
    pub equip: Box<dyn FnOnce(Builder) -> Builder>,
    /// Takes part, once the engine is there.
    pub run: Box<dyn FnOnce(Joining) -> Taking>,
}

/// Taking part, until the node stops.
pub type Taking = Pin<Box<dyn Future<Output = ()>>>;

/// What the control socket calls the agents of a node.
pub(crate) const AGENTS: &str = "agents";

/// A node that is to take part in a network.
pub struct Joining {
    /// What it is made of.
    pub distribution: &'static Distribution,
    /// How it is configured.
    pub settings: Settings,
    /// The file that they come from, where there is one.
    pub configuration: Option<PathBuf>,
    /// Agents beside those of the distribution.
    pub agents: Vec<Arc<dyn Agent>>,
    /// What runs its machines and checks.
    pub engine: EngineHandle,
    /// Whether it may start processes of its own binary, which a program around it would not understand.
    pub is_alone: bool,
    /// Whether it only hosts agents that are services.
    pub service_host: bool,
    /// Tells that the node stops.
    pub stopping: watch::Receiver<bool>,
}

impl Network {
    /// Prepares to take part, with a state directory.
    ///
    /// # Errors
    /// What cannot be used there.
    pub(crate) fn begin(
        self,
        distribution: &'static Distribution,
        settings: &Settings,
        state: &Path,
    ) -> Result<Beginning, String> {
        (self.begin)(distribution, settings, state)
    }
}

impl Client {
    /// Asks nodes what the command line says.
    #[cfg(feature = "client")]
    pub(crate) fn ask(self, distribution: &'static Distribution, rpc: &Rpc) -> Result<(), Failure> {
        (self.ask)(distribution, rpc)
    }
}

impl Emulator {
    /// Is as many nodes as the command line says.
    #[cfg(feature = "emulator")]
    pub(crate) fn emulate(
        self,
        distribution: &'static Distribution,
        emulate: &Emulate,
    ) -> Result<(), Failure> {
        (self.emulate)(distribution, emulate)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Emulator")
    }
}

/// Answers requests for the distribution's agents, and tells of the node's life.
#[cfg(feature = "network")]
pub const NODE: Network = Network { begin: node::begin };

/// Asks nodes on the command line.
#[cfg(feature = "client")]
pub const CLIENT: Client = Client { ask: rpc::run };

/// Is many nodes in one process.
#[cfg(feature = "emulator")]
pub const EMULATOR: Emulator = Emulator {
    emulate: emulate::run,
};

#[cfg(feature = "network")]
pub(crate) mod jobs;
#[cfg(feature = "network")]
mod node;
