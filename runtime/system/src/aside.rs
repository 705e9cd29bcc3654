//! Questions that the kernel may never answer, such as those about a server that is gone.

use core::time::Duration;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

/// Puts a question about a path in a thread of its own.
///
/// Only that thread hangs where there is no answer. There is at most one for a path: until it comes back, all
/// further questions about the path are refused at once.
///
/// # Errors
///
/// There is no answer within `deadline`, or an earlier question has none yet ([`io::ErrorKind::TimedOut`]).
pub async fn aside<A: Send + 'static>(
    path: &Path,
    deadline: Duration,
    question: impl FnOnce() -> A + Send + 'static,
) -> io::Result<A> {
    let Some(open) = Open::mark(path) else {
        return Err(hanging("an earlier question is still without an answer"));
    };
    let (answer, answered) = oneshot::channel();
    thread::Builder::new()
        .name("aside".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let found = question();
            drop(open);
            // Nobody listens any more once the deadline is over.
            let _ = answer.send(found);
        })?;
    match tokio::time::timeout(deadline, answered).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(io::Error::other("the question was lost")),
        Err(_) => Err(hanging("no answer in time")),
    }
}

fn hanging(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, why)
}

/// What a thread needs that reads files, in bytes.
const STACK: usize = 512 << 10;

/// The paths with an open question.
static OPEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// The only open question about a path.
struct Open(PathBuf);

// === impl Open ===

impl Open {
    /// `None` while there is another.
    fn mark(path: &Path) -> Option<Self> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(path.to_owned()).then(|| Self(path.to_owned()))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn what_hangs_keeps_its_thread_and_nobody_else() {
        let path = Path::new("/nowhere/that/hangs");
        let (release, released) = mpsc::channel::<()>();
        let hang = move || released.recv().is_ok();
        let error = aside(path, Duration::from_millis(1), hang)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let error = aside(path, LONG, || ()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "an earlier question is still without an answer"
        );
        assert_eq!(aside(Path::new("/elsewhere"), LONG, || 1).await.unwrap(), 1);
        drop(release);
        // The thread is about to end.
        while aside(path, LONG, || ()).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
}
