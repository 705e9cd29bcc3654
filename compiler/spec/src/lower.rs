//! From the model to the IR: names become ids, absent settings their defaults.
//!
//! Only a machine without errors gets here, so what is absent now was allowed to be.

mod network;

use core::time::Duration;
use std::collections::BTreeMap;

use chorister_ir as ir;
use chorister_ir::{Edge, Edges, List, Pair, StateId, StateSet, Text, TransitionDef, TransitionId};
use chorister_lang::template::Template;

use crate::check::Graph;
use crate::model::{
    Archive, Exec, Expression, File, HttpSwitch, Machine, Metric, Nagios, Properties, Schedule,
    Timer, Watcher,
};

/// How often a file is looked at where nothing is said.
const FILE_INTERVAL: Duration = Duration::from_secs(5);
/// How often an expression is evaluated where nothing is said.
const EXPRESSION_INTERVAL: Duration = Duration::from_secs(10);
/// How often a metric is taken where nothing is said, and at most.
const METRIC_INTERVAL: Duration = Duration::from_secs(1);
/// How often gossip is repeated where nothing is said.
const GOSSIP_INTERVAL: Duration = Duration::from_secs(15);
/// The shortest time that a timer runs.
const SHORTEST_TIMER: Duration = Duration::from_secs(1);
/// How long a download may take at least.
const SHORTEST_DOWNLOAD: Duration = Duration::from_secs(5);
/// How long a window is where nothing useful is said.
const WINDOW: Duration = Duration::from_secs(60);

/// The IR of a checked machine; `None` for one that is larger than ids can count, or whose watchers this release
/// cannot run.
pub(crate) fn machine(machine: &Machine, graph: &Graph<'_>) -> Option<ir::Machine> {
    let names = Names::of(machine, graph)?;
    let watchers: Option<Vec<_>> = machine
        .watchers
        .iter()
        .map(|it| names.watcher(it))
        .collect();
    u16::try_from(machine.watchers.len()).ok()?;
    Some(ir::Machine {
        name: text(&machine.name),
        description: text(&machine.description),
        version: text(&machine.version),
        initial: StateId(0),
        splay_start: Duration::from_secs(machine.splay_start.unwrap_or_default()),
        states: graph
            .states
            .iter()
            .map(|it| Text::Owned((*it).to_owned()))
            .collect(),
        transitions: transitions(machine, &names),
        edges: edges(graph, &names)?,
        watchers: watchers?.into(),
    })
}

/// Ids by name.
struct Names<'m> {
    states: BTreeMap<&'m str, StateId>,
    events: BTreeMap<&'m str, TransitionId>,
    /// The events in order of first mention.
    order: Vec<&'m str>,
}

impl<'m> Names<'m> {
    fn of(machine: &'m Machine, graph: &'m Graph<'_>) -> Option<Self> {
        let mut names = Self {
            states: BTreeMap::new(),
            events: BTreeMap::new(),
            order: Vec::new(),
        };
        for (at, state) in graph.states.iter().enumerate() {
            names.states.insert(state, StateId(u16::try_from(at).ok()?));
        }
        for event in machine
            .transitions
            .iter()
            .filter_map(|it| it.name.as_deref())
        {
            if !names.events.contains_key(event) {
                names
                    .events
                    .insert(event, TransitionId(u16::try_from(names.order.len()).ok()?));
                names.order.push(event);
            }
        }
        Some(names)
    }

    fn event(&self, name: &Option<String>) -> Option<TransitionId> {
        self.events.get(name.as_deref()?).copied()
    }

    fn set(&self, names: &[Option<String>]) -> StateSet {
        let mut states: Vec<_> = names
            .iter()
            .flatten()
            .filter_map(|it| self.states.get(it.as_str()))
            .copied()
            .collect();
        states.sort_unstable();
        states.dedup();
        states.into_iter().collect()
    }

    /// A set of states in which nothing means none.
    fn some(&self, names: &[Option<String>]) -> Option<StateSet> {
        (!names.is_empty()).then(|| self.set(names))
    }

    fn watcher(&self, it: &Watcher) -> Option<ir::Watcher> {
        let foreign = it.foreign_state_required.iter().map(|it| ir::ForeignState {
            machine: text(&it.machine_name),
            state: text(&it.state),
        });
        Some(ir::Watcher {
            name: text(&it.name),
            active_in: self.set(&it.state_match),
            foreign: foreign.collect(),
            on_success: self.event(&it.success_transition),
            on_failure: self.event(&it.fail_transition),
            interval: interval(it),
            announce_interval: it.announce_interval.filter(|it| !it.is_zero()),
            kind: self.kind(it.properties.as_ref()?)?,
        })
    }

