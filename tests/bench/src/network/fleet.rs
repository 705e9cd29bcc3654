//! Ten thousand nodes in one process: what each keeps, and how long all take to answer a ping.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use chorister_proto::Version;
use futures_util::StreamExt;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::asking::Asking;
use super::site::{COLLECTIVE, REPLIES, Site, request};
use crate::figure::{Budget, Figure, Unit};

/// How many nodes there are.
const NODES: usize = 10_000;

/// How many of them what a process has in common with one node is told from.
const FEW: usize = 1_000;

/// How often they are asked.
const ROUNDS: usize = 7;

/// How many connections are made at a time.
const AT_ONCE: usize = 200;

pub(super) fn figures(chorister: &Path) -> Result<Vec<Figure>> {
    allow_files()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let site = Site::start(false)?;
    let few = {
        let emulator = emulate(chorister, &site, FEW)?;
        crate::resident_of(&emulator.0.id().to_string())?
    };
    let (many, connected, time) = {
        let begun = Instant::now();
        let emulator = emulate(chorister, &site, NODES)?;
        let connected = begun.elapsed().as_secs_f64();
        let memory = crate::resident_of(&emulator.0.id().to_string())?;
        (memory, connected, runtime.block_on(ping(&site))?)
    };
    let reply = runtime.block_on(reply_size(chorister, &site))?;
    let (bare_connected, floor) = {
        let begun = Instant::now();
        let _bare = bare(&site, reply)?;
        let connected = begun.elapsed().as_secs_f64();
        (connected, runtime.block_on(ping(&site))?)
    };
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let each = (many - few) / (NODES - FEW) as f64;
    Ok(vec![
        Figure {
            what: "an emulated node: resident memory".into(),
            value: each,
            unit: Unit::Bytes,
            floor: None,
            budget: Some(Budget::Value(15e3)),
        },
        Figure {
            what: format!(
                "{NODES} emulated nodes, from the start of the process until all are connected"
            ),
            value: connected,
            unit: Unit::Seconds,
            floor: Some((bare_connected, "as many bare connections")),
            budget: None,
        },
        Figure {
            what: format!("{NODES} emulated nodes answer a ping, version 2"),
            value: time,
            unit: Unit::Seconds,
            floor: Some((floor, "as many bare connections that send the same bytes")),
            budget: Some(Budget::Ratio(1.5)),
        },
    ])
}

/// Room for all connections, for the broker too: children have what we have.
fn allow_files() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    ensure!(most > 10_100, "a process may have only {most} open files");
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}

/// A process that is ended with this value.
struct Running(Child);

impl Running {
    /// Starts it, and waits for its first line.
    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let output = child.stdout.take().context("it prints")?;
        let this = Self(child);
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(!line.is_empty(), "the process ended");
        Ok(this)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn emulate(chorister: &Path, site: &Site, nodes: usize) -> Result<Running> {
    let mut command = Command::new(chorister);
    command
        .args([
            "emulate",
            "--plain",
            "--name",
            "bench",
            "--nodes",
            &nodes.to_string(),
        ])
        .arg("--config")
        .arg(site.configuration()?)
        .arg("--issuer-seed")
        .arg(site.home.path().join("issuer.seed"));
    Running::start(&mut command)
}

/// Seconds until all have answered a ping, the median of several.
async fn ping(site: &Site) -> Result<f64> {
    let signer = site.signer(Version::V2)?;
    let subject = format!("{COLLECTIVE}.broadcast.agent.discovery");
    let mut asking = Asking::open(&site.broker.host()).await?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let request = Bytes::from(request(&signer, "discovery", b"ping")?);
        let took = asking.fan_out(&subject, request, NODES).await?;
        times.push(took.as_secs_f64());
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// How many bytes a node answers.
async fn reply_size(chorister: &Path, site: &Site) -> Result<usize> {
    let _one = emulate(chorister, site, 1)?;
    let signer = site.signer(Version::V2)?;
    let subject = format!("{COLLECTIVE}.broadcast.agent.discovery");
    let mut asking = Asking::open(&site.broker.host()).await?;
    let request = Bytes::from(request(&signer, "discovery", b"ping")?);
    Ok(asking.one(&subject, request).await?.len())
}

fn bare(site: &Site, size: usize) -> Result<Running> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--measure", "echoes", &site.broker.host()])
        .arg(size.to_string());
    Running::start(&mut command)
}

/// The other process: bare connections that answer with so many bytes, until it is killed.
#[expect(clippy::print_stdout, reason = "this is what it is for")]
pub(super) fn measure(arguments: &[String]) -> Result<()> {
    let [host, size] = arguments else {
        bail!("the broker, and the size of answers");
    };
    let answer = Bytes::from(vec![b'x'; size.parse()?]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        for _ in 0..NODES / AT_ONCE {
            let connect = (0..AT_ONCE).map(|_| connection(host, answer.clone()));
            for made in futures_util::future::join_all(connect).await {
                made?;
            }
        }
        println!("ready");
        core::future::pending::<()>().await;
        Ok(())
    })
}

async fn connection(host: &str, answer: Bytes) -> Result<()> {
    let client = async_nats::connect(host).await?;
    let subject = format!("{COLLECTIVE}.broadcast.agent.discovery");
    let mut messages = client.subscribe(subject).await?;
    client.flush().await?;
    tokio::spawn(async move {
        while messages.next().await.is_some() {
            drop(client.publish(REPLIES, answer.clone()).await);
        }
    });
    Ok(())
}
