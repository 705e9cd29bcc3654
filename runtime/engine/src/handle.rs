//! How others talk to the engine.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_diagram::Diagram;
use chorister_fsm::{Check, MachineKey, MachineRef, Maintenance, Republished};
use chorister_ir::{Machine, WatcherId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot, watch};

use crate::delays::{Delay, Delays};
use crate::network::{Network, Uplink};
use crate::parts::{Part, Parts};
use crate::recorder::{Recording, Why};
use crate::store::{self, Found};
use crate::{MachineStatus, Status, Update};

/// How many requests may wait for the engine; who comes next waits for a place.
pub(crate) const QUEUE: usize = 64;

/// A line to the engine. Clones lead to the same engine.
#[derive(Clone, Debug)]
pub struct EngineHandle {
    pub(crate) requests: mpsc::Sender<Request>,
    pub(crate) reloads: watch::Receiver<u64>,
    pub(crate) facts: watch::Receiver<Arc<serde_json::Value>>,
    pub(crate) uplink: Uplink,
    pub(crate) delays: Delays,
    /// Where machines keep their data.
    pub(crate) machines: Arc<Path>,
    /// What else the control socket may be asked for.
    pub(crate) parts: Parts,
}

/// Why the engine did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandleError {
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
    /// A machine of this name runs already.
    #[error("a machine named `{name}` runs already, from {directory}")]
    NameTaken {
        /// The name.
        name: String,
        /// The directory of the machine that has it.
        directory: PathBuf,
    },
    /// There is no such machine.
    #[error("there is no machine `{name}`")]
    NoMachine {
        /// The name asked for.
        name: String,
    },
    /// There is no such check.
    #[error("there is no check `{name}`")]
    NoCheck {
        /// The name asked for.
        name: String,
    },
    /// Nothing is recorded of the machine.
    #[error("nothing is recorded of machine `{name}` any more: others had more to say")]
    NoRecord {
        /// The machine.
        name: String,
    },
    /// The machine has no such transition.
    #[error("machine `{machine}` has no transition `{transition}`")]
    NoTransition {
        /// The machine.
        machine: String,
        /// The name asked for.
        transition: String,
    },
    /// The machine has no such switch.
    #[error("machine `{machine}` has no switch `{watcher}`")]
    NoSwitch {
        /// The machine.
        machine: String,
        /// The name asked for.
        watcher: String,
    },
}

/// What came of firing a transition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Fired {
    /// It happened.
    Done {
        /// The state now.
        state: String,
    },
    /// It happens later, unless the state is left before, because it came too often.
    Delayed {
        /// How much later, in milliseconds.
        milliseconds: u64,
    },
    /// The state does not offer it.
    Refused {
        /// The state.
        state: String,
        /// What it offers.
        available: Vec<String>,
    },
}

/// What an operator wants of checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// Run now.
    Force,
    /// Leave things alone; checks that do so already get another end and reason.
    Maintain(Maintenance),
    /// Look again.
    Resume,
}

/// What came of an [`Order`] for one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steered {
    /// The name of the check.
    pub check: String,
    /// What came of it, or why it could not be tried.
    pub outcome: Result<Fired, String>,
}

/// What came of turning a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switched {
    /// It is turned.
    Done,
    /// The watcher is not active now.
    Inactive,
    /// The machine is in a state that disables the switch.
    Disabled,
}

