//! Checks of `nagios` watchers: plugins, goss files, and what is part of the program.

use std::sync::Arc;

use chorister_fsm::{Exit, Job, JobResult, Subject, Work};
use chorister_lang::nagios::Status;
use tokio::time::{Instant, timeout};

use crate::driver::{JobContext, JobFuture};
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
        Subject::Heartbeat => found(Finding {
            status: Status::Ok,
            // Compat: go-choria aagent/watchers/nagioswatcher: the time, and nothing else.
            text: jiff::Timestamp::now().as_second().to_string(),
        }),
        // Compat: go-choria aagent/watchers/nagioswatcher: what it says where there is no status file.
        Subject::NodeStatus(_) => found(Finding {
            status: Status::Unknown,
            text: "Status file not configured".to_owned(),
        }),
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

fn found(finding: Finding) -> FindingFuture {
    Box::pin(std::future::ready(finding))
}
