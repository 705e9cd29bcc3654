//! Randomness that can be had again.

use core::time::Duration;
use std::collections::VecDeque;

use chorister_fsm::Random;

/// A source of random numbers that a seed decides (SplitMix64); not for secrets.
#[derive(Clone, Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// The source of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number, each equally likely.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True `parts` times out of `whole`.
    pub fn chance(&mut self, parts: u64, whole: u64) -> bool {
        self.below(whole) < parts
    }
}

/// The randomness of a world: waits that are given, and a seed for everything else.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    seeded: Seeded,
    /// How long transitions that come too often wait, the next first.
    waits: VecDeque<Duration>,
}

impl Fate {
    pub(crate) fn new(seed: u64, waits: &[Duration]) -> Self {
        Self {
            seeded: Seeded::new(seed),
            waits: waits.iter().copied().collect(),
        }
    }
}

impl Random for Fate {
    fn below(&mut self, bound: u64) -> u64 {
        self.seeded.below(bound)
    }

    fn wait(&mut self, step: Duration) -> Duration {
        let given = self.waits.pop_front();
        given.unwrap_or_else(|| self.seeded.wait(step))
    }
}

impl Random for Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        // The high half of the product is as even as makes no difference here.
        ((u128::from(self.any()) * u128::from(bound)) >> 64) as u64
    }
}
