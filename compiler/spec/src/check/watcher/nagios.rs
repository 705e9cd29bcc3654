//! `nagios`: runs a check as Nagios knows it.

use std::collections::HashSet;

use chorister_lang::suggest;

use super::super::{Scene, command};
use super::values;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, at};
use crate::model::{Kind, Nagios};
use crate::text::quoted;

/// The results of a check, and the transitions that they fire.
const RESULTS: [&str; 4] = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

const BUILTINS: [&str; 3] = ["heartbeat", "choria_status", "goss"];

pub(super) fn check(scene: &Scene<'_>, it: &Nagios, cx: &mut Cx) {
    what(scene, it, cx);
    if let Some(template) = &it.plugin {
        command::check(scene, "plugin", template, cx);
    }
    if it.builtin.as_deref().is_none_or(str::is_empty) {
        values::timeout(scene, it.timeout, scene.watcher.interval, cx);
    }
    values::short_timeout(scene, "timeout", it.timeout, cx);
    if !cx.torn && scene.certain {
        transitions(scene, cx);
    }
}

/// Exactly one of a plugin and something built in, and what that needs.
fn what(scene: &Scene<'_>, it: &Nagios, cx: &mut Cx) {
    let filled = |key| {
        scene
            .written(key)
            .is_some_and(|it| it.text().is_none_or(|it| !it.trim().is_empty()))
    };
    match (filled("plugin"), filled("builtin")) {
        (true, true) => values::exclusive(scene, "plugin", "builtin", cx),
        (false, false) => {
            let help =
                "`plugin` is a command line, `builtin` is `heartbeat`, `choria_status` or `goss`";
            let empty = [
                ("plugin", it.plugin.is_some()),
                ("builtin", it.builtin.is_some()),
            ];
            match empty.into_iter().find(|it| it.1) {
                Some((key, _)) => {
                    let message = format!("`{key}` of {} must not be empty", scene.title());
                    cx.findings.add(
                        Finding::new(Code::EmptyValue, scene.property(key), message).help(help),
                    );
                }
                None => values::missing(scene, "`plugin` or `builtin`", help, cx),
            }
        }
        _ => {}
    }
    let builtin = it.builtin.as_deref().unwrap_or_default();
    unread(scene, builtin, cx);
    if builtin.is_empty() {
        return;
    }
    match builtin {
        "heartbeat" => {}
        "choria_status" => {
            if it.last_message.is_none_or(|it| it.is_zero())
                && !unreadable(scene, "last_message", it.last_message)
            {
                let help = "say how old the last message may be, such as `last_message: 1h`";
                values::incomplete(scene, "builtin", "last_message", help, cx);
            }
        }
        // Compat: go-choria aagent/watchers/nagioswatcher: everything that begins with `goss` is goss.
        goss if goss.starts_with("goss") => {
            if it.gossfile.as_deref().is_none_or(str::is_empty) {
                let help = "name the goss file, such as `gossfile: /etc/choria/node.yaml`";
                values::incomplete(scene, "builtin", "gossfile", help, cx);
            }
        }
        other => values::choice(scene, "builtin", other, &BUILTINS, cx),
    }
}

/// Settings of something built in that is not asked for.
fn unread(scene: &Scene<'_>, builtin: &str, cx: &mut Cx) {
    let of_goss = ["gossfile"].map(|key| (key, "goss", builtin.starts_with("goss")));
    let of_status = ["last_message", "pubcert_expire", "token_expire"]
        .map(|key| (key, "choria_status", builtin == "choria_status"));
    for (key, of, is_read) in of_goss.into_iter().chain(of_status) {
        let known = BUILTINS.contains(&builtin) || scene.has_property("plugin");
        if known && scene.has_property(key) && !is_read {
            let why = format!("only `builtin: {of}` reads it");
            values::ignored(scene, key, &why, cx);
        }
    }
}

fn unreadable<T>(scene: &Scene<'_>, key: &str, value: Option<T>) -> bool {
    value.is_none() && scene.has_property(key)
}

/// Each result needs its transition in every state in which the check runs.
fn transitions(scene: &Scene<'_>, cx: &mut Cx) {
    let graph = scene.graph;
    let events = graph.event_names();
    let absent: Vec<_> = RESULTS
        .into_iter()
        .filter(|it| !graph.has_event(it))
        .collect();
    let mut unexplained = Vec::new();
    for result in absent {
        let others = events.iter().copied().filter(|it| !RESULTS.contains(it));
        let begins = |it: &&str| it.len() > 2 && result.starts_with(&it.to_uppercase());
        let near = suggest::closest(result, others.clone()).or_else(|| others.clone().find(begins));
        let Some(near) = near else {
            unexplained.push(result);
            continue;
        };
        let index = scene
            .machine
            .transitions
            .iter()
            .position(|it| it.name.as_deref() == Some(near));
        let message = format!(
            "transition `{near}` is never fired by {}: the result fires `{result}`",
            scene.title()
        );
        let place = at!["transitions", index.unwrap_or_default(), "name"];
        let finding = Finding::new(Code::NagiosTransitions, place, message);
        cx.findings
            .add(finding.help(format!("write `{result}`, in capitals")));
    }
    // What the machine lacks is said once, however many checks it has.
    let first = scene
        .machine
        .watchers
        .iter()
        .position(|it| it.kind == Some(Kind::Nagios));
    if !unexplained.is_empty() && first == Some(scene.index) {
        let message = format!(
            "{} fires the transition named like its result, and there is none called {}",
            scene.title(),
            quoted(unexplained)
        );
        let finding = Finding::new(Code::NagiosTransitions, scene.place(), message).at(Part::Start);
        cx.findings
            .add(finding.help("a check needs `OK`, `WARNING`, `CRITICAL` and `UNKNOWN`"));
    }
    if scene.watcher.state_match.is_empty() {
        return;
    }
    let lived: Vec<_> = scene.lived().collect();
    for result in RESULTS.into_iter().filter(|it| graph.has_event(it)) {
        let from: HashSet<_> = graph.edges_of(result).map(|it| it.from).collect();
        let lacking: Vec<_> = lived
            .iter()
            .filter(|it| !from.contains(it) && graph.name(**it) != result)
            .map(|it| graph.name(*it))
            .collect();
        if lacking.is_empty() {
            continue;
        }
        let message = format!(
            "{} is active in {}, where its result `{result}` is not offered",
            scene.title(),
            quoted(lacking)
        );
        let index = scene
            .machine
            .transitions
            .iter()
            .position(|it| it.name.as_deref() == Some(result));
        let place = at!["transitions", index.unwrap_or_default(), "from"];
        let finding = Finding::new(Code::NagiosTransitions, place, message);
        cx.findings
            .add(finding.help("add the states to `from`: a result that is not offered is dropped"));
    }
}
