//! The loop that owns the machines.

mod checks;
mod effects;
mod exposition;
mod problems;
#[cfg(test)]
mod real;
mod requests;
mod settle;
mod state;
mod stop;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use chorister_events::Prometheus;
use chorister_fsm::{Cx, Effect, Fleet, MachineKey, Now, Zones};
use tokio::net::UnixListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::budget::Ledger;
use crate::builder::{Builder, StartError};
use crate::changes::Changes;
use crate::checks::Checks;
use crate::clock::until;
use crate::handle::{EngineHandle, QUEUE, Request};
use crate::jobs::Jobs;
use crate::listeners::Listeners;
use crate::notify::Notifier;
use crate::orphans::Orphans;
use crate::recorder::{Keeper, Recorder};
use crate::sink::{Hangup, Sink};
use crate::store::{History, Store};
use crate::textfile::Textfile;
use crate::{Clock, Counts, Problem, Sandboxed, Seeded};

pub(crate) use state::lock;

/// How often the engine looks at the time of day while something depends on it, in case somebody set it.
const WALL_POLL: Duration = Duration::from_secs(1);

/// The owner of a node's machines.
pub struct Engine {
    name: String,
    version: String,
    started: jiff::Timestamp,
    sandbox: Option<Sandboxed>,
    fleet: Fleet,
    clock: Box<dyn Clock>,
    random: Seeded,
    /// What the last call of the fleet asked for; kept for its memory.
    effects: Vec<Effect>,
    sinks: Vec<Box<dyn Sink>>,
    /// Figures of others.
    exposed: Vec<crate::builder::Exposed>,
    /// The last CloudEvent; kept for its memory.
    json: Vec<u8>,
    /// The measurements that Prometheus is told of; `None` where nobody asks.
    series: Option<Prometheus>,
    textfile: Option<Textfile>,
    /// The checks that readiness depends on, beside those that say so themselves.
    readiness: Vec<String>,
    notifier: Notifier,
    /// What was seen of each check.
    checks: Checks,
    summary: Summary,
    jobs: Jobs,
    orphans: Orphans,
    recorder: Recorder,
    /// What of it is written when.
    keeper: Keeper,
    budget: Ledger,
    store: Store,
    /// Where machines have been that have been anywhere.
    histories: HashMap<MachineKey, History>,
    held: settle::Held,
    chores: JoinSet<Chore>,
    listeners: Listeners,
    relays: usize,
    counts: Counts,
    changes: Changes,
    problems: BTreeMap<(&'static str, String), Problem>,
    requests: mpsc::Receiver<Request>,
    handle: EngineHandle,
    reloads: watch::Sender<u64>,
    hangup: Hangup,
    control: Option<UnixListener>,
    /// Where the control socket is, to be removed at the end.
    socket: Option<PathBuf>,
    /// Facts and overrides.
    overrides: Option<crate::values::OverridesFile>,
    /// Tells the facts to whoever looks at them without asking.
    facts: watch::Sender<Arc<serde_json::Value>>,
    #[cfg(feature = "http")]
    http: Option<crate::http::Server>,
    /// Held as long as this engine lives, so that no other uses the same directory.
    _lock: File,
}

/// When it is told how all checks are together.
#[derive(Clone, Copy, Debug, Default)]
struct Summary {
    /// How often; `None` never.
    every: Option<Duration>,
    /// When next; `None` while there is no check.
    due: Option<Instant>,
}

/// Something that was done beside the loop.
#[derive(Debug)]
enum Chore {
    /// The store was written, or not.
    Stored(Box<crate::store::Done>),
    /// The Prometheus file was written, or not.
    Textfile { error: Option<String> },
    /// A measurement was sent, or not.
    Relayed {
        subject: String,
        error: Option<String>,
    },
}

impl Engine {
    pub(crate) fn assemble(parts: Builder) -> Result<Self, StartError> {
        state::assemble(parts)
    }

    /// A line to this engine.
    #[must_use]
    pub fn handle(&self) -> EngineHandle {
        self.handle.clone()
    }

