//! Messages of `gossip` watchers.

use core::time::Duration;

use chorister_fsm::{Job, JobResult, Work};
use tokio::time::timeout;

use crate::driver::{JobContext, JobFuture, Shape, failed};

/// How long publishing may take; a node that has just started joins its network meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);

/// Publishes the message of a job.
pub(super) fn run(job: Job, mut cx: JobContext) -> JobFuture {
    Box::pin(async move {
        let shape = Shape::from(&job.work);
        let Work::Tell(message) = job.work else {
            return failed(shape, "only messages can be published".to_owned());
        };
        let uplink = cx.shared.uplink.clone();
        let subject = message.subject.clone();
        let publish = async {
            let network = uplink.wait(PATIENCE).await?;
            let told = timeout(PATIENCE, network.publish(message)).await;
            told.unwrap_or_else(|_| Err("the broker did not take it".to_owned()))
        };
        let told = tokio::select! {
            told = publish => told,
            () = cx.cancelled() => Err("no longer wanted".to_owned()),
        };
        JobResult::Told(told.map_err(|reason| format!("could not publish to {subject}: {reason}")))
    })
}
