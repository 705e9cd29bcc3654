//! A node and a client with a real broker between them.

mod liar;

use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use chorister_bus::{Brokers, Bus, Connection, Credentials, Dial, Link, Subscription, Thin};
use chorister_ddl::{Agent, Calling, Data, Failure, Host, Hosting, RequestContext};
use chorister_ir::ddl::{Action, Ddl, Metadata};
use chorister_ir::{list, text};
use chorister_peers::Broker;
use chorister_policy::{ActionPolicy, Authorizer, Policies, Provider, Settings};
use chorister_proto::filter::{FactFilter, Functions, Operator, Semantics};
use chorister_proto::{Filter, Request, Subject, Version, body, id};
use chorister_security::key::{Seed, public_key};
use chorister_security::token::{self, ClientPermissions};
use chorister_security::{
    Bounds, Guard, Replays, ReplyVerifier, Signatures, Signer, TokenTrust, Trust, VerifiedReply,
    Verifier,
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

use super::*;

const LONG: Duration = Duration::from_secs(60);
const CALLER: &str = "choria=alice.mcollective";

static ACTIONS: [Action; 6] = [
    Action {
        name: text("flood"),
        ..Action::DEFAULT
    },
    Action {
        name: text("echo"),
        ..Action::DEFAULT
    },
    Action {
        name: text("hang"),
        ..Action::DEFAULT
    },
    Action {
        name: text("rights"),
        ..Action::DEFAULT
    },
    Action {
        name: text("panic"),
        ..Action::DEFAULT
    },
    Action {
        name: text("secret"),
        ..Action::DEFAULT
    },
];
static DDL: Ddl = Ddl {
    metadata: Metadata {
        name: text("mirror"),
        timeout: Duration::from_secs(1),
        ..Metadata::DEFAULT
    },
    actions: list(&ACTIONS),
};

/// Says what it is told, or does what no agent should.
struct Mirror;

impl Agent for Mirror {
    fn ddl(&self) -> &'static Ddl {
        &DDL
    }

    fn call<'a>(&'a self, cx: &'a RequestContext, action: &'a str, mut data: Data) -> Calling<'a> {
        Box::pin(async move {
            match action {
                "echo" => {
                    data.insert("caller".to_owned(), cx.caller.as_str().into());
                    assert!(cx.deadline > Instant::now());
                    Ok(data)
                }
                "hang" => std::future::pending().await,
                "rights" => {
                    for action in ["echo", "secret"] {
                        let may = cx.rights.may_call("mirror", action);
                        data.insert(action.to_owned(), may.into());
                    }
                    Ok(data)
                }
                "flood" => {
                    data.insert("text".to_owned(), "x".repeat(2 << 20).into());
                    Ok(data)
                }
                "panic" => panic!("the agent has a mistake"),
                _ => Err(Failure::missing("nothing here")),
            }
        })
    }
}

struct Nothing;

impl Host for Nothing {}

fn seed(digit: char) -> Seed {
    let hex: String = core::iter::repeat_n(digit, 64).collect();
    Seed::from_hex(&SecretString::from(hex)).expect("a seed")
}

/// An organization with a broker and one node.
struct Site {
    _home: TempDir,
    broker: Broker,
    issuer: Seed,
    node: Node,
}

impl Site {
    async fn start() -> Option<Self> {
        Self::over(|connection, _| connection).await
    }

    /// A node with a connection of this kind.
    async fn over(bus: impl FnOnce(Arc<dyn Bus>, Dial) -> Arc<dyn Bus>) -> Option<Self> {
        let home = tempfile::tempdir().expect("a folder");
        let broker = Broker::start(home.path(), "")?;
        let issuer = seed('1');
        let config = config(&broker, &issuer).await;
        let node = Node::start(Config {
            bus: bus(config.bus, dial(&broker, "n1.example.net")),
            ..config
        });
        let mut link = node.link();
        let up = link.wait_for(|it| matches!(it, Link::Up { .. }));
        tokio::time::timeout(LONG, up)
            .await
            .expect("in time")
            .expect("a link");
        Some(Self {
            _home: home,
            broker,
            issuer,
            node,
        })
    }

