//! `plugins`: keeps other machines in place.

use core::time::Duration;

use super::super::Scene;
use super::values;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Severity};
use crate::model::Plugins;

pub(super) fn check(scene: &Scene<'_>, it: &Plugins, cx: &mut Cx) {
    let key = it.public_key.as_deref().filter(|it| !it.is_empty());
    if let Some(key) = key {
        values::hexadecimal(scene, "public_key", key, "an ed25519 key", cx);
    }
    signature(
        scene,
        it,
        key.is_some() || scene.has_property("public_key"),
        cx,
    );
    prefix(scene, it, cx);
    every(scene, it, cx);
}

/// Whoever can write a list that is obeyed decides what the node runs.
fn signature(scene: &Scene<'_>, it: &Plugins, has_key: bool, cx: &mut Cx) {
    if has_key {
        if scene.has_property("insecure") {
            let why = "a list always needs the signature of a `public_key` that is there";
            values::ignored(scene, "insecure", why, cx);
        }
        return;
    }
    if it.insecure == Some(true) {
        let message = format!("{} obeys a list that nobody signed", scene.title());
        let finding = Finding::new(Code::Unsigned, scene.property("insecure"), message);
        cx.findings
            .add(finding.help("sign the list, and name the key in `public_key`"));
    } else if scene.has_property("data_item") {
        let message = format!(
            "{} has no `public_key`: it obeys a list only on nodes that have a key of their own",
            scene.title()
        );
        let finding = Finding::new(Code::Unsigned, scene.property("data_item"), message);
        cx.findings.add(finding.at(Part::Key).help(
            "name the ed25519 key that signs the list, unless `plugin.choria.machine.signing_key` is set on every node",
        ));
    }
}

/// Names that begin with it are those of machines, and of directories.
fn prefix(scene: &Scene<'_>, it: &Plugins, cx: &mut Cx) {
    let legal = |it: char| it.is_ascii_alphanumeric() || it == '-';
    let prefix = it.manager_machine_prefix.as_deref().unwrap_or_default();
    let Some(odd) = prefix.chars().find(|it| !legal(*it)) else {
        return;
    };
    let message = format!(
        "`manager_machine_prefix` of {} is `{prefix}`, which holds `{}`",
        scene.title(),
        odd.escape_debug()
    );
    let finding = Finding::new(
        Code::InvalidName,
        scene.property("manager_machine_prefix"),
        message,
    );
    let rest: String = prefix.chars().filter(|it| legal(*it)).collect();
    let help = match rest.as_str() {
        "" => "use letters, digits and `-`".to_owned(),
        rest => format!("write `{rest}`"),
    };
    cx.findings.add(finding.help(help));
}

/// What fetches each machine is an `archive` watcher.
fn every(scene: &Scene<'_>, it: &Plugins, cx: &mut Cx) {
    const LEAST: Duration = Duration::from_secs(10);
    let Some(every) = it.plugin_manage_interval.filter(|it| !it.is_zero()) else {
        return;
    };
    if every < LEAST {
        let message = format!(
            "`plugin_manage_interval` of {} is {}, and counts as 10s",
            scene.title(),
            scene.spelt("plugin_manage_interval", every)
        );
        let place = scene.property("plugin_manage_interval");
        let finding = Finding::new(Code::DurationRange, place, message).severity(Severity::Warning);
        cx.findings.add(finding.help("write `10s`, the minimum"));
    }
}
