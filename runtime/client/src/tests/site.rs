//! An organization with a broker, nodes and a client.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chorister_bus::{Brokers, Connection, Credentials, Dial};
use chorister_ddl::{Agent, Calling, Data, Failure, Host, Hosting, RequestContext};
use chorister_ir::ddl::{Action, Ddl, Metadata};
use chorister_ir::{list, text};
use chorister_node::{Component, Config, Dispatch, Format, Node, Reception, Roster, View};
use chorister_peers::Broker;
use chorister_policy::{ActionPolicy, Authorizer, Policies, Provider, Settings};
use chorister_proto::filter::{Functions, Semantics};
use chorister_security::key::{Holder, RsaKey, Seed, public_key};
use chorister_security::testing::{Authority, Wanted, certified, rsa, rsa_pair};
use chorister_security::token::{self, ClientPermissions};
use chorister_security::{
    Bounds, Guard, Replays, ReplyVerifier, Signatures, Signer, TokenTrust, Trust, Verifier,
};
use chorister_std::rpcutil::{self, RpcutilAgent, RpcutilService};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::{Client, Profile};

/// Longer than anything takes.
pub(super) const LONG: Duration = Duration::from_secs(60);
pub(super) const CALLER: &str = "choria=alice.mcollective";
const POLICY: &str = "policy default deny\nallow\t*\tping get_fact inventory echo\t*\t*\n";

/// Tells facts, and fails at the inventory.
struct Facts(&'static str);

type Answered<T> = Result<T, Failure>;

fn nothing<T>() -> Answered<T> {
    Err(Failure::aborted("nothing here"))
}

impl RpcutilAgent for Facts {
    async fn agent_inventory(&self, _: &RequestContext) -> Answered<rpcutil::AgentInventoryOutput> {
        nothing()
    }
    async fn collective_info(&self, _: &RequestContext) -> Answered<rpcutil::CollectiveInfoOutput> {
        nothing()
    }
    async fn daemon_stats(&self, _: &RequestContext) -> Answered<rpcutil::DaemonStatsOutput> {
        nothing()
    }
    async fn get_config_item(
        &self,
        _: &RequestContext,
        _: rpcutil::GetConfigItemInput,
    ) -> Answered<rpcutil::GetConfigItemOutput> {
        nothing()
    }
    async fn get_data(&self, _: &RequestContext, _: rpcutil::GetDataInput) -> Answered<Data> {
        nothing()
    }
    async fn get_fact(
        &self,
        _: &RequestContext,
        input: rpcutil::GetFactInput,
    ) -> Answered<rpcutil::GetFactOutput> {
        Ok(rpcutil::GetFactOutput {
            fact: Some(input.fact.to_string()),
            value: Some(json!(self.0)),
        })
    }
    async fn get_facts(
        &self,
        _: &RequestContext,
        _: rpcutil::GetFactsInput,
    ) -> Answered<rpcutil::GetFactsOutput> {
        nothing()
    }
    async fn inventory(&self, _: &RequestContext) -> Answered<rpcutil::InventoryOutput> {
        nothing()
    }
    async fn ping(&self, _: &RequestContext) -> Answered<rpcutil::PingOutput> {
        Ok(rpcutil::PingOutput { pong: Some(1.0) })
    }
}

static ECHO: [Action; 1] = [Action {
    name: text("echo"),
    ..Action::DEFAULT
}];

/// An agent of which one node answers.
pub(super) static SERVICE: Ddl = Ddl {
    metadata: Metadata {
        name: text("mirror"),
        timeout: LONG,
        service: true,
        ..Metadata::DEFAULT
    },
    actions: list(&ECHO),
};

/// Says what it is told.
struct Mirror;

impl Agent for Mirror {
    fn ddl(&self) -> &'static Ddl {
        &SERVICE
    }

    fn call<'a>(&'a self, _: &'a RequestContext, _: &'a str, data: Data) -> Calling<'a> {
        Box::pin(async move { Ok(data) })
    }
}

struct Nothing;