    async fn client(&self) -> Client {
        let connection = Connection::open(dial(&self.broker, "client"))
            .await
            .expect("a connection");
        let reply_to = format!("choria.reply.{}.0", id::unique(CALLER));
        let replies = connection
            .subscribe(reply_to.as_str(), None)
            .await
            .expect("subscribed");
        connection.flush().await.expect("flushed");
        Client {
            connection,
            replies,
            reply_to,
            signer: caller(&self.issuer),
            trust: TokenTrust::Signers(vec![public_key(&self.issuer.public_hex()).expect("a key")]),
        }
    }
}

/// Signs as somebody who may make requests.
fn caller(issuer: &Seed) -> Signer {
    let claims = json!({
        "purpose": "choria_client_id",
        "callerid": CALLER,
        "public_key": seed('2').public_hex(),
        "permissions": ClientPermissions { fleet_management: true, ..ClientPermissions::default() },
        "exp": Timestamp::now().as_second() + 3600,
    });
    Signer::Token {
        seed: seed('2'),
        token: token::sign(&claims, issuer).expect("a token"),
        sign_replies: false,
    }
}

fn request(agent: &str, body: &[u8]) -> Request {
    let now = Timestamp::now();
    let mut request = Request {
        version: Version::V2,
        id: id::request_v2(now.as_second(), fastrand::u128(..).to_be_bytes()),
        sender: "client.example.net".to_owned(),
        caller: CALLER.to_owned(),
        collective: "choria".to_owned(),
        agent: agent.to_owned(),
        ttl: 60,
        time: now,
        filter: None,
        payload: Vec::new(),
    };
    request.set_body(body);
    request
}

/// Somebody with a token.
struct Client {
    connection: Connection,
    replies: Subscription,
    reply_to: String,
    signer: Signer,
    trust: TokenTrust,
}

impl Client {
    fn bytes(&self, request: &Request) -> Vec<u8> {
        let transport = self
            .signer
            .request_transport(request, &self.reply_to)
            .expect("signed");
        transport.encode()
    }

    async fn send(&self, request: &Request) {
        let agent = &request.agent;
        let subject = Subject::Agent {
            collective: "choria",
            agent,
        }
        .to_string();
        self.connection
            .publish(subject, self.bytes(request))
            .await
            .expect("published");
    }

    async fn reply(&mut self) -> VerifiedReply {
        let next = tokio::time::timeout(LONG, self.replies.next());
        let message = next.await.expect("in time").expect("a message");
        let verifier = ReplyVerifier {
            trust: Some(self.trust.clone()),
            signed_only: false,
        };
        verifier
            .verify(&message.payload, None, Timestamp::now())
            .expect("a true reply")
    }

    async fn ask(&mut self, action: &str, data: Value) -> body::Reply {
        let Value::Object(data) = data else {
            panic!("an object")
        };
        let call = body::Request {
            agent: "mirror".to_owned(),
            action: action.to_owned(),
            data,
        };
        let request = request("mirror", &call.encode());
        self.send(&request).await;
        let reply = self.reply().await;
        assert_eq!(reply.reply.request, request.id);
        body::Reply::decode(&reply.reply.payload).expect("the result of a call")
    }
}

fn dial(broker: &Broker, name: &str) -> Dial {
    dial_at(&broker.host(), name)
}

