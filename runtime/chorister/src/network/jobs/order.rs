//! A job as it is written down: `spec.json`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use chorister_ddl::{Job, RequestContext};
use chorister_engine::replace;
use chorister_system::files::contents;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Most bytes of one, which has the arguments and the environment of a command.
const MOST: u64 = 4 << 20;

/// A time that there is not: the zero of Go's times.
const NEVER: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// What a job is.
///
/// Compat: go-choria providers/execution/exec.go: names and the order of members.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) command: String,
    pub(super) args: Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
    stdout: String,
    stderr: String,
    pid: String,
    /// Nanoseconds between signs of life.
    heartbeat: i64,
    pub(super) id: String,
    pub(super) identity: String,
    caller: String,
    agent: String,
    action: String,
    pub(super) requestid: String,
    pub(super) start: Timestamp,
    pub(super) terminate: Timestamp,
}

impl Order {
    /// A job for a request that is yet to start.
    pub(super) fn new(id: String, identity: String, cx: &RequestContext, job: Job) -> Self {
        let mut words = job.command.arguments.into_iter();
        Self {
            command: words.next().unwrap_or_default(),
            args: words.collect(),
            environment: job.command.environment.into_iter().collect(),
            stdout: String::new(),
            stderr: String::new(),
            pid: String::new(),
            heartbeat: 0,
            id,
            identity,
            caller: cx.caller.clone(),
            agent: job.agent,
            action: job.action,
            requestid: cx.request_id.clone(),
            start: NEVER,
            terminate: NEVER,
        }
    }

    /// The job in a folder. It blocks.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let text = contents(&folder.join("spec.json"), MOST)?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Says that it starts now, and where its files are.
    pub(super) fn starts(&mut self, folder: &Path, heartbeat: core::time::Duration) {
        let file = |name: &str| folder.join(name).display().to_string();
        self.stdout = file("stdout");
        self.stderr = file("stderr");
        self.pid = file("pid");
        self.heartbeat = i64::try_from(heartbeat.as_nanos()).unwrap_or(i64::MAX);
        self.start = Timestamp::now();
    }

    /// Writes it down. It blocks.
    pub(super) fn keep(&self, folder: &Path) -> io::Result<()> {
        replace(&folder.join("spec.json"), &serde_json::to_vec(self)?, 0o600)
    }

    /// What is told of it: all but its environment, in which there may be secrets.
    pub(super) fn told(&self) -> Vec<u8> {
        let told = Self {
            environment: BTreeMap::new(),
            ..self.clone()
        };
        serde_json::to_vec(&told).unwrap_or_default()
    }
}
