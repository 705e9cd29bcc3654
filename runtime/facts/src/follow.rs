//! Keeping an engine's facts new.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chorister_engine::watch::Watch;
use chorister_engine::{EngineHandle, HandleError};
use tokio::time::{Instant, sleep_until};

use crate::collector::{Collected, Collector, Extent, FACTS};

/// How often files are looked at although nobody said that they have changed.
const RESCAN: Duration = Duration::from_secs(15);

/// Gives the engine new facts whenever a source says something else, and tells what is wrong with sources, until the engine
/// stops. `first` is what the engine was given when it started.
pub async fn follow(mut collector: Collector, first: Collected, engine: EngineHandle) {
    let mut told = Told {
        facts: Arc::clone(&first.facts),
        problems: BTreeMap::new(),
        engine: engine.clone(),
    };
    if told.tell(first).await.is_err() {
        return;
    }
    let mut watch = Watch::new(RESCAN);
    let mut reloads = engine.reloads();
    // Programs were not run yet.
    let mut extent = Extent::All;
    let mut due = None;
    loop {
        watch.set(collector.directories().collect::<BTreeSet<_>>());
        let collected = collector.look(extent).await;
        if extent == Extent::All {
            due = collector.sources().interval.map(|it| Instant::now() + it);
        }
        if told.tell(collected).await.is_err() {
            return;
        }
        extent = tokio::select! {
            () = at(due) => Extent::All,
            () = watch.stirred() => Extent::Changes,
            asked = reloads.changed() => match asked {
                Ok(()) => Extent::All,
                Err(_) => return,
            },
        };
    }
}

/// Waits until then, or for ever.
async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => core::future::pending().await,
    }
}

/// What the engine knows.
struct Told {
    facts: Arc<serde_json::Value>,
    problems: BTreeMap<String, String>,
    engine: EngineHandle,
}

// === impl Told ===

impl Told {
    async fn tell(&mut self, collected: Collected) -> Result<(), HandleError> {
        for subject in self.problems.keys() {
            if !collected.problems.contains_key(subject) {
                self.engine.report(FACTS, subject.as_str(), None).await?;
            }
        }
        for (subject, problem) in &collected.problems {
            if self.problems.get(subject) != Some(problem) {
                let problem = Some(problem.clone());
                self.engine.report(FACTS, subject.as_str(), problem).await?;
            }
        }
        self.problems = collected.problems;
        if self.facts != collected.facts {
            tracing::debug!("The facts have changed");
            self.facts = Arc::clone(&collected.facts);
            self.engine.set_facts(collected.facts).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use chorister_engine::Engine;
    use chorister_engine::trust::Trust;
    use serde_json::json;

    use super::*;
    use crate::Sources;

    #[tokio::test]
    async fn an_engine_sees_what_is_true_now() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("facts.yaml");
        fs::write(&file, "role: web\n").unwrap();
        let mut collector = Collector::new(Sources {
            native: false,
            files: vec![file.clone()],
            directory: None,
            timeout: Duration::from_secs(60),
            interval: None,
            trust: Trust::Anybody,
        });
        let first = collector.at_hand().await;
        let engine = Engine::builder("node", home.path().join("state"))
            .facts(Arc::clone(&first.facts))
            .build()
            .unwrap();
        let handle = engine.handle();
        let running = tokio::spawn(engine.run());
        let following = tokio::spawn(follow(collector, first, handle.clone()));
        let mut seen = handle.facts_seen();
        assert_eq!(**seen.borrow_and_update(), json!({"role": "web"}));

        fs::write(&file, "role: [\n").unwrap();
        handle.reload().await.unwrap();
        let problem = loop {
            let status = handle.status().await.unwrap();
            if let Some(problem) = status.problems.into_iter().next() {
                break problem;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(problem.source, "facts");
        assert!(problem.text.contains("last good facts stay"), "{problem:?}");
        assert_eq!(*handle.facts().await.unwrap(), json!({"role": "web"}));

        fs::write(&file, "role: db\n").unwrap();
        handle.reload().await.unwrap();
        let good = seen.wait_for(|it| it["role"] == "db");
        tokio::time::timeout(Duration::from_secs(60), good)
            .await
            .unwrap()
            .unwrap();
        handle.stop().await;
        running.await.unwrap();
        following.await.unwrap();
    }
}
