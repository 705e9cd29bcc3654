//! What machines will use, estimated from their intervals, timers and states.
//!
//! *Steady* is a node on which no result changes anything: each machine rests in its most demanding state, or goes
//! round by its timers. *Worst* is a node on which every result is news and machines change their states as fast as
//! the engine lets them: an edge that is always taken has to wait 5 seconds between two times.
//!
//! Not part of it: machines that are loaded at run time, what operators do, and the memory of child processes.

use std::collections::BTreeMap;

use chorister_lang::cron::Cron;
use serde::Serialize;

use crate::{Kind, Machine, Manifest, Watcher};

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
    let states = machine.states.iter().map(|it| steady(machine, it, of));
    let Some(most) = states.max_by(|one, other| total(one).total_cmp(&total(other))) else {
        return;
    };
    rate.steady += total(&most);
    rate.worst += worst(machine, of);
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

/// What each watcher does in a second while the machine is in this state, and its changes of state.
fn steady<'a>(
    machine: &'a Machine,
    state: &str,
    of: impl Fn(Load) -> f64,
) -> BTreeMap<Option<&'a str>, f64> {
    let visits = left_by_timer(machine, state).map_or(0.0, |after| 1.0 / after);
    let mut shares = BTreeMap::new();
    for watcher in &machine.watchers {
        let mut rate = of(announced(watcher));
        if is_active(watcher, state) {
            rate += of(repeated(watcher, false)) + visits * of(entered(watcher, state, false));
        }
        *shares.entry(Some(watcher.name.as_str())).or_insert(0.0) += rate;
    }
    let change = Load {
        events: 1.0,
        forks: 0.0,
    };
    shares.insert(None, visits * of(change));
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
    let change = Load {
        events: 1.0,
        forks: 0.0,
    };
    let changing = |state: &String| -> f64 {
        let active = machine.watchers.iter().filter(|it| is_active(it, state));
        let once: f64 = active.map(|it| of(entered(it, state, true))).sum();
        visits(machine, state) * (once + of(change))
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
    let leaving = |it: &&Watcher| is_active(it, state) && leaves(machine, it, state);
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
        Some(after) => after,
        // Who cannot leave is not entered again.
        None => return 0.0,
    };
    (ways_in.count() as f64 / EDGE).min(1.0 / stays)
}

/// Seconds until a timer makes the machine leave this state.
fn left_by_timer(machine: &Machine, state: &str) -> Option<f64> {
    let timers = machine.watchers.iter().filter_map(|it| match it.kind {
        Kind::Timer { timer, .. } if is_active(it, state) && leaves(machine, it, state) => {
            Some(timer.as_secs_f64().max(TIMER))
        }
        _ => None,
    });
    timers.min_by(f64::total_cmp)
}

fn is_active(watcher: &Watcher, state: &str) -> bool {
    watcher.active_in.is_empty() || watcher.active_in.iter().any(|it| it == state)
}

fn fires(watcher: &Watcher, state: &str, transition: &str) -> bool {
    let fired = [&watcher.on_success, &watcher.on_failure];
    is_active(watcher, state) && fired.into_iter().flatten().any(|it| it == transition)
}

/// Whether a watcher can make the machine leave a state.
fn leaves(machine: &Machine, watcher: &Watcher, state: &str) -> bool {
    let mut edges = machine.edges.iter();
    edges.any(|it| it.from == state && it.to != state && fires(watcher, state, &it.transition))
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
        Kind::File { .. } => (always_news, 0.0),
        Kind::Archive { .. } | Kind::Expression { .. } => (true, 0.0),
        Kind::Timer { .. } | Kind::Schedule { .. } | Kind::HttpSwitch { .. } => (false, 0.0),
    };
    Load {
        events: f64::from(u8::from(told)),
        forks,
    }
}

#[cfg(test)]
mod tests;
