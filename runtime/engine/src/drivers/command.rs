//! Commands of `exec` and `metric` watchers.

use std::ffi::OsString;
use std::io::{self, Read as _};
use std::sync::Arc;

use chorister_fsm::{Command, Job, JobId, JobResult, Piece, Work};
use chorister_ir::SecretSource;

use crate::driver::{JobContext, JobFuture, Shape, failed};
use crate::governor::Place;
use crate::process::{self, Ended, Limits, Program};
use crate::scratch::{ScratchFile, search_path};

/// The longest file with a secret, in bytes.
const LONGEST_SECRET: u64 = 64 << 10;

/// Runs the command of a job.
pub(super) fn run(job: Job, cx: JobContext) -> JobFuture {
    Box::pin(async move {
        let shape = Shape::from(&job.work);
        let Work::Exec(command) = job.work else {
            return failed(shape, "only commands can be run".to_owned());
        };
        match governed(job.id, &job.directory, command, cx).await {
            Ok(ended) => JobResult::Exec {
                exit: process::exit(ended.exit),
                output: ended.output,
                runtime: ended.runtime,
            },
            Err(reason) => failed(Shape::Exec, reason),
        }
    })
}

/// Runs a command, with a place in its governor if it has one.
async fn governed(
    id: JobId,
    directory: &std::path::Path,
    mut command: Command,
    mut cx: JobContext,
) -> Result<Ended, String> {
    let Some(queue) = command.governor.take() else {
        return execute(id, directory, command, cx).await;
    };
    let uplink = cx.shared.uplink.clone();
    let place = tokio::select! {
        place = Place::enter(queue, &uplink) => place?,
        () = cx.cancelled() => return Err("no longer wanted".to_owned()),
    };
    let ended = execute(id, directory, command, cx).await;
    place.leave().await;
    ended
}

async fn execute(
    id: JobId,
    directory: &std::path::Path,
    command: Command,
    mut cx: JobContext,
) -> Result<Ended, String> {
    let shared = Arc::clone(&cx.shared);
    let permit = tokio::select! {
        permit = Arc::clone(&shared.limits.children).acquire_owned() => permit,
        () = cx.cancelled() => return Err("no longer wanted".to_owned()),
    };
    let files = match &command.files {
        Some(files) => Some(
            written(&shared.scratch, id, files)
                .map_err(|error| format!("cannot write the command's facts and data: {error}"))?,
        ),
        None => None,
    };
    let mut environment: Vec<(OsString, OsString)> =
        vec![("PATH".into(), search_path(&shared.search, directory))];
    if let Some([facts, data]) = &files {
        environment.push(("WATCHER_FACTS".into(), facts.path().into()));
        environment.push(("WATCHER_DATA".into(), data.path().into()));
    }
    if !command.disown {
        environment.extend(shared.mark.map(|it| it.variable()));
    }
    let given = command
        .environment
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()));
    environment.extend(given);
    for (name, pieces) in command.secrets {
        let value = secret(&pieces).map_err(|reason| format!("no value for {name}: {reason}"))?;
        environment.push((name.into(), value.into()));
    }
    let mut words = command.argv.into_iter();
    let name = words.next().unwrap_or_default();
    let program = Program {
        file: process::find(&name, directory, &shared.search)?,
        name,
        arguments: words.collect(),
        directory: directory.to_owned(),
        environment,
        timeout: command.timeout,
        disown: command.disown,
    };
    // A disowned command may run for ever and must not keep the place of others.
    let _permit = if program.disown { None } else { permit.ok() };
    let ended = process::run(&program, &Limits::DEFAULT, cx.cancelled()).await;
    if let Some(leftover) = ended.leftover {
        tracing::warn!(
            command = program.name,
            directory = %directory.display(),
            "A command has ended, but {leftover}; redirect their output, or set `disown`"
        );
    }
    tracing::debug!(
        command = program.name,
        exit = ?ended.exit,
        output = %String::from_utf8_lossy(&ended.output).trim_end(),
        discarded = ended.discarded,
        "Command ended"
    );
    Ok(ended)
}

/// Puts a value together. What it says of an error never tells what is secret.
fn secret(pieces: &[Piece]) -> Result<String, String> {
    let mut value = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => value.push_str(text),
            Piece::Secret(SecretSource::File(path)) => {
                let text = read_secret(path).map_err(|error| format!("{path}: {error}"))?;
                value.push_str(text.strip_suffix('\n').unwrap_or(&text));
            }
            Piece::Secret(SecretSource::Environment(name)) => {
                let text = std::env::var(name.as_ref())
                    .map_err(|_| format!("the variable {name} is not set, or is not UTF-8"))?;
                value.push_str(&text);
            }
        }
    }
    if value.contains('\0') {
        return Err("it holds a NUL".to_owned());
    }
    Ok(value)
}

fn read_secret(path: &str) -> io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?
        .take(LONGEST_SECRET)
        .read_to_string(&mut text)?;
    Ok(text)
}

fn written(
    scratch: &crate::scratch::Scratch,
    id: JobId,
    files: &chorister_fsm::Files,
) -> io::Result<[Arc<ScratchFile>; 2]> {
    Ok([
        scratch.facts(&files.facts)?,
        scratch.data(id.machine, &files.data)?,
    ])
}
