//! How a fleet comes back to a broker that was away, as the waits of nodes have it. Nothing is measured: it is reckoned.

use core::fmt::Write as _;
use core::time::Duration;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chorister_bus::Backoff;

use crate::figure::{Figure, Unit};

/// How many nodes there are.
const NODES: u32 = 50_000;

/// How many nodes a broker lets in a second: TLS and somebody who decides, on two cores.
const RATE: u64 = 2_000;

/// How long a node waits for a broker that does not answer, in milliseconds.
const PATIENCE: u64 = 2_000;

/// A fleet that came back.
struct Return {
    /// When each node was let in, in milliseconds after the broker was there again; in order.
    entered: Vec<u64>,
    /// The most tries in one second.
    busiest: usize,
    /// All tries after the broker was there again.
    tries: usize,
}

pub(crate) fn figures() -> Vec<Figure> {
    let mut figures = Vec::new();
    for away in [1, 10, 60] {
        let back = Return::after(Duration::from_secs(away));
        let at = |share: usize| {
            let index = (back.entered.len() * share / 100).saturating_sub(1);
            back.entered.get(index).copied().unwrap_or_default()
        };
        for share in [50, 90, 99, 100] {
            let in_turn = f64::from(NODES) * share as f64 / 100.0 / RATE as f64;
            figures.push(Figure {
                what: format!("50,000 nodes, broker away for {away} s: {share} % are back after"),
                value: at(share) as f64 / 1e3,
                unit: Unit::Seconds,
                floor: Some((in_turn, "one after the other")),
                budget: None,
            });
        }
        for (what, value) in [
            ("the busiest second has tries", back.busiest),
            ("tries of all nodes", back.tries),
        ] {
            figures.push(Figure {
                what: format!("50,000 nodes, broker away for {away} s: {what}"),
                value: value as f64,
                unit: Unit::Count,
                floor: None,
                budget: None,
            });
        }
        #[expect(
            clippy::print_stderr,
            reason = "a curve is no figure, and people see it"
        )]
        {
            eprintln!("{}", back.curve(away));
        }
    }
    figures
}

impl Return {
    /// All nodes lose their broker at once, which is away for this long.
    fn after(away: Duration) -> Self {
        let mut chance = fastrand::Rng::with_seed(u64::from(NODES));
        let opens = u64::try_from(away.as_millis()).unwrap_or(u64::MAX);
        let mut wait = |attempt| {
            let wait = Backoff::TwentySeconds.wait(attempt, chance.f64());
            u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
        };
        let mut due: BinaryHeap<Reverse<(u64, usize)>> =
            (0..NODES).map(|_| Reverse((wait(1), 1))).collect();
        let mut entered = Vec::new();
        let mut tries: Vec<usize> = Vec::new();
        // In thousandths of a millisecond, when the broker is done with those who wait for it.
        let mut free = opens * 1_000;
        while let Some(Reverse((now, attempt))) = due.pop() {
            if now < opens {
                due.push(Reverse((now + wait(attempt + 1), attempt + 1)));
                continue;
            }
            let second = usize::try_from((now - opens) / 1_000).unwrap_or(usize::MAX);
            tries.resize(tries.len().max(second + 1), 0);
            if let Some(count) = tries.get_mut(second) {
                *count += 1;
            }
            let done = free.max(now * 1_000) + 1_000_000 / RATE;
            if done > (now + PATIENCE) * 1_000 {
                let again = now + PATIENCE + wait(attempt + 1);
                due.push(Reverse((again, attempt + 1)));
            } else {
                free = done;
                entered.push(done / 1_000 - opens);
            }
        }
        entered.sort_unstable();
        Self {
            entered,
            busiest: tries.iter().copied().max().unwrap_or_default(),
            tries: tries.iter().sum(),
        }
    }

    /// How many are back, second by second.
    fn curve(&self, away: u64) -> String {
        let last = self.entered.last().copied().unwrap_or_default() / 1_000;
        let step = (last / 12).max(1);
        let mut text = format!("nodes that are back, broker away for {away} s:\n");
        for second in (step..=last + step).step_by(usize::try_from(step).unwrap_or(1)) {
            let back = self.entered.partition_point(|it| *it <= second * 1_000);
            let stars = "#".repeat(back * 60 / self.entered.len().max(1));
            let _ = writeln!(text, "{second:>4} s {back:>6} {stars}");
        }
        text
    }
}
