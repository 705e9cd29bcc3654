//! Child processes: no shell, a clean environment, a deadline, and nothing left behind.
//!
//! A child leads a process group of its own and is ended together with it. Its standard output and standard
//! error are one pipe, so they keep their order, unless they are wanted apart; its standard input is empty, unless it
//! is fed; it inherits no other descriptor ([`seal`] sees to those that this process was itself given).
//!
//! What a run may cost is in [`Limits`]. Nothing that a child does makes [`run`] wait longer than its
//! deadline and these allow: not a grandchild that keeps the pipe, not one that ignores a signal, not one
//! that never stops writing.

mod capture;
mod group;
mod lookup;
mod orphans;
mod start;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::ffi::OsString;
use std::fs::File;
use std::future::Future;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use tokio::process::Child;
use tokio::time::Instant;

use capture::{Captures, More};
use group::Group;
pub use lookup::{find, search_folders};
pub use orphans::{Mark, NoMark};

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Program {
    /// The file to execute, as [`find`] returns it.
    pub file: PathBuf,
    /// What the program is told that it is called.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs.
    pub directory: PathBuf,
    /// All of its environment; a later entry replaces an earlier one of the same name.
    pub environment: Vec<(OsString, OsString)>,
    /// When to end it; `None` never.
    pub timeout: Option<Duration>,
    /// Whether nobody ends it and nobody reads what it writes.
    pub disown: bool,
}

/// What a run may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How much of the output is kept, in bytes; the rest is read and thrown away.
    pub keep: usize,
    /// How much may be written at all, in bytes, before the child is ended.
    pub most: u64,
    /// How long the group may take to end after `SIGTERM`, before `SIGKILL`.
    pub grace: Duration,
    /// How long the output may stay open after the child has ended, before its group is killed.
    pub linger: Duration,
}

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this status.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// At its deadline.
    Timeout,
    /// It did not start, or had to be ended; why.
    Failed(String),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub exit: Exit,
    /// What it wrote, up to [`Limits::keep`].
    pub output: Vec<u8>,
    /// What it wrote to standard error where that was wanted apart, up to [`Limits::keep`]; otherwise empty.
    pub errors: Vec<u8>,
    /// How many bytes more it wrote.
    pub discarded: u64,
    /// How long it took.
    pub runtime: Duration,
    /// What kept its output open for longer than [`Limits::linger`] after it had ended by itself.
    pub leftover: Option<Leftover>,
}

/// Processes that a child left behind with its output, and what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// They were in its group and have been ended.
    Ended,
    /// They had left its group and run on; nobody reads what they write.
    Running,
}

/// How long the kernel may take to end a killed child, before nobody waits for it any more. It takes longer
/// only while it is stuck in a device or a network file system.
const KILLED: Duration = Duration::from_secs(1);

/// Keeps children from inheriting the descriptors that this process was given when it started.
///
/// Everything that the engine opens itself is closed in children anyway.
pub fn seal() {
    close_fds::CloseFdsBuilder::new().cloexecfrom(3);
}

/// Runs a program to its end, or until `cancelled` completes, and then ends it and its group.
///
/// Dropping the future kills the group at once. A disowned program is left running in both cases.
pub async fn run(program: &Program, limits: &Limits, cancelled: impl Future<Output = ()>) -> Ended {
    go(program, limits, Streams::default(), cancelled).await
}

/// Does what [`run`] does, and lets the program read `input` as its standard input.
pub async fn run_fed(
    program: &Program,
    input: OwnedFd,
    limits: &Limits,
    cancelled: impl Future<Output = ()>,
) -> Ended {
    let streams = Streams {
        input: Some(input),
        ..Streams::default()
    };
    go(program, limits, streams, cancelled).await
}

/// Does what [`run_fed`] does, and keeps what is written to standard error apart.
pub async fn run_fed_apart(
    program: &Program,
    input: OwnedFd,
    limits: &Limits,
    cancelled: impl Future<Output = ()>,
) -> Ended {
    let streams = Streams {
        apart: true,
        input: Some(input),
        ..Streams::default()
    };
    go(program, limits, streams, cancelled).await
}

/// Does what [`run`] does, and keeps what is written to standard error apart.
pub async fn run_apart(
    program: &Program,
    limits: &Limits,
    cancelled: impl Future<Output = ()>,
) -> Ended {
    let streams = Streams {
        apart: true,
        ..Streams::default()
    };
    go(program, limits, streams, cancelled).await
}

/// Does what [`run_apart`] does, and keeps what is written in files: standard output in the first, standard error in the
/// second. The number of the process is told once there is one.
pub async fn run_into(
    program: &Program,
    files: [File; 2],
    limits: &Limits,
    began: impl FnOnce(u32),
    cancelled: impl Future<Output = ()>,
) -> Ended {
    let streams = Streams {
        apart: true,
        files: Some(files),
        ..Streams::default()
    };
    follow(program, limits, streams, began, cancelled).await
}

async fn go(
    program: &Program,
    limits: &Limits,
    streams: Streams,
    cancelled: impl Future<Output = ()>,
) -> Ended {
    follow(program, limits, streams, drop, cancelled).await
}

