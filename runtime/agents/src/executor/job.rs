//! A job as its files tell of it: `spec.json`, `pid`, `stdout`, `stderr` and `exit`.
//!
//! Compat: go-choria providers/execution: the names of the files and what is in them. Where its files are, a specification
//! also says; it is not believed.

use core::time::Duration;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chorister_system::files::contents;
use chorister_system::processes::{self, Process};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// Most bytes of a specification, which has the arguments and the environment of a command.
const MOST_SPEC: u64 = 4 << 20;

/// Most bytes of any other file that is read.
const MOST: u64 = 64 << 10;

/// How much later than it is a process may seem to have been started: clocks of the kernel and of files differ by this.
const SLACK: Duration = Duration::from_secs(2);

/// A job as it is now.
pub(super) struct Job {
    /// Its name in the spool.
    pub(super) id: String,
    pub(super) spec: Spec,
    /// The process that it was started as; `None` where it was not.
    pub(super) pid: Option<Pid>,
    /// How it ended; `None` where it has not, or nobody saw it.
    pub(super) exit: Option<Exit>,
    /// Bytes that it has printed.
    pub(super) stdout: u64,
    /// Bytes that it has complained.
    pub(super) stderr: u64,
}

/// What a job was started for. Its environment is not kept: nobody is told of it.
#[derive(Deserialize)]
pub(super) struct Spec {
    pub(super) command: String,
    pub(super) args: Option<Vec<String>>,
    pub(super) identity: String,
    pub(super) caller: String,
    pub(super) agent: String,
    pub(super) action: String,
    pub(super) requestid: String,
    #[serde(default, deserialize_with = "time")]
    pub(super) start: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(super) terminate: Option<Timestamp>,
}

/// The process of a job, and when that was written down.
pub(super) struct Pid {
    pub(super) id: u32,
    written: SystemTime,
}

/// How a job ended.
#[derive(Deserialize)]
pub(super) struct Exit {
    pub(super) code: i64,
    #[serde(default)]
    pub(super) error: String,
}

/// Why there is no job.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoJob {
    /// There is none of this id.
    #[error("specification not found")]
    NotFound,
    /// Its specification is none.
    #[error("specification could not be loaded: {0}")]
    Unreadable(String),
    /// Another of its files cannot be used.
    #[error("{file}: {reason}")]
    File {
        /// Which.
        file: &'static str,
        /// Why.
        reason: String,
    },
}

// === impl Job ===

impl Job {
    pub(super) fn read(id: &str, folder: PathBuf) -> Result<Self, NoJob> {
        let spec = match contents(&folder.join("spec.json"), MOST_SPEC) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| NoJob::Unreadable(error.to_string()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(NoJob::NotFound),
            Err(error) => return Err(NoJob::Unreadable(error.to_string())),
        };
        let exit = read(&folder, "exit", |bytes| serde_json::from_slice(bytes).ok())?;
        let pid = read(&folder, "pid", |bytes| {
            let id = core::str::from_utf8(bytes).ok()?.trim().parse().ok()?;
            // The kernel and the first process are no job.
            (id > 1).then_some(id)
        })?;
        let pid = pid.and_then(|id| {
            let written = std::fs::metadata(folder.join("pid"))
                .ok()?
                .modified()
                .ok()?;
            Some(Pid { id, written })
        });
        let size = |name| std::fs::metadata(folder.join(name)).map_or(0, |it| it.len());
        Ok(Self {
            id: id.to_owned(),
            spec,
            pid,
            exit,
            stdout: size("stdout"),
            stderr: size("stderr"),
        })
    }

    /// Whether its process runs.
    pub(super) fn is_running(&self) -> bool {
        let Some(pid) = &self.pid else { return false };
        let process = processes::process(pid.id).ok().flatten();
        self.exit.is_none() && process.is_some_and(|it| pid.is(&it))
    }

    /// Sends a signal to its process, and says which that is; `None` where it does not run.
    ///
    /// # Errors
    /// There is no such signal, or it cannot be sent.
    pub(super) fn signal(&self, signal: i32) -> io::Result<Option<u32>> {
        let Some(pid) = self.pid.as_ref().filter(|_| self.exit.is_none()) else {
            return Ok(None);
        };
        let sent = processes::signal(pid.id, signal, |it| pid.is(it))?;
        Ok(sent.then_some(pid.id))
    }
}

/// What a file of a job says; `None` where there is no such file.
fn read<T>(
    folder: &Path,
    file: &'static str,
    parse: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<Option<T>, NoJob> {
    let reason = match contents(&folder.join(file), MOST) {
        Ok(bytes) => match parse(&bytes) {
            Some(value) => return Ok(Some(value)),
            None => "it is not as it should be".to_owned(),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => error.to_string(),
    };
    Err(NoJob::File { file, reason })
}

/// A time, which upstream writes in the year 1 where there is none.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let time = Option::<Timestamp>::deserialize(from)?;
    Ok(time.filter(|it| *it > Timestamp::UNIX_EPOCH))
}

// === impl Pid ===

impl Pid {
    /// Whether this process is the one, and has not ended: one that came after the number was written down got it later.
    fn is(&self, process: &Process) -> bool {
        let since = self.written.elapsed().unwrap_or_default();
        process.state != 'Z' && process.age.saturating_add(SLACK) >= since
    }
}
