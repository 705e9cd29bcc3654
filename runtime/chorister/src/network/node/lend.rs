//! What a node lends to its agents.

mod command;
mod plugins;

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;

use chorister_agents::data;
use chorister_ddl::{
    AgentState, Answer, Calling, Command, ConnectionInfo, Data, Failure, Finished, Fire, Fired,
    Host, Job, MachineInfo, MessageCounts, NodeInfo, RequestContext, Setting,
};
use chorister_engine::{EngineHandle, HandleError, Maintenance, Order};
use chorister_ir::ddl::Ddl;
use chorister_lang::duration;
use chorister_node::{Connection, Count, Counters, Dial, LIBRARY, Link, Roster, View};
use chorister_settings::Settings;
use chorister_settings::value::{Kind, Shown};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

pub(super) use self::plugins::Plugins;
use crate::Distribution;
use crate::network::jobs::Jobs;

/// How long before its deadline an action that waits gives up, so that its answer is still in time.
const MARGIN: Duration = Duration::from_millis(250);

/// The transition by which checks are told to leave things alone.
const MAINTENANCE: &str = "MAINTENANCE";

/// What lends it.
pub(super) struct Lender {
    distribution: &'static Distribution,
    settings: Settings,
    configuration: Option<PathBuf>,
    started: i64,
    collectives: Vec<String>,
    dial: Dial,
    engine: EngineHandle,
    view: watch::Receiver<Arc<View>>,
    roster: Roster,
    plugins: Plugins,
    /// Starts jobs; nothing does where the node is a part of another program.
    jobs: Option<Jobs>,
    /// Itself, for what it asks to ask it.
    me: Weak<Self>,
    programs: OnceLock<Arc<dyn Host>>,
    online: OnceLock<Online>,
}

/// What there is once the node has begun to connect.
struct Online {
    counters: Arc<Counters>,
    connection: Connection,
}

/// What a lender knows from the start.
pub(super) struct Belongings {
    pub(super) distribution: &'static Distribution,
    pub(super) settings: Settings,
    pub(super) configuration: Option<PathBuf>,
    pub(super) collectives: Vec<String>,
    pub(super) dial: Dial,
    pub(super) engine: EngineHandle,
    pub(super) view: watch::Receiver<Arc<View>>,
    pub(super) roster: Roster,
    pub(super) plugins: Plugins,
    pub(super) jobs: Option<Jobs>,
}

impl Lender {
    /// One that is not connected yet.
    pub(super) async fn new(of: Belongings) -> Arc<Self> {
        // An engine that is gone answers nothing else either.
        let started = of.engine.status().await.map_or(0, |it| it.started);
        Arc::new_cyclic(|me| Self {
            distribution: of.distribution,
            settings: of.settings,
            configuration: of.configuration,
            started,
            collectives: of.collectives,
            dial: of.dial,
            engine: of.engine,
            view: of.view,
            roster: of.roster,
            plugins: of.plugins,
            jobs: of.jobs,
            me: Weak::clone(me),
            programs: OnceLock::new(),
            online: OnceLock::new(),
        })
    }

    /// Tells what asks the programs of agents.
    pub(super) fn runs(&self, programs: Arc<dyn Host>) {
        // A node begins once.
        let _ = self.programs.set(programs);
    }

    /// Tells that the node has begun to connect.
    pub(super) fn begins(&self, counters: &Arc<Counters>, connection: &Connection) {
        // A node begins once.
        let _ = self.online.set(Online {
            counters: Arc::clone(counters),
            connection: connection.clone(),
        });
    }

    async fn all_machines(&self) -> Result<Vec<MachineInfo>, Failure> {
        let machines = self.engine.machines().await.map_err(failed)?;
        let mut reports: Vec<_> = self.engine.check_reports().await.map_err(failed)?;
        let mut report = |name: &str| {
            let at = reports.iter().position(|(of, _)| of == name)?;
            let (_, json) = reports.swap_remove(at);
            serde_json::from_slice(&json).ok()
        };
        let machines = machines.into_iter().map(|it| MachineInfo {
            check: report(&it.name),
            name: it.name,
            version: it.version,
            id: it.id,
            directory: it.directory,
            state: it.state,
            started: it.started,
            available_transitions: it.available_transitions,
        });
        Ok(machines.collect())
    }

