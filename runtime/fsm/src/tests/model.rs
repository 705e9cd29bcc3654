//! Random machines and events, against a model that is too simple to be wrong in the same way.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use chorister_ir::{Edges, List, Machine, StateId, TransitionDef, TransitionId, WatcherId};
use proptest::prelude::*;

use super::lab::{Build, Lab, every, exec, machine, text, timer};
use crate::{Fleet, JobId};

const STATES: [&str; 4] = ["a", "b", "c", "d"];
const TRANSITIONS: [&str; 4] = ["p", "q", "r", "s"];

/// A machine, as data from which both the real one and the model are made.
#[derive(Clone, Debug)]
struct Plan {
    edges: BTreeMap<(usize, usize), usize>,
    watchers: Vec<Plot>,
}

#[derive(Clone, Debug)]
struct Plot {
    is_timer: bool,
    seconds: u64,
    states: Vec<usize>,
    success: Option<usize>,
    failure: Option<usize>,
}

#[derive(Clone, Debug)]
enum Act {
    Fire(usize),
    Wait(u64),
    Finish { watcher: usize, success: bool },
}

fn plans() -> impl Strategy<Value = Plan> {
    let plot = (
        any::<bool>(),
        1..40_u64,
        prop::collection::btree_set(0..4_usize, 0..3),
        prop::option::of(0..4_usize),
        prop::option::of(0..4_usize),
    )
        .prop_map(|(is_timer, seconds, states, success, failure)| Plot {
            is_timer,
            seconds,
            states: states.into_iter().collect(),
            success: success.filter(|_| !is_timer),
            failure,
        });
    let edges = prop::collection::btree_map((0..4_usize, 0..4_usize), 0..4_usize, 1..14);
    (edges, prop::collection::vec(plot, 0..4))
        .prop_map(|(edges, watchers)| Plan { edges, watchers })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (0..4_usize).prop_map(Act::Fire),
        prop_oneof![1..100_u64, 1_000..70_000_u64].prop_map(Act::Wait),
        (0..4_usize, any::<bool>()).prop_map(|(watcher, success)| Act::Finish { watcher, success }),
    ];
    prop::collection::vec(act, 0..60)
}

/// The real machine of a plan.
fn real(plan: &Plan) -> Machine {
    // Every state and transition is mentioned, in order; `none` is never entered.
    let rows: Vec<(&str, &[&str], &str)> = STATES
        .iter()
        .zip(TRANSITIONS)
        .map(|(state, transition)| (transition, &[][..], *state))
        .collect();
    let bare = machine("m", &rows);
    let edges = plan
        .edges
        .iter()
        .map(|(&(from, transition), &to)| chorister_ir::Edge {
            from: StateId(from as u16),
            transition: TransitionId(transition as u16),
            to: StateId(to as u16),
        });
    let bare = Machine {
        edges: Edges::Table(edges.collect()),
        ..bare
    };
    plan.watchers
        .iter()
        .enumerate()
        .fold(bare, |machine, (at, plot)| {
            let states: Vec<&str> = plot.states.iter().map(|&it| STATES[it]).collect();
            let fires = [plot.success, plot.failure].map(|it| it.map_or("", |it| TRANSITIONS[it]));
            let name = format!("w{at}");
            if plot.is_timer {
                machine.watch(&name, &states, fires, timer(plot.seconds))
            } else {
                machine
                    .watch(&name, &states, fires, exec("x"))
                    .tune(every(plot.seconds))
            }
        })
}

/// The model: milliseconds, one machine, everything looked up by walking through all of it.
struct Model {
    plan: Plan,
    now: u64,
    state: usize,
    epoch: usize,
    watchers: Vec<ModelWatcher>,
    taken: Vec<Taken>,
    waiting: Vec<(u64, usize)>,
    wanted: Vec<(usize, usize, usize)>,
    lines: Vec<String>,
}

