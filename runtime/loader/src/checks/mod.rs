//! Checks of compiled classes, found in files at run time, watched and reloaded.
//!
//! [`run`] keeps the checks of an engine as the files of a directory say: `folder` tells which files have changed and
//! `trust` whether they are obeyed, `judge` holds them against the classes, `ledger` says what all of them together
//! mean, `memory` keeps what of it was good over a restart, and `reconcile` tells the engine.

mod folder;
mod judge;
mod ledger;
mod memory;
mod reconcile;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use chorister_engine::EngineHandle;
use chorister_ir::CheckClass;

#[cfg(feature = "bundle")]
use crate::bundle::{self, BundleOrigin, Follower};
use crate::follow::follow;
use chorister_engine::trust::Trust;
use folder::Folder;
use reconcile::Checks;

/// The classes of a distribution.
pub type Classes = Arc<[&'static CheckClass]>;

/// Where checks come from.
#[derive(Clone, Debug)]
pub struct Origin {
    directory: PathBuf,
    is_required: bool,
    trust: Trust,
    #[cfg(feature = "bundle")]
    bundle: Option<BundleOrigin>,
}

impl Origin {
    /// The files of a directory, as far as they are trusted. With `is_required` it is a problem if there is none.
    #[must_use]
    pub fn new(directory: PathBuf, is_required: bool, trust: Trust) -> Self {
        Self {
            directory,
            is_required,
            trust,
            #[cfg(feature = "bundle")]
            bundle: None,
        }
    }

    /// The same with a signed bundle beside it.
    #[cfg(feature = "bundle")]
    #[must_use]
    pub fn with_bundle(mut self, bundle: Option<BundleOrigin>) -> Self {
        self.bundle = bundle;
        self
    }
}

/// Keeps the engine's checks as the files say, until the engine stops. From the call on, the node is not ready until they
/// have been read once.
pub fn run(origin: Origin, classes: Classes, engine: EngineHandle) -> impl Future<Output = ()> {
    let delay = engine.delay("check files are being read");
    async move {
        let folder = Folder::new(origin.directory, origin.trust);
        let checks = Checks::new(folder, origin.is_required, classes, engine.clone());
        let checks = checks.delaying(delay);
        #[cfg(feature = "bundle")]
        if let Some(of) = origin.bundle {
            match bundle::source(&of, &engine) {
                Ok(source) => {
                    let (follower, current) = Follower::new(source, of, engine.clone());
                    let checks = checks.with_bundle(current);
                    tokio::join!(follower.run(), follow(checks, &engine));
                    return;
                }
                Err(problem) => {
                    // It fails only while the engine stops.
                    let _ = engine.report("bundle", of.source, Some(problem)).await;
                }
            }
        }
        follow(checks, &engine).await;
    }
}
