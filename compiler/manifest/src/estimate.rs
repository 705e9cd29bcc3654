//! What machines will use, estimated from their intervals, timers and states.
//!
//! *Steady* is a node on which no result changes anything: each machine rests in its most demanding state, or goes
//! round through the states that its timers lead to. *Worst* is a node on which every result is news and machines change their states as fast as
//! the engine lets them: an edge that is always taken has to wait 5 seconds between two times.
//!
//! Not part of it: machines that are loaded at run time, what operators do, and the memory of child processes.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use chorister_lang::cron::Cron;
use serde::Serialize;

use crate::figure::{mebibytes, per_second};
use crate::{Kind, Machine, Manifest, Probe, Watcher};

/// Resident bytes of a node without machines.
const NODE: u64 = 5 << 20;

/// Resident bytes of a machine without watchers, and of each watcher: together the 456 B that `BENCHMARKS.md` has for
/// an idle machine of two.
const MACHINE: u64 = 200;
const WATCHER: u64 = 128;

/// Bytes of a command that is running: its task, its pipes and what it has printed so far.
const COMMAND: u64 = 32 << 10;

/// How many commands run at once, at most.
const COMMANDS: u64 = 64;

/// Seconds between two times that the same edge is taken, when it always is.
const EDGE: f64 = 5.0;

/// No timer is shorter, in seconds.
const TIMER: f64 = 1.0;

/// A change of state.
const CHANGE: Load = Load {
    events: 1.0,
    forks: 0.0,
};

/// What machines will use.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// Resident memory of the node with as many commands running as may, in bytes.
    pub memory: u64,
    /// Events published in a second.
    pub events: Rate,
    /// Child processes started in a second.
    pub forks: Rate,
}

/// How often something happens in a second.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Rate {
    /// While no result changes anything.
    pub steady: f64,
    /// While everything changes as fast as it may.
    pub worst: f64,
    /// Who adds to the steady rate, the most first.
    pub shares: Vec<Share>,
}

/// What one watcher, or the changes of state of a machine, add to a rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// Name of the machine.
    pub machine: String,
    /// Name of the watcher; `None` for changes of state.
    pub watcher: Option<String>,
    /// How often in a second.
    pub per_second: f64,
}

/// What happens in a second, or at one time.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    events: f64,
    forks: f64,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "needs about {}, publishes {} events a second and runs {} commands a second",
            mebibytes(self.memory),
            per_second(self.events.steady),
            per_second(self.forks.steady)
        )
    }
}

/// Estimates what the machines of a distribution will use.
#[must_use]
pub fn estimate(manifest: &Manifest) -> Estimate {
    let mut estimate = Estimate {
        memory: NODE,
        ..Estimate::default()
    };
    let mut commands = 0;
    for machine in &manifest.machines {
        estimate.memory += MACHINE + WATCHER * machine.watchers.len() as u64;
        commands += machine
            .watchers
            .iter()
            .filter(|it| it.command().is_some())
            .count() as u64;
        add(&mut estimate.events, machine, |it| it.events);
        add(&mut estimate.forks, machine, |it| it.forks);
    }
    estimate.memory += COMMAND * commands.min(COMMANDS);
    for rate in [&mut estimate.events, &mut estimate.forks] {
        rate.shares.sort_by(|one, other| {
            let by_name = (&one.machine, &one.watcher).cmp(&(&other.machine, &other.watcher));
            other.per_second.total_cmp(&one.per_second).then(by_name)
        });
    }
    estimate
}

fn add(rate: &mut Rate, machine: &Machine, of: impl Fn(Load) -> f64 + Copy) {
    let total = |shares: &BTreeMap<Option<&str>, f64>| shares.values().sum::<f64>();
    let rounds = rounds(machine).into_iter();
    let steady = rounds.map(|round| steady(machine, &round, of));
    let Some(most) = steady.max_by(|one, other| total(one).total_cmp(&total(other))) else {
        return;
    };
    rate.steady += total(&most);
    rate.worst += worst(machine, of).max(total(&most));
    rate.shares.extend(
        most.into_iter()
            .filter(|(_, per_second)| *per_second > 0.0)
            .map(|(watcher, per_second)| Share {
                machine: machine.name.clone(),
                watcher: watcher.map(str::to_owned),
                per_second,
            }),
    );
}

