//! Running one test.

use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use chorister_fsm::{Check, MachineRef};
use chorister_ir::StateId;
use chorister_lang::duration::brief;
use chorister_sim::{Entry, Verdict, What, World, judge};
use chorister_spec::scenario::{Action, Expectation, Expected, Never, Test};

use crate::lower::{self, Script};

/// What came of a test.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// What was not as expected, in the order of the file; nothing if the test passed.
    pub failures: Vec<Failure>,
    /// Everything that happened, the first first.
    pub timeline: Vec<Entry>,
    /// Where the steps of the time line come from.
    pub script: Script,
    /// How long running it took.
    pub took: Duration,
}

/// Something that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was seen instead, in one sentence without a full stop.
    pub message: String,
    /// What was expected, for the mark in the time line.
    pub expected: String,
    /// Where that stands in the file.
    pub place: Place,
    /// When it became clear.
    pub moment: Moment,
}

/// What of a test a [`Failure`] is about, as an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The test itself.
    Test,
    /// One of its expectations.
    Expectation(usize),
    /// One of its steps, and the run in it.
    Step(usize, Option<usize>),
}

/// Where in a time line something became clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At this entry.
    Entry(usize),
    /// When everything that happens at this time had happened.
    Time(Duration),
    /// At the end.
    End,
}

impl TestRun {
    /// Whether all was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Runs a test with the machines that it was checked against, in their order.
#[must_use]
pub fn run_test(test: &Test, machines: &[MachineRef]) -> TestRun {
    run_with(test, machines, &[])
}

/// The same, with what machines of classes check.
pub(crate) fn run_with(
    test: &Test,
    machines: &[MachineRef],
    checks: &[Option<Arc<Check>>],
) -> TestRun {
    let begun = Instant::now();
    let script = lower::script(&test.steps, machines);
    let mut setup = match lower::setup(test, machines) {
        Ok(setup) => setup,
        Err(message) => {
            return TestRun {
                failures: vec![Failure {
                    expected: String::new(),
                    message,
                    place: Place::Test,
                    moment: Moment::End,
                }],
                timeline: Vec::new(),
                script,
                took: begun.elapsed(),
            };
        }
    };
    for (member, check) in setup.machines.iter_mut().zip(checks) {
        member.check.clone_from(check);
    }
    let mut world = World::new(setup);
    world.play(&script.steps, test.until);
    let verdicts = judge(&lower::expectations(&test.expect), &world);
    let mut failures: Vec<_> = verdicts
        .iter()
        .zip(&test.expect)
        .enumerate()
        .filter(|(_, (verdict, _))| !verdict.passed)
        .map(|(at, (verdict, expected))| {
            let cast = Cast {
                machines,
                timeline: world.timeline(),
            };
            cast.failure(at, verdict, expected)
        })
        .collect();
    failures.extend(unused(test, machines, &script, &world));
    TestRun {
        failures,
        timeline: world.into_surroundings(),
        script,
        took: begun.elapsed(),
    }
}

/// Outcomes to which no run has come: what was meant to happen did not.
fn unused<'a>(
    test: &'a Test,
    machines: &'a [MachineRef],
    script: &'a Script,
    world: &'a World,
) -> impl Iterator<Item = Failure> + 'a {
    world
        .unused()
        .map(|unused| {
            let machine = machines.get(unused.machine);
            let watcher = machine.and_then(|it| it.watchers.get(usize::from(unused.watcher.0)));
            let watcher = watcher.map_or("", |it| it.name.as_ref());
            let origin = unused.step.and_then(|at| script.origins.get(at)).copied();
            let states: Vec<&str> = machine
                .zip(watcher_states(machine, unused.watcher))
                .map(|(machine, states)| states.iter().map(|it| machine.state(*it)).collect())
                .unwrap_or_default();
            let active = match states.as_slice() {
                [] => String::new(),
                states => format!("; it is active in {}", states.join(", ")),
            };
            Failure {
                message: format!(
                    "`{watcher}` did not run, so nothing came to this outcome{active}"
                ),
                expected: format!("expected {watcher} to run"),
                place: match origin {
                    Some((step, run)) => Place::Step(step, run),
                    None => Place::Test,
                },
                moment: Moment::End,
            }
        })
        .filter(|_| !test.steps.is_empty())
}

fn watcher_states(
    machine: Option<&MachineRef>,
    watcher: chorister_ir::WatcherId,
) -> Option<Vec<StateId>> {
    let watcher = machine?.watchers.get(usize::from(watcher.0))?;
    Some(watcher.active_in.named().to_vec())
}

/// What names and times are found in.
struct Cast<'a> {
    machines: &'a [MachineRef],
    timeline: &'a [Entry],
}

