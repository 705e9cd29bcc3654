//! `NAME run`: the node itself.

use std::io;
use std::path::PathBuf;

use chorister_engine::sink::{Console, Jsonl};
use chorister_engine::{Engine, EngineHandle, Sandboxed};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failure, chain};
use crate::args::{Events, Run};
use crate::{Distribution, hold, log, place};

pub(super) fn run(distribution: &'static Distribution, arguments: Run) -> Result<(), Failure> {
    let machines = machines_directory(distribution, &arguments)?;
    let state = arguments
        .state
        .state_dir
        .clone()
        .unwrap_or_else(|| place::state_dir(distribution.name));
    log::start();
    // Before there is another thread, which would stay free.
    let held = hold::hold(distribution, &arguments, &state, machines.as_deref())
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
        serve(distribution, arguments, state, machines, held),
    );
    // Blocking work that ignores its deadline must not hold up the end.
    runtime.shutdown_background();
    done
}

async fn serve(
    distribution: &'static Distribution,
    arguments: Run,
    state: PathBuf,
    machines: Option<PathBuf>,
    held: Option<Sandboxed>,
) -> Result<(), Failure> {
    let signals = Signals::catch()
        .map_err(|error| Failure::Impossible(format!("signals cannot be caught: {error}")))?;
    let problem = held.as_ref().and_then(hold::problem);
    let engine = assemble(distribution, arguments, state, held)?;
    let handle = engine.handle();
    if problem.is_some() {
        let handle = handle.clone();
        tokio::task::spawn_local(
            async move { handle.report("sandbox", "capabilities", problem).await },
        );
    }
    tokio::task::spawn_local(signals.forward(handle.clone()));
    if let (Some(directory), Some(loader)) = (machines, distribution.loader) {
        tokio::task::spawn_local(loader.run(directory, distribution.drivers, handle));
    }
    engine.run().await;
    Ok(())
}

fn assemble(
    distribution: &'static Distribution,
    arguments: Run,
    state: PathBuf,
    held: Option<Sandboxed>,
) -> Result<Engine, Failure> {
    let identity = arguments.identity.unwrap_or_else(place::identity);
    let mut builder = Engine::builder(identity, state)
        .distribution(distribution.name, distribution.version)
        .drivers(distribution.drivers)
        .natives(distribution.natives.iter().copied())
        .budget(distribution.budget);
    if let Some(goss) = distribution.goss {
        builder = builder.goss(goss);
    }
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
    if let Some(held) = held {
        builder = builder.sandboxed(held);
    }
    if let Some(facts) = arguments.facts {
        builder = builder.facts(facts);
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
    for compiled in distribution.machines {
        builder = builder.machine(compiled.machine, compiled.files);
    }
    builder
        .build()
        .map_err(|error| Failure::Impossible(chain(&error)))
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

    /// SIGTERM and SIGINT stop the engine in order, SIGHUP has it look at its files again.
    async fn forward(mut self, engine: EngineHandle) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => break,
                _ = self.terminate.recv() => break,
                _ = self.hangup.recv() => {
                    tracing::info!("Reloading");
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
