//! Checks of `nagios` watchers: plugins, goss files, and what is part of the program.

use std::sync::Arc;
use std::time::SystemTime;

use chorister_fsm::{Exit, Job, JobResult, Subject, Work};
use chorister_ir::NodeStatus;
use chorister_lang::nagios::Status;
use tokio::time::{Instant, timeout};

use super::status_file;
use crate::StatusFile;
use crate::driver::{JobContext, JobFuture};
use crate::jobs::Shared;
use crate::native::{Finding, FindingFuture, GossRequest, NativeRequest};

/// Runs the check of a job.
pub(super) fn run(job: Job, cx: JobContext) -> JobFuture {
    let Job {
        id,
        directory,
        work,
    } = job;
    let Work::Check(examination) = work else {
        let job = Job {
            id,
            directory,
            work,
        };
        return super::command::run(job, cx);
    };
    Box::pin(async move {
        let began = Instant::now();
        let finding = examine(&directory, examination.subject, examination.timeout, &cx);
        let mut cx = cx;
        let finding = tokio::select! {
            finding = timeout(examination.timeout, finding) => finding.ok(),
            () = cx.cancelled() => Some(Finding::unknown("no longer wanted")),
        };
        let (exit, output) = match finding {
            Some(finding) => (Exit::Code(finding.status.code().into()), finding.text),
            None => (Exit::Timeout, String::new()),
        };
        JobResult::Exec {
            exit,
            output: output.into_bytes(),
            runtime: began.elapsed(),
        }
    })
}

fn examine(
    directory: &std::path::Path,
    subject: Subject,
    limit: core::time::Duration,
    cx: &JobContext,
) -> FindingFuture {
    let shared = Arc::clone(&cx.shared);
    match subject {
        // Compat: go-choria aagent/watchers/nagioswatcher: the time, and nothing else.
        Subject::Heartbeat => found(Finding::new(
            Status::Ok,
            jiff::Timestamp::now().as_second().to_string(),
        )),
        Subject::NodeStatus(limits) => match shared.status_file.clone() {
            Some(file) => Box::pin(read_status(file, limits, shared)),
            // Compat: go-choria aagent/watchers/nagioswatcher: what it says where there is no status file.
            None => found(Finding::new(
                Status::Unknown,
                "Status file not configured".to_owned(),
            )),
        },
        Subject::Goss { file, vars } => match shared.goss {
            Some(goss) => (goss.run)(GossRequest {
                file,
                vars,
                timeout: limit,
            }),
            None => found(Finding::unknown("this distribution was built without goss")),
        },
        Subject::Native { name, parameters } => {
            match shared.natives.iter().find(|it| it.name == name) {
                Some(check) => (check.run)(NativeRequest {
                    parameters,
                    timeout: limit,
                    directory: directory.to_owned(),
                }),
                None => {
                    let reason = format!("this distribution was built without the check {name}");
                    found(Finding::unknown(reason))
                }
            }
        }
    }
}

/// Judges a status file where waiting for the disk holds up nobody.
#[expect(
    clippy::disallowed_methods,
    reason = "the file's times are of the computer's clock"
)]
async fn read_status(file: StatusFile, limits: NodeStatus, shared: Arc<Shared>) -> Finding {
    let permit = Arc::clone(&shared.limits.file_calls).acquire_owned().await;
    let look = move || {
        // It stays with the call, also when nobody waits for it any more.
        let _permit = permit;
        status_file::look(&file, &limits, SystemTime::now())
    };
    let looked = tokio::task::spawn_blocking(look).await;
    looked.unwrap_or_else(|error| Finding::unknown(error.to_string()))
}

fn found(finding: Finding) -> FindingFuture {
    Box::pin(std::future::ready(finding))
}
