//! `executor`: jobs, which are commands that outlive the requests that started them.
//!
//! Whoever may call the action that started a job may know what it runs, and send it signals; nobody else may.

mod job;
mod spool;

use std::collections::BTreeMap;
use std::sync::Arc;

use chorister_ddl::{Agent, Data, Failure, Host, RequestContext, Rights};
pub use chorister_std::executor::DDL;
use chorister_std::executor::{
    ExecutorAgent, ExecutorService, ListInput, ListOutput, SignalInput, SignalOutput, StatusInput,
    StatusOutput,
};
use jiff::Timestamp;
use serde_json::json;

use self::job::Job;
use self::spool::Spool;
use crate::{Standard, object, text_of};

/// Whether there are jobs, and where they are.
const ENABLED: &str = "plugin.choria.executor.enabled";
const SPOOL: &str = "plugin.choria.executor.spool";

/// What stands for a command that whoever asks is not to know.
///
/// Compat: go-choria providers/agent/mcorpc/golang/executor: the text.
const HIDDEN: &str = "Not authorized";

/// What stands for a number that there is not.
///
/// Compat: go-choria providers/agent/mcorpc/golang/executor: the same.
const NONE: i64 = -1;

/// The agent as nodes host it.
#[must_use]
pub fn start() -> Box<dyn Agent> {
    Box::new(Standard {
        agent: ExecutorService(Executor),
        condition: |host| {
            let enabled = host.setting(ENABLED);
            enabled.is_some_and(|it| it.value == true) && text_of(host, SPOOL).is_some()
        },
        deadline: None,
    })
}

struct Executor;

impl ExecutorAgent for Executor {
    async fn status(
        &self,
        cx: &RequestContext,
        input: StatusInput,
    ) -> Result<StatusOutput, Failure> {
        let spool = spool(&*cx.host)?;
        let rights = Arc::clone(&cx.rights);
        apart(move || {
            let job = load(&spool, &input.id)?;
            let may_know = Known::new(rights).may_know(&job);
            Ok(told(job, may_know))
        })
        .await
    }

    async fn signal(
        &self,
        cx: &RequestContext,
        input: SignalInput,
    ) -> Result<SignalOutput, Failure> {
        let spool = spool(&*cx.host)?;
        let rights = Arc::clone(&cx.rights);
        apart(move || {
            let job = load(&spool, &input.id)?;
            if !Known::new(rights).may_know(&job) {
                let (agent, action) = (&job.spec.agent, &job.spec.action);
                let message = format!("You are not authorized to call this {agent}#{action}");
                return Err(Failure::aborted(message));
            }
            send(&job, input.signal)
        })
        .await
    }

    async fn list(&self, cx: &RequestContext, input: ListInput) -> Result<ListOutput, Failure> {
        let spool = spool(&*cx.host)?;
        let mut known = Known::new(Arc::clone(&cx.rights));
        apart(move || {
            let all = spool
                .jobs()
                .map_err(|error| Failure::aborted(format!("Could not list jobs: {error}")))?;
            let mut jobs = Vec::new();
            for job in all {
                let seen = Seen {
                    may_know: known.may_know(&job),
                    running: job.is_running(),
                };
                if fits(&job, &input, &seen) {
                    jobs.push(listed(job, &seen));
                }
            }
            Ok(ListOutput { jobs: Some(jobs) })
        })
        .await
    }
}

/// Does what waits for disks where nobody else waits for it.
async fn apart<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(act).await;
    done.unwrap_or_else(|_| Err(Failure::unknown("The jobs could not be looked at")))
}

fn spool(host: &dyn Host) -> Result<Spool, Failure> {
    let folder = text_of(host, SPOOL);
    let folder = folder.ok_or_else(|| Failure::aborted("Executor spool is not configured"))?;
    Ok(Spool::new(folder.into()))
}

fn load(spool: &Spool, id: &str) -> Result<Job, Failure> {
    let job = spool.job(id);
    job.map_err(|error| Failure::aborted(format!("Could not load job: {error}")))
}

/// Which actions whoever asks may call, each decided once.
struct Known {
    rights: Arc<dyn Rights>,
    decided: BTreeMap<(String, String), bool>,
}

impl Known {
    fn new(rights: Arc<dyn Rights>) -> Self {
        let decided = BTreeMap::new();
        Self { rights, decided }
    }