/// A state that a machine rests in, or comes to again and again.
struct Stay<'a> {
    state: &'a str,
    /// The part of all time that it is there.
    part: f64,
    /// How often in a second it comes there.
    visits: f64,
}

/// The states that a machine rests in, each alone, and those that it goes round in by timers, together.
fn rounds(machine: &Machine) -> Vec<Vec<Stay<'_>>> {
    let mut rounds = Vec::new();
    let mut known = BTreeSet::new();
    for state in &machine.states {
        let mut way: Vec<(&str, f64)> = Vec::new();
        let mut at = state.as_str();
        while known.insert(at) {
            let Some((after, to)) = left_by_timer(machine, at) else {
                rounds.push(vec![Stay {
                    state: at,
                    part: 1.0,
                    visits: 0.0,
                }]);
                break;
            };
            way.push((at, after));
            at = to;
        }
        // A way that comes back to itself, and not to one that is known already.
        if let Some(start) = way.iter().position(|(state, _)| *state == at) {
            let circle = way.split_off(start);
            let time: f64 = circle.iter().map(|(_, after)| after).sum();
            let stay = |(state, after): (_, f64)| Stay {
                state,
                part: after / time,
                visits: 1.0 / time,
            };
            rounds.push(circle.into_iter().map(stay).collect());
        }
    }
    rounds
}

/// What each watcher does in a second in a round, and the changes of state.
fn steady<'a>(
    machine: &'a Machine,
    round: &[Stay<'_>],
    of: impl Fn(Load) -> f64,
) -> BTreeMap<Option<&'a str>, f64> {
    let mut shares = BTreeMap::new();
    for watcher in &machine.watchers {
        let mut rate = of(announced(watcher));
        for stay in round.iter().filter(|it| is_active(watcher, it.state)) {
            rate += stay.part * of(repeated(watcher, false));
            rate += stay.visits * of(entered(watcher, stay.state, false));
        }
        *shares.entry(Some(watcher.name.as_str())).or_insert(0.0) += rate;
    }
    let changes: f64 = round.iter().map(|it| it.visits).sum();
    shares.insert(None, changes * of(CHANGE));
    shares
}

/// What a machine does in a second at most, the engine's limit on edges being what slows it down.
fn worst(machine: &Machine, of: impl Fn(Load) -> f64) -> f64 {
    let resting = |state: &String| -> f64 {
        let watchers = machine.watchers.iter();
        watchers
            .map(|it| {
                let repeats = is_active(it, state).then(|| of(repeated(it, true)));
                of(announced(it)) + repeats.unwrap_or_default()
            })
            .sum()
    };
    let changing = |state: &String| -> f64 {
        let active = machine.watchers.iter().filter(|it| is_active(it, state));
        let once: f64 = active.map(|it| of(entered(it, state, true))).sum();
        visits(machine, state) * (once + of(CHANGE))
    };
    let rest = machine.states.iter().map(resting).fold(0.0, f64::max);
    rest + machine.states.iter().map(changing).sum::<f64>()
}

/// How often in a second a state can be entered and left again.
fn visits(machine: &Machine, state: &str) -> f64 {
    let ways_in = machine.edges.iter().filter(|edge| {
        edge.to == state
            && edge.from != state
            && (machine
                .watchers
                .iter()
                .any(|it| fires(it, edge.from.as_str(), &edge.transition))
                || machine
                    .subscriptions
                    .iter()
                    .any(|it| it.transition == edge.transition))
    });
    let leaving = |it: &&Watcher| leaves(machine, it, state).is_some();
    let at_once = machine
        .watchers
        .iter()
        .filter(leaving)
        .any(|it| !matches!(it.kind, Kind::Timer { .. }));
    let by_others = machine.subscriptions.iter().any(|subscription| {
        machine.edges.iter().any(|it| {
            it.from == state && it.to != state && it.transition == subscription.transition
        })
    });
    let stays = match left_by_timer(machine, state) {
        _ if at_once || by_others => 0.0,
        Some((after, _)) => after,
        // Who cannot leave is not entered again.
        None => return 0.0,
    };
    (ways_in.count() as f64 / EDGE).min(1.0 / stays)
}

