//! Machines in virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;
use chorister_fsm::MachineRef;
use chorister_sim::{Entry, Member, Odds, Setup, Trial, Unscripted, What};

use crate::figure::{Budget, Figure, Unit};
use crate::specs;

/// How many machines, each of two watchers.
const MACHINES: usize = 1_000;

/// How many days.
const DAYS: u64 = 7;

/// 1,000 machines for a week, by chance.
pub(crate) fn figures() -> Result<Vec<Figure>> {
    let machines = (0..MACHINES)
        .map(|number| {
            let machine = specs::machine(&specs::watched(&format!("machine_{number}")))?;
            Ok(Member::from(MachineRef::from(machine)))
        })
        .collect::<Result<Vec<_>>>()?;
    let setup = Setup {
        seed: 1,
        ..Setup::new(machines)
    };
    let odds = Odds::default();
    let trial = Trial {
        setup: &setup,
        script: &[],
        unscripted: Unscripted::Chance(&odds),
        expectations: &[],
        until: Duration::from_secs(DAYS * 86_400),
        record: false,
        hasty: false,
    };
    let mut runs = 0_u64;
    let start = Instant::now();
    trial.run(&mut |entry: Entry| runs += u64::from(matches!(entry.what, What::Ran { .. })));
    let value = start.elapsed().as_secs_f64();
    Ok(vec![Figure {
        what: format!(
            "{MACHINES} machines of two watchers for {DAYS} virtual days ({:.1} million runs), on one core",
            runs as f64 / 1e6
        ),
        value,
        unit: Unit::Seconds,
        floor: Some((floor(runs), "as many deadlines through a binary heap")),
        budget: Some(Budget::Value(60.0)),
    }])
}

/// The time it takes to take as many deadlines from a heap, and to put the next one of each watcher there.
fn floor(runs: u64) -> f64 {
    let mut heap: BinaryHeap<Reverse<(u64, usize)>> = (0..2 * MACHINES)
        .map(|watcher| Reverse((60 + watcher as u64 % 60, watcher)))
        .collect();
    let start = Instant::now();
    for _ in 0..runs {
        if let Some(Reverse((due, watcher))) = heap.pop() {
            heap.push(Reverse((due + 60 + 240 * (watcher as u64 % 2), watcher)));
        }
    }
    black_box(&heap);
    start.elapsed().as_secs_f64()
}
