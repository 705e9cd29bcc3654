//! `NAME emulate`: many nodes in one process, to see how a network bears a fleet.

mod agent;

use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::sync::Arc;

use chorister_ddl::{Host, Hosting};
use chorister_node::{
    Bus, Component, Config, Connection, Dispatch, Format, Link, Membership, Node, Reception,
    Roster, Thin, View, filter, load,
};
use chorister_policy::{Authorizer, Policies, Provider};
use chorister_proto::id;
use chorister_security::key::Seed;
use chorister_security::{Guard, Replays, Signatures, Signer, Verifier, token};
use jiff::Timestamp;
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use self::agent::Emulated;
pub(crate) use self::agent::description;
use super::{Failure, print};
use crate::args::Emulate;
use crate::config::{self, Sources};
use crate::{Distribution, log};

/// How many nodes connect at a time.
const AT_ONCE: usize = 200;

/// How many are connected between two times that this is told.
const TOLD: usize = 100;

/// How many requests a node remembers against replay.
const REPLAYS: usize = 256;

/// How long tokens count that are made here.
const LIFE: i64 = 365 * 24 * 3600;

/// Files that a process has open besides connections.
const FILES: u64 = 64;

/// How long nodes have to say goodbye.
const FAREWELL: Duration = Duration::from_secs(3);

/// Runs the nodes until told to stop.
pub(crate) fn run(distribution: &'static Distribution, arguments: &Emulate) -> Result<(), Failure> {
    let fleet = Fleet::read(distribution, arguments)?;
    allow_files(arguments.nodes.get())?;
    log::start_if_asked().map_err(Failure::Impossible)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Impossible(format!("cannot start: {error}")))?;
    let done = runtime.block_on(fleet.run(arguments.nodes.get()));
    runtime.shutdown_background();
    done
}

/// Makes room for a connection of each node.
fn allow_files(nodes: usize) -> Result<(), Failure> {
    let wanted = u64::try_from(nodes)
        .unwrap_or(u64::MAX)
        .saturating_add(FILES);
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|it| it >= wanted) {
        return Ok(());
    }
    if let Some(most) = limit.maximum
        && most < wanted
    {
        return Err(Failure::Impossible(format!(
            "a process may have {most} open files, and {nodes} nodes need {wanted}: raise the limit, or start several with \
             fewer nodes each"
        )));
    }
    limit.current = Some(wanted);
    setrlimit(Resource::Nofile, limit)
        .map_err(|error| Failure::Impossible(format!("cannot open {wanted} files: {error}")))
}

/// What all nodes have in common.
struct Fleet {
    name: String,
    version: &'static str,
    membership: Membership,
    issuer: Option<Seed>,
    dispatch: Arc<Dispatch>,
    /// An agent was told to end it all.
    ending: Arc<Notify>,
}

/// What the node lends to its agents, who need nothing.
struct Nothing;

impl Host for Nothing {}

// === impl Fleet ===

impl Fleet {
    fn read(distribution: &'static Distribution, arguments: &Emulate) -> Result<Self, Failure> {
        let servers = arguments.servers.join(",");
        let servers = (!servers.is_empty()).then_some(("brokers", servers, "--server"));
        let sources = Sources {
            file: arguments.config.clone(),
            arguments: servers.into_iter().collect(),
            ..Sources::default()
        };
        let config = config::read(distribution, sources).map_err(Failure::Impossible)?;
        let insecure = distribution.features.insecure_for_tests || arguments.plain;
        let mut membership = Membership::read(&config.settings, insecure)
            .map_err(|error| Failure::Impossible(error.to_string()))?;
        let more = 1..arguments.collectives.get();
        // Each request is heard by all of them, and need be checked once.
        membership.guard.verifier.signatures = Signatures::of_fleet();
        membership.collectives.truncate(1);
        membership
            .collectives
            .extend(more.map(|it| format!("collective{it}")));
        let issuer = arguments.issuer_seed.as_deref().map(load::seed).transpose();
        let issuer = issuer.map_err(|error| Failure::Impossible(error.to_string()))?;
        let ending = Arc::<Notify>::default();
        let roster = Roster::new();
        for number in 0..arguments.agents {
            roster.host(Arc::new(Emulated::new(number, Arc::clone(&ending))));
        }
        let authorizer = Authorizer::new(
            Provider::Nobody,
            chorister_policy::Settings::default(),
            Policies::default(),
        );
        let authorizer = watch::channel(Arc::new(authorizer)).1;
        Ok(Self {
            name: arguments.name.clone().unwrap_or_else(random_name),
            version: distribution.version,
            membership,
            issuer,
            dispatch: Arc::new(Dispatch::new(roster, authorizer, None, Arc::new(Nothing))),
            ending,
        })
    }

