//! From a checked test to what the simulation takes.

use core::time::Duration;
use std::sync::Arc;

use chorister_fsm::{Exit, MachineRef, Outcome, Zones};
use chorister_ir::WatcherKind;
use chorister_sim as sim;
use chorister_spec::scenario::{self, Action, Expected, Never, Run, Test};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// Steps for a [`sim::World`], and where each comes from.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The steps, in order.
    pub steps: Vec<sim::Step>,
    /// For each of them the step of the test, as an index, and the run in it, where it is about one.
    pub origins: Vec<(usize, Option<usize>)>,
}

/// How a test begins.
///
/// # Errors
///
/// What this computer does not know: the time zone.
pub fn setup(test: &Test, machines: &[MachineRef]) -> Result<sim::Setup, String> {
    let given = &test.given;
    let mut setup = sim::Setup::new(machines.iter().cloned().map(sim::Member::from));
    for start in &given.machines {
        if let Some(member) = setup.machines.get_mut(start.machine) {
            member.state = start.state.or(member.state);
            member.data.extend(start.data.clone());
        }
    }
    let local = TimeZone::get(&given.timezone)
        .map_err(|_| format!("time zone {} is not known here", given.timezone))?;
    setup.zones = Zones {
        local,
        named: |name| TimeZone::get(name).ok(),
    };
    setup.facts = Arc::new(Value::Object(given.facts.clone()));
    setup.start = given.at;
    setup.seed = given.seed;
    setup.waits.clone_from(&given.waits);
    Ok(setup)
}

/// The steps of a test for a world of these machines.
#[must_use]
pub fn script(steps: &[scenario::Step], machines: &[MachineRef]) -> Script {
    let mut script = Script::default();
    for (place, step) in steps.iter().enumerate() {
        let machine = step.machine;
        let mut add = |action, run| {
            script.steps.push(sim::Step {
                at: step.at,
                action,
            });
            script.origins.push((place, run));
        };
        match &step.action {
            Action::Run(runs) => {
                for (at, run) in runs.iter().enumerate() {
                    let definition = machines
                        .get(machine)
                        .and_then(|it| it.watchers.get(usize::from(run.watcher.0)));
                    let outcome = scripted(run, definition.map(|it| &it.kind));
                    let action = sim::Action::Outcome {
                        machine,
                        watcher: run.watcher,
                        outcome,
                    };
                    add(action, Some(at));
                }
            }
            Action::Fire(transition) => add(
                sim::Action::Fire {
                    machine,
                    transition: *transition,
                },
                None,
            ),
            Action::Announce { machine, event } => add(
                sim::Action::Hear {
                    machine: machine.clone(),
                    event: event.clone(),
                },
                None,
            ),
            Action::Facts(facts) => add(sim::Action::Facts(Value::Object(facts.clone())), None),
            Action::Data(data) => add(
                sim::Action::Data {
                    machine,
                    data: data.clone(),
                },
                None,
            ),
            Action::Clock(by) => add(sim::Action::Clock(SignedDuration::from_nanos(*by)), None),
            Action::Restart(after) => add(sim::Action::Restart(*after), None),
            Action::Disk { full } => add(sim::Action::Disk { full: *full }, None),
        }
    }
    script
}

/// What a run comes to. A success of a command whose output is read has to have some output.
fn scripted(run: &Run, kind: Option<&WatcherKind>) -> sim::Scripted {
    use scenario::Outcome as Wanted;
    let exit = |code: u8, output: Vec<u8>| sim::Scripted::Exit {
        exit: Exit::Code(code.into()),
        output,
        runtime: Duration::ZERO,
    };
    let scripted = match &run.outcome {
        Wanted::Exit { code, stdout } => {
            let mut output = stdout.clone().into_bytes();
            // A test that does not care what a command prints should not have to say it.
            let reads = matches!(kind, Some(WatcherKind::Exec(it)) if it.parse_as_data);
            if *code == 0 && output.is_empty() && reads {
                output.extend_from_slice(b"{}");
            }
            exit(*code, output)
        }
        Wanted::Hang => sim::Scripted::Hang,
        Wanted::Named(name) => sim::Scripted::outcome(named(name)),
        Wanted::Metrics { metrics, labels } => {
            let measured = Map::from_iter([
                ("metrics".to_owned(), Value::Object(metrics.clone())),
                ("labels".to_owned(), Value::Object(labels.clone())),
            ]);
            exit(0, Value::Object(measured).to_string().into_bytes())
        }
        Wanted::Switch(true) => sim::Scripted::outcome(Outcome::On),
        Wanted::Switch(false) => sim::Scripted::outcome(Outcome::Off),
    };
    scripted.taking(run.runtime)
}

/// The outcome of this name, which is one of those that a test may name.
fn named(name: &str) -> Outcome {
    const NAMED: [Outcome; 10] = [
        Outcome::Success,
        Outcome::Changed,
        Outcome::Unchanged,
        Outcome::Verified,
        Outcome::Downloaded,
        Outcome::Updated,
        Outcome::SuccessWhen,
        Outcome::FailedWhen,
        Outcome::NoMatch,
        Outcome::Error,
    ];
    let found = NAMED.into_iter().find(|it| it.as_str() == name);
    found.unwrap_or(Outcome::Error)
}

/// What is expected, in the order of the test.
#[must_use]
pub fn expectations(expect: &[scenario::Expectation]) -> Vec<sim::Expectation> {
    expect.iter().map(expectation).collect()
}

fn expectation(it: &scenario::Expectation) -> sim::Expectation {
    let machine = it.machine;
    let event = |event: &scenario::Event| sim::EventMatch {
        machine: Some(machine),
        kind: event.kind.to_owned(),
        fields: event
            .fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    };
    match &it.what {
        Expected::StateAt { at, state } => sim::Expectation::At {
            machine,
            at: *at,
            state: *state,
        },
        Expected::Eventually { state, within } => sim::Expectation::Eventually {
            machine,
            state: *state,
            within: *within,
        },
        Expected::Event {
            event: wanted,
            within,
            times,
        } => sim::Expectation::Event {
            event: event(wanted),
            within: *within,
            times: times.map(u64::from),
        },
        Expected::Ran {
            watcher,
            within,
            times,
        } => sim::Expectation::Ran {
            machine,
            watcher: *watcher,
            within: *within,
            times: times.map(u64::from),
        },
        Expected::Never(never) => sim::Expectation::Never {
            within: None,
            unwanted: match never {
                Never::State(state) => sim::Unwanted::State {
                    machine,
                    state: *state,
                },
                Never::Event(unwanted) => sim::Unwanted::Event(event(unwanted)),
                Never::Ran(watcher) => sim::Unwanted::Ran {
                    machine,
                    watcher: *watcher,
                },
            },
        },
    }
}
