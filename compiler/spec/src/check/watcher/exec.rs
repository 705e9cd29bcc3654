//! `exec`: runs a command.

use super::super::{Scene, command};
use super::values;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding};
use crate::model::Exec;

pub(super) fn check(scene: &Scene<'_>, it: &Exec, cx: &mut Cx) {
    if let Some(template) = &it.command {
        command::check(scene, "command", template, cx);
    }
    environment(scene, it, cx);
    if it.disown == Some(true) && it.parse_as_data == Some(true) {
        values::exclusive(scene, "disown", "parse_as_data", cx);
    }
    if it.disown != Some(true) {
        values::timeout(scene, it.timeout, scene.watcher.interval, cx);
    }
    values::short_timeout(scene, "timeout", it.timeout, cx);
    values::governor(scene, it.governor.as_ref(), cx);
    if it.gather_initial_state == Some(true) && !scene.has("interval") {
        values::ignored(scene, "gather_initial_state", "it needs an `interval`", cx);
    }
}

fn environment(scene: &Scene<'_>, it: &Exec, cx: &mut Cx) {
    let alone = scene
        .written("environment")
        .is_some_and(|it| it.as_scalar().is_some());
    for (index, entry) in it.environment.iter().enumerate() {
        let place = match alone {
            true => scene.property("environment"),
            false => scene.property("environment").join(index),
        };
        let (name, value) = match entry.source.split_once('=') {
            Some((name, _)) if name.contains("{{") => continue,
            Some(pair) => pair,
            None if entry.source.is_empty() || !entry.is_literal() => continue,
            None => {
                let message = format!(
                    "`{}` in `environment` of {} is not NAME=value",
                    entry.source,
                    scene.title()
                );
                let help = match entry.source.split_once(": ") {
                    Some((name, value)) => format!("write `{name}={value}`"),
                    None => format!("write `{}=…`", entry.source),
                };
                cx.findings
                    .add(Finding::new(Code::Environment, place, message).help(help));
                continue;
            }
        };
        if name.is_empty() || name.contains(char::is_whitespace) {
            let message = format!(
                "`{name}` in `environment` of {} is not the name of a variable",
                scene.title()
            );
            let help = match name.trim() {
                "" => "write `NAME=value`".to_owned(),
                name => format!("write `{name}={}`", value.trim_start()),
            };
            cx.findings
                .add(Finding::new(Code::Environment, place, message).help(help));
        }
    }
}
