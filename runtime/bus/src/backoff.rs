//! How long to wait before the next try.

use core::time::Duration;

/// Waits that grow from half a second to a limit, each made longer or shorter by up to a half by chance.
///
/// Compat: go-choria `backoff/backoff.go`: both policies, and that the first wait is the second of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backoff {
    /// Up to five seconds: the first connection.
    FiveSeconds,
    /// Up to twenty seconds: connections that were lost.
    TwentySeconds,
}

impl Backoff {
    /// The steps of five seconds, in milliseconds.
    const STEPS: [u64; 11] = [
        500, 750, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000,
    ];

    /// The wait before a try, in the middle of what chance makes of it. The first try is number 1.
    #[must_use]
    pub const fn middle(self, attempt: usize) -> Duration {
        let (steps, rounds) = (Self::STEPS.len(), self.rounds());
        let index = if attempt < steps * rounds {
            attempt
        } else {
            steps * rounds - 1
        };
        let within = Self::STEPS[index % steps];
        Duration::from_millis((index / steps) as u64 * 5000 + within)
    }

    /// The wait before a try: between half and one and a half of the middle, by `chance` from 0 to 1.
    #[must_use]
    pub fn wait(self, attempt: usize, chance: f64) -> Duration {
        self.middle(attempt).mul_f64(0.5 + chance.clamp(0.0, 1.0))
    }

    const fn rounds(self) -> usize {
        match self {
            Self::FiveSeconds => 1,
            Self::TwentySeconds => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_limit_and_stay_there() {
        let five: Vec<u128> = (1..14)
            .map(|it| Backoff::FiveSeconds.middle(it).as_millis())
            .collect();
        assert_eq!(
            five,
            [
                750, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 5000, 5000, 5000
            ]
        );
        let twenty = |attempt| Backoff::TwentySeconds.middle(attempt).as_millis();
        assert_eq!(
            [twenty(10), twenty(11), twenty(12), twenty(22)],
            [5000, 5500, 5750, 10_500]
        );
        assert_eq!([twenty(43), twenty(44), twenty(usize::MAX)], [20_000; 3]);
    }

    #[test]
    fn chance_makes_a_wait_half_as_long_or_half_as_long_again() {
        let wait = |chance| Backoff::FiveSeconds.wait(2, chance).as_millis();
        assert_eq!(
            [wait(0.0), wait(0.5), wait(1.0), wait(7.0)],
            [500, 1000, 1500, 1500]
        );
    }

    /// What 50,000 nodes do to a broker that was away: no tenth of a second sees more than a small part of them.
    #[test]
    fn a_fleet_does_not_come_back_at_once() {
        let mut chance = fastrand::Rng::with_seed(50_000);
        let mut arrivals = vec![0_u32; 600];
        for _ in 0..50_000 {
            // The broker is away for ten seconds; each node tries until it is back.
            let mut at = 0.0;
            let mut attempt = 0;
            while at < 10.0 {
                attempt += 1;
                at += Backoff::TwentySeconds
                    .wait(attempt, chance.f64())
                    .as_secs_f64();
            }
            let slot = (at * 10.0) as usize;
            arrivals[slot.min(599)] += 1;
        }
        let most = arrivals.iter().max().copied().unwrap_or_default();
        assert!(most < 2_500, "{most} of 50,000 in a tenth of a second");
    }
}