/// Seconds until a timer makes the machine leave this state, and for which one.
fn left_by_timer<'a>(machine: &'a Machine, state: &str) -> Option<(f64, &'a str)> {
    let timers = machine.watchers.iter().filter_map(|it| match it.kind {
        Kind::Timer { timer, .. } => {
            let to = leaves(machine, it, state)?;
            Some((timer.as_secs_f64().max(TIMER), to))
        }
        _ => None,
    });
    timers.min_by(|one, other| one.0.total_cmp(&other.0))
}

fn is_active(watcher: &Watcher, state: &str) -> bool {
    watcher.active_in.is_empty() || watcher.active_in.iter().any(|it| it == state)
}

fn fires(watcher: &Watcher, state: &str, transition: &str) -> bool {
    let fired = [&watcher.on_success, &watcher.on_failure];
    is_active(watcher, state) && fired.into_iter().flatten().any(|it| it == transition)
}

/// Where a watcher makes the machine go from a state, if anywhere else.
fn leaves<'a>(machine: &'a Machine, watcher: &Watcher, state: &str) -> Option<&'a str> {
    let mut edges = machine.edges.iter();
    let edge = edges
        .find(|it| it.from == state && it.to != state && fires(watcher, state, &it.transition));
    edge.map(|it| it.to.as_str())
}

/// What a watcher tells again and again, in every state.
fn announced(watcher: &Watcher) -> Load {
    let every = watcher.announce.map(|it| it.as_secs_f64());
    Load {
        events: every.filter(|it| *it > 0.0).map_or(0.0, |it| 1.0 / it),
        forks: 0.0,
    }
}

/// What a watcher does in a second by itself.
fn repeated(watcher: &Watcher, always_news: bool) -> Load {
    if let Kind::Schedule { schedules, .. } = &watcher.kind {
        let gaps = schedules
            .iter()
            .filter_map(|it| Cron::parse(it).ok()?.shortest_gap());
        // On and off.
        let events = gaps.map(|it| 2.0 / it.as_secs_f64().max(60.0)).sum();
        return Load { events, forks: 0.0 };
    }
    let every = watcher.interval.map(|it| it.as_secs_f64());
    let times = every.filter(|it| *it > 0.0).map_or(0.0, |it| 1.0 / it);
    let once = run(watcher, always_news);
    Load {
        events: times * once.events,
        forks: times * once.forks,
    }
}

/// What a watcher does when one of its states is entered, until it is left.
fn entered(watcher: &Watcher, state: &str, always_news: bool) -> Load {
    let events = match &watcher.kind {
        // It runs, and it stops.
        Kind::Timer { .. } => 2.0,
        Kind::Schedule { .. } => 1.0,
        Kind::HttpSwitch {
            on_when, off_when, ..
        } => {
            let shows = |set: &Option<Vec<String>>| {
                set.as_ref()
                    .is_some_and(|it| it.is_empty() || it.iter().any(|it| it == state))
            };
            f64::from(u8::from(shows(on_when) || shows(off_when)))
        }
        _ => return run(watcher, always_news),
    };
    Load { events, forks: 0.0 }
}

/// What one run comes to.
fn run(watcher: &Watcher, always_news: bool) -> Load {
    let (told, forks) = match &watcher.kind {
        Kind::Exec {
            suppress_success_announce,
            ..
        } => (always_news || !suppress_success_announce, 1.0),
        Kind::Metric { .. } => (true, 1.0),
        // A file that is as it was is nothing to tell.
        Kind::File { .. } | Kind::Plugins(_) => (always_news, 0.0),
        Kind::Archive { .. } | Kind::Expression { .. } => (true, 0.0),
        Kind::Nagios {
            probe: Probe::Plugin(_) | Probe::Check,
            ..
        } => (true, 1.0),
        Kind::Nagios { .. } => (true, 0.0),
        Kind::Timer { .. }
        | Kind::Schedule { .. }
        | Kind::HttpSwitch { .. }
        | Kind::Kv { .. }
        | Kind::Gossip { .. } => (false, 0.0),
    };
    Load {
        events: f64::from(u8::from(told)),
        forks,
    }
}

#[cfg(test)]
mod tests;
