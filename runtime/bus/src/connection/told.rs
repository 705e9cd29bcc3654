//! What the library tells of a connection, put together: however much that is, nothing of it waits or is lost.

use async_nats::{Event, ServerError};
use tokio::sync::watch;

use crate::{Remarks, Violations};

/// What is known of a connection besides its state, which the library says itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// How often a broker let us in.
    pub(super) arrivals: u64,
    /// The broker that was tried last, without what is secret in its address.
    pub(super) broker: String,
    /// Why there is no connection, where that is known.
    pub(super) reason: Option<String>,
    /// How often something went wrong.
    pub(super) errors: u64,
}

/// Hears what the library tells.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) told: watch::Sender<Told>,
    pub(super) violations: watch::Sender<Violations>,
    /// Of messages that came too fast.
    pub(super) losses: Remarks,
    /// Of what a broker does not let us do.
    pub(super) refusals: Remarks,
}

// === impl Listener ===

impl Listener {
    /// Takes an event. It never waits: the library has little room for events, and drops those that come faster.
    pub(super) fn hear(&self, event: Event) {
        match event {
            Event::Connected => {
                self.violations
                    .send_if_modified(|it| !core::mem::take(it).is_empty());
                self.told.send_modify(|it| {
                    it.arrivals += 1;
                    it.reason = None;
                });
            }
            // Who keeps the connection looks at its state.
            Event::Disconnected | Event::Closed => self.told.send_modify(|_| {}),
            Event::SlowConsumer(_) => {
                if let Some(withheld) = self.losses.admit() {
                    tracing::warn!(
                        withheld,
                        "messages came faster than they were taken; some are lost"
                    );
                }
            }
            Event::ServerError(ServerError::Other(said)) if Violations::is_one(&said) => {
                self.refused(&said);
            }
            Event::ServerError(error) => {
                tracing::debug!(%error, "the broker complains");
                self.told.send_modify(|it| {
                    it.errors += 1;
                    it.reason = Some(error.to_string());
                });
            }
            // Which broker that was, and more of why, is known where the next one is chosen.
            Event::ClientError(_) => self.told.send_modify(|it| it.errors += 1),
            Event::Draining | Event::LameDuckMode => {}
        }
    }

    fn refused(&self, said: &str) {
        let is_new = self.violations.send_if_modified(|it| it.add(said));
        if is_new && let Some(withheld) = self.refusals.admit() {
            tracing::warn!(%said, withheld, "the broker does not let us");
        }
        self.told.send_modify(|it| it.errors += 1);
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::time::Instant;

    use super::*;

    fn listener() -> (Listener, watch::Receiver<Told>) {
        let (told, seen) = watch::channel(Told::default());
        let listener = Listener {
            told,
            violations: watch::Sender::default(),
            losses: Remarks::default(),
            refusals: Remarks::default(),
        };
        (listener, seen)
    }

    #[test]
    fn a_flood_of_losses_is_remarked_upon_a_few_times() {
        let (listener, _seen) = listener();
        for _ in 0..5_000 {
            listener.hear(Event::SlowConsumer(1));
        }
        let later = Instant::now() + Duration::from_secs(61);
        assert_eq!(listener.losses.admit_at(later), Some(4_980));
    }

    #[test]
    fn no_number_of_events_hides_the_last_one() {
        let (listener, mut seen) = listener();
        for _ in 0..10_000 {
            listener.hear(Event::ServerError(ServerError::Other("no".to_owned())));
            listener.hear(Event::Disconnected);
        }
        listener.hear(Event::Connected);
        assert!(seen.has_changed().expect("it lives"));
        let told = seen.borrow_and_update().clone();
        assert_eq!((told.arrivals, told.errors), (1, 10_000));
        assert_eq!(told.reason, None);
    }

    #[test]
    fn violations_are_those_of_the_connection_that_is() {
        let (listener, _seen) = listener();
        let complain = || {
            let said = "Permissions Violation for Publish to \"a.b\"".to_owned();
            listener.hear(Event::ServerError(ServerError::Other(said)));
        };
        complain();
        complain();
        assert_eq!(listener.violations.borrow().iter().count(), 1);
        // It says nothing of why a connection ended.
        assert_eq!(listener.told.borrow().reason, None);
        listener.hear(Event::Connected);
        assert!(listener.violations.borrow().is_empty());
    }
}
