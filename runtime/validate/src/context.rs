//! What the resources of one run share.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use chorister_system::ports::{self, Protocol};
use chorister_system::services;
use chorister_system::{packages, processes};
use tokio::sync::OnceCell;

use crate::Options;

/// What was looked at once and counts for the whole run.
pub(crate) struct Context {
    pub(crate) options: Options,
    processes: OnceCell<Shared<BTreeSet<String>>>,
    sockets: OnceCell<Shared<Sockets>>,
    services: OnceCell<services::Manager>,
    packages: OnceCell<packages::Manager>,
}

/// What listens, by protocol.
pub(crate) type Sockets = HashMap<Protocol, Vec<SocketAddr>>;

/// What was read, or why not.
type Shared<T> = Result<Arc<T>, String>;

// === impl Context ===

impl Context {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            processes: OnceCell::new(),
            sockets: OnceCell::new(),
            services: OnceCell::new(),
            packages: OnceCell::new(),
        }
    }

    /// The names of all processes.
    pub(crate) async fn processes(&self) -> Shared<BTreeSet<String>> {
        let read = async || {
            let names = aside(processes::names).await?;
            Ok(Arc::new(names.into_iter().collect()))
        };
        self.processes.get_or_init(read).await.clone()
    }

    /// What listens.
    pub(crate) async fn sockets(&self) -> Shared<Sockets> {
        let read = async || {
            let table = || {
                let tables = Protocol::ALL.map(|it| Ok((it, ports::listening(it)?)));
                tables.into_iter().collect()
            };
            Ok(Arc::new(aside(table).await?))
        };
        self.sockets.get_or_init(read).await.clone()
    }

    /// Who is asked about services.
    pub(crate) async fn services(&self) -> &services::Manager {
        self.services
            .get_or_init(async || services::manager())
            .await
    }

    /// Who is asked about packages.
    pub(crate) async fn packages(&self) -> packages::Manager {
        let detect = async || self.options.packages.unwrap_or_else(packages::manager);
        *self.packages.get_or_init(detect).await
    }
}

/// Does what may take long or wait for a disk where it holds up nobody else.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, String> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}
