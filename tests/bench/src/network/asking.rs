//! A bare client that sends what it is given, and counts what comes back.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use async_nats::{Client, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;

use super::site::REPLIES;

/// How long is waited for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client and its replies.
pub(super) struct Asking {
    client: Client,
    replies: Subscriber,
}

impl Asking {
    /// Connects without TLS.
    pub(super) async fn open(host: &str) -> Result<Self> {
        let options = async_nats::ConnectOptions::new().subscription_capacity(1 << 17);
        Self::with(options, host).await
    }

    /// Connects as the options say.
    pub(super) async fn with(options: async_nats::ConnectOptions, host: &str) -> Result<Self> {
        let client = options.connect(host).await?;
        let replies = client.subscribe(REPLIES).await?;
        client.flush().await?;
        Ok(Self { client, replies })
    }

    /// Sends all of them, so many at a time, and waits for as many answers.
    pub(super) async fn all(
        &mut self,
        subject: &str,
        requests: &[Bytes],
        window: usize,
    ) -> Result<()> {
        for some in requests.chunks(window) {
            for request in some {
                self.client
                    .publish(subject.to_owned(), request.clone())
                    .await?;
            }
            self.hear(some.len()).await?;
        }
        Ok(())
    }

    /// Sends one, and waits for answers of so many; how long that took.
    pub(super) async fn fan_out(
        &mut self,
        subject: &str,
        request: Bytes,
        nodes: usize,
    ) -> Result<Duration> {
        let begun = Instant::now();
        self.client.publish(subject.to_owned(), request).await?;
        self.hear(nodes).await?;
        Ok(begun.elapsed())
    }

    /// Whether somebody answers within a time.
    pub(super) async fn is_answered(
        &mut self,
        subject: &str,
        request: Bytes,
        within: Duration,
    ) -> Result<bool> {
        self.client.publish(subject.to_owned(), request).await?;
        let next = tokio::time::timeout(within, self.replies.next());
        Ok(next.await.is_ok())
    }

    /// The bytes of an answer.
    pub(super) async fn one(&mut self, subject: &str, request: Bytes) -> Result<Bytes> {
        self.client.publish(subject.to_owned(), request).await?;
        let next = tokio::time::timeout(PATIENCE, self.replies.next());
        Ok(next.await?.context("the connection ended")?.payload)
    }

    async fn hear(&mut self, count: usize) -> Result<()> {
        for heard in 0..count {
            let next = tokio::time::timeout(PATIENCE, self.replies.next()).await;
            let next = next.with_context(|| format!("{heard} of {count} answers came"))?;
            next.context("the connection ended")?;
        }
        Ok(())
    }
}