impl Host for Nothing {}

fn seed(digit: char) -> Seed {
    let hex: String = core::iter::repeat_n(digit, 64).collect();
    Seed::from_hex(&SecretString::from(hex)).expect("a seed")
}

fn expiry() -> i64 {
    Timestamp::now().as_second() + 3600
}

fn issuer() -> TokenTrust {
    TokenTrust::Signers(vec![public_key(&seed('1').public_hex()).expect("a key")])
}

/// What a node signs with.
pub(super) fn node_signer(identity: &str, digit: char) -> Signer {
    let claims = json!({
        "purpose": "choria_server",
        "identity": identity,
        "collectives": ["choria"],
        "public_key": seed(digit).public_hex(),
        "exp": expiry(),
    });
    Signer::Token {
        seed: seed(digit),
        token: token::sign(&claims, &seed('1')).expect("a token"),
        sign_replies: true,
    }
}

pub(super) fn dial(address: &str, name: &str) -> Dial {
    Dial {
        name: name.to_owned(),
        brokers: Brokers {
            configured: vec![address.parse().expect("an address")],
            ..Brokers::default()
        },
        credentials: Credentials::None,
        trust: None,
        identity: None,
        inbox: None,
        timeout: LONG,
        ping: LONG,
    }
}

/// How an organization shows who is who.
pub(super) enum Organization {
    /// Version 2.
    Tokens,
    /// Version 1.
    Certificates(Box<Authority>),
}

/// Something that holds a key.
#[derive(Debug)]
pub(super) struct Device {
    key: RsaKey,
    signed: AtomicUsize,
}

impl Device {
    /// How many times it was asked to sign.
    pub(super) fn signed(&self) -> usize {
        self.signed.load(Ordering::Relaxed)
    }
}

impl Holder for Device {
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.signed.fetch_add(1, Ordering::Relaxed);
        self.key.sign(message)
    }
}

/// An organization with a broker and two nodes.
pub(super) struct Site {
    _home: TempDir,
    pub(super) broker: Broker,
    organization: Organization,
    _nodes: Vec<Node>,
}

impl Site {
    pub(super) async fn start() -> Option<Self> {
        Self::of(Organization::Tokens).await
    }

    pub(super) async fn of(organization: Organization) -> Option<Self> {
        let home = tempfile::tempdir().expect("a folder");
        let broker = Broker::start(home.path(), "")?;
        let viewer = open(&broker, "viewer").await;
        let startups = "choria.lifecycle.event.startup.server";
        let mut startups = viewer.subscribe(startups, None).await.expect("subscribed");
        viewer.flush().await.expect("flushed");
        let mut nodes = Vec::new();
        for (identity, country, digit) in
            [("n1.example.net", "mt", '3'), ("n2.example.net", "de", '4')]
        {
            let (trust, signer) = organization.node(identity, digit);
            let config = config(&broker, identity, country, trust, signer);
            nodes.push(Node::start(config.await));
            // It listens by then.
            let started = tokio::time::timeout(LONG, startups.next());
            started.await.expect("in time").expect("an event");
        }
        Some(Self {
            _home: home,
            broker,
            organization,
            _nodes: nodes,
        })
    }

    /// A client whose key a device holds, which counts what it signs.
    pub(super) async fn client_with_device(&self) -> (Client, Arc<Device>) {
        let Organization::Certificates(authority) = &self.organization else {
            panic!("devices have certificates");
        };
        let pair = rsa_pair();
        let device = Arc::new(Device {
            key: rsa(&pair),
            signed: AtomicUsize::new(0),
        });
        let certificate = authority.certify(&Wanted::default(), &pair);
        let signer = Signer::certificate(RsaKey::held(Arc::clone(&device) as _), certificate);
        let signer = watch::channel(Arc::new(signer.expect("a signer"))).1;
        device.signed.store(0, Ordering::Relaxed);
        let profile = Profile {
            signer,
            ..self.organization.profile()
        };
        let client = Client::new(open(&self.broker, "client").await, profile);
        (client, device)
    }

