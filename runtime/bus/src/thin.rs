//! A connection that takes next to no memory while nothing is said.

mod keeper;
mod protocol;
mod state;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

use self::keeper::Keeper;
use self::protocol::{Saying, is_subject};
use self::state::{Ear, Shared};
use crate::bus::{Bus, Doing, Listening};
use crate::{Credentials, Dial, Link, Message, PublishError};

/// A connection for a process with thousands of them: without TLS, and with nothing but what a [`Bus`] does.
///
/// It has one task, keeps no bytes but those of messages that are half sent or half read, and gives each message to its
/// queue at once; what finds no place there is lost. It comes back after each broker as a
/// [`Connection`](crate::Connection) does.
#[derive(Debug)]
pub struct Thin {
    shared: Arc<Shared>,
    keeper: AbortHandle,
}

impl Thin {
    /// Whether it can connect like this: without TLS or websockets, and without a file of credentials.
    #[must_use]
    pub fn suits(dial: &Dial) -> bool {
        let is_plain = |url: &str| url.starts_with("nats://") && !url.contains('@');
        let mut brokers = dial.brokers.configured.iter();
        dial.trust.is_none()
            && !matches!(dial.credentials, Credentials::File(_))
            && brokers.all(|it| is_plain(it.expose()))
    }

    /// Begins to connect. It returns at once: [`Bus::link`] tells what becomes of it.
    ///
    /// Must be called on a tokio runtime with time and IO, with what [suits](Self::suits) it.
    #[must_use]
    pub fn open(dial: Dial) -> Self {
        let shared = Arc::new(Shared::new(dial.timeout));
        let keeper = Keeper {
            shared: Arc::clone(&shared),
            dial,
        };
        Self {
            shared,
            keeper: tokio::spawn(keeper.run()).abort_handle(),
        }
    }
}

impl Drop for Thin {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Bus for Thin {
    fn link(&self) -> watch::Receiver<Link> {
        self.shared.link.subscribe()
    }

    fn publish(&self, subject: String, payload: Bytes) -> Doing<'_, Result<(), PublishError>> {
        Box::pin(async move {
            checked(&subject)?;
            let said = Saying::Publish(&subject, &payload);
            self.shared
                .eventually(|state| state.publish(&said, payload.len()))
                .await
        })
    }

    fn listen<'a>(
        &'a self,
        subject: &'a str,
        group: Option<&'a str>,
        to: mpsc::Sender<Box<Message>>,
    ) -> Doing<'a, Result<Listening, PublishError>> {
        Box::pin(async move {
            checked(subject)?;
            group.map_or(Ok(()), checked)?;
            let subscription = self.shared.listen(Ear {
                subscription: 0,
                subject: subject.into(),
                group: group.map(Into::into),
                to,
            });
            let shared = Arc::downgrade(&self.shared);
            Ok(Listening::until(move || {
                if let Some(shared) = shared.upgrade() {
                    shared.forget(subscription);
                }
            }))
        })
    }

    fn flush(&self) -> Doing<'_, Result<(), PublishError>> {
        Box::pin(async move {
            let ping = self.shared.ping()?;
            self.shared
                .eventually(|state| state.has_answered(ping))
                .await
        })
    }

    fn close(&self, deadline: Duration) -> Doing<'_, ()> {
        Box::pin(async move {
            // Without a broker there is nobody to send anything to.
            drop(tokio::time::timeout(deadline, self.flush()).await);
            self.keeper.abort();
            self.shared.down(Link::Closed);
        })
    }
}

fn checked(subject: &str) -> Result<(), PublishError> {
    match is_subject(subject) {
        true => Ok(()),
        false => Err(PublishError::Other("it is no subject".to_owned())),
    }
}
