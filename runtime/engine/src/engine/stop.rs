//! The end of an engine.

use core::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::Engine;
use crate::textfile::Textfile;

/// How long jobs may take to end: the grace that commands have after `SIGTERM`, and a little to be killed.
const JOBS: Duration = Duration::from_millis(3_200);

/// How long of that clients may be given their last answers.
const ANSWERS: Duration = Duration::from_millis(200);

/// How long data may take to be written after that.
const DATA: Duration = Duration::from_millis(800);

/// How long events may take to be written after that.
const EVENTS: Duration = Duration::from_millis(800);

impl Engine {
    /// Ends what runs, saves data and flushes events. Takes no longer than all of the limits above.
    pub(super) async fn stop(mut self, mut servers: JoinSet<()>) {
        tracing::info!(jobs = self.jobs.len(), "Engine is stopping");
        // Who waits for an answer gets it, if it can be written soon.
        while self.store.holds(Instant::now())
            && let Ok(Some(chore)) = timeout(ANSWERS, self.chores.join_next()).await
        {
            self.done(chore);
            self.settle();
        }
        // Nobody is told anything new, and nobody can ask.
        self.requests.close();
        // Who still waits for an answer hears that the engine has stopped.
        while self.requests.try_recv().is_ok() {}
        if let Some(path) = &self.socket {
            // The lock is still ours, so this is our own socket.
            let _ = std::fs::remove_file(path);
        }

        self.jobs.cancel_all();
        let deadline = Instant::now() + JOBS;
        let answered = async { while servers.join_next().await.is_some() {} };
        if timeout(ANSWERS, answered).await.is_err() {
            servers.abort_all();
        }
        // Their results are not heard: what a command did because it was ended says nothing.
        while let Ok(Some(_)) = timeout_at(deadline, self.jobs.next()).await {}
        if self.jobs.len() > 0 {
            tracing::warn!(
                jobs = self.jobs.len(),
                "Jobs did not end in time and are dropped"
            );
        }

        self.save_all(Instant::now() + DATA).await;
        self.seal();
        self.release();
        let deadline = Instant::now() + EVENTS;
        for sink in &mut self.sinks {
            sink.finish(deadline.saturating_duration_since(Instant::now()));
        }
        self.notifier
            .finish(deadline.saturating_duration_since(Instant::now()));
        self.jobs.abort().await;
        self.orphans.none_left();
        tracing::info!("Engine has stopped");
    }

    /// Writes everything that is not written yet; the store is tried once.
    async fn save_all(&mut self, deadline: Instant) {
        let mut is_tried = false;
        loop {
            if !self.store.is_working() && !is_tried {
                self.store_changes(true);
                is_tried = !self.store.has_more();
            }
            self.write_metrics(Instant::now(), true);
            let is_done = self.textfile.as_ref().is_none_or(Textfile::is_settled);
            if is_done && !self.store.is_working() {
                // What else is under way, such as a measurement for Graphite, is not waited for.
                return;
            }
            match timeout_at(deadline, self.chores.join_next()).await {
                Ok(Some(chore)) => {
                    self.done(chore);
                    is_tried |= self.store.is_failing();
                }
                Ok(None) => return,
                Err(_) => {
                    tracing::warn!("What has changed could not be written in time");
                    return;
                }
            }
        }
    }
}