/// What the engine can be asked.
pub(crate) enum Request {
    Insert(
        MachineRef,
        Option<Arc<Check>>,
        PathBuf,
        Found,
        Reply<Result<MachineKey, HandleError>>,
    ),
    Replace(
        MachineKey,
        (MachineRef, Option<Arc<Check>>),
        PathBuf,
        Found,
        Reply<Result<MachineKey, HandleError>>,
    ),
    Remove(MachineKey, Reply<bool>),
    Fire(String, String, Reply<Result<Fired, HandleError>>),
    Steer(Order, Vec<String>, Reply<Vec<Steered>>),
    Switch(String, String, bool, Reply<Result<Switched, HandleError>>),
    #[cfg(feature = "http")]
    Report(String, String, Reply<Result<WatcherReport, HandleError>>),
    Metrics(Reply<String>),
    Unready(Reply<Vec<String>>),
    KnownFacts(Reply<Arc<serde_json::Value>>),
    Status(Reply<Status>),
    Machines(Reply<Vec<MachineStatus>>),
    Machine(String, Reply<Option<MachineStatus>>),
    CheckReports(Reply<Vec<(String, Vec<u8>)>>),
    Record(String, Timestamp, Reply<Result<Recording, HandleError>>),
    Why(String, Option<Timestamp>, Reply<Result<Why, HandleError>>),
    Diagram(String, Reply<Result<Diagram, HandleError>>),
    Subscribe(Reply<watch::Receiver<u64>>),
    Update {
        since: u64,
        names: Arc<[String]>,
        reply: Reply<Update>,
    },
    Problem {
        source: &'static str,
        subject: String,
        text: Option<String>,
    },
    TakeNotes(Reply<Vec<(String, Vec<u8>)>>),
    Note(Vec<(String, Option<Vec<u8>>)>),
    Facts(Arc<serde_json::Value>),
    Overrides(Arc<serde_json::Value>),
    NetworkCame,
    /// A stream published a value again.
    Republished(MachineKey, WatcherId, Box<Republished>),
    Reload,
    Stop,
}

/// What a watcher would publish now.
#[cfg(feature = "http")]
#[derive(Debug)]
pub(crate) struct WatcherReport {
    pub(crate) report: chorister_fsm::Report,
    /// The CloudEvent that says so.
    pub(crate) event: Vec<u8>,
}

pub(crate) type Reply<T> = oneshot::Sender<T>;

impl EngineHandle {
    /// The directory of a machine, by its name, that comes without one. It may not exist yet.
    #[must_use]
    pub fn directory_of(&self, machine: &str) -> PathBuf {
        self.machines.join(crate::name::directory(machine))
    }

    /// Adds a machine whose commands run in `directory`, and starts it.
    ///
    /// # Errors
    ///
    /// [`HandleError::NameTaken`], [`HandleError::Stopped`].
    pub async fn insert(
        &self,
        machine: impl Into<MachineRef>,
        directory: PathBuf,
    ) -> Result<MachineKey, HandleError> {
        let machine = machine.into();
        let found = self.load(&machine, &directory).await;
        self.ask(|reply| Request::Insert(machine, None, directory, found, reply))
            .await?
    }

    /// Adds a check of a class, whose plugins run in `directory`, and starts it.
    ///
    /// # Errors
    ///
    /// [`HandleError::NameTaken`], [`HandleError::Stopped`].
    pub async fn insert_check(
        &self,
        class: &Machine,
        check: Arc<Check>,
        directory: PathBuf,
    ) -> Result<MachineKey, HandleError> {
        let machine = MachineRef::from(check.machine(class));
        let found = Found::default();
        self.ask(|reply| Request::Insert(machine, Some(check), directory, found, reply))
            .await?
    }

    /// Puts a check in the place of another, which stops. Where the name stays it goes on where the other was: with
    /// its results and its maintenance.
    ///
    /// # Errors
    ///
    /// [`HandleError::NameTaken`] by a third machine, and then the old one goes on; [`HandleError::Stopped`].
    pub async fn replace_check(
        &self,
        old: MachineKey,
        class: &Machine,
        check: Arc<Check>,
        directory: PathBuf,
    ) -> Result<MachineKey, HandleError> {
        let new = (MachineRef::from(check.machine(class)), Some(check));
        let found = Found::default();
        self.ask(|reply| Request::Replace(old, new, directory, found, reply))
            .await?
    }

