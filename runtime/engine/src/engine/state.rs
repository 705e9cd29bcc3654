//! Putting an engine together.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_events::Prometheus;
use chorister_fsm::{Check, Fleet};
use chorister_ir::{CheckClass, Machine};
use rustix::fs::{FlockOperation, flock};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Engine, EngineHandle, Hangup, Ledger, QUEUE, Store, Summary, Textfile, settle, zones};
use crate::builder::{Builder, StartError};
use crate::changes::Changes;
use crate::checks::Checks;
use crate::delays::Delays;
use crate::jobs::{Jobs, Limits, Shared};
use crate::listeners::Listeners;
use crate::network::Uplink;
use crate::notify::Notifier;
use crate::orphans::Orphans;
use crate::recorder::{self, Keeper, Recorder};
use crate::scratch::Scratch;
use crate::store::Found;
use crate::values::{OVERRIDES, OverridesFile};
use crate::{BundledFile, Counts, Seeded, control, files, name, process, store};

pub(super) fn assemble(mut parts: Builder) -> Result<Engine, StartError> {
    process::seal();
    let state_dir = std::path::absolute(&parts.state_dir).map_err(StartError::StateDir)?;
    files::private_directory(&state_dir).map_err(StartError::StateDir)?;
    let lock = lock(&state_dir, &parts.name)?;
    let orphans = Orphans::begin(&state_dir);
    let scratch = Scratch::new(state_dir.join("scratch")).map_err(StartError::StateDir)?;
    let textfile = parts
        .textfile_dir
        .as_deref()
        .map(open_textfile)
        .transpose()?;
    let socket = parts.control.then(|| state_dir.join(control::SOCKET));
    let listener = socket.as_deref().map(control::listen).transpose();
    let control = listener.map_err(StartError::Control)?;
    #[cfg(feature = "http")]
    let http = listen_http(&parts)?;
    #[cfg(not(feature = "http"))]
    if parts.http.is_some() {
        return Err(StartError::NoHttp);
    }

    let search = process::search_folders();
    let notifier = Notifier::open(&parts.hooks, &state_dir, &search).map_err(StartError::Hook)?;

    let is_exposed = textfile.is_some() || parts.http.is_some();
    let clock = parts.take_clock();
    let (sender, requests) = mpsc::channel(QUEUE);
    let (reloads, reloaded) = watch::channel(0);
    let (facts, facts_seen) = watch::channel(Arc::clone(&parts.facts));
    let path = state_dir.join(store::FILE);
    let (mut store, news) = Store::open(path, Instant::now(), clock.now().wall);
    let mut recorder = Recorder::new(recorder::BUDGET);
    let (keeper, lost) = Keeper::load(store.take_records(), &mut recorder, Instant::now());
    if lost > 0 {
        tracing::warn!(lost, "Some of what the flight recorder kept makes no sense");
    }
    let uplink = Uplink::default();
    let handle = EngineHandle {
        requests: sender,
        reloads: reloaded,
        facts: facts_seen,
        uplink: uplink.clone(),
        delays: Delays::default(),
        machines: Arc::from(state_dir.join("machines")),
        parts: crate::parts::Parts::default(),
    };
    let hangup = Hangup::new();
    for sink in &mut parts.sinks {
        sink.attach(hangup.clone());
    }
    let mut engine = Engine {
        name: parts.name,
        version: parts.version,
        started: clock.now().wall,
        sandbox: parts.sandbox,
        fleet: Fleet::new(parts.identity).with_zones(zones()),
        clock,
        random: parts.random.take().unwrap_or_else(Seeded::from_entropy),
        effects: Vec::new(),
        sinks: parts.sinks,
        exposed: parts.exposed,
        json: Vec::new(),
        series: is_exposed.then(Prometheus::default),
        textfile,
        readiness: parts.readiness,
        notifier,
        checks: Checks::default(),
        summary: Summary {
            every: parts.summary,
            due: None,
        },
        jobs: Jobs::new(
            parts.drivers,
            Shared {
                scratch,
                search,
                mark: orphans.mark(),
                limits: Limits::default(),
                natives: parts.natives,
                goss: parts.goss,
                status_file: parts.status_file,
                uplink,
                #[cfg(feature = "watch-plugins")]
                premises: parts.premises,
            },
        ),
        orphans,
        recorder,
        keeper,
        budget: Ledger::new(parts.budget),
        store,
        histories: std::collections::HashMap::new(),
        held: settle::Held::default(),
        chores: JoinSet::new(),
        listeners: Listeners::default(),
        relays: 0,
        counts: Counts::default(),
        changes: Changes::new(),
        problems: std::collections::BTreeMap::new(),
        requests,
        handle,
        reloads,
        hangup,
        control,
        socket,
        overrides: parts.overrides.map(OverridesFile::new),
        facts,
        #[cfg(feature = "http")]
        http,
        _lock: lock,
    };
    engine.hear(news);
    engine.fleet.set_facts(parts.facts);
    engine.read_overrides();
    for (machine, files) in parts.machines {
        engine.install(machine, &files);
    }
    for (class, check) in parts.checks {
        engine.install_check(class, check);
    }
    Ok(engine)
}

