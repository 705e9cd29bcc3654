//! What a node takes from streams of its network: keys of buckets, and places in governors.

use core::time::Duration;

use bytes::Bytes;
use chorister_bus::{Connection, Kept, PublishError, Subscription};
use chorister_proto::subject::Subject;
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::lifecycle::{Format, Happening, LifeEvent, Slot};

/// How long a broker may take to answer.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long a governor may take to answer.
// Compat: go-choria providers/governor/streams: a governor that is slower counts as broken.
const ENTER: Duration = Duration::from_secs(1);

/// How long a broker that is away is waited for.
const PATIENCE: Duration = Duration::from_secs(4);

/// What a node may ask of the streams of its network. Clones use the same connection.
#[derive(Clone, Debug)]
pub struct Streams {
    connection: Connection,
    collective: String,
    identity: String,
}

/// Who stands in the queue of a governor.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// The governor.
    pub governor: &'a str,
    /// The component that waits, such as the name of a machine.
    pub component: &'a str,
    /// What it is for, as others see it.
    pub purpose: &'a str,
}

/// What streams publish again, for who listens to that.
#[derive(Debug)]
pub struct Echoes(Subscription);

/// A value of a key that a stream published again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// The stream.
    pub stream: String,
    /// The subject in the stream.
    pub subject: String,
    /// Its number there.
    pub sequence: u64,
    /// The value; nothing where the key was deleted.
    pub value: Option<Bytes>,
}

impl Echoes {
    /// The next one; `None` when the connection was closed.
    pub async fn next(&mut self) -> Option<Echo> {
        let kept = self.0.next_republished().await?;
        let header = |name: &str| kept.header(name).unwrap_or_default().to_owned();
        Some(Echo {
            stream: header("Nats-Stream"),
            subject: header("Nats-Subject"),
            sequence: kept.sequence,
            value: (!is_deletion(&kept)).then_some(kept.payload),
        })
    }
}

/// Whether a message of a bucket says that a key has no value: also one whose time was over.
fn is_deletion(message: &Kept) -> bool {
    message.header("KV-Operation").is_some() || message.header("Nats-Marker-Reason").is_some()
}

impl Streams {
    /// Those of a node of this identity, with governors of this collective.
    #[must_use]
    pub const fn new(connection: Connection, collective: String, identity: String) -> Self {
        Self {
            connection,
            collective,
            identity,
        }
    }

    /// What a key of a bucket holds, and its revision; nothing where it was never written, or was deleted.
    ///
    /// # Errors
    /// There is no such bucket, or no broker.
    pub async fn key(&self, bucket: &str, key: &str) -> Result<Option<(u64, Bytes)>, PublishError> {
        self.connected().await?;
        let (stream, subject) = (format!("KV_{bucket}"), format!("$KV.{bucket}.{key}"));
        let found = self.connection.last_message(&stream, &subject, DEADLINE);
        let found = found.await.map_err(|error| match error {
            PublishError::Refused(reason) if reason == "stream not found" => {
                PublishError::Refused("there is no such bucket".to_owned())
            }
            error => error,
        })?;
        Ok(found
            .filter(|it| !is_deletion(it))
            .map(|it| (it.sequence, it.payload)))
    }

    /// Tells whenever somebody writes or deletes a key, also after brokers were away, as long as there is somebody to
    /// tell. Changes that come while one waits to be seen are one.
    ///
    /// # Errors
    /// There is no broker.
    pub async fn watch(&self, bucket: &str, key: &str) -> Result<mpsc::Receiver<()>, PublishError> {
        self.connected().await?;
        let subject = format!("$KV.{bucket}.{key}");
        let mut news = self.connection.subscribe(subject, None).await?;
        let (tell, told) = mpsc::channel(1);
        tokio::spawn(async move {
            loop {
                let came = tokio::select! {
                    came = news.next() => came,
                    () = tell.closed() => return,
                };
                if came.is_none() {
                    return;
                }
                // Who has not seen the last change yet sees both.
                let _ = tell.try_send(());
            }
        });
        Ok(told)
    }

    /// Listens to what streams publish again on a subject, also after brokers were away.
    ///
    /// # Errors
    /// There is no broker.
    pub async fn listen(&self, subject: &str) -> Result<Echoes, PublishError> {
        self.connected().await?;
        self.connection.subscribe(subject, None).await.map(Echoes)
    }

    /// Publishes a message to whoever listens.
    ///
    /// # Errors
    /// There is no broker.
    pub async fn publish(
        &self,
        subject: &str,
        headers: &[(&str, &str)],
        payload: Bytes,
    ) -> Result<(), PublishError> {
        self.connected().await?;
        self.connection
            .publish_with(subject, headers, payload)
            .await
    }

    /// Asks a governor for a place, and tells when there was one; nothing where it is full.
    ///
    /// # Errors
    /// There is no such governor, or no broker. Asking again could take two places.
    pub async fn enter(&self, who: &Waiting<'_>) -> Result<Option<u64>, PublishError> {
        self.connected().await?;
        let Waiting {
            governor: name,
            purpose,
            ..
        } = *who;
        let campaign = Subject::Governor {
            collective: &self.collective,
            name,
        };
        let campaign = campaign
            .checked()
            .map_err(|error| PublishError::Other(error.to_string()))?;
        // Compat: go-choria providers/governor/streams: two spaces.
        let who_asks = format!("Auto Agent  {purpose} @ {}", self.identity);
        let asked = self.connection.add_message(&campaign, who_asks, ENTER);
        match asked.await {
            Ok(place) => {
                self.tell(who, Slot::Enter, place.sequence).await;
                Ok(Some(place.sequence))
            }
            Err(PublishError::Full) => Ok(None),
            Err(PublishError::NobodyListens) => Err(PublishError::Refused(
                "there is no such governor".to_owned(),
            )),
            Err(error) => Err(error),
        }
    }

    /// Gives a place back, and tells that.
    ///
    /// # Errors
    /// The governor does not know it by now.
    pub async fn leave(&self, who: &Waiting<'_>, place: u64) -> Result<(), PublishError> {
        let stream = format!("GOVERNOR_{}", who.governor);
        let left = self
            .connection
            .delete_message(&stream, place, DEADLINE)
            .await;
        self.tell(who, Slot::Exit, place).await;
        left
    }

    /// Tells that nobody gave up a place in time.
    pub async fn gave_up(&self, who: &Waiting<'_>) {
        self.tell(who, Slot::Timeouts, 0).await;
    }

    async fn tell(&self, who: &Waiting<'_>, slot: Slot, sequence: u64) {
        let event = LifeEvent {
            identity: &self.identity,
            component: who.component,
            id: fastrand::u128(..).to_be_bytes(),
            time: Timestamp::now(),
            happening: Happening::Governor {
                governor: who.governor,
                sequence,
                slot,
            },
        };
        let Ok(subject) = event.subject() else {
            return;
        };
        // Compat: go-choria `lifecycle/`: never in a CloudEvent.
        let json = event.json(Format::Legacy);
        if let Err(error) = self.connection.publish(subject, json).await {
            tracing::warn!(governor = who.governor, %error, "cannot tell");
        }
    }

    /// Waits a little for a broker that is away.
    async fn connected(&self) -> Result<(), PublishError> {
        let mut link = self.connection.link();
        let up = link.wait_for(|it| matches!(it, chorister_bus::Link::Up { .. }));
        match tokio::time::timeout(PATIENCE, up).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(PublishError::NotConnected),
        }
    }
}
