//! Random machines on the engine that ships: whatever they do there, exploration knows of it, and not sooner.

use core::time::Duration;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use chorister_fsm::{
    Cx, Effect, Exit, Fleet, Happening, Instance, Job, JobResult, Look, MachineKey, Now, Random,
    Stamp, Work,
};
use chorister_ir::{Machine, StateId, TransitionId};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use super::machines;
use crate::path::Cause;
use crate::{Limits, Plan, Portrait};

const STATES: [&str; 4] = ["red", "green", "blue", "white"];
const EVENTS: [&str; 4] = ["alpha", "bravo", "golf", "tango"];
const NAMES: [&str; 3] = ["one", "two", "three"];

/// A watcher of some kind, as its author writes it; without its name.
fn watcher() -> impl Strategy<Value = String> {
    let states = subsequence(STATES.to_vec(), 1..4);
    let event = prop::sample::select(EVENTS.to_vec());
    let guard = prop::option::weighted(
        0.25,
        (
            prop::sample::select(NAMES.to_vec()),
            prop::sample::select(STATES.to_vec()),
        ),
    );
    let kind = prop_oneof![
        4 => prop::option::of(1..90_u64).prop_map(|interval| {
            let interval = interval.map(|it| format!("interval: {it}s, ")).unwrap_or_default();
            format!("type: exec, {interval}properties: {{command: /bin/x, timeout: 1s}}")
        }),
        3 => (1..90_u64).prop_map(|it| format!("type: timer, properties: {{timer: {it}s}}")),
        2 => (1..90_u64).prop_map(|it| format!(
            "type: expression, interval: {it}s, properties: {{success_when: 'data.level > 5', fail_when: 'data.level < 3'}}"
        )),
        2 => (1..5_u64).prop_map(|it| format!(
            "type: schedule, properties: {{schedules: ['*/{it} * * * *'], duration: 20s}}"
        )),
        1 => any::<bool>().prop_map(|it| format!("type: file, properties: {{path: x, gather_initial_state: {it}}}")),
    ];
    (states, event.clone(), event, guard, kind).prop_map(
        |(states, success, failure, guard, kind)| {
            let mut text = format!(
                "state_match: [{}], fail_transition: {failure}, {kind}",
                states.join(", ")
            );
            if !kind.contains("timer") {
                write!(text, ", success_transition: {success}").unwrap();
            }
            if let Some((machine, state)) = guard {
                write!(
                    text,
                    ", foreign_state_required: [{{machine_name: {machine}, state: {state}}}]"
                )
                .unwrap();
            }
            text
        },
    )
}

fn spec() -> impl Strategy<Value = String> {
    let state = || prop::sample::select(STATES.to_vec());
    let subscription = prop::option::weighted(
        0.4,
        (
            prop::sample::select(NAMES.to_vec()),
            prop::sample::select(EVENTS.to_vec()),
        ),
    );
    let transition = (subsequence(STATES.to_vec(), 1..3), state(), subscription);
    (
        prop::collection::vec(transition, 4),
        prop::collection::vec(watcher(), 1..4),
        state(),
    )
        .prop_map(|(transitions, watchers, initial)| {
            let mut text = format!("{initial}\ntransitions:\n");
            for (event, (from, to, subscription)) in EVENTS.iter().zip(transitions) {
                let from = from.join(", ");
                write!(
                    text,
                    "  - {{name: {event}, from: [{from}], destination: {to}"
                )
                .unwrap();
                if let Some((machine, event)) = subscription {
                    write!(
                        text,
                        ", subscribe: [{{machine_name: {machine}, event: {event}}}]"
                    )
                    .unwrap();
                }
                text.push_str("}\n");
            }
            // All states exist, whatever else there is.
            text.push_str(
                "  - {name: reset, from: [red, green, blue, white], destination: red}\nwatchers:\n",
            );
            for (at, watcher) in watchers.iter().enumerate() {
                writeln!(text, "  - {{name: w{at}, {watcher}}}").unwrap();
            }
            text
        })
}

