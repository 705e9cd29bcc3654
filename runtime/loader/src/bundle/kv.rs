//! A bundle in a bucket of the node's network.

use core::time::Duration;
use std::pin::Pin;
use std::sync::Arc;

use chorister_bundle::LARGEST;
use chorister_engine::EngineHandle;
use chorister_engine::network::Network;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::{Fetched, Source, splay};

/// How long it is between two looks where no change is told.
const INTERVAL: Duration = Duration::from_secs(300);

/// How long a network that is not there yet is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it is until the next look where one failed.
const RETRY: Duration = Duration::from_secs(30);

/// A key that is read again whenever somebody writes it.
pub(super) struct KvSource {
    bucket: String,
    key: String,
    shown: String,
    engine: EngineHandle,
    /// The revision that was read last.
    seen: Option<u64>,
    /// Whether the last look failed.
    failed: bool,
    changes: Option<mpsc::Receiver<()>>,
    splay: Duration,
}

impl KvSource {
    /// # Errors
    /// `name` is not `BUCKET/KEY`.
    pub(super) fn new(name: &str, identity: &str, engine: EngineHandle) -> Result<Self, String> {
        let legal = |it: &str, more: &str| {
            let mut chars = it.chars();
            !it.is_empty() && chars.all(|it| it.is_ascii_alphanumeric() || more.contains(it))
        };
        let Some((bucket, key)) = name.split_once('/') else {
            return Err("a bundle in a bucket is `kv:BUCKET/KEY`".to_owned());
        };
        if !legal(bucket, "_-") {
            return Err(format!("`{bucket}` is not the name of a bucket"));
        }
        if !legal(key, "-/_=.") || key.split('.').any(str::is_empty) {
            return Err(format!("`{key}` is not a key of a bucket"));
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            shown: format!("kv:{name}"),
            engine,
            seen: None,
            failed: false,
            changes: None,
            splay: splay(identity),
        })
    }

    async fn ask(&mut self) -> Result<Option<Vec<u8>>, String> {
        let network: Arc<dyn Network> = self.engine.network(PATIENCE).await?;
        if self.changes.is_none() {
            // Who may not be told of changes looks now and then.
            self.changes = network.watch(&self.bucket, &self.key).await.ok();
        }
        let entry = network.read(&self.bucket, &self.key).await?;
        let entry = entry.ok_or("nobody has written it")?;
        if self.seen == Some(entry.revision) {
            return Ok(None);
        }
        if entry.value.len() > LARGEST {
            return Err(format!("it is larger than {} MiB", LARGEST >> 20));
        }
        self.seen = Some(entry.revision);
        Ok(Some(entry.value))
    }
}

impl Source for KvSource {
    fn shown(&self) -> &str {
        &self.shown
    }

    fn stirred(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let pause = if self.failed { RETRY } else { INTERVAL };
        Box::pin(async move {
            let told = async {
                match &mut self.changes {
                    Some(changes) => changes.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                told = told => match told {
                    // So that the nodes of a fleet do not read all at once what is news to all of them.
                    Some(()) => sleep(self.splay / 10).await,
                    None => {
                        self.changes = None;
                        sleep(RETRY).await;
                    }
                },
                () = sleep(pause + self.splay) => {}
            }
        })
    }

    fn fetch(&mut self) -> Fetched<'_> {
        Box::pin(async {
            let asked = self.ask().await;
            self.failed = asked.is_err();
            asked.map_err(|error| format!("the bundle cannot be read: {error}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use chorister_engine::Engine;
    use chorister_engine::network::{Answer, Entry, Message, Queue, Republished};
    use tempfile::TempDir;

    use super::*;

    /// A bucket of one key, and who is told of changes.
    #[derive(Default)]
    struct Bucket {
        entry: Mutex<Option<Entry>>,
        told: Mutex<Option<mpsc::Sender<()>>>,
    }

    impl Bucket {
        fn write(&self, revision: u64, value: &str) {
            *self.entry.lock().unwrap() = Some(Entry {
                revision,
                value: value.as_bytes().to_vec(),
            });
            if let Some(told) = &*self.told.lock().unwrap() {
                let _ = told.try_send(());
            }
        }
    }

    impl Network for Bucket {
        fn read<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, Option<Entry>> {
            Box::pin(std::future::ready(Ok(self.entry.lock().unwrap().clone())))
        }

        fn watch<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, mpsc::Receiver<()>> {
            let (tell, told) = mpsc::channel(1);
            *self.told.lock().unwrap() = Some(tell);
            Box::pin(std::future::ready(Ok(told)))
        }

        fn listen<'a>(&'a self, _: &'a str) -> Answer<'a, mpsc::Receiver<Republished>> {
            Box::pin(std::future::ready(Err("nothing is republished".to_owned())))
        }

        fn publish(&self, _: Message) -> Answer<'_, ()> {
            Box::pin(std::future::ready(Ok(())))
        }

        fn enter<'a>(&'a self, _: &'a Queue) -> Answer<'a, Option<u64>> {
            Box::pin(std::future::ready(Ok(None)))
        }

        fn leave<'a>(&'a self, _: &'a Queue, _: u64) -> Answer<'a, ()> {
            Box::pin(std::future::ready(Ok(())))
        }

        fn gave_up<'a>(&'a self, _: &'a Queue) -> Answer<'a, ()> {
            Box::pin(std::future::ready(Ok(())))
        }
    }

    fn engine(home: &TempDir) -> Engine {
        let engine = Engine::builder("node", home.path()).without_control();
        engine.build().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_written_is_read_at_once_and_nothing_twice() {
        let home = TempDir::new().unwrap();
        let engine = engine(&home);
        let mut source = KvSource::new("CHECKS/web", "node", engine.handle()).unwrap();
        assert_eq!(
            source.fetch().await.unwrap_err(),
            "the bundle cannot be read: the node is not part of a network"
        );
        let bucket = Arc::new(Bucket::default());
        engine
            .handle()
            .join(Arc::clone(&bucket) as _)
            .await
            .unwrap();
        assert_eq!(
            source.fetch().await.unwrap_err(),
            "the bundle cannot be read: nobody has written it"
        );
        bucket.write(1, "one");
        let began = tokio::time::Instant::now();
        source.stirred().await;
        assert!(began.elapsed() < RETRY);
        assert_eq!(source.fetch().await, Ok(Some(b"one".to_vec())));
        assert_eq!(source.fetch().await, Ok(None));
        source.stirred().await;
        assert!(began.elapsed() >= INTERVAL);
        bucket.write(2, "two");
        assert_eq!(source.fetch().await, Ok(Some(b"two".to_vec())));
    }

    #[test]
    fn a_name_that_cannot_be_one_is_refused() {
        let home = TempDir::new().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let _inside = runtime.as_ref().unwrap().enter();
        let engine = engine(&home);
        let check = |name: &str, expect: &str| {
            let refused = KvSource::new(name, "node", engine.handle()).err();
            assert_eq!(refused.as_deref(), Some(expect), "{name}");
        };
        check("CHECKS", "a bundle in a bucket is `kv:BUCKET/KEY`");
        check("a.b/c", "`a.b` is not the name of a bucket");
        check("a/b..c", "`b..c` is not a key of a bucket");
        check("a/>", "`>` is not a key of a bucket");
    }
}
