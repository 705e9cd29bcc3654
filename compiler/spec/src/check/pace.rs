//! How fast a machine can go round.

use core::time::Duration;
use std::collections::HashMap;

use super::{Graph, Scene};
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding};
use crate::model::{Kind, Properties};
use crate::text::{brief, quoted};

/// What the rate limit counts as quiet.
const QUIET: Duration = Duration::from_secs(60);

pub(crate) fn check(graph: &Graph<'_>, scenes: &[Scene<'_>], cx: &mut Cx) {
    livelock(graph, scenes, cx);
    fast_cycle(graph, scenes, cx);
    for scene in scenes {
        match scene.kind {
            Kind::Timer => timer_restarts(scene, cx),
            Kind::Schedule => schedule_bounces(scene, cx),
            _ => {}
        }
    }
}

/// States in which commands run at once, and lead on at once when they succeed.
fn livelock(graph: &Graph<'_>, scenes: &[Scene<'_>], cx: &mut Cx) {
    let mut instant: HashMap<usize, (usize, usize)> = HashMap::new();
    for (at, scene) in scenes.iter().enumerate() {
        let Some(event) = &scene.watcher.success_transition else {
            continue;
        };
        if scene.kind != Kind::Exec || !scene.watcher.foreign_state_required.is_empty() {
            continue;
        }
        for edge in scene.fired(event).filter(|it| it.from != it.to) {
            instant.entry(edge.from).or_insert((edge.to, at));
        }
    }
    report_cycle(&instant, |cycle| {
        let scene = cycle
            .iter()
            .filter_map(|state| instant.get(state))
            .filter_map(|it| scenes.get(it.1))
            .min_by_key(|it| it.index);
        let Some(scene) = scene else { return };
        let names = quoted(cycle.iter().map(|it| graph.name(*it)));
        let message = format!(
            "{} and the commands of {names} succeed into each other without a pause",
            scene.title()
        );
        let finding = Finding::new(Code::Livelock, scene.key("success_transition"), message);
        cx.findings.add(finding.help(
            "a command runs at once when its state is entered, whatever its interval: \
             put a timer, or a state that waits, between them",
        ));
    });
}

/// States that only last as long as their timers.
fn fast_cycle(graph: &Graph<'_>, scenes: &[Scene<'_>], cx: &mut Cx) {
    let mut timed: HashMap<usize, (usize, usize)> = HashMap::new();
    let length = |scene: &Scene<'_>| match &scene.watcher.properties {
        Some(Properties::Timer(it)) => it.timer.map(|it| it.max(Duration::from_secs(1))),
        _ => None,
    };
    for (at, scene) in scenes.iter().enumerate() {
        let Some(event) = &scene.watcher.fail_transition else {
            continue;
        };
        let Some(own) = length(scene) else { continue };
        for edge in scene.fired(event).filter(|it| it.from != it.to) {
            let shorter = timed
                .get(&edge.from)
                .and_then(|it| length(scenes.get(it.1)?))
                .is_some_and(|it| it <= own);
            if !shorter {
                timed.insert(edge.from, (edge.to, at));
            }
        }
    }
    report_cycle(&timed, |cycle| {
        let timers: Vec<_> = cycle
            .iter()
            .filter_map(|state| timed.get(state))
            .filter_map(|it| scenes.get(it.1))
            .collect();
        let total: Duration = timers.iter().filter_map(|it| length(it)).sum();
        let Some(first) = timers.iter().min_by_key(|it| it.index) else {
            return;
        };
        if total >= QUIET {
            return;
        }
        let names = quoted(cycle.iter().map(|it| graph.name(*it)));
        let message = format!(
            "timers drive the machine through {names} every {}",
            brief(total)
        );
        let finding = Finding::new(Code::FastCycle, first.property("timer"), message);
        cx.findings.add(finding.help(
            "a transition that fires more than once a minute is delayed by up to 5s: make the round a minute or longer",
        ));
    });
}

/// Finds the cycles of a graph in which every state leads to at most one other, and reports each once.
fn report_cycle(next: &HashMap<usize, (usize, usize)>, mut report: impl FnMut(&[usize])) {
    let mut seen: HashMap<usize, usize> = HashMap::new();
    let mut starts: Vec<_> = next.keys().copied().collect();
    starts.sort_unstable();
    for start in starts {
        let mut way = Vec::new();
        let mut state = start;
        while let Some((to, _)) = next.get(&state) {
            match seen.get(&state) {
                Some(round) if *round == start => {
                    if let Some(at) = way.iter().position(|it| *it == state) {
                        report(way.get(at..).unwrap_or_default());
                    }
                    break;
                }
                Some(_) => break,
                None => {}
            }
            seen.insert(state, start);
            way.push(state);
            state = *to;
        }
    }
}

/// A timer starts anew when the machine moves between two of its states.
fn timer_restarts(scene: &Scene<'_>, cx: &mut Cx) {
    let graph = scene.graph;
    if scene.watcher.state_match.is_empty() {
        return;
    }
    let active = |state: usize| scene.is_active(state);
    let edge = graph
        .likely()
        .find(|it| it.from != it.to && active(it.from) && active(it.to));
    let Some(edge) = edge else { return };
    let message = format!(
        "{} starts again when `{}` leads from `{}` to `{}`, in both of which it is active",
        scene.title(),
        edge.event,
        graph.name(edge.from),
        graph.name(edge.to),
    );
    let finding = Finding::new(Code::TimerRestarts, scene.key("state_match"), message);
    cx.findings
        .add(finding.help("give each of the states a timer of its own"));
}

/// A schedule that is off fires `fail_transition` on entering a state: that may be the state just entered.
fn schedule_bounces(scene: &Scene<'_>, cx: &mut Cx) {
    let graph = scene.graph;
    let Some(event) = &scene.watcher.fail_transition else {
        return;
    };
    if scene.watcher.state_match.is_empty() {
        return;
    }
    let bounce = graph.likely().find(|it| {
        scene.is_active(it.to)
            && !scene.is_active(it.from)
            && graph.is_reachable(it.from)
            && !graph.is_misspelt(it.from)
            && Some(it.event) != scene.watcher.success_transition.as_deref()
            && graph.next(it.to, event).is_some_and(|to| to != it.to)
    });
    let Some(edge) = bounce else { return };
    let message = format!(
        "{} fires `{event}` as soon as `{}` has led to `{}`, unless a window is open then",
        scene.title(),
        edge.event,
        graph.name(edge.to),
    );
    let finding = Finding::new(Code::ScheduleBounces, scene.key("fail_transition"), message);
    cx.findings.add(finding.help(format!(
        "add `{}` to `state_match`, or do not offer `{event}` in `{}`",
        graph.name(edge.from),
        graph.name(edge.to)
    )));
}