impl Engine {
    /// Reads overrides for the first time, so that the first run of each check sees them.
    fn read_overrides(&mut self) {
        let Some(mut file) = self.overrides.take() else {
            return;
        };
        match file.read() {
            Ok(values) => self.fleet.set_overrides(Arc::new(values)),
            Err(problem) => self.note(OVERRIDES, file.path().display().to_string(), Some(problem)),
        }
        self.overrides = Some(file);
    }

    /// Starts a check that is part of the program, in a directory of its own.
    fn install_check(&mut self, class: &'static CheckClass, check: Arc<Check>) {
        let name = check.name.to_string();
        let directory = self.handle.machines.join(name::directory(&name));
        if let Err(error) = files::private_directory(&directory) {
            self.note("files", name.clone(), Some(error.to_string()));
        }
        let machine = check.machine(&class.machine).into();
        if let Err(error) = self.insert(machine, Some(check), directory, Found::default()) {
            self.note("check", name, Some(error.to_string()));
        }
    }

    /// Starts a machine that is part of the program, in a directory of its own.
    fn install(&mut self, machine: &'static Machine, bundled: &[BundledFile]) {
        let directory = self.handle.machines.join(name::directory(&machine.name));
        if let Err(error) = files::materialise(&directory, bundled) {
            self.note("files", machine.name.to_string(), Some(error.to_string()));
        }
        let found = store::import(&directory, &directory);
        if let Err(error) = self.insert(machine.into(), None, directory, found) {
            self.note("machine", machine.name.to_string(), Some(error.to_string()));
        }
    }
}

/// Makes sure that no other engine uses the directory, as long as the file is open.
pub(crate) fn lock(state_dir: &Path, name: &str) -> Result<File, StartError> {
    let path = state_dir.join("lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|error| StartError::StateDir(files::at(&path, &error)))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(StartError::Running {
            name: name.to_owned(),
            directory: state_dir.to_owned(),
        }),
        Err(error) => Err(StartError::StateDir(files::at(&path, &error.into()))),
    }
}

fn open_textfile(directory: &Path) -> Result<Textfile, StartError> {
    Textfile::new(directory).map_err(|source| StartError::TextfileDir {
        directory: PathBuf::from(directory),
        source,
    })
}

#[cfg(feature = "http")]
fn listen_http(parts: &Builder) -> Result<Option<crate::http::Server>, StartError> {
    let Some(listen) = parts.http.clone() else {
        return Ok(None);
    };
    let switches = parts.drivers.iter().find_map(|driver| match driver.part {
        #[cfg(feature = "watch-httpswitch")]
        crate::driver::Part::Routes(routes) => Some(routes),
        crate::driver::Part::Jobs(_) => None,
    });
    crate::http::Server::bind(listen, switches).map(Some)
}