#[derive(Clone, Debug)]
enum Act {
    Wait(u64),
    Finish(Index, bool),
    Level(usize, i64),
    Fire(usize, Index),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => prop_oneof![0..500_u64, 500..40_000_u64].prop_map(Act::Wait),
        5 => (any::<Index>(), any::<bool>()).prop_map(|(job, success)| Act::Finish(job, success)),
        1 => (0..3_usize, 0..9_i64).prop_map(|(machine, level)| Act::Level(machine, level)),
        1 => (0..3_usize, any::<Index>()).prop_map(|(machine, event)| Act::Fire(machine, event)),
    ];
    prop::collection::vec(act, 1..120)
}

struct Die(u64);

impl Random for Die {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        if bound == 0 {
            0
        } else {
            (self.0 >> 11) % bound
        }
    }
}

/// An edge of a machine.
type Edge = (usize, StateId, TransitionId, StateId);

/// What exploration knows.
#[derive(Default)]
struct Known {
    /// The least time to each edge since its state was entered.
    edges: HashMap<Edge, Duration>,
    operator: HashSet<(usize, StateId, TransitionId)>,
    /// The members of each group, and everything that they can be in together.
    groups: Vec<(Vec<usize>, HashSet<Vec<StateId>>)>,
    portraits: Vec<Portrait>,
}

impl Known {
    fn of(machines: &[&Machine]) -> Option<Self> {
        let plan = Plan::of(machines);
        let limits = Limits { states: 20_000 };
        let mut known = Self::default();
        for group in &plan.groups {
            let space = plan.space(group, limits, &mut Vec::new());
            if !space.complete {
                return None;
            }
            for arc in space
                .arcs
                .iter()
                .filter(|it| group.subjects.contains(&it.step.machine))
            {
                let step = arc.step;
                let edge = (step.machine, step.from, step.transition, step.to);
                let least = known.edges.entry(edge).or_insert(step.after);
                *least = step.after.min(*least);
                if step.cause == Cause::Operator {
                    known
                        .operator
                        .insert((step.machine, step.from, step.transition));
                }
            }
            let tuples = space.nodes.iter().map(|node| {
                let members = 0..group.members.len();
                members.filter_map(|it| space.state_of(node, it)).collect()
            });
            known.groups.push((group.members.clone(), tuples.collect()));
        }
        known.portraits = crate::explore(machines, limits).portraits;
        Some(known)
    }
}

/// A fleet that is watched.
struct Watched<'k> {
    known: &'k Known,
    fleet: Fleet,
    now: Now,
    die: Die,
    jobs: Vec<Job>,
    keys: Vec<MachineKey>,
    states: Vec<StateId>,
    entered: Vec<Duration>,
    /// When each state was entered last, unless an operator has done something since.
    visits: HashMap<(usize, StateId), Duration>,
    /// Whether an operator has asked for what comes next.
    asked: Vec<bool>,
}

