//! Processor time of a node for each answer, beside a bare subscriber that sends back what it got.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use chorister_bus::{Brokers, Connection, Credentials, Dial};
use chorister_ddl::{Agent, Calling, Data, Failure, Host, Hosting, RequestContext, accept};
use chorister_ir::ddl::Ddl;
use chorister_node::{Component, Config, Dispatch, Format, Node, Reception, Roster, View};
use chorister_policy::{Authorizer, Policies, Provider, Settings};
use chorister_proto::Version;
use chorister_proto::filter::{Functions, Semantics};
use chorister_security::key::public_key;
use chorister_security::{
    Bounds, CertificateTrust, Guard, Patterns, Replays, Signatures, TokenTrust, Trust, Verifier,
    load,
};
use chorister_std::rpcutil;
use futures_util::StreamExt;
use nix::sys::resource::UsageWho;
use serde_json::json;
use tokio::sync::watch;

use super::asking::Asking;
use super::site::{COLLECTIVE, NODE, REPLIES, Site, of_node, request, seed};
use crate::figure::{Budget, Figure, Unit};
use crate::processor;
use crate::protocol::{ed25519_floor, ed25519_signature, rsa_floor};

/// How many requests are measured, and how many are asked before.
const COUNT: usize = 3000;
const BEFORE: usize = 300;

/// How many are asked at a time.
const WINDOW: usize = 32;

/// What the node is asked.
const ACTION: &[u8] = br#"{"agent":"rpcutil","action":"get_fact","data":{"fact":"country"}}"#;

pub(super) fn figures() -> Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut figures = Vec::new();
    let of_one = ("version 1 (RSA 2048)", rsa_floor()?, None);
    let signed = ed25519_floor()? + ed25519_signature()?;
    let of_two = (
        "version 2 (reply signed)",
        signed,
        Some(Budget::Value(150e-6)),
    );
    for (version, (name, cryptography, budget)) in [(Version::V1, of_one), (Version::V2, of_two)] {
        for what in ["ping", "rpcutil get_fact"] {
            let cost = |who| runtime.block_on(cost(who, version, what));
            let (value, floor) = (cost("node")?, cost("echo")?);
            let floor = Some((floor, "a bare subscriber that echoes the bytes"));
            let of_node = format!("processor time of a node per answered {what}, {name}");
            figures.push(Figure {
                what: format!("{of_node}, without bare verification and signature"),
                value: value - cryptography,
                unit: Unit::Seconds,
                floor,
                budget: Some(Budget::Value(60e-6)),
            });
            figures.push(Figure {
                what: of_node,
                value,
                unit: Unit::Seconds,
                floor,
                budget,
            });
        }
    }
    Ok(figures)
}

/// Seconds of processor time for one answer.
async fn cost(who: &str, version: Version, what: &str) -> Result<f64> {
    let site = Site::start(false)?;
    let signer = site.signer(version)?;
    let (agent, body, subject) = match what {
        "ping" => (
            "discovery",
            b"ping".as_slice(),
            format!("{COLLECTIVE}.broadcast.agent.discovery"),
        ),
        _ => ("rpcutil", ACTION, format!("{COLLECTIVE}.node.{NODE}")),
    };
    let make = |count: usize| -> Result<Vec<Bytes>> {
        (0..count)
            .map(|_| Ok(Bytes::from(request(&signer, agent, body)?)))
            .collect()
    };
    let mut answerer = Answerer::start(who, version, &site)?;
    let mut asking = Asking::open(&site.broker.host()).await?;
    asking.all(&subject, &make(BEFORE)?, WINDOW).await?;
    let requests = make(COUNT)?;
    answerer.say("begin")?;
    asking.all(&subject, &requests, WINDOW).await?;
    let spent: f64 = answerer.say("end")?.parse()?;
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    Ok(spent / COUNT as f64)
}

/// The process that answers.
struct Answerer {
    child: Child,
    says: BufReader<std::process::ChildStdout>,
}

impl Answerer {
    fn start(who: &str, version: Version, site: &Site) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--measure", "answers", who, &version.to_string()])
            .arg(site.broker.host())
            .arg(site.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let says = BufReader::new(child.stdout.take().context("it prints")?);
        let mut this = Self { child, says };
        this.line()?;
        Ok(this)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// Tells it something, and what it says to that.
    fn say(&mut self, what: &str) -> Result<String> {
        let mut input = self.child.stdin.as_ref().context("it listens")?;
        writeln!(input, "{what}")?;
        self.line()
    }
}

impl Drop for Answerer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The other process: answers until it is killed, and says what that cost.
pub(super) fn measure(arguments: &[String]) -> Result<()> {
    let [who, version, host, home] = arguments else {
        bail!("who, which version, the broker and the home of keys");
    };
    let version = match version.as_str() {
        text if text == Version::V1.to_string() => Version::V1,
        _ => Version::V2,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match who.as_str() {
            "node" => {
                let node = node(host, &PathBuf::from(home), version).await?;
                let mut link = node.link();
                link.wait_for(|it| matches!(it, chorister_bus::Link::Up { .. }))
                    .await?;
                listen();
                core::future::pending::<()>().await;
            }
            _ => echo(host).await?,
        }
        Ok(())
    })
}

