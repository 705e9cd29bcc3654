//! Places in governors: no more nodes at a time than a governor has places.

use core::time::Duration;
use std::sync::Arc;

use chorister_fsm::Queue;
use chorister_lang::duration::format_go;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};

use crate::network::{Network, Uplink};

/// What is waited before asking a full governor again, at first and at most.
// Compat: go-choria aagent/watchers/execwatcher: from half a second to five.
const WAITS: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(5)];

/// How long giving a place back may take; after that it is free when it is too old.
const FAREWELL: Duration = Duration::from_secs(5);

/// A place in a governor. It is given back with [`Place::leave`], or soon after it is dropped.
pub(crate) struct Place(Option<Taken>);

struct Taken {
    network: Arc<dyn Network>,
    queue: Queue,
    number: u64,
}

impl Place {
    /// Waits for a place.
    ///
    /// # Errors
    /// None became free in time, or the governor cannot be asked.
    pub(crate) async fn enter(queue: Queue, uplink: &Uplink) -> Result<Self, String> {
        let end = Instant::now() + queue.timeout;
        let of = |reason: &str| format!("no place in the governor `{}`: {reason}", queue.governor);
        let joined = uplink.wait(queue.timeout).await;
        let network = joined.map_err(|reason| of(&reason))?;
        let [mut pause, longest] = WAITS;
        loop {
            // Never given up in the middle: the place could have been taken by then.
            let entered = network.enter(&queue).await;
            if let Some(number) = entered.map_err(|reason| of(&reason))? {
                return Ok(Self(Some(Taken {
                    network,
                    queue,
                    number,
                })));
            }
            // So that those who wait do not ask all at once.
            let wait = pause.mul_f64(0.5 + fastrand::f64() / 2.0);
            if Instant::now() + wait > end {
                break;
            }
            sleep(wait).await;
            pause = longest.min(pause * 2);
        }
        let told = network.gave_up(&queue).await;
        told.unwrap_or_else(|reason| tracing::debug!(reason, "cannot tell"));
        let patience = format_go(queue.timeout);
        Err(of(&format!("none became free within {patience}")))
    }

    /// Gives the place back.
    pub(crate) async fn leave(mut self) {
        if let Some(taken) = self.0.take() {
            taken.leave().await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let (Some(taken), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(taken.leave());
        }
    }
}

impl Taken {
    async fn leave(self) {
        let leaving = self.network.leave(&self.queue, self.number);
        let left = timeout(FAREWELL, leaving).await;
        let left = left.unwrap_or_else(|_| Err("the broker did not answer".to_owned()));
        if let Err(reason) = left {
            let governor = self.queue.governor.as_str();
            tracing::warn!(governor, reason, "A place could not be given back");
        }
    }
}
