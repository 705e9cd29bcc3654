//! Agents in other languages: programs beside their DDLs, found in directories, watched, and run for each request.
//!
//! ```text
//! AGENTS/x.json   the DDL             AGENTS/x/x.json
//! AGENTS/x        the program         AGENTS/x/x, or AGENTS/x/x/x-linux_amd64
//! AGENTS/x.rb     an agent of MCollective, which a shim runs
//! ```
//!
//! [`run`] keeps the agents of a node as its directories say: `find` tells which DDLs there are, `judge` reads them with
//! the one front end of the compiler, `reconcile` asks new agents whether they want to be active, and has them hosted.
//! A request becomes a file for a program and its answer another (`exchange`); `document` knows what is in them. Agents
//! in Ruby are asked through a shim (`ruby`).
//!
//! A node that runs as root runs only what nobody else can change, as with everything that comes at run time.

mod agent;
mod document;
mod exchange;
mod find;
mod judge;
mod reconcile;
mod ruby;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_ddl::{Host, Hosting};
use chorister_engine::EngineHandle;
use chorister_loader::Trust;
use chorister_loader::follow::follow;
use chorister_settings::Settings;
use chorister_settings::places::PLUGIN_FOLDER;

use agent::{Place, Programs};
use reconcile::Agents;

/// Where agents are below a directory of plugins.
const BELOW: &str = "mcollective/agent";

/// Where the configuration is, where nobody says.
const CONFIGURATION: &str = "/etc/choria/server.conf";

/// Where agents come from, and what they are told.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The directories of DDLs and programs; of two agents of a name the first counts.
    pub directories: Vec<PathBuf>,
    /// Whose files are run.
    pub trust: Trust,
    /// The folder in which an agent's own configuration would be.
    pub plugins: PathBuf,
    /// What the node was told.
    pub settings: Settings,
}

impl Origin {
    /// The distribution's own directory and those of the settings. The configuration of an agent is beside that of
    /// the node.
    #[must_use]
    pub fn new(own: PathBuf, settings: Settings, configuration: Option<&Path>) -> Self {
        let below = settings.external_agents.directories.0.iter();
        let directories = core::iter::once(own)
            .chain(below.map(|it| it.join(BELOW)))
            .map(|it| std::path::absolute(&it).unwrap_or(it))
            .collect();
        let configuration = configuration.unwrap_or_else(|| Path::new(CONFIGURATION));
        Self {
            directories,
            trust: Trust::of_process(),
            plugins: configuration.with_file_name(PLUGIN_FOLDER),
            settings,
        }
    }

    fn place(&self, engine: EngineHandle) -> Place {
        Place {
            trust: self.trust,
            plugins: self.plugins.clone(),
            engine,
        }
    }
}

/// Runs the programs of agents whose DDLs are part of the node; it does nothing else of a [`Host`].
#[must_use]
pub fn programs(origin: &Origin, engine: EngineHandle) -> Arc<dyn Host> {
    let directories = origin.directories.clone();
    let place = origin.place(engine);
    Arc::new(Programs { directories, place })
}

/// Keeps the agents of a node as its directories say, until the engine stops.
pub async fn run(origin: Origin, hosting: Arc<dyn Hosting>, engine: EngineHandle) {
    follow(Agents::new(origin, hosting, engine.clone()), &engine).await;
}
