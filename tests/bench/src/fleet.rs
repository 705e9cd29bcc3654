//! The pure engine: a step, a transition with its event, memory of idle machines.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chorister_events::Event;
use chorister_fsm::{
    Check, Cx, Effect, Fleet, Instance, JobId, JobResult, MachineKey, Now, Random,
};
use chorister_ir::{Machine, StateId, TransitionId};
use jiff::Timestamp;

use crate::figure::{Budget, Figure, Unit, time};
use crate::{resident, specs};

/// A counter in place of randomness: the figures are the same in each run.
#[derive(Default)]
struct Counter(u64);

impl Random for Counter {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        if bound == 0 {
            0
        } else {
            (self.0 >> 33) % bound
        }
    }
}

/// A fleet with the time standing still, and what its calls need.
pub(crate) struct Bench {
    pub(crate) fleet: Fleet,
    random: Counter,
    effects: Vec<Effect>,
    pub(crate) now: Now,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let now = Now {
            mono: Duration::ZERO,
            wall: Timestamp::UNIX_EPOCH,
        };
        Self {
            fleet: Fleet::new("node.example.net"),
            random: Counter::default(),
            effects: Vec::new(),
            now,
        }
    }

    fn call<T>(&mut self, call: impl FnOnce(&mut Fleet, &mut Cx<'_>) -> T) -> T {
        self.effects.clear();
        let mut cx = Cx {
            now: self.now,
            random: &mut self.random,
            effects: &mut self.effects,
        };
        call(&mut self.fleet, &mut cx)
    }

    pub(crate) fn insert(&mut self, machine: &Arc<Machine>, id: u32) -> MachineKey {
        let instance = instance(id);
        self.call(|fleet, cx| fleet.insert(Arc::clone(machine), instance, cx))
    }

    /// Adds a check of a class.
    pub(crate) fn insert_check(&mut self, class: &Machine, check: Arc<Check>, id: u32) {
        let machine = Arc::new(check.machine(class));
        let instance = Instance {
            check: Some(check),
            ..instance(id)
        };
        self.call(|fleet, cx| fleet.insert(machine, instance, cx));
    }

    /// Does what is due, and gives the jobs that are to be done.
    pub(crate) fn tick(&mut self) -> Vec<JobId> {
        self.call(Fleet::tick);
        let start = |effect: &Effect| match effect {
            Effect::Start(job) => Some(job.id),
            _ => None,
        };
        self.effects.iter().filter_map(start).collect()
    }

    /// Takes the result of a job.
    pub(crate) fn finish(&mut self, job: JobId, result: JobResult) {
        self.call(|fleet, cx| fleet.finish(job, result, cx));
    }
}

/// An instance that differs from others.
fn instance(id: u32) -> Instance {
    let mut uuid = [0; 16];
    uuid[..4].copy_from_slice(&id.to_be_bytes());
    Instance::new(uuid, Path::new("/var/lib/scout/machines/lamp").into())
}

/// A machine that goes round: each transition leads to the other state.
pub(crate) fn lamp() -> Result<Arc<Machine>> {
    Ok(Arc::new(specs::machine(&specs::lamp("lamp"))?))
}

/// What one step and one transition with its event cost.
pub(crate) fn steps() -> Result<Vec<Figure>> {
    let machine = lamp()?;
    let mut bench = Bench::new();
    let key = bench.insert(&machine, 1);
    let [on, off] = [TransitionId(0), TransitionId(1)];

    // The bare question where a transition leads.
    let floor = time(51, 100_000, || {
        black_box(machine.next(black_box(StateId(0)), black_box(on)));
    });
    // A transition that the state does not offer is a whole step without effects on others.
    let step = time(51, 100_000, || {
        black_box(bench.call(|fleet, cx| fleet.fire(key, off, cx)));
    });
    let mut turn = [on, off].into_iter().cycle();
    let transition = time(51, 20_000, || {
        // A quiet minute between two transitions, so that the rate limit has nothing to do.
        bench.now.mono += Duration::from_mins(2);
        if let Some(turn) = turn.next() {
            black_box(bench.call(|fleet, cx| fleet.fire(key, turn, cx)));
        }
    });
    let mut line = Vec::with_capacity(1024);
    let mut written = 0_usize;
    let published = time(51, 20_000, || {
        bench.now.mono += Duration::from_mins(2);
        if let Some(turn) = turn.next() {
            bench.call(|fleet, cx| fleet.fire(key, turn, cx));
        }
        for effect in &bench.effects {
            if let Effect::Publish(notice) = effect
                && let Some(event) = Event::new(&bench.fleet, notice)
            {
                line.clear();
                event.write_json([7; 16], &mut line);
                written += line.len();
            }
        }
    });
    anyhow::ensure!(written > 0, "no event was written");
    let value: serde_json::Value = serde_json::from_slice(&line)?;
    let serialise = time(51, 20_000, || {
        line.clear();
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut line, black_box(&value));
    });
    Ok(vec![
        Figure {
            what: "engine step (a transition that is not offered)".into(),
            value: step,
            unit: Unit::Seconds,
            floor: Some((floor, "table look-up of the edge")),
            budget: Some(Budget::Value(150e-9)),
        },
        Figure {
            what: "engine step with a transition and its effects".into(),
            value: transition,
            unit: Unit::Seconds,
            floor: Some((floor, "table look-up of the edge")),
            budget: None,
        },
        Figure {
            what: "transition with its CloudEvent serialised".into(),
            value: published,
            unit: Unit::Seconds,
            floor: Some((serialise, "serde_json of the same value")),
            budget: Some(Budget::Value(15e-6)),
        },
    ])
}

/// What an idle machine keeps in memory, each count in a process of its own.
pub(crate) fn memory() -> Result<Vec<Figure>> {
    [10_000_u32, 100_000]
        .into_iter()
        .map(|count| {
            let [ours, floor] = ["machines", "structs"].map(|what| -> Result<f64> {
                let exe = std::env::current_exe()?;
                let output = Command::new(exe)
                    .args(["--measure", what, &count.to_string()])
                    .output()?;
                String::from_utf8(output.stdout)?
                    .trim()
                    .parse()
                    .context("the child prints a number")
            });
            Ok(Figure {
                what: format!("resident memory of an idle machine of two watchers, at {count}"),
                value: ours?,
                unit: Unit::Bytes,
                floor: Some((floor?, "its UUID, state and two deadlines in a Vec")),
                budget: Some(Budget::Value(2048.0)),
            })
        })
        .collect()
}

/// The child's side of [`memory`]: bytes per machine.
pub(crate) fn measure(what: &str, count: u32) -> Result<f64> {
    let machine = lamp()?;
    let mut bench = Bench::new();
    bench.effects.reserve(64);
    let mut plain = Vec::new();
    let before = resident()?;
    for id in 0..count {
        if what == "machines" {
            bench.insert(&machine, id);
        } else {
            plain.push(([id; 4], StateId(0), [Duration::from_secs(u64::from(id)); 2]));
        }
    }
    let after = resident()?;
    black_box(&plain);
    anyhow::ensure!(
        what != "machines" || bench.fleet.len() == usize::try_from(count)?,
        "machines are missing"
    );
    Ok((after - before) / f64::from(count))
}
