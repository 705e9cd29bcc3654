//! Commands of `exec` and `metric` watchers.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use chorister_fsm::{Command, Job, JobId, JobResult, Work};

use crate::driver::{JobContext, JobFuture, Shape, failed};
use crate::process::{self, Ended, Limits, Program};
use crate::scratch::{ScratchFile, search_path};

/// Runs the command of a job.
pub(super) fn run(job: Job, cx: JobContext) -> JobFuture {
    Box::pin(async move {
        let shape = Shape::from(&job.work);
        let Work::Exec(command) = job.work else {
            return failed(shape, "only commands can be run".to_owned());
        };
        match execute(job.id, &job.directory, command, cx).await {
            Ok(ended) => JobResult::Exec {
                exit: process::exit(ended.exit),
                output: ended.output,
                runtime: ended.runtime,
            },
            Err(reason) => failed(Shape::Exec, reason),
        }
    })
}

async fn execute(
    id: JobId,
    directory: &std::path::Path,
    command: Command,
    mut cx: JobContext,
) -> Result<Ended, String> {
    let shared = Arc::clone(&cx.shared);
    let permit = tokio::select! {
        permit = Arc::clone(&shared.children).acquire_owned() => permit,
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
    let given = command
        .environment
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()));
    environment.extend(given);
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
    tracing::debug!(
        command = program.name,
        exit = ?ended.exit,
        output = %String::from_utf8_lossy(&ended.output).trim_end(),
        discarded = ended.discarded,
        "Command ended"
    );
    Ok(ended)
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
