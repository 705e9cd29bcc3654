//! The only place that reads a clock or draws entropy.

use std::fmt;

use chorister_fsm::{Now, Random};
use tokio::time::Instant;

/// Where the engine learns what time it is.
pub trait Clock: Send {
    /// The present, on both clocks.
    fn now(&self) -> Now;
}

/// The clocks of this computer.
///
/// Time since the start follows tokio's clock, so that a test which pauses that one pauses the engine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

/// Random numbers from a seed.
pub struct Seeded {
    numbers: fastrand::Rng,
}

/// Waits for a deadline; for ever where there is none.
pub(crate) async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

// === impl SystemClock ===

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        Now {
            mono: self.start.elapsed(),
            wall: jiff::Timestamp::now(),
        }
    }
}

// === impl Seeded ===

impl Seeded {
    /// Numbers that the seed decides; the same seed gives the same numbers.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            numbers: fastrand::Rng::with_seed(seed),
        }
    }

    /// Numbers that nobody can foresee from one start to the next. Not for keys or tokens.
    #[must_use]
    pub fn from_entropy() -> Self {
        Self {
            numbers: fastrand::Rng::new(),
        }
    }

    /// A random (version 4) UUID.
    pub fn uuid(&mut self) -> [u8; 16] {
        let mut bytes = self.numbers.u128(..).to_be_bytes();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        bytes
    }
}

impl Random for Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            0
        } else {
            self.numbers.u64(..bound)
        }
    }
}

impl fmt::Debug for Seeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seeded").finish_non_exhaustive()
    }
}
