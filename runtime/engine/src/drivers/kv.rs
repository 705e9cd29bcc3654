//! Keys of `kv` watchers.

use core::time::Duration;

use chorister_fsm::{Job, JobResult, KvFound, KvRead, Work};
use tokio::time::timeout;

use crate::driver::{JobContext, JobFuture, Shape, failed};
use crate::network::LONGEST;

/// How long a look may take; a node that has just started joins its network meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads the key of a job.
pub(super) fn run(job: Job, mut cx: JobContext) -> JobFuture {
    Box::pin(async move {
        let shape = Shape::from(&job.work);
        let Work::Kv(wanted) = job.work else {
            return failed(shape, "only keys can be read".to_owned());
        };
        let uplink = cx.shared.uplink.clone();
        let look = async {
            let network = uplink.wait(PATIENCE).await?;
            let entry = timeout(PATIENCE, network.read(&wanted.bucket, &wanted.key)).await;
            entry.unwrap_or_else(|_| Err("the broker did not answer".to_owned()))
        };
        let entry = tokio::select! {
            entry = look => entry,
            () = cx.cancelled() => Err("no longer wanted".to_owned()),
        };
        JobResult::Kv(match entry {
            Ok(None) => KvFound::Absent,
            Ok(Some(entry)) if entry.value.len() > LONGEST => {
                KvFound::Failed(of(&wanted, &format!("it is longer than {LONGEST} bytes")))
            }
            Ok(Some(entry)) => KvFound::Value {
                revision: entry.revision,
                value: entry.value,
            },
            Err(reason) => KvFound::Failed(of(&wanted, &reason)),
        })
    })
}

fn of(wanted: &KvRead, reason: &str) -> String {
    let KvRead { bucket, key, .. } = wanted;
    format!("could not read `{key}` of the bucket `{bucket}`: {reason}")
}
