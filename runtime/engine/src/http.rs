//! Switches and metrics over HTTP.
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /choria/machine/switch/v1/{machine}/{watcher}` | `{"is_on", "is_off", "status", "detail"}` |
//! | `POST` the same, `{"on": true}` or `{"on": false}` | `{"is_on": true}`: it is done |
//! | `GET /choria/homeassistant/switch/v1/{machine}/{watcher}` | `ON` or `OFF` |
//! | `POST` the same, `ON`; anything else means off | `ON`: it is done |
//! | `GET /choria/machine/metric/v1/{machine}/{watcher}` | `{"labels", "metrics", "time"}` |
//!
//! `detail` is the data of the event that the watcher publishes. `time` is in Unix seconds, 0 until something was
//! measured; a metric is shown where its watcher has `http: true`.
//!
//! The answer to a `POST` says that the request was carried out, for off as for on; what the switch is now says a
//! `GET`. What was not carried out has another status than 200, and a reason in plain text:
//!
//! | Status | Why |
//! |---|---|
//! | 400 | there is no such switch or metric, or the body is not understood |
//! | 403 | a browser sent this for a page |
//! | 404 | there is no such path, or it does not know the method |
//! | 408, 413, 431 | the body took longer than 10 s, is larger than 4 KiB, or the head is larger than 8 KiB |
//! | 500 | the switch is not active now, or its machine is in a state that disables it |
//! | 503 | the node is stopping |
//!
//! Nobody is asked who they are, so the address should be a local one. Requests that a browser sends for a page
//! of somebody else are refused.

mod answer;
#[cfg(test)]
mod tests;

use core::convert::Infallible;
use core::time::Duration;
use std::future::Future;
use std::pin::{Pin, pin};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::EngineHandle;

/// How many connections are served at once; further ones wait to be accepted.
const CONNECTIONS: usize = 64;

/// How long a client may take to send the head of a request, and so how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(10);

/// How long a connection may last, with all its requests.
const LIFE: Duration = Duration::from_secs(300);

/// How long the last answer of a connection may take.
const GRACE: Duration = Duration::from_secs(1);

/// How long to wait after a connection could not be accepted.
const PAUSE: Duration = Duration::from_secs(1);

/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 8 << 10;

/// What serves a listener, as a driver names it.
pub(crate) type Serve = fn(TcpListener, EngineHandle) -> Serving;

type Serving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The server.
pub(crate) const SERVE: Serve = |listener, engine| Box::pin(serve(listener, engine));

/// Serves clients until the engine stops, and then finishes what it is answering.
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
            () = engine.requests.closed() => break,
        }
    }
    drop(listener);
    while clients.join_next().await.is_some() {}
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
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => Ok(result),
        _ = timeout(LIFE, engine.requests.closed()) => {
            connection.as_mut().graceful_shutdown();
            timeout(GRACE, connection).await
        }
    };
    match result {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "HTTP connection broke"),
        Err(_) => tracing::debug!("HTTP connection lasted too long"),
    }
}
