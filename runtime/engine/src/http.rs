//! Switches and metrics over HTTP.
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /choria/machine/switch/v1/{machine}/{watcher}` | `{"is_on", "is_off", "status", "detail"}` |
//! | `POST` the same, `{"on": true}` | `{"is_on": true}`: what the switch is now |
//! | `GET /choria/homeassistant/switch/v1/{machine}/{watcher}` | `ON` or `OFF` |
//! | `POST` the same, `ON` or `OFF` | the same word: what the switch is now |
//! | `GET /choria/machine/metric/v1/{machine}/{watcher}` | `{"labels", "metrics", "time"}` |
//!
//! Nobody is asked who they are, so the address should be a local one. Requests that a browser sends for a page
//! of somebody else are refused.

mod answer;
#[cfg(test)]
mod tests;

use core::convert::Infallible;
use core::time::Duration;
use std::future::Future;
use std::pin::Pin;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::EngineHandle;

/// How many connections are served at once; further ones wait to be accepted.
const CONNECTIONS: usize = 64;

/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(10);

/// How long a connection may last, with all its requests.
const LIFE: Duration = Duration::from_secs(60);

/// How long to wait after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 16 << 10;

/// What serves a listener, as a driver names it.
pub(crate) type Serve = fn(TcpListener, EngineHandle) -> Serving;

type Serving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The server.
pub(crate) const SERVE: Serve = |listener, engine| Box::pin(serve(listener, engine));

/// Serves clients, for ever.
async fn serve(listener: TcpListener, engine: EngineHandle) {
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "Serving switches and metrics over HTTP");
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "Anybody who reaches this address can turn switches");
        }
    }
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if clients.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    clients.spawn(attend(stream, engine.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "Cannot accept an HTTP connection");
                    sleep(PAUSE).await;
                }
            },
            Some(_) = clients.join_next() => {}
        }
    }
}

/// Answers the requests of one connection.
async fn attend(stream: TcpStream, engine: EngineHandle) {
    let service = service_fn(|request| {
        let engine = engine.clone();
        async move { Ok::<_, Infallible>(answer::answer(request, &engine).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(LIFE, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "HTTP connection broke"),
        Err(_) => tracing::debug!("HTTP connection lasted too long"),
    }
}
