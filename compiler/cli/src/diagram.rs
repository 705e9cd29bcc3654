//! The picture of what an author wrote: also a machine that this release cannot run has one.

use std::collections::HashMap;

use chorister_diagram::{Diagram, Kind, Observer, Sketch, Subscription};
use chorister_spec::model::{Kind as WatcherKind, Machine, Watcher};

/// The picture of a machine, as far as it could be read; `None` for one without a state.
pub(crate) fn diagram(machine: &Machine) -> Option<Diagram> {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let mut states = Names::default();
    if let Some(initial) = &machine.initial_state {
        states.index(initial);
    }
    let mut edges = Vec::new();
    for transition in &machine.transitions {
        let from = transition.from.iter().flatten();
        let from: Vec<usize> = from.map(|it| states.index(it)).collect();
        let to = transition.destination.as_ref().map(|it| states.index(it));
        if let (Some(event), Some(to)) = (&transition.name, to) {
            edges.extend(from.into_iter().map(|from| (from, event.clone(), to)));
        }
    }
    let observer = |watcher: &Watcher| Observer {
        name: text(&watcher.name),
        kind: kind(watcher.kind),
        // A name that is no state keeps the watcher from being active everywhere.
        states: watcher
            .state_match
            .iter()
            .map(|it| {
                let known = it.as_ref().and_then(|it| states.index.get(it.as_str()));
                known.copied().unwrap_or(usize::MAX)
            })
            .collect(),
        on_success: watcher.success_transition.clone(),
        on_failure: watcher.fail_transition.clone(),
    };
    let watchers = machine.watchers.iter().map(observer).collect();
    let subscriptions = machine.transitions.iter().flat_map(|transition| {
        transition.subscribe.iter().map(move |other| Subscription {
            event: text(&transition.name),
            machine: text(&other.machine_name),
            of: text(&other.event),
        })
    });
    Sketch {
        name: text(&machine.name),
        version: text(&machine.version),
        description: text(&machine.description),
        subscriptions: subscriptions.collect(),
        states: states.names.into_iter().map(str::to_owned).collect(),
        edges,
        watchers,
    }
    .diagram()
}

fn kind(kind: Option<WatcherKind>) -> Kind {
    match kind {
        Some(WatcherKind::Nagios) => Kind::Check,
        Some(WatcherKind::Timer) => Kind::Timer,
        Some(WatcherKind::Schedule) => Kind::Schedule,
        Some(WatcherKind::HttpSwitch) => Kind::Switch,
        Some(WatcherKind::File) => Kind::File,
        _ => Kind::Action,
    }
}

/// Names in order of first mention.
#[derive(Debug, Default)]
struct Names<'m> {
    names: Vec<&'m str>,
    index: HashMap<&'m str, usize>,
}

impl<'m> Names<'m> {
    fn index(&mut self, name: &'m str) -> usize {
        *self.index.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use chorister_spec::{Options, Source};

    use super::*;

    pub(crate) const LAMP: &str = "\
name: lamp
description: Lights up when it gets dark
version: 1.0.0
initial_state: \"OFF\"
transitions:
  - {name: turn_on, from: [\"OFF\"], destination: \"ON\"}
  - {name: turn_off, from: [\"ON\", \"OFF\"], destination: \"OFF\"}
  - {name: burn, from: [\"ON\"], destination: broken lamp}
watchers:
  - name: dusk
    type: timer
    state_match: [\"OFF\"]
    fail_transition: turn_on
    properties: {timer: 10s}
";

    /// What the author wrote and what a node runs have the same picture, but for the order of edges.
    #[test]
    fn what_runs_looks_as_it_was_written() {
        let checked =
            chorister_spec::machine::check(&Source::new("x.yaml", LAMP), &Options::default());
        let mut written = diagram(&checked.model.unwrap()).unwrap();
        let mut running = Diagram::of(&checked.machine.unwrap()).unwrap();
        for picture in [&mut written, &mut running] {
            picture
                .edges
                .sort_by_key(|it| (it.event.clone(), it.from, it.to));
        }
        assert_eq!(written, running);
        assert_eq!(written.edges.len(), 4);
    }
}
