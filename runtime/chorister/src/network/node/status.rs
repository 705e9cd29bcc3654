//! How a node is in its network: in a file, and in metrics.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use chorister_engine::{EngineHandle, replace};
use chorister_node::status::{NodeStatus, Stats};
use chorister_node::{Connection, Counters, Link, Metrics, Signer, View};
use chorister_settings::Settings;
use jiff::Timestamp;
use tokio::sync::watch;

use super::SOURCE;

/// Knows how a node is. Clones know the same.
#[derive(Clone)]
pub(super) struct Reporter {
    pub(super) version: &'static str,
    /// When the node was started, in seconds since 1970.
    pub(super) started: i64,
    pub(super) counters: Arc<Counters>,
    pub(super) connection: Connection,
    pub(super) signer: watch::Receiver<Arc<Signer>>,
    /// When its certificate and its token end.
    pub(super) ends: watch::Receiver<(Timestamp, Timestamp)>,
    pub(super) view: watch::Receiver<Arc<View>>,
}

/// What metrics are made of, as soon as there is a node.
#[derive(Clone, Default)]
pub(super) struct Exposed(Arc<OnceLock<Reporter>>);

impl Reporter {
    /// How it is now.
    pub(super) fn status(&self) -> NodeStatus {
        let view = Arc::clone(&self.view.borrow());
        let uptime = Timestamp::now().as_second().saturating_sub(self.started);
        let (certificate_expires, token_expires) = *self.ends.borrow();
        NodeStatus {
            identity: view.identity.clone(),
            uptime: u64::try_from(uptime).unwrap_or_default(),
            connected_server: match &*self.connection.link().borrow() {
                Link::Up { broker, .. } => broker.clone(),
                _ => String::new(),
            },
            last_message: self.counters.last_message(),
            provisioning_mode: view.is_provisioning,
            stats: Stats::from(&*self.counters),
            certificate_expires,
            token_expires,
        }
    }

    /// Writes it to the file that the settings name, at once and then as often as they say; no more than once where that is
    /// never.
    pub(super) async fn keep(self, settings: Settings, engine: EngineHandle) {
        let Some(file) = settings.status.file else {
            return;
        };
        let file: Arc<Path> = file.into();
        loop {
            let problem = self.write(&file).await.err();
            let problem =
                problem.map(|error| format!("the status file cannot be written: {error}"));
            if engine.report(SOURCE, "status file", problem).await.is_err()
                || settings.status.interval.is_zero()
            {
                return;
            }
            tokio::time::sleep(settings.status.interval).await;
        }
    }

    async fn write(&self, file: &Arc<Path>) -> Result<(), String> {
        let mut text = serde_json::to_vec(&self.status()).map_err(|error| error.to_string())?;
        text.push(b'\n');
        let file = Arc::clone(file);
        let written = tokio::task::spawn_blocking(move || replace(&file, &text, 0o644)).await;
        // It fails only while the process ends.
        written.unwrap_or(Ok(())).map_err(|error| error.to_string())
    }
}

impl Exposed {
    /// There is a node.
    pub(super) fn begin(&self, reporter: Reporter) {
        // A node begins once.
        let _ = self.0.set(reporter);
    }

    /// What Prometheus is told.
    pub(super) fn render(&self) -> String {
        let Some(of) = self.0.get() else {
            return String::new();
        };
        let view = Arc::clone(&of.view.borrow());
        let metrics = Metrics {
            identity: &view.identity,
            version: of.version,
            counters: Some(&of.counters),
            attempts: of.connection.attempts(),
            ends: *of.ends.borrow(),
        };
        metrics.render()
    }
}
