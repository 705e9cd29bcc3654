//! A node inside another program, which brings its own agents, facts and health.
//!
//! ```no_run
//! use chorister::{Distribution, Health, Node, network};
//!
//! static WIDGET: Distribution = Distribution {
//!     name: "widget",
//!     version: "1.2.0",
//!     network: Some(network::NODE),
//!     ..Distribution::EMPTY
//! };
//!
//! let node = Node::of(&WIDGET)
//!     .facts(|| serde_json::json!({"customers": 17}))
//!     .health(|| Health::well("all queues are short"))
//!     .start()?;
//! // … the program's own work …
//! node.stop();
//! # Ok::<(), chorister::EmbedError>(())
//! ```
//!
//! The node has a thread of its own, on which everything of it runs. What it is in its network says its configuration,
//! as it does for every other node; a distribution that a build script compiled brings its machines and checks too.

mod program;

use core::fmt;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use chorister_ddl::Agent;
use chorister_engine::{EngineHandle, StartError};
use chorister_settings::key;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::LocalSet;

use self::program::Answers;
use crate::config::{self, Sources};
use crate::network::Joining;
use crate::{Distribution, place};

/// How often the program is asked for its facts.
// Compat: go-backplane: every ten minutes.
const FACTS: Duration = Duration::from_secs(600);

/// A node that runs beside the rest of its program. It stops when it is dropped.
#[derive(Debug)]
pub struct Node {
    engine: EngineHandle,
    halt: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// A node that is yet to start; see [`Node::of`].
pub struct Embedded {
    distribution: &'static Distribution,
    configuration: Option<PathBuf>,
    settings: Vec<(&'static str, String, &'static str)>,
    state: Option<PathBuf>,
    agents: Vec<Arc<dyn Agent>>,
    facts: Option<Box<dyn Fn() -> Value + Send>>,
    health: Option<HealthCheck>,
}

/// Tells whoever starts a node what became of that.
type Tell = mpsc::Sender<Result<EngineHandle, EmbedError>>;

type HealthCheck = Box<dyn Fn() -> Health + Send + Sync>;

/// How a program is.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Whether it is well.
    pub is_healthy: bool,
    /// What it says of that.
    pub result: Value,
}

/// Why a node could not be started in a program.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// The configuration cannot be read.
    #[error("{0}")]
    Configuration(String),
    /// The engine cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The operating system gives no thread, or none that can wait for things.
    #[error("the node's thread does not start: {0}")]
    Thread(#[from] std::io::Error),
    /// The node ended before it had begun.
    #[error("the node's thread ended by a mistake")]
    Ended,
}

// === impl Health ===

impl Health {
    /// All is well.
    pub fn well(result: impl Into<Value>) -> Self {
        Self {
            is_healthy: true,
            result: result.into(),
        }
    }

    /// Something is wrong.
    pub fn ill(result: impl Into<Value>) -> Self {
        Self {
            is_healthy: false,
            result: result.into(),
        }
    }
}

// === impl Node ===

impl Node {
    /// Begins to describe a node that is what a distribution says.
    #[must_use]
    pub fn of(distribution: &'static Distribution) -> Embedded {
        Embedded {
            distribution,
            configuration: None,
            settings: Vec::new(),
            state: None,
            agents: Vec::new(),
            facts: None,
            health: None,
        }
    }

    /// A line to its engine: machines, checks, status.
    #[must_use]
    pub const fn engine(&self) -> &EngineHandle {
        &self.engine
    }

    /// Leaves the network, and ends what the node has begun; returns when that is done.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        self.halt.send_replace(true);
        if thread.join().is_err() {
            tracing::error!("the node's thread ended by a mistake");
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.end();
    }
}

// === impl Embedded ===

impl Embedded {
    /// Reads the configuration from this file; where none is named, from the first of the usual ones.
    #[must_use]
    pub fn configuration(mut self, file: impl Into<PathBuf>) -> Self {
        self.configuration = Some(file.into());
        self
    }

