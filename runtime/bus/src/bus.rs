//! What a node needs of a connection.

use core::fmt;
use core::pin::Pin;
use core::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, watch};

use crate::{Connection, Link, Message, PublishError};

/// Something that is being done over a connection.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A connection as a node sees it: [`Connection`], or [`Thin`](crate::Thin) where there are thousands of nodes in one
/// process.
pub trait Bus: fmt::Debug + Send + Sync {
    /// What it is doing, now and from now on.
    fn link(&self) -> watch::Receiver<Link>;

    /// Whether a broker is there.
    fn is_up(&self) -> bool {
        matches!(*self.link().borrow(), Link::Up { .. })
    }

    /// Sends a message to whoever listens.
    ///
    /// Its errors: there is no broker, it takes no messages any more, or the message is too large for it. What was taken may
    /// still be lost with the broker.
    fn publish(&self, subject: String, payload: Bytes) -> Doing<'_, Result<(), PublishError>>;

    /// Puts messages of a subject into a queue, as one of a `group` of which one gets each message, if one is named. It
    /// outlives every broker. Queues have room for 32 from their beginning, so there are only pointers in them.
    ///
    /// Its errors: the subject is none, or the connection was closed.
    fn listen<'a>(
        &'a self,
        subject: &'a str,
        group: Option<&'a str>,
        to: mpsc::Sender<Box<Message>>,
    ) -> Doing<'a, Result<Listening, PublishError>>;

    /// Waits until all that was published is on its way to the broker.
    ///
    /// Its errors: there is no broker, or it takes nothing any more.
    fn flush(&self) -> Doing<'_, Result<(), PublishError>>;

    /// Ends the connection once what was published is sent, within `deadline`.
    fn close(&self, deadline: Duration) -> Doing<'_, ()>;
}

/// A subject that is listened to, until this is dropped.
pub struct Listening(Option<Box<dyn FnOnce() + Send + Sync>>);

// === impl Listening ===

impl Listening {
    /// One that ends with this.
    pub(crate) fn until(end: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(end)))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Listening")
    }
}

// === impl Connection ===

impl Bus for Connection {
    fn link(&self) -> watch::Receiver<Link> {
        self.link()
    }

    fn publish(&self, subject: String, payload: Bytes) -> Doing<'_, Result<(), PublishError>> {
        Box::pin(self.publish(subject, payload))
    }

    fn listen<'a>(
        &'a self,
        subject: &'a str,
        group: Option<&'a str>,
        to: mpsc::Sender<Box<Message>>,
    ) -> Doing<'a, Result<Listening, PublishError>> {
        Box::pin(async move {
            let mut subscription = self.subscribe(subject, group).await?;
            let forward = async move {
                while let Some(message) = subscription.next().await {
                    if to.send(Box::new(message)).await.is_err() {
                        return;
                    }
                }
            };
            let task = tokio::spawn(forward).abort_handle();
            Ok(Listening::until(move || task.abort()))
        })
    }

    fn flush(&self) -> Doing<'_, Result<(), PublishError>> {
        Box::pin(self.flush())
    }

    fn close(&self, deadline: Duration) -> Doing<'_, ()> {
        Box::pin(self.clone().close(deadline))
    }
}
