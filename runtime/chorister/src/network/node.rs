//! A node of the wire protocol.

mod agents;
mod enrol;
mod events;
mod lend;
mod permissions;
mod recall;
mod registration;
mod rules;
mod status;
mod submission;
mod uplink;

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use chorister_ddl::{Host, Hosting};
use chorister_engine::EngineHandle;
use chorister_engine::network::Network;
use chorister_node::status::NEVER;
use chorister_node::{
    Audit, Component, Config, Connection, Dispatch, Format, Link, Membership, Node, Reception,
    Roster, Streams, View, load,
};
use chorister_settings::{Reader, Settings};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::events::Events;
use self::lend::{Belongings, Lender, Plugins};
use self::recall::Recall;
use self::registration::Registrar;
use self::rules::AuditLog;
use self::status::{Exposed, Reporter};
use self::uplink::Uplink;
use super::jobs::Jobs;
use super::{Beginning, Joining};
use crate::rules::{Rules, semantics};
use crate::{Distribution, classes, external};

/// How often what lies in files is looked at again.
const LOOK: Duration = Duration::from_secs(30);

/// How often a node without a certificate or token looks whether they have come.
const AWAIT: Duration = Duration::from_secs(5);

/// How long before a certificate or token ends this is told.
const EARLY: Duration = Duration::from_secs(24 * 3600);

/// How long a node that stops finishes what it has begun.
const FAREWELL: Duration = Duration::from_secs(4);

/// What the engine's problems about the network are called.
const SOURCE: &str = "network";

/// Opens what the engine tells through, and what is there before there is a broker.
pub(super) fn begin(
    _distribution: &'static Distribution,
    settings: &Settings,
    state: &Path,
) -> Result<Beginning, String> {
    let (events, exposed) = (Events::open(settings, state)?, Exposed::default());
    let (equipment, metrics) = (events.clone(), exposed.clone());
    Ok(Beginning {
        equip: Box::new(move |builder| equipment.equip(builder).expose(move || metrics.render())),
        run: Box::new(move |joining| Box::pin(run(joining, events, exposed))),
    })
}

async fn run(joining: Joining, events: Events, exposed: Exposed) {
    let engine = joining.engine.clone();
    let mut stopping = joining.stopping.clone();
    let (distribution, settings) = (joining.distribution, &joining.settings);
    // A node that has stopped has no problems.
    let _ = engine.report(SOURCE, "settings", idle(settings)).await;
    if !enrol::ready(distribution, settings, &engine, &mut stopping).await {
        return;
    }
    let Some(membership) = membership(&joining, &mut stopping).await else {
        return;
    };
    match join(joining, membership, events, &exposed).await {
        Ok(joined) => joined.run(&engine, &mut stopping).await,
        Err(reason) => {
            tracing::error!(%reason, "the node is not part of a network");
            // A node that has stopped has no problems.
            let _ = engine.report(SOURCE, "membership", Some(reason)).await;
        }
    }
}

/// A node that takes part.
struct Joined {
    node: Node,
    connection: Connection,
    membership: Membership,
    settings: Settings,
    view: watch::Sender<Arc<View>>,
    recall: Recall,
    /// What goes on beside it, and ends with it.
    tasks: JoinSet<()>,
    audit: Option<Arc<AuditLog>>,
}

/// What the node is in its network, as soon as the files that say so can be read; `None` where it stops before.
///
/// A certificate may come after the node does, as from a configuration tool at the first boot.
async fn membership(joining: &Joining, stopping: &mut watch::Receiver<bool>) -> Option<Membership> {
    let insecure = joining.distribution.features.insecure_for_tests;
    let mut reloads = joining.engine.reloads();
    let mut look_again = tokio::time::interval(AWAIT);
    let mut told = None;
    loop {
        tokio::select! {
            _ = stopping.wait_for(|it| *it) => return None,
            _ = look_again.tick() => {}
            Ok(()) = reloads.changed() => {}
        }
        let read = Membership::read(&joining.settings, insecure);
        let problem = read.as_ref().err().map(ToString::to_string);
        if let Some(reason) = problem.as_ref().filter(|it| told.as_ref() != Some(*it)) {
            tracing::error!(%reason, "the node is not part of a network");
        }
        // A node that has stopped has no problems.
        let _ = joining
            .engine
            .report(SOURCE, "membership", problem.clone())
            .await;
        match read {
            Ok(membership) => return Some(membership),
            Err(_) => told = problem,
        }
    }
}