    /// Sets a setting, by its name in `chorister.yaml`, whatever the file says; lists have commas.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into(), name));
        self
    }

    /// Keeps what outlives a restart in this directory, and not in the usual one.
    #[must_use]
    pub fn state_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state = Some(directory.into());
        self
    }

    /// Hosts an agent of the program, beside those of the distribution.
    #[must_use]
    pub fn agent(mut self, agent: impl Agent + 'static) -> Self {
        self.agents.push(Arc::new(agent));
        self
    }

    /// Asks for the facts of the node at its start and every ten minutes: an object. It must not block.
    #[must_use]
    pub fn facts(mut self, facts: impl Fn() -> Value + Send + 'static) -> Self {
        self.facts = Some(Box::new(facts));
        self
    }

    /// Asks how the program is whenever somebody asks its node. It must not block.
    #[must_use]
    pub fn health(mut self, health: impl Fn() -> Health + Send + Sync + 'static) -> Self {
        self.health = Some(Box::new(health));
        self
    }

    /// Starts the node, on a thread of its own; it joins its network as soon as that is there.
    ///
    /// # Errors
    /// Each variant of [`EmbedError`].
    pub fn start(self) -> Result<Node, EmbedError> {
        let (tell, told) = mpsc::channel();
        let (halt, halted) = watch::channel(false);
        let thread = std::thread::Builder::new().name(self.distribution.name.to_owned());
        let thread = thread.spawn(move || self.run(&tell, halted))?;
        let engine = told.recv().map_err(|_| EmbedError::Ended)??;
        Ok(Node {
            engine,
            halt,
            thread: Some(thread),
        })
    }

    /// Runs until the engine is stopped.
    fn run(self, tell: &Tell, halted: watch::Receiver<bool>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        // Who does not wait for an answer does not need it.
        let _ = match runtime {
            Ok(runtime) => {
                let served = LocalSet::new().block_on(&runtime, self.serve(tell, halted));
                runtime.shutdown_background();
                match served {
                    Ok(()) => return,
                    Err(error) => tell.send(Err(error)),
                }
            }
            Err(error) => tell.send(Err(error.into())),
        };
    }

    async fn serve(self, tell: &Tell, halted: watch::Receiver<bool>) -> Result<(), EmbedError> {
        let distribution = self.distribution;
        let unknown = |it: &&(&'static str, String, &'static str)| key::native(it.0).is_none();
        if let Some((name, ..)) = self.settings.iter().find(unknown) {
            let problem = format!("there is no setting `{name}`");
            return Err(EmbedError::Configuration(problem));
        }
        let sources = Sources {
            file: self.configuration,
            arguments: self.settings,
            client: false,
        };
        let config = config::read(distribution, sources).map_err(EmbedError::Configuration)?;
        let identity = config.settings.identity.clone().unwrap_or_default();
        let state = self
            .state
            .unwrap_or_else(|| place::state_dir(distribution.name));
        let beginning = distribution.network;
        let beginning = beginning.map(|it| it.begin(distribution, &config.settings, &state));
        let beginning = beginning.transpose().map_err(EmbedError::Configuration)?;
        let (equip, join) = beginning.map(|it| (it.equip, it.run)).unzip();
        let mut engine = distribution.populate(distribution.engine(identity, state));
        if let Some(equip) = equip {
            engine = equip(engine);
        }
        let engine = engine.build()?;
        let handle = engine.handle();
        let mut agents = self.agents;
        agents.push(Arc::new(Answers::agent(self.health)));
        if let Some(facts) = self.facts {
            // Before anybody can ask.
            tell_facts(&handle, &*facts).await;
            tokio::task::spawn_local(refresh(handle.clone(), facts));
        }
        tokio::task::spawn_local(end(handle.clone(), halted));
        let (stop, stopping) = watch::channel(false);
        let network = join.map(|join| {
            let joining = Joining {
                distribution,
                settings: config.settings.clone(),
                configuration: config.main(),
                agents,
                engine: handle.clone(),
                is_alone: false,
                service_host: false,
                stopping,
            };
            tokio::task::spawn_local(join(joining))
        });
        // An engine that has stopped has no status.
        let problem = config.problem();
        let _ = handle.report("config", "configuration", problem).await;
        // A node whose program is gone already stops with its engine.
        let _ = tell.send(Ok(handle));
        engine.run().await;
        stop.send_replace(true);
        if let Some(network) = network {
            network.await.map_err(|_| EmbedError::Ended)?;
        }
        Ok(())
    }
}

/// Asks for the facts again and again.
async fn refresh(engine: EngineHandle, facts: Box<dyn Fn() -> Value + Send>) {
    let mut every = tokio::time::interval(FACTS);
    every.tick().await;
    loop {
        every.tick().await;
        tell_facts(&engine, &*facts).await;
    }
}

async fn tell_facts(engine: &EngineHandle, facts: &(dyn Fn() -> Value + Send)) {
    let facts = facts();
    let is_object = facts.is_object();
    let problem = (!is_object).then(|| "the facts of the program are not an object".to_owned());
    // An engine that has stopped needs neither.
    let _ = engine.report("facts", "program", problem).await;
    if is_object {
        let _ = engine.set_facts(Arc::new(facts)).await;
    }
}

/// Stops the engine once the program says so.
async fn end(engine: EngineHandle, mut halted: watch::Receiver<bool>) {
    // A program that is gone needs no node.
    let _ = halted.wait_for(|it| *it).await;
    engine.stop().await;
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded")
            .field("distribution", &self.distribution.name)
            .field("configuration", &self.configuration)
            .finish_non_exhaustive()
    }
}
