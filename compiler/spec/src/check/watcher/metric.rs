//! `metric`: runs a command that prints a measurement.

use core::time::Duration;

use super::super::{Scene, command};
use super::values;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part};
use crate::model::{Metric, Properties};

pub(super) fn check(scene: &Scene<'_>, it: &Metric, cx: &mut Cx) {
    if let Some(template) = &it.command {
        command::check(scene, "command", template, cx);
    }
    if let Some(interval) = it.interval
        && interval < Duration::from_secs(1)
    {
        let message = format!(
            "`interval` of {} is {}, and counts as 1s",
            scene.title(),
            scene.spelt("interval", interval)
        );
        let finding = Finding::new(Code::IntervalTooShort, scene.property("interval"), message)
            .severity(crate::Severity::Warning);
        cx.findings.add(finding.help("write `1s`, the minimum"));
    } else {
        values::timeout(scene, it.timeout, it.interval, cx);
    }
    values::short_timeout(scene, "timeout", it.timeout, cx);
    graphite(scene, it, cx);
    names(scene, it, cx);
    shared(scene, it, cx);
}

fn graphite(scene: &Scene<'_>, it: &Metric, cx: &mut Cx) {
    let has = |key| scene.has_property(key);
    if has("graphite_host") && !has("graphite_port") {
        values::incomplete(
            scene,
            "graphite_host",
            "graphite_port",
            "the usual port is \"2003\"",
            cx,
        );
    }
    for key in ["graphite_port", "graphite_prefix"] {
        if has(key) && !has("graphite_host") {
            values::ignored(scene, key, "nothing is sent without `graphite_host`", cx);
        }
    }
    let port = it
        .graphite_port
        .as_ref()
        .filter(|it| it.is_literal())
        .map(|it| it.source.trim());
    if let Some(port) = port
        && port.parse::<u16>().map_or(true, |it| it == 0)
    {
        let message = format!(
            "`graphite_port` of {} is `{port}`, which is not a port between 1 and 65535",
            scene.title()
        );
        cx.findings.add(Finding::new(
            Code::OutOfRange,
            scene.property("graphite_port"),
            message,
        ));
    }
}

/// Prometheus knows letters, digits and `_`; upstream replaces spaces, commas and quotes only.
fn names(scene: &Scene<'_>, it: &Metric, cx: &mut Cx) {
    if it.skip_prometheus == Some(true) {
        return;
    }
    let replaced = [' ', ',', '"', '\'', '_', ':'];
    let odd = |it: char| !it.is_ascii_alphanumeric() && !replaced.contains(&it);
    if let Some(name) = &scene.watcher.name
        && let Some(odd) = name.chars().find(|it| odd(*it))
    {
        let message = format!(
            "the name of {} becomes part of a Prometheus metric, where `{odd}` is not allowed",
            scene.title()
        );
        let finding = Finding::new(Code::MetricName, scene.key("name"), message);
        cx.findings
            .add(finding.help(format!("write `{}`", name.replace(odd, "_"))));
    }
    for (label, _) in &it.labels {
        let legal = |it: char| it.is_ascii_alphanumeric() || it == '_' || replaced.contains(&it);
        if label.is_empty()
            || !label.chars().all(legal)
            || label.starts_with(|it: char| it.is_ascii_digit())
        {
            let message = format!(
                "the label `{label}` of {} is not allowed in Prometheus",
                scene.title()
            );
            let place = scene.property("labels").join(label.clone());
            let finding = Finding::new(Code::MetricName, place, message).at(Part::Key);
            cx.findings
                .add(finding.help("use letters, digits and `_`, and no digit first"));
        }
    }
}

/// Every storing metric of a machine writes the data item `metric`.
fn shared(scene: &Scene<'_>, it: &Metric, cx: &mut Cx) {
    if it.store != Some(true) {
        return;
    }
    let stores = |it: &Option<Properties>| matches!(it, Some(Properties::Metric(it)) if it.store == Some(true));
    let earlier = scene
        .machine
        .watchers
        .iter()
        .take(scene.index)
        .find(|it| stores(&it.properties));
    if let Some(earlier) = earlier {
        let name = earlier.name.as_deref().unwrap_or_default();
        let message = format!(
            "{} and watcher `{name}` both store the data item `metric`",
            scene.title()
        );
        let finding = Finding::new(Code::SharedData, scene.property("store"), message);
        cx.findings
            .add(finding.help("each overwrites what the other has stored: let one of them store"));
    }
}
