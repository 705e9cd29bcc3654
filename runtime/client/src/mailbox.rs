//! Where replies wait until somebody looks at them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use chorister_bus::Subscription;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// What may wait, in KiB. Each message takes one at least, so that this also limits how many there are.
const ROOM: usize = 64 << 10;

/// What arrived.
#[derive(Debug)]
pub(crate) struct Letter {
    /// The bytes.
    pub(crate) payload: Bytes,
    /// When they arrived.
    pub(crate) at: Instant,
    /// Its place, which is free again with the letter.
    _room: OwnedSemaphorePermit,
}

/// What arrives on a subject. It is taken from the connection at once, so that a whole fleet can answer while somebody
/// looks at the first reply.
#[derive(Debug)]
pub(crate) struct Mailbox {
    letters: mpsc::UnboundedReceiver<Letter>,
    lost: Arc<AtomicUsize>,
    task: AbortHandle,
}

// === impl Mailbox ===

impl Mailbox {
    pub(crate) fn new(subscription: Subscription) -> Self {
        let (to, letters) = mpsc::unbounded_channel();
        let lost = Arc::<AtomicUsize>::default();
        let task = tokio::spawn(carry(subscription, to, Arc::clone(&lost)));
        Self {
            letters,
            lost,
            task: task.abort_handle(),
        }
    }

    /// The next letter; `None` when the subscription ended and all were taken.
    pub(crate) async fn next(&mut self) -> Option<Letter> {
        self.letters.recv().await
    }

    /// Takes no more; those that wait can still be taken.
    pub(crate) fn close(&mut self) {
        self.task.abort();
        self.letters.close();
    }

    /// How many had no room.
    pub(crate) fn lost(&self) -> usize {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Moves messages from the connection into the mailbox.
async fn carry(
    mut subscription: Subscription,
    to: mpsc::UnboundedSender<Letter>,
    lost: Arc<AtomicUsize>,
) {
    let room = Arc::new(Semaphore::new(ROOM));
    while let Some(message) = subscription.next().await {
        let size = u32::try_from(message.payload.len() / 1024 + 1).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&room).try_acquire_many_owned(size) else {
            lost.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        let letter = Letter {
            payload: message.payload,
            at: Instant::now(),
            _room: room,
        };
        if to.send(letter).is_err() {
            return;
        }
    }
}