impl Watched<'_> {
    fn with(&mut self, act: impl FnOnce(&mut Fleet, &mut Cx<'_>)) -> Result<(), TestCaseError> {
        let mut effects = Vec::new();
        let mut cx = Cx {
            now: self.now,
            random: &mut self.die,
            effects: &mut effects,
        };
        act(&mut self.fleet, &mut cx);
        for effect in effects {
            match effect {
                Effect::Start(job) => self.jobs.push(*job),
                Effect::Publish(notice) => {
                    if let Happening::Transition {
                        transition,
                        from,
                        to,
                    } = notice.happening
                    {
                        let machine = self
                            .keys
                            .iter()
                            .position(|it| *it == notice.machine)
                            .unwrap();
                        self.check(machine, from, transition, to)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check(
        &mut self,
        machine: usize,
        from: StateId,
        transition: TransitionId,
        to: StateId,
    ) -> Result<(), TestCaseError> {
        let least = self.known.edges.get(&(machine, from, transition, to));
        let what = (machine, STATES, from, transition, to);
        prop_assert!(least.is_some(), "unknown edge {what:?}");
        let stayed = self.now.mono - self.entered[machine];
        prop_assert!(
            least.is_none_or(|it| *it <= stayed),
            "{what:?} after {stayed:?}, not {least:?}"
        );
        self.states[machine] = to;
        self.entered[machine] = self.now.mono;
        for (members, tuples) in &self.known.groups {
            let tuple: Vec<StateId> = members.iter().map(|it| self.states[*it]).collect();
            prop_assert!(
                tuples.contains(&tuple),
                "unknown states {tuple:?} of {members:?}"
            );
        }
        if core::mem::take(&mut self.asked[machine]) {
            self.visits.retain(|it, _| it.0 != machine);
        } else if let Some(before) = self.visits.get(&(machine, to)) {
            let least = self.known.portraits[machine].least_return[usize::from(to.0)];
            let round = self.now.mono - *before;
            prop_assert!(
                least.is_some_and(|it| it <= round),
                "back to {what:?} after {round:?}, not {least:?}"
            );
        }
        self.visits.insert((machine, to), self.now.mono);
        Ok(())
    }

    fn act(&mut self, act: &Act) -> Result<(), TestCaseError> {
        match act {
            Act::Wait(millis) => {
                let end = self.now.mono + Duration::from_millis(*millis);
                while let Some(wakeup) = self.fleet.next_wakeup(self.now).filter(|it| *it <= end) {
                    self.pass(wakeup);
                    self.with(Fleet::tick)?;
                }
                self.pass(end);
            }
            Act::Finish(job, success) if !self.jobs.is_empty() => {
                let job = self.jobs.swap_remove(job.index(self.jobs.len()));
                let result = match &job.work {
                    Work::File(_) => JobResult::File(match success {
                        true => Look::Changed(Stamp(1)),
                        false => Look::Error("gone".to_owned()),
                    }),
                    _ => JobResult::Exec {
                        exit: Exit::Code(i32::from(!success)),
                        output: Vec::new(),
                        runtime: Duration::ZERO,
                    },
                };
                self.with(|fleet, cx| fleet.finish(job.id, result, cx))?;
            }
            Act::Level(machine, level) => {
                let data = serde_json::json!({ "level": level });
                if let (Some(key), serde_json::Value::Object(data)) =
                    (self.keys.get(*machine), data)
                {
                    self.fleet.set_data(*key, data);
                }
            }
            Act::Fire(machine, event) if *machine < self.keys.len() => {
                let transition = TransitionId(u16::try_from(event.index(EVENTS.len())).unwrap());
                if self
                    .known
                    .operator
                    .contains(&(*machine, self.states[*machine], transition))
                {
                    self.asked[*machine] = true;
                    let key = self.keys[*machine];
                    self.with(|fleet, cx| {
                        fleet.fire(key, transition, cx);
                    })?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn pass(&mut self, to: Duration) {
        let by = to.saturating_sub(self.now.mono);
        self.now.mono += by;
        self.now.wall = self.now.wall.checked_add(by).unwrap();
    }
}

proptest! {
    #[test]
    fn the_engine_does_nothing_that_is_not_known(
        specs in prop::collection::vec(spec(), 1..4), acts in acts(), seed in any::<u64>()
    ) {
        let specs: Vec<String> = NAMES.iter().zip(&specs).map(|(name, spec)| format!("{name} {spec}")).collect();
        let owned = machines(&specs.iter().map(String::as_str).collect::<Vec<_>>());
        let all: Vec<&Machine> = owned.iter().collect();
        let Some(known) = Known::of(&all) else { return Ok(()) };
        let mut watched = Watched {
            known: &known,
            fleet: Fleet::new("node"),
            now: Now { mono: Duration::ZERO, wall: "2026-11-20T12:00:00Z".parse().unwrap() },
            die: Die(seed),
            jobs: Vec::new(),
            keys: Vec::new(),
            states: owned.iter().map(|it| it.initial).collect(),
            entered: vec![Duration::ZERO; owned.len()],
            visits: owned.iter().enumerate().map(|(at, it)| ((at, it.initial), Duration::ZERO)).collect(),
            asked: vec![false; owned.len()],
        };
        for machine in &owned {
            let mut effects = Vec::new();
            let mut cx = Cx { now: watched.now, random: &mut watched.die, effects: &mut effects };
            let instance = Instance::new([0; 16], Path::new("/m").into());
            watched.keys.push(watched.fleet.insert(machine.clone(), instance, &mut cx));
            // What the first ones do at once is looked at when all are there.
            for effect in effects {
                match effect {
                    Effect::Start(job) => watched.jobs.push(*job),
                    Effect::Publish(notice) => {
                        if let Happening::Transition { transition, from, to } = notice.happening {
                            let at = watched.keys.iter().position(|it| *it == notice.machine).unwrap();
                            watched.check(at, from, transition, to)?;
                        }
                    }
                    _ => {}
                }
            }
        }
        for act in &acts {
            watched.act(act)?;
        }
    }
}
