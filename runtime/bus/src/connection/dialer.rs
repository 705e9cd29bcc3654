//! The first connection.

use std::sync::Arc;

use async_nats::{Client, ConnectOptions, ServerAddr};
use tokio::sync::watch;

use super::introduction::Introduction;
use super::route::Route;
use super::{Attempts, Link};
use crate::{Backoff, BrokerUrl, Brokers};

/// Makes the first connection. The library makes all later ones.
pub(super) struct Dialer {
    pub(super) brokers: Brokers,
    /// Whether all is said over TLS.
    pub(super) is_protected: bool,
    pub(super) options: ConnectOptions,
    pub(super) route: Arc<Route>,
    pub(super) introduction: Arc<Introduction>,
}

// === impl Dialer ===

impl Dialer {
    /// Tries all brokers, again and again, until one lets us in.
    pub(super) async fn connect(
        self,
        link: &watch::Sender<Link>,
        tried: &watch::Sender<Attempts>,
    ) -> Client {
        let mut attempts = 0;
        loop {
            let reason = match self.first(tried).await {
                Ok(client) => return client,
                Err(reason) => reason,
            };
            attempts += 1;
            tried.send_modify(|it| {
                it.initial += 1;
                it.errors += 1;
            });
            tracing::warn!(attempts, %reason, "no broker lets us in");
            link.send_replace(Link::Connecting {
                attempts,
                reason: Some(reason),
            });
            let wait = Backoff::FiveSeconds.wait(attempts, fastrand::f64());
            tokio::time::sleep(wait).await;
        }
    }

    /// The first broker that lets us in; the library goes on with all of them when it goes away.
    async fn first(&self, tried: &watch::Sender<Attempts>) -> Result<Client, String> {
        let mut reason = "no broker is configured, and DNS knows none".to_owned();
        let mut known = Vec::new();
        let asks = || tried.send_modify(|it| it.lookups += 1);
        for broker in self.brokers.find(asks).await {
            match self.address(&broker) {
                Ok(address) => known.push((broker, address)),
                Err(why) => reason = why,
            }
        }
        let pool: Vec<ServerAddr> = known.iter().map(|(_, it)| it.clone()).collect();
        // One by one: the library does not try the next when one refuses who we say we are.
        for (broker, address) in known {
            self.route.only(address);
            match self.options.clone().connect(&pool).await {
                Ok(client) => return Ok(client),
                Err(error) => {
                    reason = format!("{broker}: {error}{}", self.introduction.objection());
                }
            }
        }
        Err(reason)
    }

    fn address(&self, broker: &BrokerUrl) -> Result<ServerAddr, String> {
        if self.is_protected && broker.is_bare() {
            return Err(format!(
                "{broker} is a connection without TLS; `wss` is one with it"
            ));
        }
        let address = broker.expose().parse();
        address.map_err(|error: std::io::Error| format!("{broker}: {error}"))
    }
}