async fn join(
    joining: Joining,
    mut membership: Membership,
    events: Events,
    exposed: &Exposed,
) -> Result<Joined, String> {
    let Joining {
        distribution,
        settings,
        configuration,
        agents: others,
        engine,
        is_alone,
        service_host,
        ..
    } = joining;
    let recall = Recall::begin(&mut membership.guard, &engine).await;
    let (view, seen) = watch::channel(Arc::new(View {
        identity: membership.identity.clone(),
        ..View::default()
    }));
    let (roster, component) = match service_host {
        false => (Roster::new(), Component::Server),
        true => (Roster::of_services(), Component::ServiceHost),
    };
    agents::offer(&engine, roster.clone());
    let plugins = Plugins::of(distribution);
    let functions = plugins.functions();
    let lender = Lender::new(Belongings {
        distribution,
        settings: settings.clone(),
        configuration: configuration.clone(),
        collectives: membership.collectives.clone(),
        dial: membership.dial.clone(),
        engine: engine.clone(),
        view: seen.clone(),
        roster: roster.clone(),
        plugins,
        jobs: is_alone.then(|| Jobs::new(&settings)),
    })
    .await;
    for agent in distribution.agents {
        let agent = (agent.start)();
        let is_wanted = settings.activates(&agent.ddl().metadata.name);
        if is_wanted && agent.is_active(&*lender) {
            roster.host(agent.into());
        }
    }
    for agent in others {
        if agent.is_active(&*lender) {
            roster.host(agent);
        }
    }
    let external = (
        distribution.external_agents,
        distribution.loaded.external_agents,
    );
    if let (Some(agents), Some(directory)) = external {
        let node = external::Node {
            settings: settings.clone(),
            configuration: configuration.clone(),
            hosting: Arc::new(roster.clone()),
            engine: engine.clone(),
        };
        lender.runs(agents.programs(directory.into(), node.clone()));
        tokio::task::spawn_local(agents.run(directory.into(), node));
    }
    let mut now = View::clone(&view.borrow());
    look(&mut now, &settings, &engine).await;
    view.send_replace(Arc::new(now));
    let rules = Rules::new(distribution, &settings, configuration.as_deref());
    let (deciding, authorizer) = watch::channel(Arc::new(rules::authorizer(&rules, &engine).await));
    let mut tasks = JoinSet::new();
    tasks.spawn(rules::follow(rules, engine.clone(), deciding));
    let audit = AuditLog::open(&settings, &events).await?.map(Arc::new);
    let unseen = (settings.rpc.audit && audit.is_none()).then(|| {
        "requests are to be audited, and nothing says where: set `plugin.rpcaudit.logfile`"
            .to_owned()
    });
    let _ = engine.report(SOURCE, "audit", unseen).await;
    let auditor = audit.clone().map(|it| it as Arc<dyn Audit>);
    let lent: Arc<dyn Host> = Arc::clone(&lender) as _;
    let connection = Connection::open(membership.dial.clone());
    let connection = connection.await.map_err(|error| error.to_string())?;
    let config = Config {
        version: distribution.version.to_owned(),
        collectives: membership.collectives.clone(),
        component,
        bus: Arc::new(connection.clone()),
        reception: Reception::new(membership.guard.clone(), semantics(&settings), functions)
            .renewed(membership.trust.subscribe()),
        signer: membership.signer.subscribe(),
        dispatch: Arc::new(Dispatch::new(roster, authorizer, auditor, lent)),
        view: seen,
        life: match settings.network.legacy_lifecycle_format {
            true => Format::Legacy,
            false => Format::CloudEvent,
        },
        outbox: Some(Arc::new(events.clone())),
    };
    let node = Node::start(config);
    events.deliver(&mut tasks, &connection, &engine);
    tasks.spawn(permissions::watch(connection.violations(), engine.clone()));
    let reporter = Reporter {
        version: distribution.version,
        started: lender.node().started,
        counters: Arc::clone(node.counters()),
        connection: connection.clone(),
        signer: membership.signer.subscribe(),
        ends: membership.ends.subscribe(),
        view: view.subscribe(),
    };
    exposed.begin(reporter.clone());
    tasks.spawn(reporter.clone().keep(settings.clone(), engine.clone()));
    // Compat: go-choria server/instance.go: one that only hosts services does neither.
    if !service_host {
        let collective = lender.node().main_collective;
        tasks.spawn(submission::publish(
            settings.clone(),
            collective,
            reporter.clone(),
            engine.clone(),
        ));
        let registrar = Registrar {
            settings: settings.clone(),
            lender: Arc::clone(&lender),
            reporter,
        };
        registrar.begin(&mut tasks, &engine).await;
    }
    enrol::keep(distribution, &settings, &engine, &mut tasks);
    lender.begins(node.counters(), &connection);
    Ok(Joined {
        node,
        connection,
        membership,
        settings,
        view,
        recall,
        tasks,
        audit,
    })
}

