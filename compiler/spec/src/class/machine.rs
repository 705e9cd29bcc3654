//! The machine of a class: the one that Scout's checks are.

use chorister_ir as ir;
use chorister_ir::{CheckDefaults, Text, scout};

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
    name: &str,
    version: &str,
    description: &str,
    defaults: &CheckDefaults,
) -> ir::Machine {
    let text = |it: &str| Text::Owned(it.to_owned());
    let check = scout::check(defaults.interval, defaults.timeout);
    let remediation = defaults.remediate.as_ref().map(|it| {
        let states = it.states.iter().filter_map(|it| {
            let state = scout::State::ALL
                .into_iter()
                .find(|state| state.name() == it)?;
            Some(state.id())
        });
        scout::remediation(states.collect(), it.interval, it.timeout)
    });
    let watchers = [check].into_iter().chain(remediation);
    scout::machine(
        text(name),
        text(version),
        text(description),
        watchers.collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Graph;
    use crate::lower;

    #[test]
    fn the_machine_is_what_its_author_would_have_written() {
        let written = Machine {
            watchers: Vec::new(),
            ..model("queue", "1.0.0", "", &CheckDefaults::DEFAULT)
        };
        let written = lower::machine(&written, &Graph::of(&written)).unwrap();
        let machine = lower("queue", "1.0.0", "", &CheckDefaults::DEFAULT);
        assert_eq!(machine.states, written.states);
        assert_eq!(machine.transitions, written.transitions);
        assert_eq!(machine.initial, written.initial);
        let edges = |it: &ir::Machine| it.edge_list().collect::<Vec<_>>();
        assert_eq!(edges(&machine), edges(&written));
    }
}
