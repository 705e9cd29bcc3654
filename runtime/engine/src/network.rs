//! The network, as far as watchers use it: keys of buckets, messages, and places in governors.
//!
//! The engine knows no broker. Who does hands it a [`Network`] with [`EngineHandle::join`](crate::EngineHandle::join),
//! at any time; until then, and on a node that is in no network, watchers that need one fail with the reason.

use core::time::Duration;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

pub use chorister_fsm::{KvFound, Message, Queue, Republished};

/// The longest value that becomes machine data, in bytes.
pub(crate) const LONGEST: usize = 1 << 20;

/// What a network answers, or why it does not.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// The network of a node. Every answer comes in bounded time, also while no broker is there.
pub trait Network: Send + Sync {
    /// What a key of a bucket holds; nothing where it was never written, or was deleted.
    fn read<'a>(&'a self, bucket: &'a str, key: &'a str) -> Answer<'a, Option<Entry>>;

    /// Tells whenever somebody writes or deletes a key, as long as there is somebody to tell.
    fn watch<'a>(&'a self, bucket: &'a str, key: &'a str) -> Answer<'a, mpsc::Receiver<()>>;

    /// Tells what a stream publishes again on a subject, as long as there is somebody to tell.
    fn listen<'a>(&'a self, subject: &'a str) -> Answer<'a, mpsc::Receiver<Republished>>;

    /// Publishes a message to whoever listens.
    fn publish(&self, message: Message) -> Answer<'_, ()>;

    /// Asks for a place in a governor; nothing where it is full. An error means that asking again could take two.
    fn enter<'a>(&'a self, queue: &'a Queue) -> Answer<'a, Option<u64>>;

    /// Gives a place back.
    fn leave<'a>(&'a self, queue: &'a Queue, place: u64) -> Answer<'a, ()>;

    /// Tells who watches governors that nobody gave up a place in time.
    fn gave_up<'a>(&'a self, queue: &'a Queue) -> Answer<'a, ()>;
}

/// What a key holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its revision, above that of all values of the bucket before it.
    pub revision: u64,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// The way to the network, as soon as there is one.
#[derive(Clone, Default)]
pub(crate) struct Uplink(Arc<watch::Sender<Option<Arc<dyn Network>>>>);

impl core::fmt::Debug for Entry {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Values may be secret.
        f.debug_tuple("Entry").field(&self.revision).finish()
    }
}

impl core::fmt::Debug for Uplink {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Uplink")
            .field(&self.0.borrow().is_some())
            .finish()
    }
}

impl Uplink {
    pub(crate) fn set(&self, network: Arc<dyn Network>) {
        self.0.send_replace(Some(network));
    }

    /// The network, as soon as there is one.
    pub(crate) async fn there(&self) -> Arc<dyn Network> {
        loop {
            if let Ok(network) = self.wait(Duration::MAX).await {
                return network;
            }
        }
    }

    /// The network, at the latest after `patience`.
    pub(crate) async fn wait(&self, patience: Duration) -> Result<Arc<dyn Network>, String> {
        let mut seen = self.0.subscribe();
        let there = seen.wait_for(Option::is_some);
        let found = match tokio::time::timeout(patience, there).await {
            Ok(Ok(network)) => network.clone(),
            Ok(Err(_)) | Err(_) => None,
        };
        found.ok_or_else(|| "the node is not part of a network".to_owned())
    }
}
