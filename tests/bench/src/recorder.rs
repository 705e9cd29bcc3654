//! The flight recorder: what keeping a decision costs, and what a full recorder takes.

use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use chorister_engine::recorder::{BUDGET, Recorder};
use chorister_fsm::{
    Cause, Decision, Evidence, Exit, JobResult, MachineKey, Outcome, Record, Verdict,
};
use chorister_ir::{StateId, TransitionId, WatcherId};
use jiff::Timestamp;

use crate::figure::{Budget, Figure, Unit, time};
use crate::fleet::{Bench, lamp};
use crate::resident;

/// A check that fails, and what it fires; each time something else, so that nothing is only counted.
fn decisions(machine: MachineKey, number: i64) -> [Record; 2] {
    let time = Timestamp::UNIX_EPOCH
        .checked_add(Duration::from_secs(number.unsigned_abs() * 10))
        .unwrap_or(Timestamp::UNIX_EPOCH);
    let even = number % 2 == 0;
    let (from, to) = if even { (0, 1) } else { (1, 0) };
    let ran = Decision::Ran {
        watcher: WatcherId(0),
        outcome: Outcome::Error,
        evidence: Evidence::Job(Box::new(JobResult::Exec {
            exit: Exit::Code(2),
            output: b"CRITICAL - queue is too long | len=900;100;500".to_vec(),
            runtime: Duration::from_millis(12),
        })),
    };
    let fired = Decision::Fired {
        transition: TransitionId(from),
        from: StateId(from),
        cause: Cause::Watcher(WatcherId(0)),
        verdict: Verdict::Entered(StateId(to)),
    };
    [ran, fired].map(|decision| Record {
        machine,
        time,
        decision,
    })
}

/// What it costs to keep a run with its transition, and the memory of a recorder that is full.
pub(crate) fn figures() -> Result<Vec<Figure>> {
    let machine = lamp()?;
    let mut bench = Bench::new();
    let key = bench.insert(&machine, 1);
    let mut recorder = Recorder::new(BUDGET);
    let records: Vec<[Record; 2]> = (0..1_000).map(|number| decisions(key, number)).collect();
    let mut next = records.iter().cycle();
    let note = time(51, 20_000, || {
        for record in next.next().into_iter().flatten() {
            bench.now.wall = record.time;
            recorder.note(&bench.fleet, black_box(record), bench.now);
        }
    });
    let mut next = records.iter().cycle();
    let mut copies = Vec::new();
    let copy = time(51, 20_000, || {
        copies.truncate(1_000);
        copies.extend(next.next().cloned());
    });
    black_box(&copies);
    let exe = std::env::current_exe()?;
    let output = Command::new(exe)
        .args(["--measure", "recorder", "200000"])
        .output()?;
    let full: f64 = String::from_utf8(output.stdout)?
        .trim()
        .parse()
        .context("the child prints a number")?;
    #[expect(clippy::cast_precision_loss, reason = "a megabyte")]
    let budget = BUDGET as f64;
    Ok(vec![
        Figure {
            what: "flight recorder: a run and its transition kept, without secrets".into(),
            value: note,
            unit: Unit::Seconds,
            floor: Some((copy, "a copy of both")),
            budget: Some(Budget::Value(5e-6)),
        },
        Figure {
            what: "flight recorder: resident memory when full".into(),
            value: full,
            unit: Unit::Bytes,
            floor: Some((budget, "the bytes it may take")),
            budget: Some(Budget::Ratio(1.5)),
        },
    ])
}

/// The child's side of [`figures`]: bytes of a recorder of 50 machines to which so much has happened.
pub(crate) fn measure(count: u32) -> Result<f64> {
    let machine = lamp()?;
    let mut bench = Bench::new();
    let keys: Vec<MachineKey> = (0..50).map(|id| bench.insert(&machine, id)).collect();
    let before = resident()?;
    let mut recorder = Recorder::new(BUDGET);
    for (number, key) in (0..i64::from(count)).zip(keys.iter().cycle()) {
        for record in &decisions(*key, number) {
            bench.now.wall = record.time;
            recorder.note(&bench.fleet, record, bench.now);
        }
    }
    let after = resident()?;
    black_box(&recorder);
    Ok(after - before)
}
