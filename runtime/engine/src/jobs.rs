//! The work that is being done outside the core.

use tokio::sync::watch;

/// Tells a job that its result is no longer wanted.
#[derive(Clone, Debug)]
pub(crate) struct Cancelled(watch::Receiver<bool>);

impl Cancelled {
    /// Waits until the job is cancelled; for ever if it never is.
    pub(crate) async fn wait(&mut self) {
        if self.0.wait_for(|it| *it).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
