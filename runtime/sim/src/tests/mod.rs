//! Machines, scripts and time lines as text.

mod chance;
mod rows;
mod script;

use core::fmt::Write as _;
use core::time::Duration;

use chorister_ir::Machine;
use chorister_spec::Source;
use chorister_spec::machine::Options;

use crate::{Entry, Setup, What, World};

/// Reads a machine from the lines of its specification.
#[track_caller]
fn machine(text: &str) -> Machine {
    let source = Source::new("machine.yaml", text.to_owned());
    let checked = chorister_spec::machine::check(&source, &Options::default());
    assert!(!checked.has_errors(), "{:#?}", checked.diagnostics);
    checked.machine.expect("a machine")
}

fn world(specs: &[&str]) -> World {
    World::new(Setup::new(specs.iter().map(|it| machine(it).into())))
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The time line as lines: what happens to watchers and states, without remarks.
fn lines(world: &World) -> String {
    let mut text = String::new();
    for entry in world.timeline() {
        if let Some(line) = line(world, entry) {
            let _ = writeln!(text, "{:>6} {line}", entry.at.as_secs_f64());
        }
    }
    text
}

fn line(world: &World, entry: &Entry) -> Option<String> {
    let machine = world.machine(entry.machine)?;
    let watcher = |id: chorister_ir::WatcherId| &machine.watchers[usize::from(id.0)].name;
    let what = match &entry.what {
        What::Started { state, .. } => format!("starts as {}", machine.state(*state)),
        What::Transition {
            transition,
            from,
            to,
            ..
        } => format!(
            "{} -{}-> {}",
            machine.state(*from),
            machine.transition(*transition),
            machine.state(*to)
        ),
        What::Ran {
            watcher: id,
            outcome,
            ..
        } => format!("{} ran: {}", watcher(*id), outcome.as_str()),
        What::Step(place) => return Some(format!("step {place}")),
        What::Fault(fault) => return Some(format!("{fault:?}")),
        What::Given(given) => format!("{given:?}"),
        What::Held { .. } | What::Report { .. } | What::Remark { .. } => return None,
    };
    Some(format!("{}: {what}", machine.name))
}

/// A check that looks each minute, and puts things right when it fails.
const CHECK: &str = "
name: check
version: 1.0.0
initial_state: UNKNOWN
transitions:
  - {name: OK, from: [UNKNOWN, OK, CRITICAL], destination: OK}
  - {name: CRITICAL, from: [UNKNOWN, OK, CRITICAL], destination: CRITICAL}
  - {name: FIXED, from: [CRITICAL], destination: UNKNOWN}
  - {name: STOP, from: [UNKNOWN, OK, CRITICAL], destination: MAINTENANCE}
  - {name: RESUME, from: [MAINTENANCE], destination: UNKNOWN}
watchers:
  - name: look
    type: exec
    interval: 1m
    state_match: [UNKNOWN, OK, CRITICAL]
    success_transition: OK
    fail_transition: CRITICAL
    properties: {command: /bin/look, timeout: 10s}
  - name: fix
    type: exec
    interval: 15m
    state_match: [CRITICAL]
    success_transition: FIXED
    properties: {command: /bin/fix, timeout: 30s}
";
