//! When timers and schedules begin. How fast a machine can go round is a matter of exploration (`chorister-explore`).

use super::Scene;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding};
use crate::model::Kind;

pub(crate) fn check(scenes: &[Scene<'_>], cx: &mut Cx) {
    for scene in scenes {
        match scene.kind {
            Kind::Timer => timer_restarts(scene, cx),
            Kind::Schedule => schedule_bounces(scene, cx),
            _ => {}
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