async fn follow(
    program: &Program,
    limits: &Limits,
    streams: Streams,
    tell: impl FnOnce(u32),
    cancelled: impl Future<Output = ()>,
) -> Ended {
    let began = Instant::now();
    let mut started = match start::start(program, limits, streams) {
        Ok(started) => started,
        Err(reason) => return Ended::not_started(reason, began),
    };
    if let Some(id) = started.child.id() {
        tell(id);
    }
    let (exit, leftover) = if program.disown {
        (disowned(&mut started.child, cancelled).await, None)
    } else {
        supervise(&mut started, program.timeout, limits, cancelled).await
    };
    let captured = started.captures.into_captured();
    Ended {
        exit,
        output: captured.output,
        errors: captured.errors,
        discarded: captured.discarded,
        runtime: began.elapsed(),
        leftover,
    }
}

/// How a child is connected.
#[derive(Debug, Default)]
struct Streams {
    /// Whether its standard error is kept apart from its standard output.
    apart: bool,
    /// Its standard input; nothing otherwise.
    input: Option<OwnedFd>,
    /// Where what it writes is kept, where that is not in memory.
    files: Option<[File; 2]>,
}

/// A child that runs.
struct Started {
    child: Child,
    group: Group,
    captures: Captures,
}

/// Where a run is on its way to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It may do as it likes.
    Running,
    /// It was asked to end.
    Terminating,
    /// It was made to end.
    Killing,
    /// The child has ended and only its output is still open.
    Lingering,
    /// So is it after everybody in the group was killed.
    Sweeping,
}

async fn supervise(
    started: &mut Started,
    timeout: Option<Duration>,
    limits: &Limits,
    cancelled: impl Future<Output = ()>,
) -> (Exit, Option<Leftover>) {
    let Started {
        child,
        group,
        captures,
    } = started;
    let mut cancelled = std::pin::pin!(cancelled);
    let mut phase = Phase::Running;
    let mut deadline = timeout.and_then(|it| Instant::now().checked_add(it));
    // Why it was ended by us, and how it ended.
    let mut verdict = None;
    let mut status = None;
    loop {
        let ends = tokio::select! {
            ended = child.wait(), if status.is_none() => {
                status = Some(ended);
                if !captures.is_open() {
                    break;
                }
                phase = Phase::Lingering;
                deadline = Instant::now().checked_add(limits.linger);
                continue;
            }
            more = captures.read(), if captures.is_open() => {
                match more {
                    More::Flood => {
                        let most = limits.most;
                        Exit::Failed(format!("wrote more than {most} bytes and was ended"))
                    }
                    More::End if status.is_some() => break,
                    More::End | More::Some => continue,
                }
            }
            () = until(deadline) => Exit::Timeout,
            () = &mut cancelled, if phase == Phase::Running => {
                Exit::Failed("no longer wanted, and ended".to_owned())
            }
        };
        deadline = match phase {
            Phase::Running => {
                verdict = Some(ends);
                group.terminate();
                phase = Phase::Terminating;
                Instant::now().checked_add(limits.grace)
            }
            Phase::Terminating => {
                group.kill();
                phase = Phase::Killing;
                Instant::now().checked_add(KILLED)
            }
            Phase::Lingering => {
                group.kill();
                phase = Phase::Sweeping;
                Instant::now().checked_add(limits.linger)
            }
            Phase::Killing | Phase::Sweeping => break,
        };
    }
    if verdict.is_some() {
        // The child is gone, but others of its group may have taken no notice.
        group.kill();
    }
    group.release();
    let leftover = (phase == Phase::Sweeping).then(|| {
        if captures.is_open() {
            Leftover::Running
        } else {
            Leftover::Ended
        }
    });
    let exit = match (verdict, status) {
        (Some(verdict), _) => verdict,
        (None, Some(Ok(status))) => exit_of(status),
        (None, Some(Err(error))) => Exit::Failed(format!("its end could not be learnt: {error}")),
        (None, None) => Exit::Failed("it cannot be ended".to_owned()),
    };
    (exit, leftover)
}

/// Waits for a deadline; for ever where there is none.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

async fn disowned(child: &mut Child, cancelled: impl Future<Output = ()>) -> Exit {
    tokio::select! {
        ended = child.wait() => match ended {
            Ok(status) => exit_of(status),
            Err(error) => Exit::Failed(format!("its end could not be learnt: {error}")),
        },
        () = cancelled => Exit::Failed("left running".to_owned()),
    }
}

fn exit_of(status: std::process::ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Failed(format!("ended in an unknown way: {status}")),
    }
}

// === impl Limits ===

impl Limits {
    /// The limits of every command: 1 MiB kept, 16 MiB written, 2 s to end, 250 ms to close the output.
    pub const DEFAULT: Self = Self {
        keep: 1 << 20,
        most: 16 << 20,
        grace: Duration::from_secs(2),
        linger: Duration::from_millis(250),
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

// === impl Ended ===

impl Ended {
    fn not_started(reason: String, began: Instant) -> Self {
        Self {
            exit: Exit::Failed(reason),
            output: Vec::new(),
            errors: Vec::new(),
            discarded: 0,
            runtime: began.elapsed(),
            leftover: None,
        }
    }
}

// === impl Leftover ===

impl core::fmt::Display for Leftover {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Ended => "processes that kept its output open were left behind and are ended",
            Self::Running => "processes that keep its output open were left behind and run on",
        })
    }
}