    /// Whether they may know of a job what it runs, and end it.
    fn may_know(&mut self, job: &Job) -> bool {
        let (agent, action) = (&job.spec.agent, &job.spec.action);
        let decided = self.decided.entry((agent.clone(), action.clone()));
        *decided.or_insert_with(|| self.rights.may_call(agent, action))
    }
}

/// What is found out of a job that is listed.
struct Seen {
    may_know: bool,
    running: bool,
}

/// Sends a signal to a job that runs.
fn send(job: &Job, signal: i64) -> Result<SignalOutput, Failure> {
    let could_not = |error: String| Failure::aborted(format!("Could not send signal: {error}"));
    let number = i32::try_from(signal).map_err(|_| could_not(format!("there is no {signal}")))?;
    let sent = job
        .signal(number)
        .map_err(|error| could_not(error.to_string()))?;
    let Some(pid) = sent else {
        return Err(Failure::aborted(format!("Job {} is not running", job.id)));
    };
    Ok(SignalOutput {
        pid: Some(pid.into()),
        running: Some(job.is_running()),
    })
}

/// What is told of one job.
fn told(job: Job, may_know: bool) -> StatusOutput {
    let running = job.is_running();
    let exit = job.exit.as_ref();
    let (command, arguments) = match may_know {
        true => (
            job.spec.command,
            job.spec.args.unwrap_or_default().join(" "),
        ),
        false => (HIDDEN.to_owned(), String::new()),
    };
    // Compat: go-choria providers/agent/mcorpc/golang/executor: a job that left no exit code is no failure of the request here.
    let reason = match exit {
        Some(exit) => exit.error.clone(),
        None if running || job.pid.is_none() => String::new(),
        None => "It ended without an exit code".to_owned(),
    };
    StatusOutput {
        command: Some(command),
        args: Some(arguments),
        started: Some(job.pid.is_some()),
        start_time: job.spec.start.map(|it| it.to_string()),
        terminate_time: job.spec.terminate.map(|it| it.to_string()),
        exit_code: Some(exit.map_or(NONE, |it| it.code)),
        exit_reason: Some(reason),
        running: Some(running),
        agent: Some(job.spec.agent),
        action: Some(job.spec.action),
        requestid: Some(job.spec.requestid),
        caller: Some(job.spec.caller),
        pid: Some(job.pid.map_or(NONE, |it| it.id.into())),
        stdout_bytes: i64::try_from(job.stdout).ok(),
        stderr_bytes: i64::try_from(job.stderr).ok(),
    }
}

/// What is told of one job among others.
///
/// Compat: go-choria providers/agent/mcorpc/golang/executor: the names.
fn listed(job: Job, seen: &Seen) -> Data {
    let time = |it: Option<Timestamp>| it.map(|it| it.to_string());
    object(json!({
        "id": job.id,
        "agent": job.spec.agent,
        "action": job.spec.action,
        "caller": job.spec.caller,
        "command": if seen.may_know { job.spec.command } else { HIDDEN.to_owned() },
        "identity": job.spec.identity,
        "requestid": job.spec.requestid,
        "running": seen.running,
        "start": time(job.spec.start),
        "terminate": time(job.spec.terminate),
    }))
}

/// Whether a job is asked for. One cannot ask for a command that one may not know.
fn fits(job: &Job, input: &ListInput, seen: &Seen) -> bool {
    let spec = &job.spec;
    let same = |wanted: Option<&str>, is: &str| wanted.is_none_or(|it| it == is);
    let start = spec.start.map(Timestamp::as_second);
    let ended = job.pid.is_some() && !seen.running;
    same(input.action.as_deref(), &spec.action)
        && same(input.agent.as_deref(), &spec.agent)
        && same(input.caller.as_deref(), &spec.caller)
        && same(input.identity.as_deref(), &spec.identity)
        && same(input.requestid.as_deref(), &spec.requestid)
        && (input.command.is_none()
            || seen.may_know && same(input.command.as_deref(), &spec.command))
        && input
            .before
            .is_none_or(|it| start.is_some_and(|start| start < it))
        && input
            .since
            .is_none_or(|it| start.is_some_and(|start| start > it))
        && input.running.is_none_or(|it| it == seen.running)
        && input.completed.is_none_or(|it| it == ended)
}
