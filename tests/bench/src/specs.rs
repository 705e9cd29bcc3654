//! Specifications made for measuring.

use std::fmt::Write;

use anyhow::{Result, bail};
use chorister_ir::Machine;
use chorister_spec::{Options, Source, machine};

/// A machine of two states and two watchers.
pub(crate) fn lamp(name: &str) -> String {
    format!(
        "name: {name}
version: 1.0.0
initial_state: off
transitions:
  - {{name: turn_on, from: [off], destination: on}}
  - {{name: turn_off, from: [on], destination: off}}
watchers:
  - {{name: dusk, type: exec, state_match: [off], interval: 1h, success_transition: turn_on, properties: {{command: /bin/true}}}}
  - {{name: dawn, type: exec, state_match: [on], interval: 1h, success_transition: turn_off, properties: {{command: /bin/true}}}}
"
    )
}

/// A machine that goes round, one state a step.
pub(crate) fn ring(states: usize) -> String {
    let mut text = "name: ring\nversion: 1.0.0\ninitial_state: s0\ntransitions:\n".to_owned();
    for at in 0..states {
        let next = (at + 1) % states;
        let _ = writeln!(
            text,
            "  - {{name: next, from: [s{at}], destination: s{next}}}"
        );
    }
    text + "watchers:\n  - {name: rest, type: timer, state_match: [s0], fail_transition: next, properties: {timer: 1000h}}\n"
}

/// A machine that goes round by itself, every ten seconds; no edge comes too often.
pub(crate) fn clockwork() -> String {
    let states = |first: usize| {
        let states = (first..12).step_by(2).map(|at| format!("s{at}"));
        states.collect::<Vec<_>>().join(", ")
    };
    let ring = ring(12);
    format!(
        "{ring}  - {{name: tick, type: timer, state_match: [{}], fail_transition: next, properties: {{timer: 10s}}}}
  - {{name: tock, type: timer, state_match: [{}], fail_transition: next, properties: {{timer: 10s}}}}
",
        states(0),
        states(1)
    )
}

/// A machine with a check each minute that puts right what is wrong, and a file that is looked at each five minutes.
pub(crate) fn watched(name: &str) -> String {
    format!(
        "name: {name}
version: 1.0.0
initial_state: good
transitions:
  - {{name: fail, from: [good], destination: bad}}
  - {{name: ok, from: [bad], destination: good}}
watchers:
  - {{name: check, type: exec, interval: 1m, success_transition: ok, fail_transition: fail, properties: {{command: /bin/true}}}}
  - {{name: file, type: file, interval: 5m, properties: {{path: /etc/hosts}}}}
"
    )
}

/// A machine of the usual size: 8 states, 8 transitions, 4 watchers.
pub(crate) fn usual(number: usize) -> String {
    let mut text =
        format!("name: machine_{number}\nversion: 1.0.0\ninitial_state: s0\ntransitions:\n");
    for at in 0..8 {
        let _ = write!(
            text,
            "  - name: go_{at}\n    description: From s{at} to the next\n    from: [s{at}]\n    destination: s{}\n",
            (at + 1) % 8
        );
    }
    text.push_str("watchers:\n");
    for at in 0..4 {
        let (state, later) = (2 * at, 2 * at + 1);
        let _ = write!(
            text,
            "  - name: w{at}\n    type: exec\n    state_match: [s{state}, s{later}]\n    interval: {}m\n    success_transition: go_{state}\n    fail_transition: go_{later}\n    properties:\n      command: /usr/bin/probe --node {{{{ lookup \"facts.name\" \"none\" }}}} {number}\n      timeout: 20s\n",
            at + 1
        );
    }
    text
}

/// The checked machine.
pub(crate) fn machine(text: &str) -> Result<Machine> {
    let checked = machine::check(
        &Source::new("bench/machine.yaml", text),
        &Options::default(),
    );
    match checked.machine {
        Some(machine) => Ok(machine),
        None => bail!("the generated machine is wrong: {:?}", checked.diagnostics),
    }
}