    /// Replaces what `o` reads in the plugins of checks: an object with one for each machine, by its name.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn set_overrides(
        &self,
        overrides: Arc<serde_json::Value>,
    ) -> Result<(), HandleError> {
        self.tell(Request::Overrides(overrides)).await
    }

    /// Puts a machine in the place of another, which stops. Where the name stays it goes on where the other was, as
    /// far as its definition still has that.
    ///
    /// The new one is inserted even where the old one is gone.
    ///
    /// # Errors
    ///
    /// [`HandleError::NameTaken`] by a third machine, and then the old one goes on; [`HandleError::Stopped`].
    pub async fn replace(
        &self,
        old: MachineKey,
        machine: impl Into<MachineRef>,
        directory: PathBuf,
    ) -> Result<MachineKey, HandleError> {
        let machine = machine.into();
        let found = self.load(&machine, &directory).await;
        self.ask(|reply| Request::Replace(old, (machine, None), directory, found, reply))
            .await?
    }

    /// What somebody other than a machine had [remembered](Self::note) before this engine started, by its name; only
    /// the first who asks gets it.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn take_notes(&self) -> Result<Vec<(String, Vec<u8>)>, HandleError> {
        self.ask(Request::TakeNotes).await
    }

    /// Remembers these by their names over a restart, and forgets those that are nothing. They are written within
    /// seconds.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn note(&self, notes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), HandleError> {
        self.tell(Request::Note(notes)).await
    }

    /// Stops a machine; false where it is gone.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn remove(&self, machine: MachineKey) -> Result<bool, HandleError> {
        self.ask(|reply| Request::Remove(machine, reply)).await
    }

    /// Fires a transition of a machine, both by name.
    ///
    /// # Errors
    ///
    /// [`HandleError::NoMachine`], [`HandleError::NoTransition`], [`HandleError::Stopped`].
    pub async fn fire(&self, machine: &str, transition: &str) -> Result<Fired, HandleError> {
        self.ask(|reply| Request::Fire(machine.to_owned(), transition.to_owned(), reply))
            .await?
    }

    /// Does with the checks of these names what an operator wants, with all where there is no name.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn steer(
        &self,
        order: Order,
        checks: Vec<String>,
    ) -> Result<Vec<Steered>, HandleError> {
        self.ask(|reply| Request::Steer(order, checks, reply)).await
    }

    /// Turns a switch on or off.
    ///
    /// # Errors
    ///
    /// [`HandleError::NoMachine`], [`HandleError::NoSwitch`], [`HandleError::Stopped`].
    pub async fn switch(
        &self,
        machine: &str,
        watcher: &str,
        on: bool,
    ) -> Result<Switched, HandleError> {
        self.ask(|reply| Request::Switch(machine.to_owned(), watcher.to_owned(), on, reply))
            .await?
    }

    /// What Prometheus is told: measurements, checks, and figures of the node, in its text format.
    ///
    /// Measurements are there where the engine was built with a directory for text files, or to serve HTTP.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn metrics(&self) -> Result<String, HandleError> {
        self.ask(Request::Metrics).await
    }

    /// Why the node is not ready, a sentence for each check that stands against it; nothing when it is.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn unready(&self) -> Result<Vec<String>, HandleError> {
        // First what may end meanwhile: what it brought is seen by the engine then.
        let mut reasons = self.delays.reasons();
        reasons.append(&mut self.ask(Request::Unready).await?);
        Ok(reasons)
    }

    /// Keeps the node from being ready until what is returned is dropped, for this reason: a sentence.
    pub fn delay(&self, reason: &'static str) -> Delay {
        self.delays.begin(reason)
    }

    /// How the node is.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn status(&self) -> Result<Status, HandleError> {
        self.ask(Request::Status).await
    }

    /// How each machine is, in order of name.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn machines(&self) -> Result<Vec<MachineStatus>, HandleError> {
        self.ask(Request::Machines).await
    }

    /// How one machine is; `None` where there is none of this name.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn machine(&self, name: &str) -> Result<Option<MachineStatus>, HandleError> {
        self.ask(|reply| Request::Machine(name.to_owned(), reply))
            .await
    }

    /// What each check would publish of its result now: the name of its machine, and an object as JSON.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn check_reports(&self) -> Result<Vec<(String, Vec<u8>)>, HandleError> {
        self.ask(Request::CheckReports).await
    }

    /// Why a machine is in its state, and in those before it since a time; without one, in the last few.
    ///
    /// # Errors
    ///
    /// [`HandleError::NoMachine`], [`HandleError::Stopped`].
    pub async fn why(&self, machine: &str, since: Option<Timestamp>) -> Result<Why, HandleError> {
        self.ask(|reply| Request::Why(machine.to_owned(), since, reply))
            .await?
    }

    /// The picture of a machine.
    ///
    /// # Errors
    ///
    /// [`HandleError::NoMachine`], [`HandleError::Stopped`].
    pub async fn diagram(&self, name: &str) -> Result<Diagram, HandleError> {
        self.ask(|reply| Request::Diagram(name.to_owned(), reply))
            .await?
    }

    /// Changes whenever [`update`](Self::update) has something new to tell.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn revisions(&self) -> Result<watch::Receiver<u64>, HandleError> {
        self.ask(Request::Subscribe).await
    }

    /// What has changed since a revision, 0 for everything, of the machines of these names; no name means all.
    ///
    /// Changes are noted only while somebody holds what [`revisions`](Self::revisions) gave.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn update(&self, since: u64, names: Arc<[String]>) -> Result<Update, HandleError> {
        self.ask(|reply| Request::Update {
            since,
            names,
            reply,
        })
        .await
    }

    /// What happened to a machine since a time, as a test that does it again.
    ///
    /// # Errors
    ///
    /// [`HandleError::NoMachine`], [`HandleError::NoRecord`], [`HandleError::Stopped`].
    pub async fn record(&self, machine: &str, since: Timestamp) -> Result<Recording, HandleError> {
        self.ask(|reply| Request::Record(machine.to_owned(), since, reply))
            .await?
    }

    /// Records what `source` found wrong with `subject`, in place of what it found before; `None` when all is
    /// well again.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn report(
        &self,
        source: &'static str,
        subject: impl Into<String>,
        text: Option<String>,
    ) -> Result<(), HandleError> {
        let subject = subject.into();
        self.tell(Request::Problem {
            source,
            subject,
            text,
        })
        .await
    }

    /// Has the control socket ask another part of the node what is meant for it, from now on.
    pub fn offer(&self, name: &'static str, part: Part) {
        self.parts.set(name, part);
    }

    /// The facts that machines see now.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn facts(&self) -> Result<Arc<serde_json::Value>, HandleError> {
        self.ask(Request::KnownFacts).await
    }

    /// Where the node keeps its state.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        // The directory of machines is one below it.
        self.machines.parent().unwrap_or(&self.machines)
    }

    /// The facts that machines see now and from now on, for those who look at them often.
    #[must_use]
    pub fn facts_seen(&self) -> watch::Receiver<Arc<serde_json::Value>> {
        self.facts.clone()
    }

    /// Gives every machine other facts.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn set_facts(&self, facts: Arc<serde_json::Value>) -> Result<(), HandleError> {
        self.tell(Request::Facts(facts)).await
    }

    /// Gives watchers a network; what failed for want of one tries again. Told again when it comes back after it was
    /// away.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn join(&self, network: Arc<dyn Network>) -> Result<(), HandleError> {
        self.uplink.set(network);
        self.tell(Request::NetworkCame).await
    }

    /// The network that watchers use, for others too: waits until there is one, at most for `patience`.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub async fn network(&self, patience: Duration) -> Result<Arc<dyn Network>, String> {
        self.uplink.wait(patience).await
    }

    /// Asks for everything that comes from files to be looked at again, and for event files to be reopened.
    ///
    /// # Errors
    ///
    /// [`HandleError::Stopped`].
    pub async fn reload(&self) -> Result<(), HandleError> {
        self.tell(Request::Reload).await
    }

    /// Counts the calls of [`reload`](Self::reload), for those who read files.
    #[must_use]
    pub fn reloads(&self) -> watch::Receiver<u64> {
        self.reloads.clone()
    }

    /// Asks the engine to stop in order; [`Engine::run`](crate::Engine::run) returns when it has.
    pub async fn stop(&self) {
        // An engine that is gone has stopped.
        let _ = self.tell(Request::Stop).await;
    }

    #[cfg(feature = "http")]
    pub(crate) async fn watcher_report(
        &self,
        machine: &str,
        watcher: &str,
    ) -> Result<WatcherReport, HandleError> {
        self.ask(|reply| Request::Report(machine.to_owned(), watcher.to_owned(), reply))
            .await?
    }

    /// Reads the data that a machine had before.
    async fn load(&self, machine: &MachineRef, own: &Path) -> Found {
        let kept = self.directory_of(&machine.name);
        let own = own.to_owned();
        // It fails only while the process ends, and then the machine is not inserted either.
        tokio::task::spawn_blocking(move || store::import(&kept, &own))
            .await
            .unwrap_or_default()
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, HandleError> {
        let (reply, answer) = oneshot::channel();
        self.tell(request(reply)).await?;
        answer.await.map_err(|_| HandleError::Stopped)
    }

    async fn tell(&self, request: Request) -> Result<(), HandleError> {
        self.requests
            .send(request)
            .await
            .map_err(|_| HandleError::Stopped)
    }
}
