//! Jobs: commands that outlive the requests that started them, and the node.
//!
//! A job has a folder in the spool with `spec.json`, `pid`, `stdout`, `stderr` and `exit`, where the agent `executor` finds
//! them. A process of its own, which is this binary once more, looks after its command: it ends with it, writes down how, and
//! leaves what is told of it in the folder of submissions, whether the node runs or not.

mod order;
mod supervisor;
mod told;

use core::time::Duration;
use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::sync::Arc;

use chorister_ddl::{Failure, Job, RequestContext};
use chorister_settings::Settings;
use chorister_system::child::{find, search_folders};
use tokio::process::Command;
use tokio::sync::Semaphore;

use self::order::Order;

/// What this binary is told to look after a job.
///
/// Compat: go-choria cmd/exec_supervisor.go: the name.
const COMMAND: &str = "exec-supervisor";

/// Jobs of one node at a time; those that a node before it started are not counted.
const MOST: usize = 64;

/// This binary, also after another was installed in its place.
const MYSELF: &str = "/proc/self/exe";

/// Starts jobs.
pub(super) struct Jobs {
    spool: Option<PathBuf>,
    /// The folder of submissions, and how many may wait there.
    submissions: Option<(PathBuf, u32)>,
    permits: Arc<Semaphore>,
}

impl Jobs {
    /// Jobs as a node's settings say.
    pub(super) fn new(settings: &Settings) -> Self {
        let executor = &settings.executor;
        let submission = &settings.submission;
        let most = submission.max_spool_size;
        Self {
            spool: executor.spool.clone().filter(|_| executor.enabled),
            submissions: submission.spool.clone().map(|it| (it, most)),
            permits: Arc::new(Semaphore::new(MOST)),
        }
    }

    /// Starts a job for a request, and waits for nothing; its id.
    pub(super) async fn begin(
        &self,
        cx: &RequestContext,
        identity: String,
        job: Job,
    ) -> Result<String, Failure> {
        let could_not = |why: String| Failure::aborted(format!("Could not start the job: {why}"));
        let Some(spool) = self.spool.clone() else {
            let message = "Jobs are not enabled on this node";
            return Err(Failure::aborted(message));
        };
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        let permit = permit.map_err(|_| could_not(format!("{MOST} run already")))?;
        let id = new_id();
        let timeout = job.timeout;
        let order = Order::new(id.clone(), identity, cx, job);
        find(&order.command, Path::new("/"), &search_folders()).map_err(could_not)?;
        let folder = spool.join(&id);
        let written = tokio::task::spawn_blocking({
            let folder = folder.clone();
            move || write(&folder, &order)
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(could_not(error.to_string())),
            Err(_) => return Err(could_not("its folder could not be written".to_owned())),
        }
        let mut supervisor = self
            .supervisor(&folder, timeout)
            .map_err(|error| could_not(error.to_string()))?;
        tokio::spawn(async move {
            // What came of the job is in its folder.
            let _ = supervisor.wait().await;
            drop(permit);
        });
        Ok(id)
    }

    /// Has a process look after the job in a folder.
    fn supervisor(&self, folder: &Path, timeout: Duration) -> io::Result<tokio::process::Child> {
        let mut command = Command::new(MYSELF);
        command
            .arg(COMMAND)
            .arg(folder)
            .arg(timeout.as_secs().to_string())
            .current_dir("/")
            .env_clear()
            .env("PATH", search_folders())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((spool, most)) = &self.submissions {
            command.arg(spool).arg(most.to_string());
        }
        command.spawn()
    }
}

/// An id that no other job has.
///
/// Compat: go-choria providers/agent/mcorpc/golang/executor: one of 20 letters and digits, which is all that its DDL takes.
fn new_id() -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let letters = core::iter::repeat_with(|| fastrand::choice(LETTERS));
    let letters = letters.flatten().take(20);
    letters.map(|it| char::from(*it)).collect()
}

/// Makes the folder of a job that is yet to start.
fn write(folder: &Path, order: &Order) -> io::Result<()> {
    let mut private = DirBuilder::new();
    private.mode(0o700);
    if let Some(spool) = folder.parent() {
        private.recursive(true).create(spool)?;
    }
    private.recursive(false).create(folder)?;
    order.keep(folder)
}

/// Looks after a job, where this process was started for that.
pub(crate) fn supervise(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    (arguments.next()? == COMMAND).then(|| supervisor::run(arguments))
}