impl Cast<'_> {
    fn failure(&self, at: usize, verdict: &Verdict, it: &Expectation) -> Failure {
        let moment = match (&it.what, verdict.entry) {
            (Expected::StateAt { at, .. }, _) => Moment::Time(*at),
            (_, Some(entry)) => Moment::Entry(entry),
            (_, None) => Moment::End,
        };
        Failure {
            message: verdict.why.clone(),
            expected: self.expected(it),
            place: Place::Expectation(at),
            moment,
        }
    }

    fn expected(&self, it: &Expectation) -> String {
        let machine = self.machines.get(it.machine);
        let state = |id: &StateId| machine.map_or("", |it| it.state(*id));
        let watcher = |id: &chorister_ir::WatcherId| {
            let watcher = machine.and_then(|it| it.watchers.get(usize::from(id.0)));
            watcher.map_or("", |it| it.name.as_ref())
        };
        let by = |within: &Option<Duration>| match within {
            Some(within) => format!(" by {}", brief(*within)),
            None => String::new(),
        };
        let often = |times: &Option<u32>| match times {
            None => String::new(),
            Some(0) => " never".to_owned(),
            Some(1) => " once".to_owned(),
            Some(times) => format!(" {times} times"),
        };
        match &it.what {
            Expected::StateAt { at, state: wanted } => {
                let was = self.state_at(it.machine, *at);
                let was = was.map_or("not running", |it| machine.map_or("", |m| m.state(it)));
                format!("expected {}, was {was}", state(wanted))
            }
            Expected::Eventually {
                state: wanted,
                within,
            } => format!("expected {}{}", state(wanted), by(within)),
            Expected::Event {
                event,
                within,
                times,
            } => format!(
                "expected {}{}{}",
                event_name(event),
                often(times),
                by(within)
            ),
            Expected::Ran {
                watcher: id,
                within,
                times,
            } => format!(
                "expected {} to run{}{}",
                watcher(id),
                often(times),
                by(within)
            ),
            Expected::Never(Never::State(id)) => format!("expected never to be {}", state(id)),
            Expected::Never(Never::Ran(id)) => format!("expected {} never to run", watcher(id)),
            Expected::Never(Never::Event(event)) => {
                format!("expected never {}", event_name(event))
            }
        }
    }

    /// The state of a machine when everything that happens at a time has happened.
    fn state_at(&self, machine: usize, at: Duration) -> Option<StateId> {
        let before = self.timeline.iter().take_while(|it| it.at <= at);
        before
            .filter(|it| it.machine == machine)
            .filter_map(|it| match it.what {
                What::Started { state, .. } | What::Transition { to: state, .. } => Some(state),
                _ => None,
            })
            .last()
    }
}

/// An event in a few words.
fn event_name(event: &chorister_spec::scenario::Event) -> String {
    let short = event
        .kind
        .trim_start_matches("io.choria.machine.")
        .trim_start_matches("watcher.")
        .trim_end_matches(".v1.state")
        .trim_start_matches("v1.");
    let fields = event
        .fields
        .iter()
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!(" {name} {text}"),
            None => format!(" {name} {value}"),
        });
    format!("the event {short}{}", fields.collect::<String>())
}

/// What a step does, in a few words.
pub(crate) fn describe(
    action: &Action,
    run: Option<usize>,
    machine: Option<&MachineRef>,
) -> String {
    use chorister_spec::scenario::Outcome;
    match action {
        Action::Run(runs) => {
            let run = run.and_then(|at| runs.get(at));
            let Some(run) = run else {
                return String::new();
            };
            let watcher = machine.and_then(|it| it.watchers.get(usize::from(run.watcher.0)));
            let name = watcher.map_or("", |it| it.name.as_ref());
            let what = match &run.outcome {
                Outcome::Exit { code, .. } => format!("exits {code}"),
                Outcome::Hang => "hangs".to_owned(),
                Outcome::Named(outcome) => format!("comes to {outcome}"),
                Outcome::Metrics { .. } => "measures".to_owned(),
                Outcome::Switch(on) => format!("is turned {}", if *on { "on" } else { "off" }),
            };
            format!("{name} {what}")
        }
        Action::Fire(transition) => {
            let name = machine.map_or("", |it| it.transition(*transition));
            format!("an operator fires {name}")
        }
        Action::Announce { machine, event } => format!("{machine} completes {event}"),
        Action::Facts(_) => "the facts change".to_owned(),
        Action::Data(_) => "the data change".to_owned(),
        Action::Clock(by) => {
            let sign = if *by < 0 { "back" } else { "on" };
            let by = Duration::from_nanos(by.unsigned_abs());
            format!("the clock is put {sign} by {}", brief(by))
        }
        Action::Disk { full: true } => "the disk is full".to_owned(),
        Action::Disk { full: false } => "the disk has room again".to_owned(),
        Action::Restart(after) => match after.is_zero() {
            true => "the node crashes and starts again".to_owned(),
            false => format!("the node crashes, and starts again after {}", brief(*after)),
        },
    }
}