    /// Fires a transition; a check that is to leave things alone remembers who said so.
    async fn start(&self, machine: &str, transition: &str, caller: &str) -> Result<Fired, Failure> {
        if transition == MAINTENANCE {
            let order = Order::Maintain(Maintenance {
                owner: caller.to_owned(),
                ..Maintenance::default()
            });
            let steered = self.engine.steer(order, vec![machine.to_owned()]).await;
            let outcome = steered.map_err(failed)?.pop().map(|it| it.outcome);
            if let Some(Ok(fired)) = outcome {
                return Ok(told(fired));
            }
        }
        let fired = self.engine.fire(machine, transition).await;
        fired.map(told).map_err(failed)
    }

    /// Fires a transition, and waits until the machine has been in one of the states.
    async fn reach(&self, fire: Fire, deadline: Instant) -> Answer {
        use chorister_engine::Fired;

        let now = Instant::now();
        let most = left(deadline).min(fire.timeout);
        let until = now.checked_add(most).unwrap_or(deadline);
        let mut revisions = self.engine.revisions().await.map_err(failed)?;
        let before = Timestamp::now().as_millisecond();
        let fired = self.engine.fire(&fire.machine, &fire.transition).await;
        let is_wanted = |state: &str| fire.states.iter().any(|it| it == state);
        match fired.map_err(failed)? {
            refused @ Fired::Refused { .. } => told(refused).accepted(&fire.transition)?,
            Fired::Done { state } if fire.states.is_empty() || is_wanted(&state) => {
                return Ok(in_state(&state));
            }
            Fired::Done { .. } | Fired::Delayed { .. } => {}
        }
        loop {
            let machine = self.engine.machine(&fire.machine).await.map_err(failed)?;
            let Some(machine) = machine else {
                let gone = HandleError::NoMachine { name: fire.machine };
                return Err(failed(gone));
            };
            if fire.states.is_empty() {
                return Ok(in_state(&machine.state));
            }
            let mut since = machine.last_transitions.iter();
            if let Some(step) = since.find(|it| it.time >= before && is_wanted(&it.state)) {
                return Ok(in_state(&step.state));
            }
            let changed = tokio::time::timeout_at(until.into(), revisions.changed()).await;
            if !matches!(changed, Ok(Ok(()))) {
                return Err(Failure::aborted(format!(
                    "Machine {} did not reach {} in time: it is in {}",
                    fire.machine,
                    fire.states.join(" or "),
                    machine.state
                ))
                .with(&in_state(&machine.state)));
            }
        }
    }
}

/// A value in the form in which Choria's nodes tell it: lengths of time are whole seconds, and nanoseconds where the network
/// is concerned.
fn as_upstream(key: &str, value: Value) -> Value {
    let is_time =
        chorister_settings::key::find(key).is_some_and(|it| it.key.row.kind == Kind::Duration);
    // These are texts there, too.
    if !is_time || key.starts_with("plugin.machines.") {
        return value;
    }
    let Some(nanoseconds) = value
        .as_str()
        .and_then(|it| duration::parse_interval(it).ok())
    else {
        return value;
    };
    match key.starts_with("plugin.choria.network.") {
        true => nanoseconds.into(),
        false => (nanoseconds / 1_000_000_000).into(),
    }
}

impl Host for Lender {
    fn node(&self) -> NodeInfo {
        let view = Arc::clone(&self.view.borrow());
        let main = self.settings.main_collective.as_ref();
        let agents = self.roster.now();
        NodeInfo {
            identity: view.identity.clone(),
            name: self.distribution.name.to_owned(),
            version: self.distribution.version.to_owned(),
            configuration: self.configuration.clone(),
            started: self.started,
            main_collective: main
                .or(self.collectives.first())
                .cloned()
                .unwrap_or_default(),
            collectives: self.collectives.clone(),
            agents: Arc::clone(agents.ddls()),
            deadlines: Arc::clone(agents.deadlines()),
            classes: view.classes.clone(),
            facts: Arc::clone(&view.facts),
            data_plugins: self.plugins.names(),
            is_provisioning: view.is_provisioning,
        }
    }

    fn messages(&self) -> MessageCounts {
        let Some(online) = self.online.get() else {
            return MessageCounts::default();
        };
        let count = |of| online.counters.get(of);
        MessageCounts {
            total: count(Count::Total),
            validated: count(Count::Validated),
            unvalidated: count(Count::Unvalidated),
            passed: count(Count::Passed),
            filtered: count(Count::Filtered),
            replies: count(Count::Replies),
            ttl_expired: count(Count::TtlExpired),
            events: count(Count::Events),
        }
    }