fn dial_at(address: &str, name: &str) -> Dial {
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

async fn config(broker: &Broker, issuer: &Seed) -> Config {
    config_at(&broker.host(), issuer).await
}

async fn config_at(address: &str, issuer: &Seed) -> Config {
    let identity = "n1.example.net".to_owned();
    let key = public_key(&issuer.public_hex()).expect("a key");
    let guard = Guard {
        verifier: Verifier {
            trust: Trust::Tokens(TokenTrust::Signers(vec![key])),
            identity: identity.clone(),
            collectives: vec!["choria".to_owned()],
            bounds: Bounds::default(),
            signatures: Signatures::default(),
        },
        replays: Replays::default(),
    };
    let policy = ActionPolicy::parse(
        "mirror.policy",
        "policy default deny\nallow\t*\techo flood hang panic rights typo\t*\t*\n",
        Semantics::default(),
    );
    let policies = Policies {
        actions: [("mirror".to_owned(), Ok(policy))].into(),
        ..Policies::default()
    };
    let authorizer = Authorizer::new(Provider::ActionPolicy, Settings::default(), policies);
    let (_, authorizer) = watch::channel(Arc::new(authorizer));
    let roster = Roster::new();
    roster.host(Arc::new(Mirror));
    let dispatch = Dispatch::new(roster, authorizer, None, Arc::new(Nothing));
    let view = View {
        identity,
        classes: vec!["web".to_owned()],
        facts: Arc::new(json!({"os": {"family": "Debian"}})),
        is_provisioning: false,
    };
    let signer = Signer::Token {
        seed: seed('3'),
        token: "unused".to_owned(),
        sign_replies: false,
    };
    let connection = Connection::open(dial_at(address, "n1.example.net")).await;
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

#[tokio::test]
async fn a_node_answers_whoever_may_ask() {
    let Some(site) = Site::start().await else {
        return;
    };
    is_answered(site).await;
}

#[tokio::test]
async fn a_node_on_a_thin_connection_is_the_same() {
    let thin = |_, dial| Arc::new(Thin::open(dial)) as Arc<dyn Bus>;
    let Some(site) = Site::over(thin).await else {
        return;
    };
    is_answered(site).await;
}

async fn is_answered(site: Site) {
    let mut client = site.client().await;
    client.send(&request("discovery", body::PING)).await;
    let pong = client.reply().await;
    assert_eq!(pong.reply.payload, body::PONG);
    assert_eq!(pong.reply.sender, "n1.example.net");

    let reply = client.ask("echo", json!({"text": "hello"})).await;
    assert_eq!(
        (reply.status, reply.message.as_str()),
        (body::Status::Ok, "OK")
    );
    assert_eq!(reply.data, json!({"text": "hello", "caller": CALLER}));
    site.node.stop(LONG).await;
}

#[tokio::test]
async fn every_call_is_answered_whatever_the_agent_does() {
    let Some(site) = Site::start().await else {
        return;
    };
    let mut client = site.client().await;
    let mut said = Vec::new();
    for action in [
        "unknown", "typo", "flood", "secret", "panic", "hang", "echo",
    ] {
        let reply = client.ask(action, json!({})).await;
        said.push((reply.status.code(), reply.message));
    }
    let said: Vec<(u8, &str)> = said
        .iter()
        .map(|(code, text)| (*code, text.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (1, "You are not authorized to call this agent or action"),
            (2, "Unknown action typo for agent mirror"),
            (5, "The reply is larger than what the broker takes"),
            (1, "You are not authorized to call this agent or action"),
            (5, "The agent mirror failed unexpectedly"),
            (5, "timeout after 1s"),
            (0, "OK"),
        ]
    );
    let request = request("mirror", b"no call");
    client.send(&request).await;
    let reply = body::Reply::decode(&client.reply().await.reply.payload).expect("a result");
    assert_eq!(reply.status, body::Status::InvalidData);
}

#[tokio::test]
async fn an_agent_knows_what_else_whoever_asks_may_call() {
    let Some(site) = Site::start().await else {
        return;
    };
    let mut client = site.client().await;
    let reply = client.ask("rights", json!({})).await;
    assert_eq!(reply.data, json!({"echo": true, "secret": false}));
}

#[tokio::test]
async fn what_is_not_true_or_not_for_this_node_is_not_answered() {
    let Some(site) = Site::start().await else {
        return;
    };
    let mut client = site.client().await;
    let subject = "choria.broadcast.agent.discovery";
    let ping = request("discovery", body::PING);
    let twice = client.bytes(&ping);

    let mut changed = twice.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let mut expired = request("discovery", body::PING);
    expired.time = Timestamp::from_second(1).expect("a time");
    let mut elsewhere = request("discovery", body::PING);
    elsewhere.collective = "other".to_owned();
    let mut other = request("discovery", body::PING);
    other.filter = Some(Filter {
        facts: vec![FactFilter {
            fact: "os.family".to_owned(),
            operator: Operator::Equal,
            value: "RedHat".to_owned(),
        }],
        ..Filter::default()
    });
    for bytes in [
        changed,
        client.bytes(&expired),
        client.bytes(&elsewhere),
        client.bytes(&other),
        b"garbage".to_vec(),
        twice.clone(),
        twice,
    ] {
        client
            .connection
            .publish(subject, bytes)
            .await
            .expect("published");
    }
    // A last request: what came before was looked at before it.
    let last = request("discovery", body::PING);
    client.send(&last).await;
    assert_eq!(client.reply().await.reply.request, ping.id);
    assert_eq!(client.reply().await.reply.request, last.id);
    let counters = site.node.counters();
    let counted = Count::ALL.map(|it| (it.name(), counters.get(it)));
    assert_eq!(
        counted[..5],
        [
            ("total", 8),
            ("validated", 2),
            ("unvalidated", 4),
            ("passed", 2),
            ("filtered", 1)
        ]
    );
    assert_eq!(counters.get(Count::TtlExpired), 1);
}

#[tokio::test]
async fn a_node_tells_when_it_comes_and_goes() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(broker) = Broker::start(home.path(), "") else {
        return;
    };
    let viewer = Connection::open(dial(&broker, "viewer"))
        .await
        .expect("a connection");
    let mut events = viewer
        .subscribe("choria.lifecycle.>", None)
        .await
        .expect("subscribed");
    viewer.flush().await.expect("flushed");
    let node = Node::start(config(&broker, &seed('1')).await);
    let told = events.next().await.expect("an event");
    assert_eq!(told.subject, "choria.lifecycle.event.startup.server");
    node.stop(LONG).await;
    let told = events.next().await.expect("an event");
    assert_eq!(told.subject, "choria.lifecycle.event.shutdown.server");
    let event: Value = serde_json::from_slice(&told.payload).expect("JSON");
    assert_eq!(event["subject"], "n1.example.net");
}

#[tokio::test]
async fn whom_a_node_believes_changes_while_it_runs() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(broker) = Broker::start(home.path(), "") else {
        return;
    };
    let (old, new) = (seed('1'), seed('9'));
    let signers = |of: &Seed| {
        let key = public_key(&of.public_hex()).expect("a key");
        Trust::Tokens(TokenTrust::Signers(vec![key]))
    };
    let trust = watch::Sender::new(signers(&old));
    let viewer = Connection::open(dial(&broker, "viewer")).await;
    let viewer = viewer.expect("a connection");
    let events = viewer.subscribe("choria.lifecycle.event.startup.>", None);
    let mut events = events.await.expect("subscribed");
    viewer.flush().await.expect("flushed");
    // It connects after the viewer, whose broker knows by then what it listens to.
    let mut config = config(&broker, &old).await;
    config.reception = config.reception.renewed(trust.subscribe());
    let node = Node::start(config);
    events.next().await.expect("it listens");
    let site = Site {
        _home: home,
        broker,
        issuer: old,
        node,
    };
    let mut client = site.client().await;
    trust.send_replace(signers(&new));
    // Believed before, and not any more.
    client.send(&request("discovery", body::PING)).await;
    client.signer = caller(&new);
    let ping = request("discovery", body::PING);
    client.send(&ping).await;
    assert_eq!(client.reply().await.reply.request, ping.id);
}

#[tokio::test]
async fn no_reply_goes_where_none_belongs() {
    let Some(site) = Site::start().await else {
        return;
    };
    let mut client = site.client().await;
    let events = client.connection.subscribe("choria.lifecycle.>", None);
    let mut events = events.await.expect("subscribed");
    client.connection.flush().await.expect("flushed");
    let own = client.reply_to.clone();
    let astray = [
        ">",
        "$JS.API.STREAM.DELETE.X",
        "choria.lifecycle.event.startup.server",
        "choria.broadcast.agent.discovery",
    ];
    for to in astray {
        client.reply_to = to.to_owned();
        client.send(&request("discovery", body::PING)).await;
    }
    client.reply_to = own;
    let last = request("discovery", body::PING);
    client.send(&last).await;
    assert_eq!(client.reply().await.reply.request, last.id);
    let counters = site.node.counters();
    let counted = [Count::Total, Count::Unvalidated, Count::Replies];
    assert_eq!(counted.map(|it| counters.get(it)), [5, 4, 1]);
    site.node.stop(LONG).await;
    let told = events.next().await.expect("an event");
    assert_eq!(told.subject, "choria.lifecycle.event.shutdown.server");
}
