//! What becomes of a connection.

use core::sync::atomic::Ordering;
use core::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::dialer::Dialer;
use super::told::Told;
use super::{Attempts, Link};

/// How often the state of a connection is looked at where the library told nothing: in a flood it forgets to.
const LOOK: Duration = Duration::from_secs(5);

/// What keeps a connection: it has the first one made, and tells what becomes of it. It never waits for the library, which
/// answers nothing while it has no broker.
pub(super) struct Keeper {
    pub(super) dialer: Dialer,
    /// Ends with the library's part of the connection.
    pub(super) told: watch::Receiver<Told>,
    pub(super) link: watch::Sender<Link>,
    pub(super) client: watch::Sender<Option<Client>>,
    pub(super) attempts: watch::Sender<Attempts>,
}

// === impl Keeper ===

impl Keeper {
    pub(super) async fn run(self) {
        let Self {
            dialer,
            mut told,
            link,
            client: client_to,
            attempts,
        } = self;
        let begun = Instant::now();
        let client = dialer.connect(&link, &attempts).await;
        attempts.send_modify(|it| {
            it.initial += 1;
            it.connect_time = begun.elapsed();
            it.connected = true;
        });
        let early = attempts.borrow().errors;
        // Whoever hears that there is a broker finds a client.
        client_to.send_replace(Some(client.clone()));
        loop {
            let known = told.borrow_and_update().clone();
            let connects = client.statistics().connects.load(Ordering::Relaxed);
            let now = state(&client.connection_state(), connects, &known);
            let is_up = matches!(now, Link::Up { .. });
            attempts.send_modify(|it| {
                it.errors = early + known.errors;
                it.reconnections = connects.saturating_sub(1);
                it.closed = connects.saturating_sub(u64::from(is_up));
            });
            link.send_if_modified(|before| change(before, now));
            if let Ok(Err(_)) = timeout(LOOK, told.changed()).await {
                break;
            }
        }
        attempts.send_modify(|it| it.closed = it.reconnections + 1);
        link.send_replace(Link::Closed);
    }
}

fn state(state: &State, connects: u64, told: &Told) -> Link {
    match state {
        State::Connected => Link::Up {
            broker: told.broker.clone(),
            reconnects: connects.saturating_sub(1),
        },
        State::Pending | State::Disconnected => Link::Down {
            reason: told.reason.clone(),
        },
    }
}

/// Takes the new state; whether it is one.
fn change(before: &mut Link, now: Link) -> bool {
    if *before == now {
        return false;
    }
    match (&*before, &now) {
        (_, Link::Up { .. }) => tracing::info!(link = ?now, "connected to a broker"),
        (Link::Up { .. }, _) => tracing::warn!("the broker went away"),
        _ => {}
    }
    *before = now;
    true
}
