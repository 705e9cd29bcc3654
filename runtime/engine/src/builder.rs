//! What an engine is made of.

use core::time::Duration;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use chorister_fsm::Check;
use chorister_ir::{CheckClass, Machine};
use serde_json::Value;

use crate::native::{Goss, NativeCheck, StatusFile};
use crate::sink::Sink;
use crate::{
    Budget, BundledFile, Clock, Driver, Engine, Hook, Listen, Sandboxed, Seeded, SystemClock,
};

/// Collects what an engine needs; start with [`Engine::builder`].
pub struct Builder {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) identity: String,
    pub(crate) state_dir: PathBuf,
    pub(crate) clock: Option<Box<dyn Clock>>,
    pub(crate) random: Option<Seeded>,
    pub(crate) drivers: Vec<Driver>,
    pub(crate) natives: Vec<NativeCheck>,
    pub(crate) goss: Option<Goss>,
    pub(crate) status_file: Option<StatusFile>,
    pub(crate) machines: Vec<(&'static Machine, Vec<BundledFile>)>,
    pub(crate) checks: Vec<(&'static CheckClass, Arc<Check>)>,
    pub(crate) sinks: Vec<Box<dyn Sink>>,
    pub(crate) exposed: Vec<Exposed>,
    pub(crate) facts: Arc<Value>,
    pub(crate) overrides: Option<PathBuf>,
    pub(crate) textfile_dir: Option<PathBuf>,
    pub(crate) http: Option<Listen>,
    pub(crate) readiness: Vec<String>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) summary: Option<Duration>,
    pub(crate) sandbox: Option<Sandboxed>,
    pub(crate) control: bool,
    pub(crate) budget: Budget,
    #[cfg(feature = "watch-plugins")]
    pub(crate) premises: crate::drivers::Premises,
}

/// Figures of somebody else, in Prometheus' text format.
pub(crate) type Exposed = Box<dyn Fn() -> String + Send>;