#[derive(Clone, Default)]
struct ModelWatcher {
    next: Option<u64>,
    ends: Option<u64>,
    job: Option<usize>,
    again: bool,
}

struct Taken {
    edge: (usize, usize),
    count: usize,
    last: u64,
}

/// The waits in milliseconds, with chance always in the middle.
const WAITS: [u64; 20] = [
    0, 25, 50, 75, 100, 125, 150, 200, 250, 500, 750, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500,
    4_000, 4_500, 5_000,
];

impl Model {
    fn new(plan: &Plan) -> Self {
        let mut model = Self {
            plan: plan.clone(),
            now: 0,
            state: 0,
            epoch: 0,
            watchers: vec![ModelWatcher::default(); plan.watchers.len()],
            taken: Vec::new(),
            waiting: Vec::new(),
            wanted: Vec::new(),
            lines: Vec::new(),
        };
        for at in 0..plan.watchers.len() {
            if plan.watchers[at].is_timer {
                model.turn(at);
            } else {
                model.watchers[at].next = Some(plan.watchers[at].seconds * 1_000);
            }
        }
        model
    }

    fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    fn active(&self, at: usize) -> bool {
        let states = &self.plan.watchers[at].states;
        states.is_empty() || states.contains(&self.state)
    }

    /// It is a watcher's turn.
    fn turn(&mut self, at: usize) {
        let active = self.active(at);
        let seconds = self.plan.watchers[at].seconds;
        let watcher = &mut self.watchers[at];
        if self.plan.watchers[at].is_timer {
            let running = watcher.ends.is_some();
            watcher.ends = active.then_some(self.now + seconds * 1_000);
            if active {
                self.say(format!("m#w{at} running {seconds}s"));
            } else if running {
                self.say(format!("m#w{at} stopped {seconds}s"));
            }
        } else if watcher.job.is_some() {
            watcher.again = true;
        } else {
            watcher.again = false;
            if active {
                watcher.job = Some(self.epoch);
                self.say(format!("m#w{at} starts x"));
            }
        }
    }

    fn fire(&mut self, by: Option<usize>, transition: usize) {
        let Some(&to) = self.plan.edges.get(&(self.state, transition)) else {
            let by = by.map_or(String::new(), |at| format!("#w{at}"));
            let (transition, state) = (TRANSITIONS[transition], STATES[self.state]);
            self.say(format!(
                "m{by}: could not fire {transition} while in {state}"
            ));
            return;
        };
        if to == self.state || self.waiting.iter().any(|it| it.1 == transition) {
            return;
        }
        let (now, edge) = (self.now, (self.state, transition));
        self.taken.retain(|it| now < it.last + 60_000);
        let Some(taken) = self.taken.iter_mut().find(|it| it.edge == edge) else {
            self.taken.push(Taken {
                edge,
                count: 1,
                last: now,
            });
            self.enter(transition, to);
            return;
        };
        taken.last = now + WAITS[taken.count.min(WAITS.len() - 1)];
        taken.count += 1;
        self.waiting.push((taken.last, transition));
    }

    fn enter(&mut self, transition: usize, to: usize) {
        let line = format!(
            "m: {} -{}-> {}",
            STATES[self.state], TRANSITIONS[transition], STATES[to]
        );
        self.state = to;
        self.epoch += 1;
        self.waiting.clear();
        for timers in [true, false] {
            if !timers {
                self.say(line.clone());
            }
            for at in 0..self.watchers.len() {
                if self.plan.watchers[at].is_timer == timers {
                    self.turn(at);
                }
            }
        }
    }

    /// Fires what watchers wanted.
    fn settle(&mut self) {
        while !self.wanted.is_empty() {
            let (at, transition, epoch) = self.wanted.remove(0);
            if epoch == self.epoch {
                self.fire(Some(at), transition);
            } else {
                self.say(format!("m#w{at}: stale {}", TRANSITIONS[transition]));
            }
        }
    }

