//! What each call of the engine is given from outside.

use core::time::Duration;

use jiff::Timestamp;

use crate::Effect;

/// The present, on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Time since the engine started; never goes back.
    pub mono: Duration,
    /// The time of day; may jump.
    pub wall: Timestamp,
}

/// A source of random numbers.
pub trait Random {
    /// A number below `bound`, each equally likely; 0 where `bound` is 0.
    fn below(&mut self, bound: u64) -> u64;

    /// How long a transition that comes too often waits: `step`, spread over a half to one and a half of it.
    fn wait(&mut self, step: Duration) -> Duration {
        let step = u64::try_from(step.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos((step / 2).saturating_add(self.below(step)))
    }
}

/// What a call may use and where its effects go.
pub struct Cx<'a> {
    /// The present.
    pub now: Now,
    /// Randomness, for splays and delays.
    pub random: &'a mut dyn Random,
    /// What has to happen outside, in order; calls only add to it.
    pub effects: &'a mut Vec<Effect>,
}
