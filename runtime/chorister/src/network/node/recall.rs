//! Requests that were let in are not let in again, whatever restarts.

use std::sync::Arc;

use chorister_engine::EngineHandle;
use chorister_node::{Guard, Replays, load::Journal};
use jiff::Timestamp;

use super::SOURCE;

/// The name of the file in the state directory.
const FILE: &str = "replays";

/// What remembers the requests that were let in.
pub(super) struct Recall(Option<Arc<Journal>>);

impl Recall {
    /// Has a guard go on where the last node with this state directory was.
    pub(super) async fn begin(guard: &mut Guard, engine: &EngineHandle) -> Self {
        let path = engine.state_dir().join(FILE);
        let opened = Journal::open(&path, Replays::ROOM, Timestamp::now());
        let (journal, problem) = match opened {
            Ok((replays, journal)) => {
                guard.replays = replays;
                (Some(journal), None)
            }
            Err(error) => (None, Some(format!("{}: {error}", path.display()))),
        };
        let this = Self(journal);
        this.tell(problem, engine).await;
        this
    }

    /// Tells what is wrong.
    pub(super) async fn report(&self, engine: &EngineHandle) {
        if let Some(journal) = &self.0 {
            self.tell(journal.problem(), engine).await;
        }
    }

    async fn tell(&self, problem: Option<String>, engine: &EngineHandle) {
        let told = problem.map(|it| format!("after a restart, requests could be made again: {it}"));
        // A node that has stopped has no problems.
        let _ = engine.report(SOURCE, "replays", told).await;
    }
}
