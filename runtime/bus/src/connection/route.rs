//! Which broker is tried next, and when.

use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use async_nats::{ReconnectToServer, Server, ServerAddr};
use tokio::sync::watch;

use super::introduction::Introduction;
use super::told::Told;
use crate::Backoff;

/// Asked by the library before each try. What is chosen here is what is connected afterwards, which the library tells
/// nobody.
pub(super) struct Route {
    plan: Mutex<Plan>,
    told: watch::Sender<Told>,
    introduction: std::sync::Arc<Introduction>,
}

/// The brokers that are still to be tried.
#[derive(Debug, Default)]
struct Plan {
    /// The one of the first connection, which is tried by itself.
    only: Option<ServerAddr>,
    /// The one that was tried last.
    tried: Option<ServerAddr>,
    /// How often a broker had let us in before that.
    arrivals: u64,
    /// The others of this pass, the next one last.
    ahead: Vec<ServerAddr>,
    /// How many passes over all of them were begun since a broker let us in.
    passes: usize,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    /// Who is tried.
    to: ServerAddr,
    /// How long before.
    after: Duration,
    /// Why the one before did not let us in, where it did not.
    failure: Option<String>,
}

// === impl Route ===

impl Route {
    pub(super) fn new(
        told: watch::Sender<Told>,
        introduction: std::sync::Arc<Introduction>,
    ) -> Self {
        Self {
            plan: Mutex::default(),
            told,
            introduction,
        }
    }

    /// Has the next try be at this broker, at once.
    pub(super) fn only(&self, broker: ServerAddr) {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.only = Some(broker);
    }

    /// The next try.
    pub(super) fn next(&self, pool: &[Server]) -> Option<ReconnectToServer> {
        let arrivals = self.told.borrow().arrivals;
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        let step = plan.next(pool, arrivals, &mut fastrand::Rng::new())?;
        self.told.send_modify(|it| {
            it.broker = label(&step.to);
            if let Some(failure) = step.failure {
                tracing::debug!(reason = %failure, "no connection");
                it.reason = Some(format!("{failure}{}", self.introduction.objection()));
            }
        });
        Some(ReconnectToServer {
            addr: step.to,
            delay: Some(step.after),
        })
    }
}

// === impl Plan ===

impl Plan {
    fn next(&mut self, pool: &[Server], arrivals: u64, chance: &mut fastrand::Rng) -> Option<Step> {
        let (to, after, failure);
        if let Some(only) = self.only.take() {
            // Whoever asks for it says himself what becomes of it.
            (to, after, failure) = (only, Duration::ZERO, None);
        } else {
            let was_let_in = arrivals != self.arrivals;
            failure = match was_let_in {
                true => None,
                false => self.tried.as_ref().map(|it| failure_of(it, pool)),
            };
            if was_let_in {
                self.ahead.clear();
                self.passes = 0;
            }
            (to, after) = self.ahead(pool, chance)?;
        }
        self.tried = Some(to.clone());
        self.arrivals = arrivals;
        Some(Step { to, after, failure })
    }

    /// The next one of all, in an order by chance, and how long before: there is a wait before each pass.
    fn ahead(
        &mut self,
        pool: &[Server],
        chance: &mut fastrand::Rng,
    ) -> Option<(ServerAddr, Duration)> {
        if let Some(next) = self.ahead.pop() {
            return Some((next, Duration::ZERO));
        }
        let mut all: Vec<&Server> = pool.iter().collect();
        chance.shuffle(&mut all);
        // The last one is the next.
        all.sort_by_key(|it| core::cmp::Reverse(it.failed_attempts));
        self.ahead = all.into_iter().map(|it| it.addr.clone()).collect();
        self.passes += 1;
        // Compat: go-choria `choria/connection.go`: even the first pass waits, so that a fleet does not return at once.
        let wait = Backoff::TwentySeconds.wait(self.passes, chance.f64());
        self.ahead.pop().map(|it| (it, wait))
    }
}

