//! A real node, a real broker with TLS, and a client that speaks the wire protocol.

mod actions;
mod agents;
mod asked;
mod audit;
mod bundles;
mod cards;
mod collectives;
mod embedded;
mod enrolment;
mod events;
mod external;
mod jobs;
mod node;
mod plugins;
mod reports;
mod streams;

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_bus::{Brokers, Connection, Credentials, Dial, Subscription};
use chorister_peers::Broker;
use chorister_proto::{Request, Version, body, id};
use chorister_security::key::{RsaKey, Seed, public_key};
use chorister_security::token::{self, ClientPermissions};
use chorister_security::{ReplyVerifier, Signer, TokenTrust};
use chorister_system::tls::{Identity, Trust};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PKCS_RSA_SHA256,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::node::{Node, binary};

const LONG: Duration = Duration::from_secs(60);
const NODE: &str = "n1.example.net";
const CALLER: &str = "choria=alice.mcollective";

/// An organization: authorities, a broker with TLS, and the keys of everybody.
struct Site {
    home: TempDir,
    broker: Broker,
    issuer: Seed,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Site {
    fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// With more about the TLS of the broker.
    fn start_with(tls: &str) -> Option<Self> {
        let home = tempfile::tempdir().expect("a folder");
        let mut of_authority = CertificateParams::default();
        of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        of_authority
            .distinguished_name
            .push(DnType::CommonName, "authority");
        let authority = CertifiedIssuer::self_signed(of_authority, rsa()).expect("an authority");
        let file = |name: &str| home.path().join(name);
        fs::write(file("ca.pem"), authority.pem()).expect("written");
        let tls = format!(
            "tls {{ cert_file: {:?}, key_file: {:?}, ca_file: {:?}, {tls} }}",
            file("broker.pem"),
            file("broker.key"),
            file("ca.pem"),
        );
        let issuer = seed('1');
        certify(&authority, home.path(), "broker", "127.0.0.1");
        certify(&authority, home.path(), "node", NODE);
        certify(&authority, home.path(), "alice", "alice.mcollective");
        let broker = Broker::start(home.path(), &tls)?;
        Some(Self {
            home,
            broker,
            issuer,
            authority,
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A token that counts for two days, so that nobody warns of its end.
    fn token(&self, of: &Seed, mut claims: Value) -> String {
        claims["public_key"] = of.public_hex().into();
        claims["exp"] = (Timestamp::now().as_second() + 48 * 3600).into();
        token::sign(&claims, &self.issuer).expect("a token")
    }

    /// The configuration of a node, with what is said about security.
    fn configuration(&self, security: &str) -> PathBuf {
        let path = self.file("server.conf");
        let host = self.broker.host();
        let text = format!(
            "identity = {NODE}\nplugin.choria.middleware_hosts = {host}\nclassesfile = {}\n{security}",
            self.file("classes.txt").display()
        );
        fs::write(self.file("classes.txt"), "web\n").expect("written");
        fs::create_dir_all(self.file("policies")).expect("made");
        fs::write(&path, text).expect("written");
        path
    }

    /// The configuration of a node with a certificate.
    fn with_certificates(&self, more: &str) -> PathBuf {
        self.configuration(&format!(
            "plugin.security.provider = file\nplugin.security.file.certificate = {}\n\
             plugin.security.file.key = {}\nplugin.security.file.ca = {}\n{more}",
            self.file("node.pem").display(),
            self.file("node.key").display(),
            self.file("ca.pem").display(),
        ))
    }

    /// Somebody with a certificate.
    fn alice(&self) -> Signer {
        let text = |name: &str| fs::read_to_string(self.file(name)).expect("a file");
        let key = RsaKey::from_pem(&text("alice.key").into()).expect("a key");
        Signer::certificate(key, text("alice.pem")).expect("a signer")
    }

    /// A connection of Alice.
    async fn connection(&self) -> Connection {
        let dial = Dial {
            name: "client".to_owned(),
            brokers: Brokers {
                configured: vec![self.broker.host().parse().expect("an address")],
                ..Brokers::default()
            },
            credentials: Credentials::None,
            trust: Some(Trust::File(self.file("ca.pem"))),
            identity: Some(Identity::Files {
                certificate: self.file("alice.pem"),
                key: self.file("alice.key"),
            }),
            inbox: None,
            timeout: LONG,
            ping: LONG,
        };
        Connection::open(dial).await.expect("a connection")
    }

    /// The configuration of a node with a token.
    fn with_tokens(&self, more: &str) -> PathBuf {
        let claims = json!({
            "purpose": "choria_server", "identity": NODE, "collectives": ["choria"], "ou": "choria",
        });
        fs::write(self.file("node.jwt"), self.token(&seed('3'), claims)).expect("written");
        fs::write(self.file("node.seed"), "3".repeat(64)).expect("written");
        self.configuration(&format!(
            "plugin.security.provider = choria\nplugin.security.choria.token_file = {}\n\
             plugin.security.choria.seed_file = {}\nplugin.security.choria.ca = {}\n\
             plugin.security.choria.trusted_signers = {}\n{more}",
            self.file("node.jwt").display(),
            self.file("node.seed").display(),
            self.file("ca.pem").display(),
            self.issuer.public_hex(),
        ))
    }

    /// Somebody with a token.
    fn alice_with_token(&self) -> Signer {
        let claims = json!({
            "purpose": "choria_client_id",
            "callerid": CALLER,
            "permissions": ClientPermissions { fleet_management: true, ..ClientPermissions::default() },
        });
        Signer::Token {
            seed: seed('2'),
            token: self.token(&seed('2'), claims),
            sign_replies: false,
        }
    }

    async fn client(&self, collective: &str, signer: Signer) -> Client {
        let reply_to = format!("{collective}.reply.{}.0", id::unique(CALLER));
        let connection = self.connection().await;
        let replies = connection
            .subscribe(reply_to.as_str(), None)
            .await
            .expect("subscribed");
        connection.flush().await.expect("flushed");
        Client {
            connection,
            replies,
            reply_to,
            collective: collective.to_owned(),
            signer: Arc::new(signer),
        }
    }
}

/// Starts the distribution of an author.
fn workshop(site: &Site, more: &str) -> Node {
    let configuration = site.with_certificates(&format!("rpcauthorization = 0\n{more}"));
    let configuration = configuration.display().to_string();
    Node::start(&binary("workshop"), &["--config", &configuration])
}

fn rsa() -> KeyPair {
    KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key")
}

fn seed(digit: char) -> Seed {
    let hex: String = core::iter::repeat_n(digit, 64).collect();
    Seed::from_hex(&hex.into()).expect("a seed")
}

/// Writes a certificate for a name, and its key.
fn certify(authority: &CertifiedIssuer<'_, KeyPair>, home: &Path, file: &str, name: &str) {
    let mut wanted = CertificateParams::new([name.to_owned()]).expect("a name");
    wanted.distinguished_name.push(DnType::CommonName, name);
    let key = rsa();
    let certificate = wanted.signed_by(&key, authority).expect("a certificate");
    let write = |ending: &str, text: String| {
        fs::write(home.join(format!("{file}.{ending}")), text).expect("written");
    };
    write("pem", certificate.pem());
    write("key", key.serialize_pem());
}

struct Client {
    connection: Connection,
    replies: Subscription,
    reply_to: String,
    collective: String,
    signer: Arc<Signer>,
}

impl Client {
    /// Asks until somebody answers: a node that has just been started may not be there yet.
    async fn ping(&mut self) -> (String, Vec<u8>, bool) {
        self.ask("discovery", body::PING).await
    }

    /// Asks an agent until somebody answers: who, what, and whether that is signed.
    async fn ask(&mut self, agent: &str, body: &[u8]) -> (String, Vec<u8>, bool) {
        let mut asked = Vec::new();
        loop {
            asked.push(self.publish(agent, body).await);
            let again = tokio::time::Instant::now() + Duration::from_secs(1);
            while let Ok(message) = tokio::time::timeout_at(again, self.replies.next()).await {
                let message = message.expect("a message");
                let reply = self
                    .verifier()
                    .verify(&message.payload, None, Timestamp::now());
                let reply = reply.expect("a true reply");
                // Others answer what was asked before.
                if asked.contains(&reply.reply.request) {
                    return (reply.reply.sender, reply.reply.payload, reply.signed);
                }
            }
        }
    }

    /// Has an agent do something once it is there.
    async fn rpc(&mut self, agent: &str, action: &str, data: Value) -> body::Reply {
        let (sender, payload, _) = self.ask(agent, &call(agent, action, data)).await;
        assert_eq!(sender, NODE);
        body::Reply::decode(&payload).expect("a reply")
    }

    /// Has an agent do something once, in every sense: the node is there.
    async fn call(&mut self, agent: &str, action: &str, data: Value) -> body::Reply {
        let asked = self.publish(agent, &call(agent, action, data)).await;
        loop {
            let message = self.replies.next().await.expect("a message");
            let verified = self
                .verifier()
                .verify(&message.payload, None, Timestamp::now());
            let reply = verified.expect("a true reply").reply;
            // Others answer what was asked before.
            if reply.request == asked {
                assert_eq!(reply.sender, NODE);
                return body::Reply::decode(&reply.payload).expect("a reply");
            }
        }
    }

    /// Asks an agent, and waits for nothing; the request's id.
    async fn publish(&self, agent: &str, body: &[u8]) -> String {
        let request = self.request(agent, body);
        let transport = self
            .signer
            .request_transport(&request, &self.reply_to)
            .expect("signed");
        let kind = if agent == "greeter" {
            "service"
        } else {
            "agent"
        };
        let subject = format!("{}.broadcast.{kind}.{agent}", self.collective);
        self.connection
            .publish(subject, transport.encode())
            .await
            .expect("published");
        request.id
    }

    /// The next reply: the request's id, and who answers.
    async fn next(&mut self) -> (String, String) {
        let message = self.replies.next().await.expect("a message");
        let verified = self
            .verifier()
            .verify(&message.payload, None, Timestamp::now());
        let reply = verified.expect("a true reply").reply;
        (reply.request, reply.sender)
    }

    fn request(&self, agent: &str, body: &[u8]) -> Request {
        let now = Timestamp::now();
        let random: [u8; 16] = now.as_nanosecond().to_be_bytes();
        let version = self.signer.version();
        let mut request = Request {
            version,
            id: match version {
                Version::V1 => id::request_v1(random),
                Version::V2 => id::request_v2(now.as_second(), random),
            },
            sender: "client.example.net".to_owned(),
            caller: CALLER.to_owned(),
            collective: self.collective.clone(),
            agent: agent.to_owned(),
            ttl: 60,
            time: now,
            filter: None,
            payload: Vec::new(),
        };
        request.set_body(body);
        request
    }

    fn verifier(&self) -> ReplyVerifier {
        let is_signed = self.signer.version() == Version::V2;
        let issuer = || public_key(&seed('1').public_hex()).expect("a key");
        ReplyVerifier {
            trust: is_signed.then(|| TokenTrust::Signers(vec![issuer()])),
            signed_only: is_signed,
        }
    }
}

/// The body of a request.
fn call(agent: &str, action: &str, data: Value) -> Vec<u8> {
    let Value::Object(data) = data else {
        panic!("an object")
    };
    let request = body::Request {
        agent: agent.to_owned(),
        action: action.to_owned(),
        data,
    };
    request.encode()
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(LONG, test).await.expect("in time") })
}

#[test]
fn a_node_with_a_token_joins_and_answers() {
    let Some(site) = Site::start() else { return };
    let configuration = site.with_tokens("");
    let node = Node::start(
        &binary("chorister"),
        &["--config", &configuration.display().to_string()],
    );
    let signer = site.alice_with_token();
    run(async {
        let mut client = site.client("choria", signer).await;
        let (sender, body, signed) = client.ping().await;
        assert_eq!(
            (sender.as_str(), body.as_slice(), signed),
            (NODE, body::PONG, true)
        );
    });
    let status = node.ask_until(&["status", "--json"], |it| it["problems"] == json!([]));
    assert_eq!(status["identity"], NODE);
}

#[test]
fn a_node_that_authorises_nothing_misses_no_policies() {
    let Some(site) = Site::start() else { return };
    let configuration = site.with_tokens("rpcauthorization = 0\n");
    fs::remove_dir_all(site.file("policies")).expect("removed");
    let configuration = configuration.display().to_string();
    let node = Node::start(&binary("chorister"), &["--config", &configuration]);
    node.ask_until(&["agents", "--json"], |it| it != &json!([]));
    let status = node.ask_until(&["status", "--json"], |_| true);
    assert_eq!(status["problems"], json!([]));
}

#[test]
fn a_node_with_a_certificate_joins_and_says_goodbye() {
    let Some(site) = Site::start() else { return };
    let configuration = site.with_certificates("");
    let signer = site.alice();
    let binary = binary("chorister");
    let arguments = configuration.display().to_string();
    run(async {
        let mut client = site.client("mcollective", signer).await;
        let mut events = client
            .connection
            .subscribe("choria.lifecycle.event.>", None)
            .await
            .expect("subscribed");
        client.connection.flush().await.expect("flushed");
        let node = Node::start(&binary, &["--config", &arguments]);
        let (sender, body, signed) = client.ping().await;
        assert_eq!(
            (sender.as_str(), body.as_slice(), signed),
            (NODE, body::PONG, false)
        );
        node.signal("TERM");
        let mut told = Vec::new();
        while told.len() < 2 {
            told.push(events.next().await.expect("an event").subject);
        }
        assert_eq!(
            told,
            [
                "choria.lifecycle.event.startup.server",
                "choria.lifecycle.event.shutdown.server"
            ]
        );
    });
    drop(site.authority);
}

#[test]
fn a_node_that_cannot_join_runs_all_the_same_and_says_why() {
    let Some(site) = Site::start() else { return };
    let configuration = site.configuration("plugin.security.provider = choria\n");
    let node = Node::start(
        &binary("chorister"),
        &["--config", &configuration.display().to_string()],
    );
    let status = node.ask_until(&["status", "--json"], |it| {
        it["problems"].as_array().is_some_and(|it| !it.is_empty())
    });
    let problem = status["problems"][0]["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(
        problem.contains("the path to the JWT token is not configured"),
        "{status:#}"
    );
}