/// Why an engine cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The state directory, or what belongs into it, cannot be made.
    #[error("cannot use the state directory")]
    StateDir(#[source] io::Error),
    /// Another process of this distribution uses the state directory.
    #[error("{name} runs already with the state directory {directory}", directory = .directory.display())]
    Running {
        /// Name of the distribution.
        name: String,
        /// The directory.
        directory: PathBuf,
    },
    /// The control socket cannot be made.
    #[error("cannot make the control socket")]
    Control(#[source] io::Error),
    /// The address for HTTP cannot be used.
    #[error("cannot listen on {address} for HTTP")]
    Http {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Anybody could reach the address for HTTP.
    #[error(
        "anybody who reaches {address} could ask over HTTP: give --http-token-file FILE, or --http-client-ca FILE \
         beside a certificate and its key, or listen on 127.0.0.1"
    )]
    HttpUnprotected {
        /// The address.
        address: SocketAddr,
    },
    /// The token or the certificates for HTTP cannot be used.
    #[error("HTTP cannot be protected: {0}")]
    HttpAccess(String),
    /// This program has no server for HTTP.
    #[error(
        "this distribution has no server for HTTP: it was built without the feature `http` of chorister"
    )]
    NoHttp,
    /// Somebody cannot be told of checks.
    #[error("nobody can be notified of checks: {0}")]
    Hook(String),
    /// The directory for the Prometheus text file does not exist.
    #[error("cannot write into the text file directory {directory}", directory = .directory.display())]
    TextfileDir {
        /// The directory.
        directory: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Watching for child processes or timers is impossible here.
    #[error("the operating system refuses what the engine needs")]
    System(#[source] io::Error),
}

impl Engine {
    /// Starts to describe an engine for the node `identity` that keeps its state in `state_dir`.
    #[must_use]
    pub fn builder(identity: impl Into<String>, state_dir: impl Into<PathBuf>) -> Builder {
        Builder {
            name: "chorister".to_owned(),
            version: String::new(),
            identity: identity.into(),
            state_dir: state_dir.into(),
            clock: None,
            random: None,
            drivers: Vec::new(),
            natives: Vec::new(),
            goss: None,
            status_file: None,
            machines: Vec::new(),
            checks: Vec::new(),
            sinks: Vec::new(),
            exposed: Vec::new(),
            facts: Arc::new(Value::Object(serde_json::Map::new())),
            overrides: None,
            textfile_dir: None,
            http: None,
            readiness: Vec::new(),
            hooks: Vec::new(),
            summary: None,
            sandbox: None,
            control: true,
            budget: Budget::default(),
            #[cfg(feature = "watch-plugins")]
            premises: crate::drivers::Premises::default(),
        }
    }
}

impl Builder {
    /// Name and version of the distribution, for its status.
    #[must_use]
    pub fn distribution(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.name = name.into();
        self.version = version.into();
        self
    }

    /// Adds a check that is part of the program.
    #[must_use]
    pub fn check(mut self, class: &'static CheckClass, check: Arc<Check>) -> Self {
        self.checks.push((class, check));
        self
    }

    /// Checks that are part of the program, for the classes that name them.
    #[must_use]
    pub fn natives(mut self, checks: impl IntoIterator<Item = NativeCheck>) -> Self {
        self.natives.extend(checks);
        self
    }

    /// What evaluates goss files.
    #[must_use]
    pub fn goss(mut self, goss: Goss) -> Self {
        self.goss = Some(goss);
        self
    }

    /// What the builtin `choria_status` looks at; without it the builtin says that nothing is configured.
    #[must_use]
    pub fn status_file(mut self, file: StatusFile) -> Self {
        self.status_file = Some(file);
        self
    }

    /// Uses this clock and not the computer's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// Draws random numbers from this source, so that a run can be repeated.
    #[must_use]
    pub fn random(mut self, random: Seeded) -> Self {
        self.random = Some(random);
        self
    }

    /// Adds drivers; a watcher whose kind has none fails at each run, with the reason.
    #[must_use]
    pub fn drivers(mut self, drivers: &[Driver]) -> Self {
        self.drivers.extend_from_slice(drivers);
        self
    }

    /// Adds a machine that is part of the program, and the files that it brings.
    #[must_use]
    pub fn machine(mut self, machine: &'static Machine, files: &[BundledFile]) -> Self {
        self.machines.push((machine, files.to_vec()));
        self
    }

    /// Adds somebody who is told each event.
    #[must_use]
    pub fn sink(mut self, sink: impl Sink + 'static) -> Self {
        self.sinks.push(Box::new(sink));
        self
    }

    /// Has figures of others stand beside those of the engine, in text files and over HTTP. `figures` writes whole families
    /// in Prometheus' text format, and does not wait.
    #[must_use]
    pub fn expose(mut self, figures: impl Fn() -> String + Send + 'static) -> Self {
        self.exposed.push(Box::new(figures));
        self
    }

    /// What machines see of the node at first, an object; [`EngineHandle::set_facts`](crate::EngineHandle::set_facts)
    /// gives them something newer.
    #[must_use]
    pub fn facts(mut self, facts: Arc<Value>) -> Self {
        self.facts = facts;
        self
    }

    /// Reads what replaces values in the plugins of checks from this file, YAML or JSON, and again whenever it
    /// changes.
    #[must_use]
    pub fn overrides(mut self, file: impl Into<PathBuf>) -> Self {
        self.overrides = Some(file.into());
        self
    }

    /// Writes metrics for the Prometheus node exporter into this directory.
    #[must_use]
    pub fn textfile_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.textfile_dir = Some(directory.into());
        self
    }

    /// Serves metrics, probes and switches over HTTP.
    #[must_use]
    pub fn http(mut self, listen: impl Into<Listen>) -> Self {
        self.http = Some(listen.into());
        self
    }

    /// Has the readiness of the node depend on these checks too, beside those annotated `readiness`.
    #[must_use]
    pub fn readiness(mut self, checks: Vec<String>) -> Self {
        self.readiness = checks;
        self
    }

    /// Adds somebody who is told of checks.
    #[must_use]
    pub fn hook(mut self, hook: Hook) -> Self {
        self.hooks.push(hook);
        self
    }

    /// Publishes how all checks are together every so often, as long as there are checks.
    #[must_use]
    pub fn summary(mut self, every: Duration) -> Self {
        self.summary = Some(every);
        self
    }

    /// Keeps to these rates, and reports more memory than this.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Tells in the status how far the process is held to its capabilities.
    #[must_use]
    pub fn sandboxed(mut self, sandbox: Sandboxed) -> Self {
        self.sandbox = Some(sandbox);
        self
    }

    /// Has `plugins` watchers put machines into the directory that the node loads machines from, and obey only lists that
    /// this ed25519 key signed, if there is one, whatever they say themselves: 64 hexadecimal digits.
    #[cfg(feature = "watch-plugins")]
    #[must_use]
    pub fn plugins(mut self, machines: Option<PathBuf>, key: Option<String>) -> Self {
        let machines = machines.map(|it| std::path::absolute(&it).unwrap_or(it));
        self.premises = crate::drivers::Premises { machines, key };
        self
    }

    /// Leaves out the control socket.
    #[must_use]
    pub fn without_control(mut self) -> Self {
        self.control = false;
        self
    }

    /// Prepares the state directory, opens the sockets and inserts the machines. Nothing runs before
    /// [`Engine::run`].
    ///
    /// Has to be called inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// Each variant of [`StartError`]. What concerns one machine alone is not an error: it is reported as a
    /// problem of the node, and the others run.
    pub fn build(self) -> Result<Engine, StartError> {
        Engine::assemble(self)
    }

    pub(crate) fn take_clock(&mut self) -> Box<dyn Clock> {
        self.clock
            .take()
            .unwrap_or_else(|| Box::new(SystemClock::start()))
    }
}