    /// Where this engine serves HTTP; `None` where it does not.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn http_address(&self) -> Option<std::net::SocketAddr> {
        self.http.as_ref()?.address()
    }

    /// Runs the machines until somebody calls [`EngineHandle::stop`], or the reader of standard output is
    /// gone; then ends what runs, saves and flushes, within 5 seconds.
    pub async fn run(mut self) {
        let mut servers = self.serve();
        tracing::info!(
            identity = self.fleet.identity(),
            machines = self.fleet.len(),
            "Engine has started"
        );
        // What the insertion of machines asked for before there was a loop.
        self.settle();
        loop {
            let wake = self.wake_at();
            let mut stop = false;
            tokio::select! {
                Some(ended) = self.jobs.next() => self.finish(ended),
                Some(chore) = self.chores.join_next() => self.done(chore),
                request = self.requests.recv() => {
                    stop = request.is_none_or(|request| self.answer(request).is_break());
                }
                () = until(wake) => {}
                () = self.hangup.heard() => stop = true,
                Some(_) = servers.join_next() => {}
            }
            if stop {
                break;
            }
            self.turn();
        }
        self.stop(servers).await;
    }

    /// Does what is due, and starts what may start.
    fn turn(&mut self) {
        let now = self.clock.now();
        let due = self
            .fleet
            .next_wakeup(now)
            .is_some_and(|due| due <= now.mono);
        if due || self.fleet.has_wall_deadlines() {
            self.step(Fleet::tick);
        }
        self.settle();
    }

    /// Lets the fleet do something, and carries out what that asks for.
    fn step<T>(&mut self, act: impl FnOnce(&mut Fleet, &mut Cx<'_>) -> T) -> T {
        let now = self.clock.now();
        let mut cx = Cx {
            now,
            random: &mut self.random,
            effects: &mut self.effects,
        };
        let value = act(&mut self.fleet, &mut cx);
        self.carry_out(now);
        value
    }

    /// When there is something to do, if nothing happens before.
    fn wake_at(&self) -> Option<Instant> {
        let now = self.clock.now();
        let start = Instant::now();
        let fleet = self
            .fleet
            .next_wakeup(now)
            .map(|due| due.saturating_sub(now.mono));
        let poll = self.fleet.has_wall_deadlines().then_some(WALL_POLL);
        let machines = fleet
            .into_iter()
            .chain(poll)
            .chain(
                self.budget
                    .wake_at()
                    .map(|due| due.saturating_sub(now.mono)),
            )
            .min()
            .and_then(|it| start.checked_add(it));
        let textfile = self.textfile.as_ref().and_then(Textfile::due);
        machines
            .into_iter()
            .chain(textfile)
            .chain(self.store.due(start))
            .chain(self.keeper.due())
            .chain(self.summary.due)
            .min()
    }

    /// Starts everybody who talks to the engine from outside; each ends when the engine takes no more requests.
    fn serve(&mut self) -> JoinSet<()> {
        let mut servers = JoinSet::new();
        if let Some(listener) = self.control.take() {
            let control = crate::control::serve(listener, self.handle.clone());
            servers.spawn(while_open(self.handle.clone(), control));
        }
        if let Some(file) = self.overrides.take() {
            let follow = file.follow(self.handle.clone());
            servers.spawn(while_open(self.handle.clone(), follow));
        }
        for courier in self.notifier.run(&self.handle) {
            servers.spawn(while_open(self.handle.clone(), courier));
        }
        #[cfg(feature = "http")]
        if let Some(server) = self.http.take() {
            servers.spawn(server.serve(self.handle.clone()));
        }
        servers
    }
}

/// Drops the work once the engine takes no more requests.
async fn while_open(engine: EngineHandle, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        () = engine.requests.closed() => {}
    }
}

/// The time zones of this computer.
fn zones() -> Zones {
    Zones {
        local: jiff::tz::TimeZone::system(),
        named: |name| jiff::tz::db().get(name).ok(),
    }
}

/// The present in Unix seconds.
fn unix(now: Now) -> i64 {
    now.wall.as_second()
}
