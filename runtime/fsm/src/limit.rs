//! How often an edge may be taken.

use core::time::Duration;

use chorister_ir::{Machine, StateId, TransitionId};
use serde::{Deserialize, Serialize};

use crate::node::{Nanos, nanos};
use crate::snapshot::Clocks;
use crate::{Random, UnixNanos};

/// An edge that is left alone for this long may be taken at once again.
const QUIET: Nanos = 60_000_000_000;

/// What an edge has to wait, in milliseconds, when it was taken this many times before.
// Compat: go-choria backoff/backoff.go: the steps, and that each is spread by a half either way.
const STEPS: [u64; 20] = [
    0, 25, 50, 75, 100, 125, 150, 200, 250, 500, 750, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500,
    4_000, 4_500, 5_000,
];

/// The longest wait: the last step, spread.
pub(crate) const LONGEST: Nanos = 7_500_000_000;

/// The edges of a machine that were taken lately.
#[derive(Default)]
pub(crate) struct Limiter {
    recent: Vec<Recent>,
}

struct Recent {
    from: StateId,
    transition: TransitionId,
    count: u32,
    /// When it may be taken at once again. A time to come, so that it can be told although the engine has just started.
    forgotten: Nanos,
}

/// An edge that was taken lately, as it is remembered over a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The state that it starts in.
    pub from: String,
    /// The transition.
    pub transition: String,
    /// How often it was taken without a quiet minute.
    pub count: u32,
    /// When it may be taken at once again.
    pub forgotten: UnixNanos,
}

impl Limiter {
    /// What has to be remembered.
    pub(crate) fn snapshot(&self, machine: &Machine, clocks: Clocks) -> Vec<Taken> {
        let taken = self.recent.iter().filter_map(|edge| {
            Some(Taken {
                from: machine.state(edge.from).to_owned(),
                transition: machine.transition(edge.transition).to_owned(),
                count: edge.count,
                forgotten: clocks.wall(edge.forgotten)?,
            })
        });
        taken.collect()
    }

    /// What was remembered, as far as the machine still has it and it matters.
    pub(crate) fn restore(taken: &[Taken], machine: &Machine, clocks: Clocks, now: Nanos) -> Self {
        let recent = taken.iter().filter_map(|edge| {
            let rest = Nanos::try_from(clocks.until(edge.forgotten)).ok()?;
            Some(Recent {
                from: machine.state_named(&edge.from)?,
                transition: machine.transition_named(&edge.transition)?,
                count: edge.count,
                forgotten: now.saturating_add(rest.min(QUIET + LONGEST)),
            })
        });
        Self {
            recent: recent.collect(),
        }
    }

    /// Counts that an edge is taken, and says how long it has to wait first.
    pub(crate) fn take(
        &mut self,
        from: StateId,
        transition: TransitionId,
        now: Nanos,
        random: &mut dyn Random,
    ) -> Nanos {
        self.recent.retain(|edge| now < edge.forgotten);
        let known = self
            .recent
            .iter_mut()
            .find(|edge| edge.from == from && edge.transition == transition);
        let Some(edge) = known else {
            self.recent.push(Recent {
                from,
                transition,
                count: 1,
                forgotten: now.saturating_add(QUIET),
            });
            return 0;
        };
        let wait = delay(edge.count, random);
        edge.count = edge.count.saturating_add(1);
        edge.forgotten = now.saturating_add(wait).saturating_add(QUIET);
        wait
    }
}

/// The wait after `count` times.
fn delay(count: u32, random: &mut dyn Random) -> Nanos {
    let last = STEPS.len() - 1;
    let step = STEPS[usize::try_from(count).map_or(last, |count| count.min(last))];
    nanos(random.wait(Duration::from_millis(step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Middle;

    impl Random for Middle {
        fn below(&mut self, bound: u64) -> u64 {
            bound / 2
        }
    }

    const A: StateId = StateId(0);
    const GO: TransitionId = TransitionId(0);
    const SECOND: Nanos = 1_000_000_000;

    #[test]
    fn waits_grow_and_stay_at_the_last_step() {
        let mut limiter = Limiter::default();
        let waits: Vec<_> = (0..22)
            .map(|_| limiter.take(A, GO, SECOND, &mut Middle) / 1_000_000)
            .collect();
        assert_eq!(waits[..4], [0, 25, 50, 75]);
        assert_eq!(waits[18..], [4_500, 5_000, 5_000, 5_000]);
    }

    #[test]
    fn a_quiet_minute_forgives() {
        let mut limiter = Limiter::default();
        assert_eq!(limiter.take(A, GO, 0, &mut Middle), 0);
        assert_ne!(limiter.take(A, GO, 59 * SECOND, &mut Middle), 0);
        // The last one happened 25 ms after it was asked for.
        assert_ne!(limiter.take(A, GO, 119 * SECOND, &mut Middle), 0);
        assert_eq!(limiter.take(A, GO, 300 * SECOND, &mut Middle), 0);
    }

    #[test]
    fn edges_are_counted_apart() {
        let mut limiter = Limiter::default();
        assert_eq!(limiter.take(A, GO, 0, &mut Middle), 0);
        assert_eq!(limiter.take(StateId(1), GO, 0, &mut Middle), 0);
        assert_eq!(limiter.take(A, TransitionId(1), 0, &mut Middle), 0);
    }
}
