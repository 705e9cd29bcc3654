//! The server: metrics, probes, and the switches of machines.
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /healthz` | 200 while the engine's loop goes round |
//! | `GET /readyz` | 200 when every check that readiness depends on has run and is not CRITICAL, else 503 |
//! | `GET /metrics` | measurements, checks and figures of the node, for Prometheus |
//! | `GET /choria/machine/switch/v1/{machine}/{watcher}` | `{"is_on", "is_off", "status", "detail"}` |
//! | `POST` the same, `{"on": true}` or `{"on": false}` | `{"is_on": true}`: it is done |
//! | `GET /choria/homeassistant/switch/v1/{machine}/{watcher}` | `ON` or `OFF` |
//! | `POST` the same, `ON`; anything else means off | `ON`: it is done |
//! | `GET /choria/machine/metric/v1/{machine}/{watcher}` | `{"labels", "metrics", "time"}` |
//!
//! The last five are there in distributions with the driver of `httpswitch` watchers. `detail` is the data of the
//! event that the watcher publishes. `time` is in Unix seconds, 0 until something was measured; a metric is shown where
//! its watcher has `http: true`.
//!
//! The answer to a `POST` says that the request was carried out, for off as for on; what the switch is now says a
//! `GET`. What was not carried out has another status than 200, and a reason in plain text:
//!
//! | Status | Why |
//! |---|---|
//! | 400 | there is no such switch or metric, or the body is not understood |
//! | 401 | the token is missing or another one |
//! | 403 | the client's certificate is missing, or a browser sent this for a page |
//! | 404 | there is no such path, or it does not know the method |
//! | 408, 413, 431 | the body took longer than 10 s, is larger than 4 KiB, or the head is larger than 8 KiB |
//! | 500 | the switch is not active now, or its machine is in a state that disables it |
//! | 503 | the node is stopping, does not answer, or is not ready |
//!
//! An address that others can reach takes a token or client certificates ([`Listen`](crate::Listen)). The two probes
//! need neither, since those who probe, such as a kubelet, have none; they say no more than yes or no to whoever
//! brings none. A certificate that does not count is refused all the same. Requests that a browser sends for a page
//! of somebody else are refused.
//!
//! Whoever is slow keeps one of 64 places and nothing else waits; the engine is asked for metrics once a second at
//! most.

mod access;
mod node;
mod respond;
mod route;
mod switch;
#[cfg(all(test, feature = "watch-httpswitch"))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
#[cfg(feature = "http-tls")]
mod tls;

use core::convert::Infallible;
use core::time::Duration;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, PoisonError, RwLock};

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use self::access::Access;
use self::respond::Answer;
use crate::{EngineHandle, Listen, StartError};

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

/// What answers below `/choria/`, as a driver names it.
pub(crate) type Routes = fn(Request<Incoming>, EngineHandle) -> Answering;

type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Switches and measurements.
#[cfg(feature = "watch-httpswitch")]
pub(crate) const SWITCHES: Routes =
    |request, engine| Box::pin(async move { switch::answer(request, &engine).await });

/// A server that has its address and is not serving yet.
pub(crate) struct Server {
    listener: TcpListener,
    listen: Listen,
    access: Access,
    switches: Option<Routes>,
}

/// What all connections share.
struct Shared {
    engine: EngineHandle,
    access: RwLock<Arc<Access>>,
    switches: Option<Routes>,
    metrics: node::Metrics,
}

// === impl Server ===

impl Server {
    /// # Errors
    ///
    /// [`StartError::HttpUnprotected`], [`StartError::HttpAccess`], [`StartError::Http`].
    pub(crate) fn bind(listen: Listen, switches: Option<Routes>) -> Result<Self, StartError> {
        let address = listen.address;
        if !listen.is_protected() {
            return Err(StartError::HttpUnprotected { address });
        }
        let access = Access::load(&listen).map_err(StartError::HttpAccess)?;
        let bound: io::Result<_> = std::net::TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        });
        let listener = bound.map_err(|source| StartError::Http { address, source })?;
        Ok(Self {
            listener,
            listen,
            access,
            switches,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Serves clients until the engine stops, and then finishes what it is answering.
    pub(crate) async fn serve(self, engine: EngineHandle) {
        let address = self.address().unwrap_or(self.listen.address);
        tracing::info!(%address, tls = self.listen.tls.is_some(), "Serving HTTP");
        if self.listen.tls.is_none() && !self.listen.address.ip().is_loopback() {
            tracing::warn!(
                "The token for HTTP crosses the network in the clear; give a certificate"
            );
        }
        let shared = Arc::new(Shared {
            engine: engine.clone(),
            access: RwLock::new(Arc::new(self.access)),
            switches: self.switches,
            metrics: node::Metrics::default(),
        });
        let mut reloads = engine.reloads();
        let mut clients = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if clients.len() < CONNECTIONS => match accepted {
                    Ok((stream, _)) => {
                        clients.spawn(welcome(stream, Arc::clone(&shared)));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "Cannot accept an HTTP connection");
                        sleep(PAUSE).await;
                    }
                },
                Some(_) = clients.join_next() => {}
                Ok(()) = reloads.changed() => shared.reload(&self.listen).await,
                () = engine.requests.closed() => break,
            }
        }
        drop(self.listener);
        while clients.join_next().await.is_some() {}
    }
}

// === impl Shared ===

impl Shared {
    /// What clients have to bring now.
    fn access(&self) -> Arc<Access> {
        let access = self.access.read();
        Arc::clone(&access.unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads tokens and certificates again; what cannot be used leaves the old ones in place.
    async fn reload(&self, listen: &Listen) {
        let files = listen.clone();
        let loaded = tokio::task::spawn_blocking(move || Access::load(&files)).await;
        let problem = match loaded {
            Ok(Ok(access)) => {
                *self.access.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(access);
                None
            }
            Ok(Err(problem)) => Some(problem),
            Err(error) => Some(error.to_string()),
        };
        // An engine that has stopped has no problems.
        let _ = self
            .engine
            .report("http", listen.address.to_string(), problem)
            .await;
    }
}

/// Serves one connection, protected where it has to be.
async fn welcome(stream: TcpStream, shared: Arc<Shared>) {
    #[cfg(feature = "http-tls")]
    if let Some(tls) = shared.access().tls.clone() {
        match timeout(HEAD, tls.accept(stream)).await {
            Ok(Ok(stream)) => {
                let is_vouched = stream.get_ref().1.peer_certificates().is_some();
                attend(stream, is_vouched, shared).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "HTTP connection is not protected"),
            Err(_) => tracing::debug!("HTTP connection took too long to be protected"),
        }
        return;
    }
    attend(stream, false, shared).await;
}

/// Answers the requests of one connection; `is_vouched` where it came with a certificate that counts.
async fn attend(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    is_vouched: bool,
    shared: Arc<Shared>,
) {
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(route::answer(request, is_vouched, &shared).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => Ok(result),
        _ = timeout(LIFE, shared.engine.requests.closed()) => {
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
