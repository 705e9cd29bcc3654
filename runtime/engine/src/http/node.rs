//! What a node tells monitoring systems of itself.

use core::time::Duration;
use std::fmt::Write as _;

use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::respond::{Answer, respond, text};
use crate::EngineHandle;

/// How long the engine may take to say that it is alive.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the text of metrics is shown to others who ask.
const FRESH: Duration = Duration::from_secs(1);

/// The version of Prometheus' text format.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The last text of metrics, so that many who ask cost no more than one.
#[derive(Default)]
pub(super) struct Metrics(Mutex<Option<(Instant, Bytes)>>);

// === impl Metrics ===

impl Metrics {
    pub(super) async fn answer(&self, engine: &EngineHandle) -> Answer {
        let mut last = self.0.lock().await;
        if let Some((at, bytes)) = &*last
            && at.elapsed() < FRESH
        {
            return respond(StatusCode::OK, EXPOSITION, bytes.clone());
        }
        match timeout(PATIENCE, engine.metrics()).await {
            Ok(Ok(metrics)) => {
                let bytes = Bytes::from(metrics);
                *last = Some((Instant::now(), bytes.clone()));
                respond(StatusCode::OK, EXPOSITION, bytes)
            }
            _ => silent(),
        }
    }
}

/// Whether the engine's loop goes round.
pub(super) async fn health(engine: &EngineHandle) -> Answer {
    match timeout(PATIENCE, engine.unready()).await {
        Ok(Ok(_)) => text(StatusCode::OK, "ok\n"),
        _ => silent(),
    }
}

/// Whether the node may be relied on; strangers are not told what stands against it.
pub(super) async fn readiness(engine: &EngineHandle, is_known: bool) -> Answer {
    match timeout(PATIENCE, engine.unready()).await {
        Ok(Ok(reasons)) if reasons.is_empty() => text(StatusCode::OK, "ready\n"),
        Ok(Ok(reasons)) => {
            let mut body = "not ready\n".to_owned();
            for reason in reasons.iter().filter(|_| is_known) {
                // Writing to a string does not fail.
                let _ = writeln!(body, "{reason}");
            }
            text(StatusCode::SERVICE_UNAVAILABLE, body)
        }
        _ => silent(),
    }
}

fn silent() -> Answer {
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        "the engine does not answer\n",
    )
}