/// Why a broker did not let us in.
fn failure_of(broker: &ServerAddr, pool: &[Server]) -> String {
    let known = pool.iter().find(|it| it.addr == *broker);
    let said = known.and_then(|it| it.last_error.as_deref());
    // The library keeps no reason where it found no address.
    let said = said.unwrap_or("its address is not known");
    format!("{}: {said}", label(broker))
}

/// A broker, without what is secret in its address.
fn label(broker: &ServerAddr) -> String {
    let (scheme, host, port) = (broker.scheme(), broker.host(), broker.port());
    let user = match broker.has_user_pass() || broker.password().is_some() {
        true => "[redacted]@",
        false => "",
    };
    match host.contains(':') {
        true => format!("{scheme}://{user}[{host}]:{port}"),
        false => format!("{scheme}://{user}{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> ServerAddr {
        text.parse().expect("an address")
    }

    fn server(text: &str, failed_attempts: usize) -> Server {
        Server {
            addr: address(text),
            failed_attempts,
            did_connect: true,
            is_discovered: false,
            last_error: (failed_attempts > 0).then(|| "refused".to_owned()),
        }
    }

    #[test]
    fn every_broker_has_its_turn_whatever_the_library_knows_of_it() {
        // Those whose names cannot be found count no failures.
        let pool = ["a:1", "b:1", "c:1"].map(|it| server(it, 0));
        let mut plan = Plan::default();
        let mut chance = fastrand::Rng::with_seed(7);
        for pass in 1..=3 {
            let steps = [(); 3].map(|()| plan.next(&pool, 1, &mut chance).expect("a step"));
            let mut tried: Vec<_> = steps.iter().map(|it| label(&it.to)).collect();
            tried.sort_unstable();
            assert_eq!(tried, ["nats://a:1", "nats://b:1", "nats://c:1"]);
            let middle = Backoff::TwentySeconds.middle(pass);
            assert!(steps[0].after >= middle / 2 && steps[0].after <= middle * 3 / 2);
            assert_eq!([steps[1].after, steps[2].after], [Duration::ZERO; 2]);
        }
        // After a broker let us in, the waits begin anew.
        let step = plan.next(&pool, 2, &mut chance).expect("a step");
        assert!(step.after <= Backoff::TwentySeconds.middle(1) * 3 / 2);
        assert_eq!(step.failure, None);
        let step = plan.next(&pool, 2, &mut chance).expect("a step");
        let failure = step.failure.expect("the one before failed");
        assert!(failure.ends_with(": its address is not known"), "{failure}");
    }

    #[test]
    fn those_that_failed_come_last() {
        let pool = [server("a:1", 3), server("b:1", 0), server("c:1", 1)];
        let mut plan = Plan::default();
        let mut chance = fastrand::Rng::new();
        let steps = [(); 3].map(|()| plan.next(&pool, 1, &mut chance).expect("a step"));
        let tried = steps.each_ref().map(|it| label(&it.to));
        assert_eq!(tried, ["nats://b:1", "nats://c:1", "nats://a:1"]);
        assert_eq!(plan.next(&[], 2, &mut chance), None);
    }

    #[test]
    fn the_first_connection_is_tried_where_it_is_said() {
        let pool = [server("a:1", 0), server("b:1", 0)];
        let mut plan = Plan {
            only: Some(address("b:1")),
            ..Plan::default()
        };
        let step = plan.next(&pool, 0, &mut fastrand::Rng::new());
        let expected = Step {
            to: address("b:1"),
            after: Duration::ZERO,
            failure: None,
        };
        assert_eq!(step, Some(expected));
    }

    #[test]
    fn a_broker_is_shown_without_secrets() {
        assert_eq!(label(&address("wss://b.example")), "wss://b.example:443");
        assert_eq!(label(&address("nats://[::1]:4222")), "nats://[::1]:4222");
        assert_eq!(
            label(&address("nats://me:secret@b:4222")),
            "nats://[redacted]@b:4222"
        );
    }
}