    fn connection(&self) -> ConnectionInfo {
        let configured = self.dial.brokers.configured.iter();
        let network = &self.settings.network;
        let mut info = ConnectionInfo {
            brokers: configured.map(ToString::to_string).collect(),
            srv_domain: network.srv_domain.clone(),
            uses_srv: network.use_srv && self.dial.brokers.configured.is_empty(),
            is_encrypted: self.dial.trust.is_some(),
            client: self.dial.name.clone(),
            library: LIBRARY.0,
            library_version: LIBRARY.1,
            connect_timeout: self.dial.timeout,
            ping_interval: self.dial.ping,
            ..ConnectionInfo::default()
        };
        if let Some(online) = self.online.get() {
            if let Link::Up { broker, reconnects } = &*online.connection.link().borrow() {
                info.broker = Some(broker.clone());
                info.reconnects = *reconnects;
            }
            let traffic = online.connection.traffic();
            info.messages_in = traffic.messages_in;
            info.messages_out = traffic.messages_out;
            info.bytes_in = traffic.bytes_in;
            info.bytes_out = traffic.bytes_out;
        }
        info
    }

    fn agent_states(&self) -> BTreeMap<String, AgentState> {
        self.roster.states()
    }

    fn pause_agent(&self, agent: &str, paused: bool) -> bool {
        self.roster.pause(agent, paused)
    }

    fn setting(&self, name: &str) -> Option<Setting> {
        let raw = || self.settings.raw(name).map(Value::from);
        let Some(setting) = self.settings.setting(name) else {
            // Only its plugin knows what it means.
            let is_secret = is_secret(name);
            return raw().map(|value| Setting { value, is_secret });
        };
        Some(match setting.value {
            Shown::Plain(value) => Setting {
                value: match setting.key.upstream.as_deref() {
                    Some(upstream) if upstream == name => as_upstream(upstream, value),
                    _ => value,
                },
                is_secret: false,
            },
            Shown::Secret => Setting {
                value: setting
                    .key
                    .upstream
                    .as_deref()
                    .and_then(|it| self.settings.raw(it))
                    .map_or(Value::Null, Value::from),
                is_secret: true,
            },
        })
    }

    fn machines(&self) -> Calling<'_, Result<Vec<MachineInfo>, Failure>> {
        Box::pin(self.all_machines())
    }

    fn transition<'a>(
        &'a self,
        machine: &'a str,
        transition: &'a str,
        caller: &'a str,
    ) -> Calling<'a, Result<Fired, Failure>> {
        Box::pin(self.start(machine, transition, caller))
    }

    fn data<'a>(&'a self, source: &'a str, query: Option<&'a Value>) -> Calling<'a> {
        Box::pin(async move {
            if let Some(answer) = data::ask(self, source, query).await {
                return answer;
            }
            let me = self.me.upgrade().map(|it| it as Arc<dyn Host>);
            self.plugins.ask(me, source, query).await
        })
    }

    fn run(&self, command: Command, deadline: Instant) -> Calling<'_, Result<Finished, Failure>> {
        Box::pin(command::run(command, deadline))
    }

    fn begin<'a>(
        &'a self,
        cx: &'a RequestContext,
        job: Job,
    ) -> Calling<'a, Result<String, Failure>> {
        Box::pin(async move {
            let Some(jobs) = &self.jobs else {
                let message = "A node inside another program starts no jobs";
                return Err(Failure::aborted(message));
            };
            let identity = self.view.borrow().identity.clone();
            jobs.begin(cx, identity, job).await
        })
    }

    fn fire(&self, fire: Fire, deadline: Instant) -> Calling<'_> {
        Box::pin(self.reach(fire, deadline))
    }

    fn external<'a>(
        &'a self,
        cx: &'a RequestContext,
        ddl: &'a Ddl,
        action: &'a str,
        data: Data,
    ) -> Calling<'a> {
        match self.programs.get() {
            Some(programs) => programs.external(cx, ddl, action, data),
            None => Box::pin(async {
                let message = "Agents in other languages are not part of this binary";
                Err(Failure::aborted(message))
            }),
        }
    }
}

/// What is left until a deadline, without the time that the answer needs.
fn left(deadline: Instant) -> Duration {
    deadline
        .saturating_duration_since(Instant::now())
        .saturating_sub(MARGIN)
}

fn told(fired: chorister_engine::Fired) -> Fired {
    use chorister_engine::Fired as Came;
    match fired {
        Came::Done { .. } | Came::Delayed { .. } => Fired::Accepted,
        Came::Refused { state, .. } => Fired::Refused { state },
    }
}

fn in_state(state: &str) -> Data {
    Data::from_iter([("state".to_owned(), state.into())])
}

fn failed(error: HandleError) -> Failure {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    Failure::aborted(first.chain(letters).collect::<String>())
}

/// Whether what a key of a plugin holds may be a secret, by its name.
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    ["password", "token", "seed", "secret"]
        .iter()
        .any(|it| name.contains(it))
}
