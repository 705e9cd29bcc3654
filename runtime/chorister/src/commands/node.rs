//! `NAME run`: the node itself.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_engine::sink::{Console, Jsonl};
use chorister_engine::{Builder, Engine, EngineHandle, Sandboxed, StatusFile};
use chorister_facts::{Collected, Collector};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Failure, chain};
use crate::args::{Events, Run};
use crate::config::{self, Config, Reread, Sources};
use crate::loader::{BundleOrigin, CheckLoader, CheckOrigin};
use crate::network::{Beginning, Joining, Taking};
use crate::{Distribution, facts, hold, log, place};

pub(super) fn run(distribution: &'static Distribution, mut arguments: Run) -> Result<(), Failure> {
    let config = configure(distribution, &mut arguments)?;
    let machines =
        machines_directory(distribution, &arguments)?.filter(|_| !arguments.service_host);
    let state = arguments
        .state
        .state_dir
        .clone()
        .unwrap_or_else(|| place::state_dir(distribution.name));
    let checks =
        check_origin(distribution, &arguments, &state)?.filter(|_| !arguments.service_host);
    let log = log::start(&config.settings.log).map_err(Failure::Impossible)?;
    // Before the processes of others are out of sight.
    chorister_engine::end_orphans(&state);
    let facts = facts::sources(
        distribution,
        &config.settings,
        config.files.first().map(PathBuf::as_path),
    );
    // Before there is another thread, which would stay free.
    let held = hold::hold(
        distribution,
        &arguments,
        &facts,
        &state,
        machines.as_deref(),
        checks.as_ref(),
    )
    .map_err(Failure::Impossible)?;
    if distribution.features.insecure_for_tests {
        tracing::warn!("Built for tests: connections of this binary are not protected");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Files and archives are looked after here; idle threads would cost memory for nothing.
        .max_blocking_threads(16)
        .thread_keep_alive(std::time::Duration::from_secs(2))
        .build()
        .map_err(|error| {
            Failure::Impossible(format!("the asynchronous runtime does not start: {error}"))
        })?;
    let tasks = tokio::task::LocalSet::new();
    let done = tasks.block_on(
        &runtime,
        serve(
            distribution,
            arguments,
            state,
            Origins {
                machines,
                checks,
                facts,
            },
            held,
            Following {
                distribution,
                config,
                log,
            },
        ),
    );
    // Blocking work that ignores its deadline must not hold up the end.
    runtime.shutdown_background();
    done
}

/// Where a node finds what is not part of its binary.
struct Origins {
    machines: Option<PathBuf>,
    checks: Option<CheckOrigin>,
    facts: chorister_facts::Sources,
}

async fn serve(
    distribution: &'static Distribution,
    arguments: Run,
    state: PathBuf,
    origins: Origins,
    held: Option<Sandboxed>,
    following: Following,
) -> Result<(), Failure> {
    let signals = Signals::catch()
        .map_err(|error| Failure::Impossible(format!("signals cannot be caught: {error}")))?;
    let problem = held.as_ref().and_then(hold::problem);
    let service_host = arguments.service_host;
    let beginning = beginning(distribution, &following.config, &state)?;
    if service_host && beginning.is_none() {
        return Err(Failure::Impossible(
            "--service-host: there is no network to serve; name a broker in the configuration"
                .to_owned(),
        ));
    }
    let (equip, join) = beginning.map(|it| (it.equip, it.run)).unzip();
    let mut facts = Collector::new(origins.facts);
    let known = facts.at_hand().await;
    #[cfg(feature = "watch-plugins")]
    let equip = {
        let (machines, settings) = (origins.machines.clone(), following.config.settings.clone());
        Some(move |builder| {
            let builder = crate::plugins::equip(builder, machines, &settings);
            equip
                .into_iter()
                .fold(builder, |builder, equip| equip(builder))
        })
    };
    let engine = assemble(distribution, arguments, state, held, &known, equip)?;
    let handle = engine.handle();
    tokio::task::spawn_local(chorister_facts::follow(facts, known, handle.clone()));
    #[cfg(feature = "watch-plugins")]
    if !service_host {
        let settings = following.config.settings.clone();
        tokio::task::spawn_local(crate::plugins::manage(settings, handle.clone()));
    }
    let network = join.map(|join| {
        Membership::begin(join, distribution, &following.config, &handle, service_host)
    });
    if problem.is_some() {
        let handle = handle.clone();
        tokio::task::spawn_local(
            async move { handle.report("sandbox", "capabilities", problem).await },
        );
    }
    tokio::task::spawn_local(signals.forward(handle.clone(), following));
    if let (Some(directory), Some(loader)) = (origins.machines, distribution.loader) {
        tokio::task::spawn_local(loader.run(directory, distribution.drivers, handle.clone()));
    }
    if let (Some(origin), Some(loader)) = (origins.checks, distribution.check_loader) {
        let classes = distribution.classes.iter().map(|it| it.class).collect();
        tokio::task::spawn_local(loader.run(origin, classes, handle));
    }
    engine.run().await;
    if let Some(network) = network {
        network.end().await;
    }
    Ok(())
}

/// The beginning of a node's part in a network, where the distribution can take part and there is a configuration that says
/// how.
fn beginning(
    distribution: &'static Distribution,
    config: &Config,
    state: &Path,
) -> Result<Option<Beginning>, Failure> {
    let Some(network) = distribution.network else {
        return Ok(None);
    };
    if config.files.is_empty() && config.settings.brokers.is_empty() {
        tracing::info!("Not part of a network: neither a configuration nor a broker is known");
        return Ok(None);
    }
    let beginning = network.begin(distribution, &config.settings, state);
    beginning.map(Some).map_err(Failure::Impossible)
}

/// A node's part in its network, while it lasts.
struct Membership {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Membership {
    /// Takes part.
    fn begin(
        join: impl FnOnce(Joining) -> Taking,
        distribution: &'static Distribution,
        config: &Config,
        engine: &EngineHandle,
        service_host: bool,
    ) -> Self {
        let (stop, stopping) = watch::channel(false);
        let joining = Joining {
            distribution,
            settings: config.settings.clone(),
            configuration: config.main(),
            agents: Vec::new(),
            engine: engine.clone(),
            is_alone: true,
            service_host,
            stopping,
        };
        let task = tokio::task::spawn_local(join(joining));
        Self { stop, task }
    }

    /// Says goodbye.
    async fn end(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the node's part in the network ended by a mistake");
        }
    }
}

fn assemble(
    distribution: &'static Distribution,
    arguments: Run,
    state: PathBuf,
    held: Option<Sandboxed>,
    facts: &Collected,
    equip: Option<impl FnOnce(Builder) -> Builder>,
) -> Result<Engine, Failure> {
    let identity = arguments.identity.unwrap_or_default();
    let mut builder = distribution
        .engine(identity, state)
        .facts(Arc::clone(&facts.facts));
    let unwritable = |what: &str, error: &io::Error| {
        Failure::Impossible(format!("cannot write events to {what}: {error}"))
    };
    builder = match &arguments.events {
        Events::Console => {
            builder.sink(Console::stdout().map_err(|error| unwritable("the console", &error))?)
        }
        Events::Jsonl => {
            builder.sink(Jsonl::stdout().map_err(|error| unwritable("standard output", &error))?)
        }
        Events::File(path) => builder.sink(
            Jsonl::file(path).map_err(|error| unwritable(&path.display().to_string(), &error))?,
        ),
    };
    if let Some(equip) = equip {
        builder = equip(builder);
    }
    if let Some(held) = held {
        builder = builder.sandboxed(held);
    }
    if let Some(overrides) = arguments.overrides {
        builder = builder.overrides(overrides);
    }
    if let Some(path) = arguments.status_file {
        builder = builder.status_file(StatusFile {
            path,
            every: arguments.status_interval,
        });
    }
    if let Some(directory) = arguments.textfile_dir {
        builder = builder.textfile_dir(directory);
    }
    if let Some(listen) = arguments.http.listen() {
        builder = builder.http(listen);
    }
    builder = builder
        .readiness(arguments.http.readiness)
        .summary(arguments.summary);
    for hook in arguments.notify.hooks() {
        builder = builder.hook(hook);
    }
    if arguments.service_host {
        return build(builder);
    }
    build(distribution.populate(builder))
}

fn build(builder: Builder) -> Result<Engine, Failure> {
    let built = builder.build();
    built.map_err(|error| Failure::Impossible(chain(&error)))
}

/// Where machines are loaded from: the argument's word, or the distribution's own if that place exists.
fn machines_directory(
    distribution: &Distribution,
    arguments: &Run,
) -> Result<Option<PathBuf>, Failure> {
    match (&arguments.machines, distribution.loads_machines()) {
        (Some(_), false) => Err(Failure::Impossible(format!(
            "--machines: {} loads no machines; only a distribution with `loaded: {{machines: DIR}}` does",
            distribution.name
        ))),
        (Some(directory), true) => Ok(Some(directory.clone())),
        (None, true) => Ok(distribution
            .loaded
            .machines
            .map(PathBuf::from)
            .filter(|it| it.is_dir())),
        (None, false) => Ok(None),
    }
}

/// Where checks are loaded from: the argument's word, or the distribution's own.
fn check_origin(
    distribution: &Distribution,
    arguments: &Run,
    state: &Path,
) -> Result<Option<CheckOrigin>, Failure> {
    let name = distribution.name;
    let Some(loader) = distribution.check_loader else {
        return match (&arguments.checks, &arguments.bundle) {
            (None, None) => Ok(None),
            (Some(_), _) => Err(Failure::Impossible(format!(
                "--checks: {name} loads no check files; only a distribution with `loaded: {{checks: DIR}}` does"
            ))),
            (None, Some(_)) => Err(no_bundles(name)),
        };
    };
    let own = distribution.loaded.checks.map(PathBuf::from);
    let Some(directory) = arguments.checks.clone().or(own) else {
        return Ok(None);
    };
    Ok(Some(CheckOrigin {
        directory,
        is_required: arguments.checks.is_some(),
        bundle: bundle_origin(distribution, loader, arguments, state)?,
    }))
}

/// Where a signed bundle of checks comes from, and whose signatures count.
fn bundle_origin(
    distribution: &Distribution,
    loader: CheckLoader,
    arguments: &Run,
    state: &Path,
) -> Result<Option<BundleOrigin>, Failure> {
    let own = distribution.loaded.bundle;
    let source = arguments.bundle.as_deref();
    let Some(source) = source.or_else(|| own.and_then(|it| it.source)) else {
        return Ok(None);
    };
    if !loader.follows_bundles() {
        return Err(no_bundles(distribution.name));
    }
    let mut keys = arguments.bundle_keys.clone();
    if keys.is_empty() {
        let own = own.map(|it| it.keys).unwrap_or_default();
        keys.extend(own.iter().map(|it| (*it).to_owned()));
    }
    for key in &keys {
        loader
            .check_key(key)
            .map_err(|error| Failure::Impossible(format!("--bundle-key: {error}")))?;
    }
    if keys.is_empty() {
        return Err(Failure::Impossible(
            "--bundle: nobody's signature counts; name a key with --bundle-key".to_owned(),
        ));
    }
    Ok(Some(BundleOrigin {
        source: source.to_owned(),
        keys,
        memory: state.join("bundle.json"),
        identity: arguments.identity.clone().unwrap_or_default(),
    }))
}

fn no_bundles(name: &str) -> Failure {
    Failure::Impossible(format!(
        "--bundle: {name} follows no bundles; only a distribution with `loaded: {{bundle: {{…}}}}` does"
    ))
}

/// Reads the configuration, and takes from it what the command line does not say.
fn configure(distribution: &Distribution, arguments: &mut Run) -> Result<Config, Failure> {
    let sources = Sources {
        file: arguments.file.config.clone(),
        arguments: arguments.settings(),
        client: false,
    };
    let config = config::read(distribution, sources).map_err(Failure::Impossible)?;
    if let Some(problem) = config.problem().filter(|_| arguments.file.strict) {
        return Err(Failure::Impossible(format!(
            "--strict: the configuration has mistakes:\n{problem}"
        )));
    }
    let main = config.files.first().cloned();
    arguments
        .complete(&config.settings, main, distribution)
        .map_err(Failure::Impossible)?;
    Ok(config)
}

/// The configuration of a running node, which is read again on request.
struct Following {
    distribution: &'static Distribution,
    config: Config,
    log: log::Level,
}

impl Following {
    /// Reads it again. What cannot change in a running node counts once it is started again, and is told.
    fn again(&mut self) {
        let Reread { config, changes } = match self.config.again(self.distribution) {
            Ok(reread) => reread,
            Err(error) => {
                tracing::warn!("The configuration stays as it was: {error}");
                return;
            }
        };
        for change in changes {
            if change.name == "log.level" {
                tracing::info!("Configuration: {change}");
            } else {
                tracing::warn!("Configuration: {change}; it counts when the node is started again");
            }
        }
        self.log.set(config.settings.log.level);
        self.config = config;
    }

    /// Has the status and the log say what is wrong with it.
    async fn report(&self, engine: &EngineHandle) {
        // A node that has stopped has no status.
        let _ = engine
            .report("config", "configuration", self.config.problem())
            .await;
    }
}

/// The signals that a node obeys.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn catch() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// SIGTERM and SIGINT stop the engine in order, SIGHUP has it and the configuration look at their files again.
    async fn forward(mut self, engine: EngineHandle, mut following: Following) {
        following.report(&engine).await;
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => break,
                _ = self.terminate.recv() => break,
                _ = self.hangup.recv() => {
                    tracing::info!("Reloading");
                    following.again();
                    following.report(&engine).await;
                    if engine.reload().await.is_err() {
                        return;
                    }
                }
            }
        }
        tracing::info!("Stopping");
        engine.stop().await;
    }
}
