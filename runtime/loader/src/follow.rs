//! Looking again and again.

use core::time::Duration;
use std::collections::BTreeSet;
use std::path::PathBuf;

use chorister_engine::EngineHandle;
use chorister_engine::watch::Watch;
use tokio::time::sleep;

/// How often a directory is looked at although nobody said that it has changed.
pub const RESCAN: Duration = Duration::from_secs(15);

/// How soon to look again when something may be in the middle of being replaced.
const SOON: Duration = Duration::from_secs(1);

/// Something in directories that the engine is kept to.
pub trait Follow {
    /// The directories to watch.
    fn directories(&self) -> BTreeSet<PathBuf>;

    /// Looks at everything and tells the engine; `None` when the engine has stopped.
    fn look(&mut self) -> impl Future<Output = Option<Looked>>;

    /// Waits until there is a reason to look that no directory tells of.
    fn stirred(&mut self) -> impl Future<Output = ()> {
        std::future::pending()
    }
}

/// What came of looking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Whether anything is not as it was.
    pub changed: bool,
    /// Whether something may be in the middle of being replaced, and should be looked at again soon.
    pub unsettled: bool,
}

/// Looks whenever something has changed, until the engine stops.
pub async fn follow(mut of: impl Follow, engine: &EngineHandle) {
    let mut reloads = engine.reloads();
    let mut watch = Watch::new(RESCAN);
    loop {
        // Before looking, so that nothing is missed in between.
        watch.set(of.directories());
        let Some(looked) = of.look().await else {
            return;
        };
        watch.set(of.directories());
        if looked.changed {
            // What changed while it was looked at is seen at once, now that new directories are watched.
            continue;
        }
        tokio::select! {
            () = watch.stirred() => {}
            () = of.stirred() => {}
            asked = reloads.changed() => {
                if asked.is_err() {
                    // The engine has gone.
                    return;
                }
            }
            () = sleep(SOON), if looked.unsettled => {}
        }
    }
}