/// Takes what is said on standard input, and answers with the processor time since.
#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn listen() {
    std::thread::spawn(|| -> Result<()> {
        // Subscriptions are made by then: nobody answers before, and requests are asked until all are.
        std::thread::sleep(core::time::Duration::from_millis(500));
        println!("ready");
        let mut begun = 0.0;
        for line in std::io::stdin().lines() {
            let now = processor(UsageWho::RUSAGE_SELF)?;
            match line?.as_str() {
                "begin" => {
                    begun = now;
                    println!("begun");
                }
                _ => println!("{}", now - begun),
            }
        }
        Ok(())
    });
}

async fn echo(host: &str) -> Result<()> {
    let client = async_nats::connect(host).await?;
    let mut messages = client.subscribe(format!("{COLLECTIVE}.>")).await?;
    client.flush().await?;
    listen();
    while let Some(message) = messages.next().await {
        if message.subject.as_str() != REPLIES {
            client.publish(REPLIES, message.payload).await?;
        }
    }
    Ok(())
}

/// A node with an agent, as a distribution makes it.
async fn node(host: &str, home: &Path, version: Version) -> Result<Node> {
    let trust = match version {
        Version::V1 => Trust::Certificates(CertificateTrust {
            roots: load::roots(&home.join("ca.pem"))?,
            allowed: Patterns::new(Patterns::ALLOWED)?,
            privileged: Patterns::new(Patterns::PRIVILEGED)?,
        }),
        Version::V2 => Trust::Tokens(TokenTrust::Signers(vec![public_key(
            &seed('1')?.public_hex(),
        )?])),
    };
    let guard = Guard {
        verifier: Verifier {
            trust,
            identity: NODE.to_owned(),
            collectives: vec![COLLECTIVE.to_owned()],
            bounds: Bounds::default(),
            signatures: Signatures::default(),
        },
        replays: Replays::default(),
    };
    let roster = Roster::new();
    roster.host(Arc::new(Facts));
    let authorizer = Authorizer::new(Provider::Nobody, Settings::default(), Policies::default());
    let authorizer = watch::channel(Arc::new(authorizer)).1;
    let view = View {
        identity: NODE.to_owned(),
        facts: Arc::new(json!({ "country": "mt" })),
        ..View::default()
    };
    let dial = Dial {
        name: NODE.to_owned(),
        brokers: Brokers {
            configured: vec![host.parse()?],
            ..Brokers::default()
        },
        credentials: Credentials::None,
        trust: None,
        identity: None,
        inbox: None,
        timeout: core::time::Duration::from_secs(10),
        ping: core::time::Duration::from_secs(120),
    };
    let config = Config {
        version: "0.1.0".to_owned(),
        collectives: vec![COLLECTIVE.to_owned()],
        component: Component::Server,
        bus: Arc::new(Connection::open(dial).await?),
        reception: Reception::new(guard, Semantics::default(), Functions::default()),
        signer: watch::channel(Arc::new(of_node(home, version)?)).1,
        dispatch: Arc::new(Dispatch::new(roster, authorizer, None, Arc::new(Nothing))),
        view: watch::channel(Arc::new(view)).1,
        life: Format::default(),
        outbox: None,
    };
    Ok(Node::start(config))
}

struct Nothing;

impl Host for Nothing {}

/// The one action of `rpcutil` that is asked for.
struct Facts;

impl Agent for Facts {
    fn ddl(&self) -> &Ddl {
        &rpcutil::DDL
    }

    fn call<'a>(&'a self, _: &'a RequestContext, action: &'a str, data: Data) -> Calling<'a> {
        Box::pin(async move {
            let declared = rpcutil::DDL.action(action);
            let declared = declared.ok_or_else(|| Failure::unknown_action("rpcutil", action))?;
            let mut data =
                accept(declared, data).map_err(|error| Failure::invalid(error.to_string()))?;
            data.insert("value".to_owned(), json!("mt"));
            Ok(data)
        })
    }
}
