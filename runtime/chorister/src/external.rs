//! Agents in other languages, for distributions that ask for them.

use core::fmt;
use core::pin::Pin;
use std::path::PathBuf;
use std::sync::Arc;

use chorister_ddl::{Host, Hosting};
use chorister_engine::EngineHandle;
use chorister_settings::Settings;

/// Hosts agents in other languages.
#[derive(Clone, Copy)]
pub struct ExternalAgents {
    run: fn(PathBuf, Node) -> Running,
    programs: fn(PathBuf, Node) -> Arc<dyn Host>,
}

type Running = Pin<Box<dyn Future<Output = ()>>>;

/// A node that is to host them.
#[derive(Clone)]
pub struct Node {
    /// How it is configured.
    pub settings: Settings,
    /// The file that this comes from, where there is one.
    pub configuration: Option<PathBuf>,
    /// What hosts its agents.
    pub hosting: Arc<dyn Hosting>,
    /// What runs its machines and checks.
    pub engine: EngineHandle,
}

/// Programs beside their DDLs, in a directory and in those that the configuration names.
#[cfg(feature = "external-agents")]
pub const PROGRAMS: ExternalAgents = ExternalAgents {
    run: |directory, node| {
        let origin = origin(directory, &node);
        Box::pin(chorister_external::run(origin, node.hosting, node.engine))
    },
    programs: |directory, node| {
        chorister_external::programs(&origin(directory, &node), node.engine)
    },
};

#[cfg(feature = "external-agents")]
fn origin(directory: PathBuf, node: &Node) -> chorister_external::Origin {
    let configuration = node.configuration.as_deref();
    chorister_external::Origin::new(directory, node.settings.clone(), configuration)
}

impl ExternalAgents {
    /// Keeps the agents of the node as its directories say, until the engine stops.
    pub(crate) async fn run(self, directory: PathBuf, node: Node) {
        (self.run)(directory, node).await;
    }

    /// What asks the programs of agents whose DDLs are compiled in.
    pub(crate) fn programs(self, directory: PathBuf, node: Node) -> Arc<dyn Host> {
        (self.programs)(directory, node)
    }
}

impl fmt::Debug for ExternalAgents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalAgents")
    }
}
