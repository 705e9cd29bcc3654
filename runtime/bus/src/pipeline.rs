//! Many messages on their way to streams at once.

use core::fmt;

use async_nats::{Client, HeaderMap, StatusCode, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;

use crate::connection::receipt;
use crate::{Connection, PublishError, Receipt};

/// Sends messages without waiting for the receipt of each.
///
/// Each message has a number, and what is heard of it has the same. All are sent in order; answers may come in another.
/// The numbers go over one subject of our own, so that nothing is kept here for a message that is on its way.
pub struct Pipeline {
    client: Client,
    /// Where answers go, followed by a number.
    inbox: String,
    answers: Subscriber,
}

/// What was heard of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A stream keeps it.
    Kept(Receipt),
    /// The broker has it, and nobody listens on its subject.
    NobodyListens,
    /// A stream does not take it, or somebody who is no stream answered.
    Refused(PublishError),
    /// A [mark](Pipeline::mark) has come back: the broker has everything that was sent before it.
    Mark,
}

/// What marks are told apart from receipts by.
const MARK: &str = "mark";

impl Pipeline {
    /// Waits for the first broker that lets us in. After that it outlives every broker; what was on its way to one that
    /// went away may be lost, and is sent again by whoever needs it to arrive.
    ///
    /// # Errors
    /// The connection was closed.
    pub async fn open(connection: &Connection) -> Result<Self, PublishError> {
        let client = connection
            .client()
            .await
            .ok_or(PublishError::NotConnected)?;
        let inbox = client.new_inbox();
        let answers = client.subscribe(format!("{inbox}.*")).await;
        Ok(Self {
            answers: answers.map_err(|error| PublishError::Other(error.to_string()))?,
            client,
            inbox,
        })
    }

    /// Sends a message to a stream, which takes messages of one `id` once within its window. It waits while there is no
    /// broker.
    ///
    /// # Errors
    /// The message is too large, or its subject is none.
    pub async fn send(
        &self,
        number: u64,
        subject: &str,
        payload: Bytes,
        id: &str,
    ) -> Result<(), PublishError> {
        self.fits(&payload)?;
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", id);
        let reply = format!("{}.{number}", self.inbox);
        let sent =
            self.client
                .publish_with_reply_and_headers(subject.to_owned(), reply, headers, payload);
        sent.await.map_err(other)
    }

    /// Sends a message to whoever listens; nothing is heard of it but by a [mark](Self::mark). It waits while there is no
    /// broker.
    ///
    /// # Errors
    /// The message is too large, or its subject is none.
    pub async fn tell(&self, subject: &str, payload: Bytes) -> Result<(), PublishError> {
        self.fits(&payload)?;
        let sent = self.client.publish(subject.to_owned(), payload);
        sent.await.map_err(other)
    }

    /// Sends something that comes back to us, as [`Answer::Mark`].
    ///
    /// # Errors
    /// The connection was closed.
    pub async fn mark(&self, number: u64) -> Result<(), PublishError> {
        let to = format!("{}.{MARK}-{number}", self.inbox);
        let sent = self.client.publish(to, Bytes::new());
        sent.await.map_err(other)
    }

    /// The next answer and the number of what it answers; `None` when the connection was closed.
    pub async fn next(&mut self) -> Option<(u64, Answer)> {
        loop {
            let message = self.answers.next().await?;
            if let Some(answer) = self.understood(&message) {
                return Some(answer);
            }
        }
    }

    fn understood(&self, message: &async_nats::Message) -> Option<(u64, Answer)> {
        let token = message.subject.strip_prefix(self.inbox.as_str())?;
        let token = token.strip_prefix('.')?;
        if let Some(number) = token.strip_prefix(MARK) {
            let number = number.strip_prefix('-')?.parse().ok()?;
            return Some((number, Answer::Mark));
        }
        let number = token.parse().ok()?;
        let answer = match message.status {
            Some(StatusCode::NO_RESPONDERS) => Answer::NobodyListens,
            _ => match receipt(&message.payload) {
                Ok(receipt) => Answer::Kept(receipt),
                Err(error) => Answer::Refused(error),
            },
        };
        Some((number, answer))
    }

    fn fits(&self, payload: &Bytes) -> Result<(), PublishError> {
        let (size, most) = (payload.len(), self.client.max_payload());
        match most > 0 && size > most {
            true => Err(PublishError::TooLarge { size, most }),
            false => Ok(()),
        }
    }
}

fn other(error: impl fmt::Display) -> PublishError {
    PublishError::Other(error.to_string())
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Pipeline")
            .field("inbox", &self.inbox)
            .finish_non_exhaustive()
    }
}