    fn finish(&mut self, at: usize, success: bool) {
        let Some(epoch) = self.watchers[at].job.take() else {
            return;
        };
        let plot = &self.plan.watchers[at];
        let fires = if success { plot.success } else { plot.failure };
        if !success {
            self.say(format!("m#w{at}: the command ended with status 1"));
        }
        self.say(format!(
            "m#w{at} {}",
            if success { "success" } else { "error" }
        ));
        self.wanted.extend(fires.map(|it| (at, it, epoch)));
        self.settle();
        if self.watchers[at].again && self.watchers[at].job.is_none() {
            self.turn(at);
        }
    }

    fn wait(&mut self, millis: u64) {
        let end = self.now + millis;
        loop {
            // The earliest of all: transitions before ends before runs, then in the order of the watchers.
            let waits = self
                .waiting
                .iter()
                .enumerate()
                .map(|(at, it)| (it.0, 0, at));
            let ends = self.watchers.iter().enumerate();
            let ends = ends.filter_map(|(at, it)| it.ends.map(|due| (due, at + 1, 0)));
            let runs = self.watchers.iter().enumerate();
            let runs = runs.filter_map(|(at, it)| it.next.map(|due| (due, at + 1, 1)));
            let first = waits.chain(ends).chain(runs).min().filter(|it| it.0 <= end);
            let Some((due, at, what)) = first else { break };
            self.now = due;
            match (at, what) {
                (0, place) => {
                    let transition = self.waiting.remove(place).1;
                    let to = self.plan.edges[&(self.state, transition)];
                    self.enter(transition, to);
                }
                (at, 0) => {
                    let at = at - 1;
                    self.watchers[at].ends = None;
                    let plot = self.plan.watchers[at].clone();
                    self.say(format!("m#w{at} stopped {}s", plot.seconds));
                    self.wanted
                        .extend(plot.failure.map(|it| (at, it, self.epoch)));
                }
                (at, _) => {
                    let at = at - 1;
                    let every = self.plan.watchers[at].seconds * 1_000;
                    self.watchers[at].next = Some(due + every);
                    self.turn(at);
                }
            }
            self.settle();
        }
        self.now = end;
    }
}

/// Does the same to the real machine; only the texts of stale results are shortened.
fn play(machine: impl Into<crate::MachineRef>, acts: &[Act]) -> Vec<String> {
    let mut lab = Lab::new();
    let instance = crate::Instance::new([0; 16], std::path::Path::new("/m").into());
    let key = lab.with(|fleet, cx| fleet.insert(machine, instance, cx));
    for act in acts {
        match *act {
            Act::Fire(transition) => {
                let transition = TransitionId(transition as u16);
                lab.with(|fleet, cx| fleet.fire(key, transition, cx));
            }
            Act::Wait(millis) => lab.run(Duration::from_millis(millis)),
            Act::Finish { watcher, success } => {
                let place = lab.jobs.iter().position(|it| watcher_of(it.id) == watcher);
                if let Some(job) = place.and_then(|at| lab.jobs.remove(at)) {
                    lab.jobs.push_front(job);
                    lab.end(i32::from(!success));
                }
            }
        }
    }
    lab.take()
        .into_iter()
        .map(|line| match line.split_once(": did not fire ") {
            Some((who, rest)) => format!("{who}: stale {}", &rest[..1]),
            None => line,
        })
        .collect()
}

fn watcher_of(job: JobId) -> usize {
    usize::from(job.watcher.0)
}

/// A machine whose edges are a `match`, as the compiler writes them.
fn next<const SEED: u16>(from: StateId, transition: TransitionId) -> Option<StateId> {
    let mixed = (from.0 * 7 + transition.0 * 13 + SEED * 31) ^ (SEED << 3);
    (from.0 < 4 && transition.0 < 4 && !mixed.is_multiple_of(3)).then_some(StateId(mixed / 3 % 4))
}