    /// Starts all nodes, and waits for the end.
    async fn run(self, count: usize) -> Result<(), Failure> {
        let unheard = |error| Failure::Impossible(format!("signals cannot be caught: {error}"));
        let mut interrupt = signal(SignalKind::interrupt()).map_err(unheard)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(unheard)?;
        let begun = Instant::now();
        let nodes = tokio::select! {
            nodes = self.start(count) => nodes?,
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
        };
        let took = begun.elapsed().as_secs_f64();
        print(format_args!(
            "{count} nodes are connected after {took:.1} s\n"
        ))?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = self.ending.notified() => {}
        }
        let mut leaving = tokio::task::JoinSet::new();
        for node in nodes {
            leaving.spawn(node.stop(FAREWELL));
        }
        while leaving.join_next().await.is_some() {}
        Ok(())
    }

    async fn start(&self, count: usize) -> Result<Vec<Node>, Failure> {
        let mut nodes: Vec<Node> = Vec::with_capacity(count);
        let mut connecting = VecDeque::with_capacity(AT_ONCE);
        for up in 1..=count {
            while nodes.len() < count && connecting.len() < AT_ONCE {
                let node = self.node(nodes.len()).await?;
                connecting.push_back(node.link());
                nodes.push(node);
            }
            if let Some(mut link) = connecting.pop_front() {
                let up = link.wait_for(|it| matches!(it, Link::Up { .. }));
                up.await
                    .map_err(|_| Failure::Impossible("a connection was closed".to_owned()))?;
            }
            if up % TOLD == 0 || up == count {
                // With standard error gone there is nobody to tell.
                let _ = write!(io::stderr(), "\r{up} of {count} nodes");
            }
        }
        let _ = writeln!(io::stderr());
        Ok(nodes)
    }

    /// Starts a node.
    async fn node(&self, number: usize) -> Result<Node, Failure> {
        let identity = format!("{number}-{}.choria.local", self.name);
        let common = &self.membership;
        let signer = match &self.issuer {
            None => common.signer.subscribe(),
            Some(issuer) => watch::channel(Arc::new(self.signer(issuer, &identity)?)).1,
        };
        let view = View {
            facts: Arc::new(facts(number)),
            identity: identity.clone(),
            ..View::default()
        };
        let guard = Guard {
            verifier: Verifier {
                identity: identity.clone(),
                collectives: common.collectives.clone(),
                ..common.guard.verifier.clone()
            },
            replays: Replays::new(REPLAYS),
        };
        let main = common.collectives.first().map_or("", String::as_str);
        let mut dial = common.dial.clone();
        dial.inbox = Some(format!("{main}.reply.{}", id::unique(&identity)));
        dial.name = identity;
        let bus: Arc<dyn Bus> = match Thin::suits(&dial) {
            true => Arc::new(Thin::open(dial)),
            false => {
                let connection = Connection::open(dial).await;
                Arc::new(connection.map_err(|error| Failure::Impossible(error.to_string()))?)
            }
        };
        let config = Config {
            version: self.version.to_owned(),
            collectives: common.collectives.clone(),
            component: Component::Server,
            bus,
            reception: Reception::new(
                guard,
                filter::Semantics::default(),
                filter::Functions::default(),
            ),
            signer,
            dispatch: Arc::clone(&self.dispatch),
            view: watch::channel(Arc::new(view)).1,
            life: Format::default(),
            outbox: None,
        };
        Ok(Node::start(config))
    }

    /// A token for a node, and its key.
    fn signer(&self, issuer: &Seed, identity: &str) -> Result<Signer, Failure> {
        let random = [fastrand::u128(..), fastrand::u128(..)].map(u128::to_be_bytes);
        let digits = id::hex(random.as_flattened());
        let impossible = |error: String| Failure::Impossible(format!("a token: {error}"));
        let seed = Seed::from_hex(&digits.into()).map_err(|it| impossible(it.to_string()))?;
        let claims = json!({
            "purpose": "choria_server",
            "identity": identity,
            "collectives": self.membership.collectives,
            "public_key": seed.public_hex(),
            "ou": "choria",
            "exp": Timestamp::now().as_second() + LIFE,
        });
        let token = token::sign(&claims, issuer).map_err(|it| impossible(it.to_string()))?;
        Signer::token(seed, token, true).map_err(|it| impossible(it.to_string()))
    }
}

/// The name of this host, and five random digits so that several processes can be part of one network.
fn random_name() -> String {
    let host = chorister_system::names::host();
    let host = host.split('.').next().unwrap_or_default();
    format!("{host}-{:05x}", fastrand::u32(..0x10_0000))
}

/// What a node knows of itself, so that filters have something to choose by.
fn facts(number: usize) -> Value {
    const COUNTRIES: [&str; 4] = ["mt", "de", "us", "jp"];
    let country = COUNTRIES.get(number % COUNTRIES.len());
    json!({ "country": country, "emulator": { "number": number } })
}
