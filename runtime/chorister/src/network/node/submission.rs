//! Publishing what other programs leave for the network.

use chorister_engine::EngineHandle;
use chorister_node::detached;
use chorister_outbox::submission::{Folder, Signature, Submitter};
use chorister_settings::Settings;

use super::SOURCE;
use super::status::Reporter;

/// Publishes what is left in the folder that the settings name, if they name one.
pub(super) async fn publish(
    settings: Settings,
    collective: String,
    reporter: Reporter,
    engine: EngineHandle,
) {
    let Some(spool) = settings.submission.spool else {
        return;
    };
    let most = usize::try_from(settings.submission.max_spool_size).unwrap_or(usize::MAX);
    let signer = reporter.signer.clone();
    let identity = reporter.view.borrow().identity.clone();
    let submitter = Submitter {
        folder: Folder::new(spool.clone(), most),
        connection: reporter.connection,
        collective,
        identity,
        sign: Box::new(move |payload| {
            let (signature, token) = detached(&signer.borrow(), payload)?;
            Some(Signature { signature, token })
        }),
    };
    let problem = submitter.run().await.err();
    let problem =
        problem.map(|error| format!("submissions cannot be left in {}: {error}", spool.display()));
    // A node that has stopped has no problems.
    let _ = engine.report(SOURCE, "submission", problem).await;
}
