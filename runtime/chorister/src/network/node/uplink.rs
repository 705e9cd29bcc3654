//! The network as the engine's watchers use it.

use chorister_engine::network::{Answer, Entry, KvFound, Message, Network, Queue, Republished};
use chorister_node::{Echo, Streams, Waiting};
use tokio::sync::mpsc;

/// A node's connection, for its watchers.
pub(super) struct Uplink(pub(super) Streams);

impl Network for Uplink {
    fn read<'a>(&'a self, bucket: &'a str, key: &'a str) -> Answer<'a, Option<Entry>> {
        Box::pin(async move {
            let found = self.0.key(bucket, key).await;
            let found = found.map_err(|error| error.to_string())?;
            Ok(found.map(|(revision, value)| Entry {
                revision,
                value: value.into(),
            }))
        })
    }

    fn watch<'a>(&'a self, bucket: &'a str, key: &'a str) -> Answer<'a, mpsc::Receiver<()>> {
        Box::pin(async move {
            let changes = self.0.watch(bucket, key).await;
            changes.map_err(|error| error.to_string())
        })
    }

    fn listen<'a>(&'a self, subject: &'a str) -> Answer<'a, mpsc::Receiver<Republished>> {
        Box::pin(async move {
            let news = self.0.listen(subject).await;
            let mut news = news.map_err(|error| error.to_string())?;
            let (tell, told) = mpsc::channel(1);
            tokio::spawn(async move {
                loop {
                    let came = tokio::select! {
                        came = news.next() => came,
                        () = tell.closed() => return,
                    };
                    let Some(came) = came else { return };
                    if tell.send(republished(came)).await.is_err() {
                        return;
                    }
                }
            });
            Ok(told)
        })
    }

    fn publish(&self, message: Message) -> Answer<'_, ()> {
        Box::pin(async move {
            // Compat: go-choria aagent/watchers/gossipwatcher: not the header that brokers know.
            let ttl = message.ttl.map(|it| format!("{it}s"));
            let headers: Vec<_> = ttl
                .iter()
                .map(|it| ("Nats-TTLSeconds", it.as_str()))
                .collect();
            let payload = message.payload.into();
            let told = self.0.publish(&message.subject, &headers, payload).await;
            told.map_err(|error| error.to_string())
        })
    }

    fn enter<'a>(&'a self, queue: &'a Queue) -> Answer<'a, Option<u64>> {
        Box::pin(async move {
            let purpose = purpose(queue);
            let entered = self.0.enter(&waiting(queue, &purpose)).await;
            entered.map_err(|error| error.to_string())
        })
    }

    fn leave<'a>(&'a self, queue: &'a Queue, place: u64) -> Answer<'a, ()> {
        Box::pin(async move {
            let purpose = purpose(queue);
            let left = self.0.leave(&waiting(queue, &purpose), place).await;
            left.map_err(|error| error.to_string())
        })
    }

    fn gave_up<'a>(&'a self, queue: &'a Queue) -> Answer<'a, ()> {
        Box::pin(async move {
            self.0.gave_up(&waiting(queue, &purpose(queue))).await;
            Ok(())
        })
    }
}

fn republished(echo: Echo) -> Republished {
    let revision = echo.sequence;
    let value = echo.value.map(|it| KvFound::Value {
        revision,
        value: it.into(),
    });
    Republished {
        stream: echo.stream.into(),
        subject: echo.subject.into(),
        sequence: revision,
        found: value.unwrap_or(KvFound::Absent),
    }
}

fn purpose(queue: &Queue) -> String {
    format!("{}#{}", queue.machine, queue.watcher)
}

fn waiting<'a>(queue: &'a Queue, purpose: &'a str) -> Waiting<'a> {
    Waiting {
        governor: &queue.governor,
        component: &queue.machine,
        purpose,
    }
}