    fn kind(&self, properties: &Properties) -> Option<ir::WatcherKind> {
        Some(match properties {
            Properties::Exec(it) => ir::WatcherKind::Exec(exec(it)),
            Properties::File(it) => ir::WatcherKind::File(file(it)),
            Properties::Schedule(it) => ir::WatcherKind::Schedule(schedule(it)),
            Properties::Timer(it) => ir::WatcherKind::Timer(timer(it)),
            Properties::Metric(it) => ir::WatcherKind::Metric(metric(it)),
            Properties::Expression(it) => ir::WatcherKind::Expression(expression(it)),
            Properties::Archive(it) => ir::WatcherKind::Archive(archive(it)),
            Properties::HttpSwitch(it) => ir::WatcherKind::HttpSwitch(self.http_switch(it)),
            Properties::Nagios(it) => ir::WatcherKind::Nagios(nagios(it)),
            Properties::Kv(it) => ir::WatcherKind::Kv(network::kv(it)),
            Properties::Gossip(it) => ir::WatcherKind::Gossip(network::gossip(it)?),
            Properties::Plugins(it) => ir::WatcherKind::Plugins(network::plugins(it)),
            Properties::CcmManifest(_) => return None,
        })
    }

    fn http_switch(&self, it: &HttpSwitch) -> ir::HttpSwitch {
        ir::HttpSwitch {
            on_when: self.some(&it.on_when),
            off_when: self.some(&it.off_when),
            disable_when: self.some(&it.disable_when),
            annotations: pairs(&it.annotations),
        }
    }
}

fn nagios(it: &Nagios) -> ir::Nagios {
    let default = ir::Nagios::DEFAULT;
    let builtin = it.builtin.as_deref().unwrap_or_default();
    let probe = match (&it.plugin, builtin) {
        (Some(plugin), _) => ir::Probe::Plugin(plugin.clone()),
        (None, "choria_status") => ir::Probe::NodeStatus(ir::NodeStatus {
            last_message: it.last_message.unwrap_or_default(),
            certificate: it.pubcert_expire.unwrap_or_default(),
            token: it.token_expire.unwrap_or_default(),
        }),
        // Compat: go-choria aagent/watchers/nagioswatcher: anything that starts like this.
        (None, name) if name.starts_with("goss") => ir::Probe::Goss(text(&it.gossfile)),
        (None, _) => ir::Probe::Heartbeat,
    };
    ir::Nagios {
        probe,
        // Compat: go-choria aagent/watchers/nagioswatcher: no time at all is the default.
        timeout: it
            .timeout
            .filter(|it| !it.is_zero())
            .unwrap_or(default.timeout),
        annotations: pairs(&it.annotations),
    }
}

fn transitions(machine: &Machine, names: &Names<'_>) -> List<TransitionDef> {
    let define = |event: &&str| {
        let own = || {
            machine
                .transitions
                .iter()
                .filter(|it| it.name.as_deref() == Some(*event))
        };
        let mut subscribe: Vec<_> = Vec::new();
        for it in own().flat_map(|it| &it.subscribe) {
            let it = ir::Subscription {
                machine: text(&it.machine_name),
                event: text(&it.event),
            };
            if !subscribe.contains(&it) {
                subscribe.push(it);
            }
        }
        TransitionDef {
            name: Text::Owned((*event).to_owned()),
            description: own()
                .find_map(|it| it.description.clone())
                .map_or(Text::Borrowed(""), Text::Owned),
            subscribe: subscribe.into(),
        }
    };
    names.order.iter().map(define).collect()
}

fn edges(graph: &Graph<'_>, names: &Names<'_>) -> Option<Edges> {
    let mut rows = Vec::with_capacity(graph.edges.len());
    for edge in &graph.edges {
        rows.push(Edge {
            from: StateId(u16::try_from(edge.from).ok()?),
            transition: *names.events.get(edge.event)?,
            to: StateId(u16::try_from(edge.to).ok()?),
        });
    }
    rows.sort_unstable();
    Some(Edges::Table(rows.into()))
}

/// The time between two runs, by type.
fn interval(it: &Watcher) -> Option<Duration> {
    let own = it.interval.filter(|it| !it.is_zero());
    match &it.properties {
        Some(Properties::File(_)) => Some(own.unwrap_or(FILE_INTERVAL)),
        Some(Properties::Expression(_)) => Some(own.unwrap_or(EXPRESSION_INTERVAL)),
        // Compat: go-choria aagent/watchers/metricwatcher: the interval is a property, at least 1s.
        Some(Properties::Metric(it)) => Some(it.interval.unwrap_or_default().max(METRIC_INTERVAL)),
        Some(Properties::Gossip(_)) => Some(own.unwrap_or(GOSSIP_INTERVAL)),
        Some(
            Properties::Exec(_)
            | Properties::Archive(_)
            | Properties::Nagios(_)
            | Properties::Kv(_)
            | Properties::Plugins(_),
        ) => own,
        _ => None,
    }
}

