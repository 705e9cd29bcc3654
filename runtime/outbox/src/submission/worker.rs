//! Publishes what was left.

use core::fmt;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_bus::{Backoff, Connection};
use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::folder::{Folder, read};
use super::message::{PRIORITIES, Signature, Submission};

/// How often is looked for new messages.
const LOOK: Duration = Duration::from_secs(1);

/// How long a stream may take to say that it has a message.
const PATIENCE: Duration = Duration::from_secs(2);

/// Signs for the node; `None` where it has nothing to sign with.
pub type Sign = Box<dyn Fn(&[u8]) -> Option<Signature> + Send + Sync>;

/// Publishes what is left in a folder.
pub struct Submitter {
    /// The folder.
    pub folder: Folder,
    /// The connection to the brokers.
    pub connection: Connection,
    /// The main collective of the node.
    pub collective: String,
    /// The identity of the node.
    pub identity: String,
    /// Signs messages that ask for it.
    pub sign: Sign,
}

impl Submitter {
    /// Publishes what is there and what comes, all priorities at a time. It goes on for ever.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub async fn run(self) -> std::io::Result<()> {
        let folder = self.folder.clone();
        // It fails only while the process ends.
        spawn_blocking(move || folder.make())
            .await
            .unwrap_or(Ok(()))?;
        let this = Arc::new(self);
        let mut workers = tokio::task::JoinSet::new();
        for priority in 0..PRIORITIES {
            let this = Arc::clone(&this);
            workers.spawn(async move { this.attend(priority).await });
        }
        while workers.join_next().await.is_some() {}
        Ok(())
    }

    async fn attend(&self, priority: u8) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            if self.connection.is_up() {
                self.publish_all(priority).await;
            }
        }
    }

    /// Publishes what waits in a priority, as far as it can be.
    async fn publish_all(&self, priority: u8) {
        let folder = self.folder.clone();
        let listed = spawn_blocking(move || folder.list(priority)).await;
        let files = match listed {
            Ok(Ok(files)) => files,
            Ok(Err(error)) => {
                tracing::debug!(priority, %error, "the folder of submissions cannot be read");
                return;
            }
            Err(_) => return,
        };
        let mut is_stuck = false;
        for file in files {
            let path = file.clone();
            let Ok(read) = spawn_blocking(move || read(&path)).await else {
                return;
            };
            match read {
                Ok(message) => is_stuck |= !self.publish(&file, message, is_stuck).await,
                Err(reason) => {
                    tracing::warn!(file = %file.display(), %reason, "a submission that is none is removed");
                    remove(file).await;
                }
            }
        }
    }

    /// Publishes a message, unless those that have to arrive are stuck before it; false where this one now is.
    async fn publish(&self, file: &Path, mut message: Submission, is_stuck: bool) -> bool {
        let now = Timestamp::now();
        if message.is_over(now) {
            tracing::warn!(id = %message.id, subject = %message.subject, tries = message.tries, "a submission is given up");
            remove(file.to_owned()).await;
            return true;
        }
        if message.reliable && (is_stuck || !message.is_due(now)) {
            return false;
        }
        let is_reliable = message.reliable;
        match self.send(&message).await {
            Ok(()) => {
                remove(file.to_owned()).await;
                true
            }
            Err(reason) => {
                tracing::debug!(id = %message.id, %reason, "a submission is tried again");
                if message.reliable {
                    let tries = usize::try_from(message.tries).unwrap_or(usize::MAX);
                    let wait = Backoff::FiveSeconds.wait(tries.saturating_add(1), fastrand::f64());
                    message.failed(now, wait);
                    let (folder, path) = (self.folder.clone(), file.to_owned());
                    drop(spawn_blocking(move || folder.keep(&path, &message)).await);
                }
                // Those that need not arrive hold up nothing.
                !is_reliable
            }
        }
    }

    async fn send(&self, message: &Submission) -> Result<(), String> {
        let signature = match message.sign {
            true => {
                Some((self.sign)(&message.payload).ok_or("the node has no token to sign with")?)
            }
            false => None,
        };
        let headers = message.headers(&self.identity, signature);
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let subject = format!("{}.submission.in.{}", self.collective, message.subject);
        let payload = message.payload.clone();
        let id = &message.id;
        let sent = if message.reliable {
            let kept = self
                .connection
                .publish_to_stream(subject, payload, id, &headers, PATIENCE);
            kept.await.map(drop)
        } else {
            let with_id = [&[("Nats-Msg-Id", id.as_str())], headers.as_slice()].concat();
            self.connection
                .publish_with(subject, &with_id, payload)
                .await
        };
        sent.map_err(|error| error.to_string())
    }
}

async fn remove(file: PathBuf) {
    let removed =
        spawn_blocking(move || std::fs::remove_file(&file).map_err(|error| (file, error)));
    if let Ok(Err((file, error))) = removed.await {
        tracing::warn!(file = %file.display(), %error, "a submission cannot be removed, and will be published again");
    }
}

impl fmt::Debug for Submitter {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Submitter")
            .field("folder", &self.folder)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
