//! The machine of a class: the one that Scout's checks are.

use core::time::Duration;

use chorister_ir as ir;
use chorister_ir::{CheckDefaults, StateSet, Text, WatcherKind};

use crate::check::Graph;
use crate::lower;
use crate::model::{self, Kind, Machine, Properties, Transition};

/// What a check can come to, in the order of their appearance.
const RESULTS: [&str; 4] = ["UNKNOWN", "OK", "WARNING", "CRITICAL"];

const FORCED: &str = "FORCE_CHECK";
const MAINTENANCE: &str = "MAINTENANCE";
const RESUME: &str = "RESUME";

/// The machine as its author would have written it.
pub(super) fn model(
    name: &str,
    version: &str,
    description: &str,
    defaults: &CheckDefaults,
) -> Machine {
    let results = || RESULTS.iter().copied();
    let told = results().map(|it| {
        let from: Vec<_> = results().chain([FORCED]).collect();
        transition(it, &from, it, "")
    });
    let from_all: Vec<_> = results().chain([FORCED]).collect();
    let from_results: Vec<_> = results().collect();
    let operators = [
        transition(FORCED, &from_results, FORCED, "Runs the check now."),
        transition(
            MAINTENANCE,
            &from_all,
            MAINTENANCE,
            "Stops checks and remediation.",
        ),
        transition(RESUME, &[MAINTENANCE], "UNKNOWN", "Ends the maintenance."),
    ];
    let check = model::Watcher {
        name: Some("check".to_owned()),
        kind: Some(Kind::Nagios),
        state_match: names(&from_results),
        interval: Some(defaults.interval),
        properties: Some(Properties::Nagios(model::Nagios::default())),
        ..model::Watcher::default()
    };
    let remediate = defaults.remediate.as_ref().map(|it| {
        let states: Vec<_> = it.states.iter().map(AsRef::as_ref).collect();
        model::Watcher {
            name: Some("remediate".to_owned()),
            kind: Some(Kind::Exec),
            state_match: names(&states),
            interval: Some(it.interval),
            success_transition: Some("UNKNOWN".to_owned()),
            properties: Some(Properties::Exec(model::Exec::default())),
            ..model::Watcher::default()
        }
    });
    Machine {
        name: Some(name.to_owned()),
        description: (!description.is_empty()).then(|| description.to_owned()),
        version: Some(version.to_owned()),
        initial_state: Some("UNKNOWN".to_owned()),
        transitions: told.chain(operators).collect(),
        watchers: [check].into_iter().chain(remediate).collect(),
        ..Machine::default()
    }
}

fn transition(name: &str, from: &[&str], destination: &str, description: &str) -> Transition {
    Transition {
        name: Some(name.to_owned()),
        from: names(from),
        destination: Some(destination.to_owned()),
        description: (!description.is_empty()).then(|| description.to_owned()),
        subscribe: Vec::new(),
    }
}

fn names(names: &[&str]) -> Vec<Option<String>> {
    names.iter().map(|it| Some((*it).to_owned())).collect()
}

/// The IR of the machine: what its watchers run is said by each check.
pub(super) fn lower(
    model: &Machine,
    graph: &Graph<'_>,
    defaults: &CheckDefaults,
) -> Option<ir::Machine> {
    let bare = Machine {
        watchers: Vec::new(),
        ..model.clone()
    };
    let mut machine = lower::machine(&bare, graph)?;
    let set = |names: &[Option<String>]| -> StateSet {
        let names = names.iter().flatten();
        names.filter_map(|it| machine.state_named(it)).collect()
    };
    let watcher = |it: &model::Watcher, kind| ir::Watcher {
        name: it.name.clone().map_or(Text::Borrowed(""), Text::Owned),
        active_in: set(&it.state_match),
        foreign: ir::List::EMPTY,
        on_success: it
            .success_transition
            .as_deref()
            .and_then(|it| machine.transition_named(it)),
        on_failure: None,
        interval: it.interval,
        announce_interval: None,
        kind,
    };
    let watchers = model.watchers.iter().map(|it| match it.kind {
        Some(Kind::Exec) => watcher(it, WatcherKind::Exec(remedy(defaults))),
        _ => watcher(it, WatcherKind::Exec(ir::Exec::DEFAULT)),
    });
    let watchers: Vec<_> = watchers.collect();
    machine.watchers = watchers.into();
    Some(machine)
}

fn remedy(defaults: &CheckDefaults) -> ir::Exec {
    let timeout = defaults.remediate.as_ref().map(|it| it.timeout);
    ir::Exec {
        timeout: timeout.unwrap_or(Duration::from_secs(60)),
        ..ir::Exec::DEFAULT
    }
}
