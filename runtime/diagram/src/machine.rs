//! The picture of a machine that can run.

use chorister_ir::{Machine, StateId, TransitionId, Watcher, WatcherKind};

use crate::{Diagram, Kind, Observer, Sketch, Subscription};

impl Diagram {
    /// The picture of a machine; `None` for one without a state.
    #[must_use]
    pub fn of(machine: &Machine) -> Option<Self> {
        let initial = usize::from(machine.initial.0);
        // The initial state comes first here, and nearly always there.
        let index = |state: StateId| match usize::from(state.0) {
            at if at == initial => 0,
            at if at < initial => at + 1,
            at => at,
        };
        let mut states: Vec<String> = machine.states.iter().map(ToString::to_string).collect();
        if let Some(before) = states.get_mut(..=initial) {
            before.rotate_right(1);
        }
        let event = |id: TransitionId| machine.transition(id).to_owned();
        let edges = machine.transition_ids().flat_map(|transition| {
            machine.state_ids().filter_map(move |from| {
                let to = machine.next(from, transition)?;
                Some((index(from), event(transition), index(to)))
            })
        });
        let observer = |watcher: &Watcher| Observer {
            name: watcher.name.to_string(),
            kind: kind(&watcher.kind),
            states: watcher
                .active_in
                .named()
                .iter()
                .map(|it| index(*it))
                .collect(),
            on_success: watcher.on_success.map(event),
            on_failure: watcher.on_failure.map(event),
        };
        let subscriptions = machine.transitions.iter().flat_map(|transition| {
            transition.subscribe.iter().map(|other| Subscription {
                event: transition.name.to_string(),
                machine: other.machine.to_string(),
                of: other.event.to_string(),
            })
        });
        Sketch {
            name: machine.name.to_string(),
            version: machine.version.to_string(),
            description: machine.description.to_string(),
            states,
            edges: edges.collect(),
            watchers: machine.watchers.iter().map(observer).collect(),
            subscriptions: subscriptions.collect(),
        }
        .diagram()
    }
}

fn kind(kind: &WatcherKind) -> Kind {
    match kind {
        WatcherKind::File(_) => Kind::File,
        WatcherKind::Schedule(_) => Kind::Schedule,
        WatcherKind::Timer(_) => Kind::Timer,
        WatcherKind::HttpSwitch(_) => Kind::Switch,
        WatcherKind::Nagios(_) => Kind::Check,
        WatcherKind::Exec(_)
        | WatcherKind::Metric(_)
        | WatcherKind::Expression(_)
        | WatcherKind::Archive(_)
        | WatcherKind::Kv(_)
        | WatcherKind::Gossip(_)
        | WatcherKind::Plugins(_) => Kind::Action,
    }
}
