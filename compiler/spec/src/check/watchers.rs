//! What all watchers share: states, transitions, intervals, and whether they ever run.

use core::time::Duration;
use std::collections::HashSet;

use super::Scene;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Path, Severity};
use crate::model::{Kind, Support};
use crate::text::{brief, quoted};

const SECOND: Duration = Duration::from_secs(1);

/// Checks what watchers share. Gives the unreachable states that findings about watchers name.
pub(crate) fn check(scenes: &[Scene<'_>], cx: &mut Cx) -> HashSet<usize> {
    let mut idle = HashSet::new();
    let whole = !cx.torn && !scenes.iter().any(|it| misses_transition(it, cx));
    for scene in scenes {
        if cx.findings.is_full() {
            break;
        }
        support(scene, cx);
        states(scene, cx);
        foreign(scene, cx);
        result(scene, "success_transition", whole, cx);
        result(scene, "fail_transition", whole, cx);
        interval(scene, cx);
        announce_interval(scene, cx);
        if whole {
            never_active(scene, &mut idle, cx);
            never_runs(scene, cx);
        }
    }
    cx.torn |= !whole;
    idle
}

/// Whether a watcher names a transition that is not there at all: it may well have led somewhere.
fn misses_transition(scene: &Scene<'_>, cx: &Cx) -> bool {
    let graph = scene.graph;
    let watcher = scene.watcher;
    let mut named = [&watcher.success_transition, &watcher.fail_transition]
        .into_iter()
        .flatten()
        .filter(|it| !it.is_empty() && !graph.has_event(it) && graph.find(it).is_none());
    named.any(|it| {
        let events = graph.event_names();
        cx.guesses.similar(it, events.iter().copied()).is_none()
    })
}

/// Whether this release can run watchers of the type.
fn support(scene: &Scene<'_>, cx: &mut Cx) {
    let kind = scene.kind.as_str();
    let (message, help) = match scene.kind.support() {
        Support::Now => return,
        Support::Never => (
            format!(
                "{} is of type `{kind}`, which Chorister does not run",
                scene.title()
            ),
            "it needs Choria Configuration Manager; run it with go-choria".to_owned(),
        ),
    };
    let severity = if scene.options.build {
        Severity::Error
    } else {
        Severity::Warning
    };
    let finding = Finding::new(Code::UnsupportedType, scene.key("type"), message);
    cx.findings.add(finding.severity(severity).help(help));
}

fn states(scene: &Scene<'_>, cx: &mut Cx) {
    if scene.is_blank("state_match") {
        let message = format!(
            "`state_match` of {} is empty: it is active in every state",
            scene.title()
        );
        let finding =
            Finding::new(Code::EmptyValue, scene.key("state_match"), message).at(Part::Key);
        cx.findings.add(
            finding
                .severity(Severity::Warning)
                .help("name its states, or remove the key"),
        );
    }
    known_states(
        scene,
        &scene.watcher.state_match,
        &scene.key("state_match"),
        "state_match",
        cx,
    );
}

/// Reports the states of a list that do not exist, and those that are named twice.
pub(crate) fn known_states(
    scene: &Scene<'_>,
    names: &[Option<String>],
    place: &Path,
    key: &str,
    cx: &mut Cx,
) {
    // Where transitions could not be read, a state may well exist.
    let torn = cx.torn;
    let mut seen = HashSet::new();
    for (index, name) in names.iter().enumerate() {
        let Some(name) = name.as_deref().filter(|_| !cx.findings.is_full()) else {
            continue;
        };
        let at = place.join(index);
        if scene.graph.find(name).is_some() {
            if !seen.insert(name) {
                let message = format!(
                    "state `{name}` is named twice in `{key}` of {}",
                    scene.title()
                );
                cx.findings.add(Finding::new(Code::Repeated, at, message));
            }
            continue;
        }
        if torn
            && (name.contains(' ')
                || cx
                    .guesses
                    .similar(name, scene.graph.states.iter().copied())
                    .is_none())
        {
            continue;
        }
        let message = format!(
            "state `{name}` in `{key}` of {} does not exist",
            scene.title()
        );
        cx.findings
            .add(Finding::new(Code::UnknownState, at, message).help(which_state(scene, name, cx)));
    }
}

fn which_state(scene: &Scene<'_>, name: &str, cx: &Cx) -> String {
    let graph = scene.graph;
    if let Some(near) = cx.guesses.similar(name, graph.states.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    let mut to: Vec<_> = graph.edges_of(name).map(|it| graph.name(it.to)).collect();
    to.dedup();
    if to.is_empty() {
        format!("the states are {}", quoted(graph.states.iter().copied()))
    } else {
        format!("`{name}` is a transition; it leads to {}", quoted(to))
    }
}

fn foreign(scene: &Scene<'_>, cx: &mut Cx) {
    for (index, it) in scene.watcher.foreign_state_required.iter().enumerate() {
        if it.machine_name.is_some() && it.machine_name == scene.machine.name {
            let message = format!("{} waits for a state of its own machine", scene.title());
            let place = scene
                .key("foreign_state_required")
                .join(index)
                .join("machine_name");
            let finding = Finding::new(Code::OwnState, place, message);
            cx.findings
                .add(finding.help("use `state_match` for states of this machine"));
        }
    }
}

/// A result that fires a transition: it must exist, and be offered where the watcher is active.
/// `whole` says whether all transitions are known.
fn result(scene: &Scene<'_>, key: &'static str, whole: bool, cx: &mut Cx) {
    let name = match key {
        "success_transition" => &scene.watcher.success_transition,
        _ => &scene.watcher.fail_transition,
    };
    let Some(name) = name.as_deref().filter(|it| !it.is_empty()) else {
        return;
    };
    let graph = scene.graph;
    if !graph.has_event(name) {
        let events = graph.event_names();
        if cx.torn && cx.guesses.similar(name, events.iter().copied()).is_none() {
            return;
        }
        let message = format!(
            "`{key}` of {} names the transition `{name}`, which does not exist",
            scene.title()
        );
        let finding = Finding::new(Code::UnknownTransition, scene.key(key), message);
        cx.findings
            .add(finding.help(which_transition(scene, name, &events, cx)));
        return;
    }
    if let Some((severity, why)) = never_fires(scene.kind, key) {
        let message = format!("{} never fires its `{key}`", scene.title());
        let finding = Finding::new(Code::NeverFires, scene.key(key), message).at(Part::Key);
        cx.findings.add(finding.severity(severity).help(why));
        return;
    }
    if whole && scene.certain {
        offered(scene, key, name, cx);
    }
}

fn which_transition(scene: &Scene<'_>, name: &str, events: &[&str], cx: &Cx) -> String {
    let graph = scene.graph;
    let near = cx.guesses.similar(name, events.iter().copied());
    if near.is_none()
        && let Some(state) = graph.find(name)
    {
        let mut to: Vec<_> = graph
            .likely()
            .filter(|it| it.to == state)
            .map(|it| it.event)
            .collect();
        to.dedup();
        return match to.is_empty() {
            true => format!("`{name}` is a state, and no transition leads to it"),
            false => format!(
                "`{name}` is a state; the transition that leads to it is {}",
                quoted(to)
            ),
        };
    }
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the transitions are {}", quoted(events.iter().copied())),
    }
}

/// Whether, and why, watchers of a type do not fire a transition that they may name.
fn never_fires(kind: Kind, key: &str) -> Option<(Severity, &'static str)> {
    match (kind, key) {
        (Kind::Timer, "success_transition") => Some((
            Severity::Error,
            "the end of a timer fires `fail_transition`: use that key",
        )),
        (Kind::Metric, "success_transition") => Some((
            Severity::Warning,
            "a metric only fires `fail_transition`, when its output cannot be read",
        )),
        (Kind::Nagios, _) => Some((
            Severity::Warning,
            "a check fires the transition named like its result: `OK`, `WARNING`, `CRITICAL` or `UNKNOWN`",
        )),
        (Kind::Gossip, _) => Some((Severity::Warning, "gossip has no result; remove the key")),
        _ => None,
    }
}

fn offered(scene: &Scene<'_>, key: &'static str, name: &str, cx: &mut Cx) {
    let graph = scene.graph;
    if scene.is_everywhere() || graph.edges_of(name).next().is_none() {
        return;
    }
    let (offered, lacking): (Vec<_>, Vec<_>) = scene
        .lived()
        .partition(|it| graph.next(*it, name).is_some());
    if lacking.is_empty() {
        return;
    }
    let (mut starts, mut ends) = (Vec::new(), HashSet::new());
    for edge in graph.edges_of(name) {
        starts.push(edge.from);
        ends.insert(edge.to);
    }
    starts.sort_unstable();
    starts.dedup();
    let starts = quoted(starts.into_iter().map(|it| graph.name(it)));
    if offered.is_empty() {
        let message = format!(
            "{} fires `{name}` as its `{key}`, but it is active only in {}, where `{name}` is not offered",
            scene.title(),
            quoted(lacking.into_iter().map(|it| graph.name(it))),
        );
        let finding = Finding::new(Code::NotOffered, scene.key(key), message);
        cx.findings
            .add(finding.help(format!("`{name}` starts from {starts}")));
        return;
    }
    // Not to be offered where it has led already is what pairs such as start and stop are about; entering a state
    // in which a schedule or switch has nothing to say is so too.
    let mut lacking = lacking
        .into_iter()
        .filter(|it| !ends.contains(it))
        .peekable();
    let quiet = matches!(scene.kind, Kind::HttpSwitch | Kind::Schedule);
    if lacking.peek().is_none() || quiet {
        return;
    }
    let message = format!(
        "{} fires `{name}` as its `{key}`, but in {} that is not offered",
        scene.title(),
        quoted(lacking.map(|it| graph.name(it))),
    );
    let finding = Finding::new(Code::NotOffered, scene.key(key), message);
    cx.findings.add(finding.help(format!(
        "`{name}` starts from {starts}; elsewhere the result is dropped"
    )));
}

fn interval(scene: &Scene<'_>, cx: &mut Cx) {
    if let Kind::Metric | Kind::Timer | Kind::Schedule | Kind::HttpSwitch = scene.kind {
        return ignored(scene, cx);
    }
    let least = least_interval(scene.kind);
    match scene.watcher.interval {
        Some(interval) if interval < least => {
            let message = format!(
                "`interval` of {} is {}, which is too short",
                scene.title(),
                scene.spelt("interval", interval)
            );
            let finding = Finding::new(Code::IntervalTooShort, scene.key("interval"), message);
            let least = if scene.kind == Kind::Kv {
                SECOND
            } else {
                least
            };
            let kind = scene.kind.as_str();
            cx.findings
                .add(finding.help(format!("the minimum for `{kind}` is {}", brief(least))));
        }
        None if scene.kind == Kind::Kv && !scene.has("interval") => {
            let message = format!("`interval` is missing in {}", scene.title());
            let finding = Finding::new(Code::MissingKey, scene.place(), message).at(Part::Start);
            cx.findings
                .add(finding.help("a `kv` watcher polls: say how often, such as `interval: 1m`"));
        }
        _ => {}
    }
}

/// The shortest interval that watchers of a type can have.
pub(crate) const fn least_interval(kind: Kind) -> Duration {
    match kind {
        Kind::Exec | Kind::Nagios | Kind::File | Kind::Expression | Kind::CcmManifest => {
            Duration::from_millis(500)
        }
        Kind::Archive => Duration::from_secs(10),
        Kind::Plugins => Duration::from_secs(2),
        Kind::Kv | Kind::Metric => Duration::from_nanos(1),
        Kind::Gossip | Kind::Timer | Kind::Schedule | Kind::HttpSwitch => Duration::ZERO,
    }
}

/// Types that do not read the interval of the watcher.
fn ignored(scene: &Scene<'_>, cx: &mut Cx) {
    if !scene.has("interval") {
        return;
    }
    let kind = scene.kind.as_str();
    let (severity, help) = match scene.kind {
        Kind::Metric if scene.has_property("interval") => (
            Severity::Note,
            "the one under `properties` counts; remove this one",
        ),
        Kind::Metric => (
            Severity::Warning,
            "a metric has its interval under `properties`: move it there",
        ),
        Kind::Timer => (
            Severity::Note,
            "the length of a timer is `timer` under `properties`; remove the interval",
        ),
        Kind::Schedule => (
            Severity::Note,
            "schedules say when it runs; remove the interval",
        ),
        _ => (
            Severity::Note,
            "a switch is turned by people; remove the interval",
        ),
    };
    let message = format!(
        "`interval` of {} has no effect: `{kind}` watchers do not read it",
        scene.title()
    );
    let finding = Finding::new(Code::IntervalIgnored, scene.key("interval"), message);
    cx.findings
        .add(finding.at(Part::Key).severity(severity).help(help));
}

fn announce_interval(scene: &Scene<'_>, cx: &mut Cx) {
    if let Some(interval) = scene.watcher.announce_interval
        && interval < 60 * SECOND
    {
        let message = format!(
            "`announce_interval` of {} is {}, less than a minute",
            scene.title(),
            scene.spelt("announce_interval", interval)
        );
        let finding = Finding::new(
            Code::AnnounceTooShort,
            scene.key("announce_interval"),
            message,
        );
        cx.findings.add(finding.help("the minimum is 1m"));
    }
}

fn never_active(scene: &Scene<'_>, idle: &mut HashSet<usize>, cx: &mut Cx) {
    if !scene.certain || scene.lives() {
        return;
    }
    idle.extend(&scene.named);
    let names: Vec<_> = scene.named.iter().map(|it| scene.graph.name(*it)).collect();
    let message = match names.as_slice() {
        [one] => format!(
            "{} is never active: state `{one}` is unreachable, nothing leads into it",
            scene.title()
        ),
        _ => format!(
            "{} is never active: the states {} are unreachable",
            scene.title(),
            quoted(names)
        ),
    };
    let finding = Finding::new(Code::NeverActive, scene.key("state_match").join(0), message);
    cx.findings.add(
        finding.help("add a transition that leads there, or correct the one that was meant to"),
    );
}

/// A watcher that runs on entering a state only, in states that are never entered.
fn never_runs(scene: &Scene<'_>, cx: &mut Cx) {
    let waits = matches!(scene.kind, Kind::Exec | Kind::CcmManifest | Kind::Nagios);
    if !waits || scene.has("interval") || !scene.certain || !scene.lives() {
        return;
    }
    let graph = scene.graph;
    let runs = match scene.kind {
        Kind::Nagios => graph.find("FORCE_CHECK").is_some(),
        _ if scene.is_everywhere() => graph.entered.iter().any(|it| *it),
        _ => scene.named.iter().any(|it| graph.is_entered(*it)),
    };
    if runs {
        return;
    }
    let names: Vec<_> = scene.named.iter().map(|it| graph.name(*it)).collect();
    let message = match scene.kind {
        Kind::Nagios => format!(
            "{} never runs: it has no interval, and there is no state `FORCE_CHECK`",
            scene.title()
        ),
        _ if names.is_empty() => {
            format!(
                "{} never runs: it has no interval, and no state is ever entered",
                scene.title()
            )
        }
        _ => format!(
            "{} never runs: it has no interval, and nothing leads into {} while the machine runs",
            scene.title(),
            quoted(names)
        ),
    };
    let finding = Finding::new(Code::NeverRuns, scene.place(), message).at(Part::Start);
    cx.findings
        .add(finding.help("give it an interval, such as `interval: 1m`"));
}
