//! A check as a machine that says by itself what it runs: for pictures, estimates and lists of what is needed.

use chorister_fsm::{Check, CheckProbe};
use chorister_ir::{
    CheckClass, List, Machine, Nagios, ParameterKind, Probe, Text, Watcher, WatcherKind,
};
use chorister_lang::template::Template;
use chorister_lang::words;
use serde_json::{Map, Value};

/// The machine of a check, with its commands and times in its watchers.
#[must_use]
pub fn portrait(class: &CheckClass, check: &Check) -> Machine {
    let watchers = class
        .machine
        .watchers
        .iter()
        .filter_map(|it| watcher(it, check));
    let watchers = watchers.collect();
    Machine {
        watchers,
        ..check.machine(&class.machine)
    }
}

/// The values that a check gives to what it runs, where that is not a command line which says them, by the names of its
/// parameters. Where its secrets are kept is not among them.
#[must_use]
pub fn values(class: &CheckClass, check: &Check) -> Map<String, Value> {
    let values = match &check.probe {
        CheckProbe::Plugin { .. } => None,
        CheckProbe::Goss { vars, .. } => vars.as_object(),
        CheckProbe::Native { parameters, .. } => Some(&**parameters),
    };
    let mut values = values.cloned().unwrap_or_default();
    for parameter in &class.parameters {
        if matches!(parameter.kind, ParameterKind::Secret) {
            values.remove(parameter.name.as_ref());
        }
    }
    values
}

/// A watcher as this check has it; nothing where the check does without.
fn watcher(of: &Watcher, check: &Check) -> Option<Watcher> {
    let mut watcher = of.clone();
    match &mut watcher.kind {
        WatcherKind::Nagios(nagios) => {
            watcher.interval = Some(check.interval);
            *nagios = Nagios {
                probe: match &check.probe {
                    CheckProbe::Plugin { argv, .. } => Probe::Plugin(command(argv)),
                    _ => Probe::Check,
                },
                timeout: check.timeout,
                ..nagios.clone()
            };
        }
        WatcherKind::Exec(exec) => {
            let remedy = check.remedy.as_ref()?;
            watcher.interval = Some(remedy.interval);
            exec.command = command(&remedy.argv);
            exec.timeout = remedy.timeout;
            exec.remedies = false;
        }
        _ => {}
    }
    Some(watcher)
}

/// Words as a command line that splits into them again.
fn command(argv: &[String]) -> Template {
    let words: Vec<_> = argv.iter().map(|it| words::quote(it)).collect();
    Template {
        source: Text::Owned(words.join(" ")),
        nodes: List::EMPTY,
    }
}
