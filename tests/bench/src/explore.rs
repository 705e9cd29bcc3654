//! Exploration: as many states of linked machines as it looks at by itself.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::hint::black_box;

use anyhow::{Result, ensure};
use chorister_explore::{Limits, explore};
use chorister_ir::Machine;

use crate::figure::{Budget, Figure, Unit, time};
use crate::specs;

/// Machines that wait for each other in a ring; together they can be in far more states than are looked at.
const MACHINES: usize = 6;

/// States of each machine.
const STATES: usize = 8;

/// What looking at all of them costs.
pub(crate) fn figures() -> Result<Vec<Figure>> {
    let owned: Vec<Machine> = (0..MACHINES).map(linked).collect::<Result<_>>()?;
    let machines: Vec<&Machine> = owned.iter().collect();
    let limits = Limits::default();
    let mut explored = 0;
    let value = time(5, 1, || {
        explored = black_box(explore(&machines, limits)).explored;
    });
    ensure!(explored == limits.states, "only {explored} states");
    let floor = time(5, 1, || {
        let mut seen = HashSet::new();
        for at in 0..explored {
            // As often as some machine of a state can do something.
            for step in 0..MACHINES {
                let digit = |place: u32| u16::try_from(((at + step) / STATES.pow(place)) % STATES);
                seen.insert((0..6).flat_map(digit).collect::<Vec<u16>>());
            }
        }
        black_box(seen);
    });
    Ok(vec![Figure {
        what: format!("explore {explored} states of {MACHINES} linked machines"),
        value,
        unit: Unit::Seconds,
        floor: Some((floor, "as many look-ups in a set of states")),
        budget: Some(Budget::Value(1.0)),
    }])
}

/// A machine that goes round through its states by timers, and in each waits for the next machine with a command.
fn linked(own: usize) -> Result<Machine> {
    let next = (own + 1) % MACHINES;
    let mut text = format!("name: m{own}\nversion: 1.0.0\ninitial_state: s0\ntransitions:\n");
    for at in 0..STATES {
        let to = (at + 1) % STATES;
        let _ = writeln!(
            text,
            "  - {{name: go{at}, from: [s{at}], destination: s{to}}}"
        );
        let _ = writeln!(
            text,
            "  - {{name: skip{at}, from: [s{at}], destination: s{}}}",
            (at + 3) % STATES
        );
    }
    text.push_str("watchers:\n");
    for at in 0..STATES {
        let _ = writeln!(
            text,
            "  - {{name: t{at}, type: timer, state_match: [s{at}], fail_transition: go{at}, properties: {{timer: 1h}}}}\n  \
             - {{name: e{at}, type: exec, interval: 1m, state_match: [s{at}], success_transition: skip{at}, \
             foreign_state_required: [{{machine_name: m{next}, state: s3}}], properties: {{command: /bin/true}}}}"
        );
    }
    specs::machine(&text)
}