fn compiled(seed: usize, plan: &Plan) -> Machine {
    let next = [
        next::<1>, next::<2>, next::<3>, next::<4>, next::<5>, next::<6>,
    ][seed];
    Machine {
        edges: Edges::Compiled(next),
        ..real(plan)
    }
}

proptest! {
    #[test]
    fn the_engine_agrees_with_the_model(plan in plans(), acts in acts()) {
        let mut model = Model::new(&plan);
        for act in &acts {
            match *act {
                Act::Fire(transition) => model.fire(None, transition),
                Act::Wait(millis) => model.wait(millis),
                Act::Finish { watcher, success } => {
                    if watcher < plan.watchers.len() {
                        model.finish(watcher, success);
                    }
                }
            }
        }
        prop_assert_eq!(play(real(&plan), &acts), model.lines);
    }

    #[test]
    fn compiled_and_tabulated_edges_have_the_same_effects(
        seed in 0..6_usize, plan in plans(), acts in acts()
    ) {
        let compiled = compiled(seed, &plan);
        let rows: List<_> = compiled.edge_list().collect();
        let table = Machine { edges: Edges::Table(rows), ..compiled.clone() };
        prop_assert_eq!(play(compiled, &acts), play(Arc::new(table), &acts));
    }

    #[test]
    fn any_calls_in_any_order_leave_the_fleet_sound(
        plans in prop::collection::vec(plans(), 1..4),
        calls in prop::collection::vec((0..7_u8, 0..4_usize, 0..200_000_u64), 0..80)
    ) {
        let mut lab = Lab::new();
        let mut keys = Vec::new();
        for (call, which, amount) in calls {
            let key = keys.get(which).copied();
            match (call, key) {
                (0, _) => {
                    let plan = &plans[which % plans.len()];
                    let other = format!("m{}", (which + 1) % 4);
                    let machine = Machine { name: text(&format!("m{which}")), ..real(plan) };
                    let machine = machine
                        .subscribe("p", &other, "q")
                        .subscribe("r", "m0", "s")
                        .subscribe("s", "m1", "p");
                    keys.push(lab.insert(machine));
                }
                (1, Some(key)) => {
                    lab.with(|fleet, cx| fleet.remove(key, cx));
                }
                (2, Some(key)) => {
                    let transition = TransitionId((amount % 6) as u16);
                    lab.with(|fleet, cx| fleet.fire(key, transition, cx));
                }
                (3, Some(key)) => {
                    let watcher = WatcherId((amount % 5) as u16);
                    lab.with(|fleet, cx| fleet.switch(key, watcher, amount % 2 == 0, cx));
                }
                (4, _) if !lab.jobs.is_empty() => lab.end((amount % 2) as i32),
                (5, _) => {
                    // A late tick, with the wall clock going its own way.
                    lab.now.mono += Duration::from_millis(amount);
                    lab.with(Fleet::tick);
                }
                _ => lab.run(Duration::from_millis(amount)),
            }
            prop_assert!(lab.fleet.tasks.is_empty());
            prop_assert_eq!(lab.fleet.overflows(), 0);
        }
        for view in lab.fleet.machines().map(|it| it.key()).collect::<Vec<_>>() {
            lab.with(|fleet, cx| fleet.remove(view, cx));
        }
        prop_assert!(lab.fleet.is_empty() && lab.fleet.next_wakeup(lab.now).is_none());
        prop_assert!(lab.fleet.names.is_empty() && lab.fleet.subscribers.is_empty());
    }
}

#[test]
fn plans_have_the_states_and_transitions_that_they_count_on() {
    let machine = real(&Plan {
        edges: BTreeMap::new(),
        watchers: Vec::new(),
    });
    let states: Vec<_> = machine.states.iter().map(AsRef::<str>::as_ref).collect();
    assert_eq!(states, STATES);
    let name = |it: &TransitionDef| it.name.clone().into_owned();
    assert_eq!(
        machine.transitions.iter().map(name).collect::<Vec<_>>(),
        TRANSITIONS
    );
}