    /// A client that believes as little as it can.
    pub(super) async fn client(&self) -> Client {
        self.client_over(open(&self.broker, "client").await)
    }

    /// The same over a connection that is there.
    pub(super) fn client_over(&self, connection: Connection) -> Client {
        Client::new(connection, self.organization.profile())
    }
}

pub(super) async fn open(broker: &Broker, name: &str) -> Connection {
    let connection = Connection::open(dial(&broker.host(), name)).await;
    connection.expect("a connection")
}

impl Organization {
    /// Whom a node believes, and what it signs with.
    fn node(&self, identity: &str, digit: char) -> (Trust, Signer) {
        match self {
            Self::Tokens => (Trust::Tokens(issuer()), node_signer(identity, digit)),
            Self::Certificates(authority) => {
                let wanted = Wanted {
                    common_name: identity,
                    dns_names: &[identity],
                    ..Wanted::default()
                };
                let trust = authority.guard().verifier.trust;
                (trust, certified(authority, &wanted))
            }
        }
    }

    /// Who asks.
    pub(super) fn profile(&self) -> Profile {
        let (signer, trust) = match self {
            Self::Tokens => (client_signer(), Some(issuer())),
            Self::Certificates(authority) => (certified(authority, &Wanted::default()), None),
        };
        let signer = watch::channel(Arc::new(signer)).1;
        Profile {
            verifier: ReplyVerifier {
                signed_only: trust.is_some(),
                trust,
            },
            discovery_timeout: LONG,
            ..Profile::new(CALLER, "client.example.net", "choria", signer)
        }
    }
}

fn client_signer() -> Signer {
    let permissions = ClientPermissions {
        fleet_management: true,
        ..ClientPermissions::default()
    };
    let claims = json!({
        "purpose": "choria_client_id",
        "callerid": CALLER,
        "public_key": seed('2').public_hex(),
        "permissions": permissions,
        "exp": expiry(),
    });
    Signer::Token {
        seed: seed('2'),
        token: token::sign(&claims, &seed('1')).expect("a token"),
        sign_replies: false,
    }
}

async fn config(
    broker: &Broker,
    identity: &str,
    country: &'static str,
    trust: Trust,
    signer: Signer,
) -> Config {
    let guard = Guard {
        verifier: Verifier {
            trust,
            identity: identity.to_owned(),
            collectives: vec!["choria".to_owned()],
            bounds: Bounds::default(),
            signatures: Signatures::default(),
        },
        replays: Replays::default(),
    };
    let policy = |agent: &str| {
        let file = format!("{agent}.policy");
        let policy = ActionPolicy::parse(&file, POLICY, Semantics::default());
        (agent.to_owned(), Ok(policy))
    };
    let policies = Policies {
        actions: [policy("rpcutil"), policy("mirror")].into(),
        ..Policies::default()
    };
    let authorizer = Authorizer::new(Provider::ActionPolicy, Settings::default(), policies);
    let roster = Roster::new();
    roster.host(Arc::new(RpcutilService(Facts(country))));
    roster.host(Arc::new(Mirror));
    let authorizer = watch::channel(Arc::new(authorizer)).1;
    let dispatch = Dispatch::new(roster, authorizer, None, Arc::new(Nothing));
    let view = View {
        identity: identity.to_owned(),
        classes: vec!["web".to_owned()],
        facts: Arc::new(json!({"country": country})),
        is_provisioning: false,
    };
    let connection = Connection::open(dial(&broker.host(), identity)).await;
    Config {
        version: "0.1.0".to_owned(),
        collectives: vec!["choria".to_owned()],
        component: Component::Server,
        bus: Arc::new(connection.expect("a connection")),
        reception: Reception::new(guard, Semantics::default(), Functions::default()),
        signer: watch::channel(Arc::new(signer)).1,
        dispatch: Arc::new(dispatch),
        view: watch::channel(Arc::new(view)).1,
        life: Format::default(),
        outbox: None,
    }
}
