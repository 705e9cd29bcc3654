//! Archives.
use crate::driver::{JobContext, JobFuture, failed};
use chorister_fsm::Job;
pub(super) fn run(job: Job, _cx: JobContext) -> JobFuture {
    Box::pin(async move { failed((&job.work).into(), String::new()) })
}
