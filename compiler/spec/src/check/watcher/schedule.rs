//! `schedule`: is on in windows that begin by the calendar.

use core::time::Duration;

use super::super::Scene;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::model::Schedule;
use crate::text::{brief, is_zone_name};

/// How many schedules of a watcher are looked at closely; nobody writes as many.
const MOST_WINDOWS: usize = 100;

/// How long a window is where no duration is set.
const DEFAULT: Duration = Duration::from_secs(60);

pub(super) fn check(scene: &Scene<'_>, it: &Schedule, cx: &mut Cx) {
    let duration = duration(scene, it, cx);
    splay(scene, it, duration, cx);
    empty(scene, it, cx);
    for index in 0..it.schedules.len().min(MOST_WINDOWS) {
        window(scene, it, index, duration, cx);
    }
    timezone(scene, it, cx);
    if !scene.has("success_transition") && !scene.has("fail_transition") {
        let message = format!(
            "{} fires nothing: it has neither `success_transition` nor `fail_transition`",
            scene.title()
        );
        let finding = Finding::new(Code::FiresNothing, scene.place(), message).at(Part::Start);
        cx.findings
            .add(finding.help(
                "a window that begins fires `success_transition`, its end `fail_transition`",
            ));
    }
}

/// The length of a window; `None` where it could not be read.
fn duration(scene: &Scene<'_>, it: &Schedule, cx: &mut Cx) -> Option<Duration> {
    // Compat: go-choria aagent/watchers/schedulewatcher: there a window without a duration ends as it begins, and
    // the machine only ever sees `fail_transition`.
    match it.duration {
        Some(duration) if duration >= Duration::from_secs(1) => Some(duration),
        Some(duration) => {
            let message = format!(
                "`duration` of {} is {}, and counts as 1m",
                scene.title(),
                scene.spelt("duration", duration)
            );
            let finding = Finding::new(Code::NoDuration, scene.property("duration"), message);
            cx.findings
                .add(finding.help("say how long a window lasts, such as `duration: 1h`"));
            Some(DEFAULT)
        }
        None if scene.has_property("duration") => None,
        None => {
            if scene.has_property("schedules") {
                let (place, part) = scene.properties();
                let message = format!(
                    "`duration` is missing in the properties of {}: windows last 1m",
                    scene.title()
                );
                let finding = Finding::new(Code::NoDuration, place, message).at(part);
                cx.findings
                    .add(finding.help("say how long a window lasts, such as `duration: 1h`"));
            }
            Some(DEFAULT)
        }
    }
}

fn splay(scene: &Scene<'_>, it: &Schedule, duration: Option<Duration>, cx: &mut Cx) {
    let (Some(splay), Some(duration)) = (it.start_splay, duration) else {
        return;
    };
    if it.duration.is_some_and(|it| it != duration) {
        // A duration that does not count is reported as such.
        return;
    }
    if splay > duration / 2 {
        let message = format!(
            "`start_splay` of {} is {}, longer than half of its duration of {}",
            scene.title(),
            scene.spelt("start_splay", splay),
            scene.spelt("duration", duration)
        );
        let finding = Finding::new(Code::SplayTooLong, scene.property("start_splay"), message);
        cx.findings
            .add(finding.help(format!("it can be at most {}", brief(duration / 2))));
    }
}

fn empty(scene: &Scene<'_>, it: &Schedule, cx: &mut Cx) {
    let list = scene.written("schedules").and_then(|it| it.as_sequence());
    if it.schedules.is_empty() && list.is_some_and(<[_]>::is_empty) {
        let message = format!("`schedules` of {} must not be empty", scene.title());
        cx.findings.add(Finding::new(
            Code::EmptyValue,
            scene.property("schedules"),
            message,
        ));
    }
}

fn window(scene: &Scene<'_>, it: &Schedule, index: usize, duration: Option<Duration>, cx: &mut Cx) {
    let Some(Some(cron)) = it.schedules.get(index) else {
        return;
    };
    let source = &cron.source;
    let place = place(scene, index);
    if cron.is_impossible() {
        let message = format!(
            "`{source}` of {} names a date that does not exist",
            scene.title()
        );
        cx.findings
            .add(Finding::new(Code::NeverRunsAt, place, message));
        return;
    }
    let Some(duration) = duration else { return };
    if cron.longest_gap().is_some_and(|gap| gap <= duration) {
        let message = format!(
            "{} is always on: windows of {} begin before the last one ends, whenever `{source}` says",
            scene.title(),
            brief(duration)
        );
        let finding = Finding::new(Code::AlwaysOn, place, message);
        cx.findings
            .add(finding.help("make `duration` shorter, or the schedule rarer"));
    } else if cron.shortest_gap().is_some_and(|gap| gap < duration) {
        let message = format!(
            "windows of {} overlap: `{source}` begins one while the last one, of {}, is open",
            scene.title(),
            brief(duration)
        );
        let finding = Finding::new(Code::AlwaysOn, place, message);
        let help = match source.split_whitespace().next() {
            Some("*") => {
                "a `*` for the minute begins a window every minute; write `0` for the full hour"
            }
            _ => "overlapping windows count as one",
        };
        cx.findings.add(finding.help(help));
    }
}

fn place(scene: &Scene<'_>, index: usize) -> Path {
    match scene
        .written("schedules")
        .is_some_and(|it| it.as_scalar().is_some())
    {
        true => scene.property("schedules"),
        false => scene.property("schedules").join(index),
    }
}

fn timezone(scene: &Scene<'_>, it: &Schedule, cx: &mut Cx) {
    let Some(zone) = &it.timezone else { return };
    if !is_zone_name(zone) {
        let message = format!(
            "`timezone` of {} is `{zone}`, which is not an IANA name",
            scene.title()
        );
        let finding = Finding::new(Code::TimeZone, scene.property("timezone"), message);
        cx.findings
            .add(finding.help("write a name such as `Europe/Malta` or `UTC`"));
    }
}
