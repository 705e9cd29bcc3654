//! A signed bundle of check files, fetched again and again.
//!
//! A [`Source`] says where bundles come from and when it is worth to ask. What is fetched counts only with a signature
//! by a key of this node, a version that is higher than that of the last good one, and before its time is over. The
//! last good bundle is remembered in a file of the state directory, so that its checks run before the network is
//! there and nobody can bring back an older one over a restart.

mod file;
#[cfg(feature = "bundle-https")]
mod https;
mod kv;
mod memory;
#[cfg(test)]
mod tests;

use core::hash::{BuildHasher, BuildHasherDefault};
use core::time::Duration;
use std::hash::DefaultHasher;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

pub use chorister_bundle::PublicKey;
use chorister_bundle::{Manifest, News};
use chorister_engine::{EngineHandle, HandleError};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::reports::Reports;
use memory::Memory;

/// How much longer a node waits than it has to, by its name, so that those of a fleet do not ask all at once.
const SPLAY: Duration = Duration::from_secs(30);

/// Where a node's bundle comes from, and whose signatures count.
#[derive(Clone, Debug)]
pub struct BundleOrigin {
    /// A file, an HTTPS URL, or `kv:BUCKET/KEY` in the node's network.
    pub source: String,
    /// Keys; one signature by any of them is enough.
    pub keys: Vec<PublicKey>,
    /// The file in which the last good bundle is remembered.
    pub memory: PathBuf,
    /// Spreads the questions of many nodes; the same for one node each time.
    pub identity: String,
}

/// Where bundles come from.
pub(crate) trait Source: Send {
    /// What people know it by; without secrets.
    fn shown(&self) -> &str;

    /// Waits until there may be another one.
    fn stirred(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Fetches the bundle, or nothing where it is the same as last time.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn fetch(&mut self) -> Fetched<'_>;
}

/// A bundle that is on its way; nothing where it is the same as last time.
type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Option<Vec<u8>>, String>> + Send + 'a>>;

/// The bundle that counts, for those who run its checks.
pub(crate) type Current = watch::Receiver<Option<Arc<Manifest>>>;

/// Opens a source.
///
/// # Errors
/// This binary has nothing that could.
pub(crate) fn source(of: &BundleOrigin, engine: &EngineHandle) -> Result<Box<dyn Source>, String> {
    if let Some(name) = of.source.strip_prefix("kv:") {
        let source = kv::KvSource::new(name, &of.identity, engine.clone())?;
        return Ok(Box::new(source));
    }
    if let Some(rest) = of.source.strip_prefix("file://") {
        return Ok(Box::new(file::FileSource::new(rest.into())));
    }
    if !of.source.contains("://") {
        return Ok(Box::new(file::FileSource::new((&*of.source).into())));
    }
    if !of.source.starts_with("https://") {
        return Err("a bundle comes from a file, over https or from `kv:BUCKET/KEY`".to_owned());
    }
    #[cfg(feature = "bundle-https")]
    {
        Ok(Box::new(https::HttpsSource::new(&of.source, &of.identity)))
    }
    #[cfg(not(feature = "bundle-https"))]
    Err("this distribution was built without HTTPS for bundles".to_owned())
}

/// The same for one node each time.
fn splay(identity: &str) -> Duration {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(identity);
    let share = (u128::from(hash) * SPLAY.as_nanos()) >> 64;
    Duration::from_nanos(u64::try_from(share).unwrap_or_default())
}

/// Follows a bundle.
pub(crate) struct Follower {
    source: Box<dyn Source>,
    keys: Vec<PublicKey>,
    memory: Memory,
    reports: Reports,
    /// Why what was fetched last does not count.
    refused: Option<String>,
    current: watch::Sender<Option<Arc<Manifest>>>,
}

impl Follower {
    pub(crate) fn new(
        source: Box<dyn Source>,
        of: BundleOrigin,
        engine: EngineHandle,
    ) -> (Self, Current) {
        let (current, receiver) = watch::channel(None);
        let follower = Self {
            source,
            keys: of.keys,
            memory: Memory::new(of.memory),
            reports: Reports::new("bundle", engine),
            refused: None,
            current,
        };
        (follower, receiver)
    }

    /// Asks again and again, until the engine stops.
    pub(crate) async fn run(mut self) {
        if self.recall().await.is_err() {
            return;
        }
        loop {
            if self.look(Timestamp::now()).await.is_err() {
                return;
            }
            tokio::select! {
                () = self.source.stirred() => {}
                () = self.current.closed() => return,
            }
        }
    }

    /// Begins with the bundle that is remembered.
    pub(crate) async fn recall(&mut self) -> Result<(), HandleError> {
        let keys = self.keys.clone();
        let recalled = self.memory.recall(move |bytes| {
            chorister_bundle::open(bytes, &keys).map_err(|error| error.to_string())
        });
        match recalled.await {
            Ok(manifest) => {
                if let Some(manifest) = manifest {
                    self.current.send_replace(Some(Arc::new(manifest)));
                }
                Ok(())
            }
            Err(problem) => {
                let subject = self.memory.shown();
                self.reports.report(&subject, Some(problem)).await
            }
        }
    }

    /// Fetches what there is, and takes it in if it counts.
    pub(crate) async fn look(&mut self, now: Timestamp) -> Result<(), HandleError> {
        let problem = match self.source.fetch().await {
            Ok(Some(bytes)) => {
                self.refused = self.take(bytes, now).await;
                self.refused.clone()
            }
            Ok(None) => self.refused.clone(),
            Err(problem) => Some(problem),
        };
        let current = self.current.borrow().clone();
        let stays = current.as_deref().map(|it| {
            let shown = format!("version {} of the bundle `{}`", it.version, it.name);
            if it.has_expired(now) {
                let until = it.not_after;
                format!(
                    "{shown} counted until {until} and stays until there is a newer one [CH1114]"
                )
            } else {
                format!("{shown} stays")
            }
        });
        let problem = match (problem, stays) {
            (Some(problem), Some(stays)) => Some(format!("{problem}; {stays}")),
            (None, stays) if current.is_some_and(|it| it.has_expired(now)) => stays,
            (problem, _) => problem,
        };
        let subject = self.source.shown().to_owned();
        self.reports.report(&subject, problem).await
    }

    /// Why it does not count, if it does not.
    async fn take(&mut self, bytes: Vec<u8>, now: Timestamp) -> Option<String> {
        let manifest = match chorister_bundle::open(&bytes, &self.keys) {
            Ok(manifest) => manifest,
            Err(error) => return Some(error.to_string()),
        };
        let current = self.current.borrow().clone();
        match manifest.judge(current.as_deref(), now) {
            Ok(News::Same) => None,
            Ok(News::New) => {
                // Remembered first: what could be forgotten by a restart is not obeyed.
                if let Err(error) = self.memory.keep(bytes).await {
                    return Some(error);
                }
                tracing::info!(
                    bundle = manifest.name,
                    version = manifest.version,
                    files = manifest.files.len(),
                    "Bundle is taken"
                );
                self.current.send_replace(Some(Arc::new(manifest)));
                None
            }
            Err(error) => Some(error.to_string()),
        }
    }
}
