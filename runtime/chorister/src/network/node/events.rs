//! What a node tells of itself and its machines, on its way to a broker.

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use chorister_engine::{Builder, EngineHandle};
use chorister_node::{Connection, Doing, Outbox};
use chorister_outbox::{Courier, Letters, Limits, Line, Sink, Spool};
use chorister_settings::Settings;
use tokio::task::JoinSet;

use super::SOURCE;

/// The folder of the state directory in which events wait.
const FOLDER: &str = "events";

/// How often is looked whether events had to make room.
const LOOK: Duration = Duration::from_secs(10);

/// Events that wait for a broker. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Events {
    spool: Arc<Spool>,
}

impl Events {
    /// Those that wait in a state directory.
    ///
    /// # Errors
    /// It cannot be used.
    pub(super) fn open(settings: &Settings, state: &Path) -> Result<Self, String> {
        let directory = state.join(FOLDER);
        let limits = Limits {
            disk: u64::from(settings.events.max_spool_size.max(1)) << 20,
            ..Limits::default()
        };
        let spool = Spool::open(directory.clone(), limits);
        let unusable = |error| format!("cannot keep events in {}: {error}", directory.display());
        Ok(Self {
            spool: Arc::new(spool.map_err(unusable)?),
        })
    }

    /// Has an engine leave its events here, and tell how many there are.
    pub(super) fn equip(self, builder: Builder) -> Builder {
        let spool = Arc::clone(&self.spool);
        let builder = builder.expose(move || spool.tally().figures());
        match Sink::new(self.spool) {
            Ok(sink) => builder.sink(sink),
            Err(error) => {
                tracing::error!(%error, "events of machines are not published");
                builder
            }
        }
    }

    /// Takes other messages for the same way.
    ///
    /// # Errors
    /// The thread that writes cannot be started.
    pub(super) fn letters(&self) -> Result<Letters, String> {
        Letters::new(Arc::clone(&self.spool)).map_err(|error| error.to_string())
    }

    /// Begins to bring them to a broker, and to tell when they had to make room.
    pub(super) fn deliver(
        &self,
        tasks: &mut JoinSet<()>,
        connection: &Connection,
        engine: &EngineHandle,
    ) {
        let spool = Arc::clone(&self.spool);
        tasks.spawn(Courier::run(spool, connection.clone()));
        tasks.spawn(watch(Arc::clone(&self.spool), engine.clone()));
    }
}

impl Outbox for Events {
    fn put<'a>(&'a self, subject: &'a str, id: &'a str, json: &'a [u8]) -> Doing<'a> {
        let mut line = Vec::new();
        Line {
            subject,
            id,
            payload: json,
        }
        .write(&mut line);
        line.push(b'\n');
        let spool = Arc::clone(&self.spool);
        Box::pin(async move {
            // It fails only while the process ends.
            drop(tokio::task::spawn_blocking(move || spool.append(&line)).await);
        })
    }

    fn emptied(&self) -> Doing<'_> {
        Box::pin(self.spool.emptied())
    }
}

/// Tells an operator when events are lost, until there was room for as long.
async fn watch(spool: Arc<Spool>, engine: EngineHandle) {
    let mut look = tokio::time::interval(LOOK);
    let mut before = 0;
    loop {
        look.tick().await;
        let dropped = spool.tally().dropped;
        let problem = (dropped > before).then(|| {
            format!("{dropped} events were dropped since the start: they found no room, or no stream takes them")
        });
        before = dropped;
        if engine.report(SOURCE, "events", problem).await.is_err() {
            return;
        }
    }
}