impl Joined {
    async fn run(self, engine: &EngineHandle, stopping: &mut watch::Receiver<bool>) {
        let mut link = self.node.link();
        let mut files = load::Watched::new(&self.membership.files);
        let mut look_again = tokio::time::interval(LOOK);
        let mut reloads = engine.reloads();
        let mut facts = engine.facts_seen();
        let uplink: Arc<dyn Network> = Arc::new(Uplink(self.streams()));
        // An engine that has stopped needs no network.
        let _ = engine.join(Arc::clone(&uplink)).await;
        loop {
            tokio::select! {
                _ = stopping.wait_for(|it| *it) => break,
                changed = link.changed() => match changed {
                    Ok(()) => {
                        let now = link.borrow_and_update().clone();
                        if matches!(now, Link::Up { .. }) {
                            let _ = engine.join(Arc::clone(&uplink)).await;
                        }
                        let problem = problem(&now);
                        let _ = engine.report(SOURCE, "broker", problem).await;
                    }
                    Err(_) => break,
                },
                Ok(()) = reloads.changed() => self.reload(engine).await,
                Ok(()) = facts.changed() => {
                    let facts = Arc::clone(&facts.borrow_and_update());
                    self.view.send_modify(|it| Arc::make_mut(it).facts = facts);
                }
                _ = look_again.tick() => {
                    let mut view = View::clone(&self.view.borrow());
                    look(&mut view, &self.settings, engine).await;
                    self.view.send_replace(Arc::new(view));
                    if files.changed() {
                        self.renew(engine).await;
                    }
                    self.warn(engine).await;
                    self.recall.report(engine).await;
                }
            }
        }
        self.node.stop(FAREWELL).await;
        let mut tasks = self.tasks;
        tasks.shutdown().await;
        if let Some(audit) = &self.audit {
            audit.finish(FAREWELL);
        }
    }

    /// What its watchers may ask of the network.
    fn streams(&self) -> Streams {
        let main = self.membership.collectives.first();
        let api = self.membership.signer.borrow().stream_api();
        Streams::new(
            self.connection.clone().with_stream_api(api),
            main.cloned().unwrap_or_default(),
            self.membership.identity.clone(),
        )
    }

    /// Looks at everything that an operator may have changed.
    async fn reload(&self, engine: &EngineHandle) {
        if let Some(audit) = &self.audit {
            audit.reopen();
        }
        self.renew(engine).await;
    }

    /// Takes new keys, tokens and authorities from their files; the old ones stay while there are no good ones.
    async fn renew(&self, engine: &EngineHandle) {
        let problem = match self.membership.renew(&self.settings) {
            Ok(()) => {
                tracing::info!("keys, tokens and authorities were read again");
                None
            }
            Err(error) => Some(format!(
                "keys, tokens and authorities stay as they were: {error}"
            )),
        };
        let _ = engine.report(SOURCE, "credentials", problem).await;
    }
}

impl Joined {
    /// Tells before the node's certificate or token ends.
    async fn warn(&self, engine: &EngineHandle) {
        let (certificate, token) = *self.membership.ends.borrow();
        let soon = jiff::Timestamp::now().saturating_add(EARLY);
        let ending = [("certificate", certificate), ("token", token)]
            .into_iter()
            .filter(|(_, end)| *end != NEVER && soon.as_ref().is_ok_and(|soon| end < soon))
            .map(|(what, end)| format!("the node's {what} ends at {end}"));
        let ending: Vec<String> = ending.collect();
        let problem = (!ending.is_empty()).then(|| ending.join("; "));
        let _ = engine.report(SOURCE, "expiry", problem).await;
    }
}

/// Which settings an operator relies on in vain.
fn idle(settings: &Settings) -> Option<String> {
    let all = settings.without_effect(Reader::Node);
    let names = all
        .iter()
        .map(|it| format!("`{}` ({})", it.name, it.origin));
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| format!("these settings have no effect: {}", names.join(", ")))
}

/// What is wrong with a connection.
fn problem(link: &Link) -> Option<String> {
    match link {
        Link::Up { .. } | Link::Connecting { reason: None, .. } => None,
        Link::Connecting {
            reason: Some(reason),
            ..
        } => Some(format!("no broker lets the node in: {reason}")),
        Link::Down { reason: None } => Some("the broker went away".to_owned()),
        Link::Down {
            reason: Some(reason),
        } => Some(format!("the broker went away: {reason}")),
        Link::Closed => Some("the connection was closed".to_owned()),
    }
}

/// Completes what others see of the node.
async fn look(view: &mut View, settings: &Settings, engine: &EngineHandle) {
    // Many nodes have no such file.
    view.classes = classes::read(&settings.facts.classes_file).unwrap_or_default();
    if let Ok(facts) = engine.facts().await {
        view.facts = facts;
    }
}
