//! A node's part in a network, for distributions that have something to say there.

use core::fmt;
use core::pin::Pin;
use std::path::PathBuf;
use std::sync::Arc;

use chorister_ddl::Agent;
use chorister_engine::EngineHandle;
use chorister_settings::Settings;
use tokio::sync::watch;

use crate::Distribution;
#[cfg(feature = "network")]
use crate::args::{Emulate, Rpc};
#[cfg(feature = "network")]
use crate::commands::{Failure, emulate, rpc};

/// Takes part in a network.
#[derive(Clone, Copy)]
pub struct Network {
    run: fn(Joining) -> Taking,
    #[cfg(feature = "network")]
    ask: fn(&'static Distribution, &Rpc) -> Result<(), Failure>,
    #[cfg(feature = "network")]
    emulate: fn(&'static Distribution, &Emulate) -> Result<(), Failure>,
}

type Taking = Pin<Box<dyn Future<Output = ()>>>;

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
    /// Whether it only hosts agents that are services.
    pub service_host: bool,
    /// Tells that the node stops.
    pub stopping: watch::Receiver<bool>,
}

impl Network {
    /// Takes part until the node stops, and says goodbye then.
    pub(crate) async fn run(self, joining: Joining) {
        (self.run)(joining).await;
    }

    /// Asks nodes what the command line says.
    #[cfg(feature = "network")]
    pub(crate) fn ask(self, distribution: &'static Distribution, rpc: &Rpc) -> Result<(), Failure> {
        (self.ask)(distribution, rpc)
    }

    /// Is as many nodes as the command line says.
    #[cfg(feature = "network")]
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

/// Answers requests for the distribution's agents, tells of the node's life, and asks other nodes.
#[cfg(feature = "network")]
pub const NODE: Network = Network {
    run: |joining| Box::pin(node::run(joining)),
    ask: rpc::run,
    emulate: emulate::run,
};

#[cfg(feature = "network")]
mod node;