fn exec(it: &Exec) -> ir::Exec {
    ir::Exec {
        command: template(&it.command),
        environment: it.environment.iter().cloned().collect(),
        timeout: duration(it.timeout, ir::Exec::DEFAULT.timeout),
        parse_as_data: flag(it.parse_as_data),
        suppress_success_announce: flag(it.suppress_success_announce),
        gather_initial_state: flag(it.gather_initial_state),
        disown: flag(it.disown),
        remedies: false,
        governor: network::governor(&it.governor, it.governor_timeout),
    }
}

fn file(it: &File) -> ir::File {
    let content = match (&it.contents, &it.owner, &it.group, &it.mode) {
        (Some(contents), Some(owner), Some(group), Some(mode)) => Some(ir::ManagedContent {
            contents: contents.clone(),
            owner: owner.clone(),
            group: group.clone(),
            mode: mode.clone(),
        }),
        _ => None,
    };
    ir::File {
        path: text(&it.path),
        gather_initial_state: flag(it.gather_initial_state),
        content,
    }
}

fn schedule(it: &Schedule) -> ir::Schedule {
    ir::Schedule {
        schedules: it.schedules.iter().flatten().cloned().collect(),
        duration: it
            .duration
            .filter(|it| *it >= Duration::from_secs(1))
            .unwrap_or(WINDOW),
        start_splay: it.start_splay.unwrap_or_default(),
        skip_trigger_on_reenter: flag(it.skip_trigger_on_reenter),
        timezone: it.timezone.clone().map(Text::Owned),
    }
}

fn timer(it: &Timer) -> ir::Timer {
    ir::Timer {
        timer: it.timer.unwrap_or_default().max(SHORTEST_TIMER),
        splay: flag(it.splay),
    }
}

fn metric(it: &Metric) -> ir::Metric {
    let graphite = match (&it.graphite_host, &it.graphite_port) {
        (Some(host), Some(port)) => Some(ir::Graphite {
            host: host.clone(),
            port: port.clone(),
            prefix: template(&it.graphite_prefix),
        }),
        _ => None,
    };
    ir::Metric {
        command: template(&it.command),
        timeout: duration(it.timeout, ir::Metric::DEFAULT.timeout),
        labels: pairs(&it.labels),
        skip_prometheus: flag(it.skip_prometheus),
        store: flag(it.store),
        http: flag(it.http),
        graphite,
    }
}

fn expression(it: &Expression) -> ir::Expression {
    let program =
        |it: &Option<chorister_lang::expr::Compiled>| it.as_ref().map(|it| it.program.clone());
    ir::Expression {
        success_when: program(&it.success_when),
        fail_when: program(&it.fail_when),
    }
}

fn archive(it: &Archive) -> ir::Archive {
    let verify = match (&it.verify, &it.verify_checksum) {
        (Some(sums), Some(checksum)) if !sums.is_empty() => Some(ir::Verify {
            sums: Text::Owned(sums.clone()),
            checksum: checksum.clone(),
        }),
        _ => None,
    };
    ir::Archive {
        source: template(&it.source),
        checksum: template(&it.checksum),
        creates: text(&it.creates),
        target: text(&it.target),
        verify,
        username: it.username.clone(),
        password: it.password.clone(),
        insecure: flag(it.insecure),
        timeout: duration(it.timeout, ir::Archive::DEFAULT.timeout).max(SHORTEST_DOWNLOAD),
        governor: network::governor(&it.governor, it.governor_timeout),
    }
}

fn duration(it: Option<Duration>, default: Duration) -> Duration {
    it.filter(|it| !it.is_zero()).unwrap_or(default)
}

fn flag(it: Option<bool>) -> bool {
    it.unwrap_or_default()
}

fn text(it: &Option<String>) -> Text {
    it.clone().map_or(Text::Borrowed(""), Text::Owned)
}

fn template(it: &Option<Template>) -> Template {
    it.clone().unwrap_or(Template::EMPTY)
}

fn pairs(it: &[(String, String)]) -> List<Pair> {
    it.iter()
        .map(|(key, value)| Pair {
            key: Text::Owned(key.clone()),
            value: Text::Owned(value.clone()),
        })
        .collect()
}
