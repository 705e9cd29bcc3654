//! The release binary in a network with TLS: what it keeps in memory, and how quickly it is back.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use async_nats::ConnectOptions;
use bytes::Bytes;
use chorister_proto::Version;

use super::asking::Asking;
use super::site::{COLLECTIVE, Site, request};
use crate::figure::{Budget, Figure, Unit};

/// How many checks the node has, with those that are compiled in.
const CHECKS: usize = 50;

/// How often the broker is restarted.
const RESTARTS: usize = 9;

pub(super) fn figures(chorister: &Path) -> Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut site = Site::start(true)?;
    let mut child = start(chorister, &site)?;
    let measured = runtime.block_on(async {
        answers(&site).await?;
        // Each check has run by then, most of them several times, and the store has been written.
        tokio::time::sleep(Duration::from_secs(45)).await;
        let memory = crate::resident_of(&child.id().to_string())?;
        let mut times = Vec::new();
        for _ in 0..RESTARTS {
            site.broker.kill();
            site.broker.restart();
            let begun = Instant::now();
            answers(&site).await?;
            times.push(begun.elapsed().as_secs_f64());
        }
        times.sort_unstable_by(f64::total_cmp);
        let begun = Instant::now();
        drop(client(&site).await?);
        let bare = begun.elapsed().as_secs_f64();
        anyhow::Ok((memory, times[times.len() / 2], bare))
    });
    end(&mut child)?;
    let (memory, back, bare) = measured?;
    Ok(vec![
        Figure {
            what: format!(
                "`chorister run` with TLS and {CHECKS} checks that have all run: resident memory"
            ),
            value: memory,
            unit: Unit::Bytes,
            floor: None,
            budget: Some(Budget::Value(9e6)),
        },
        Figure {
            what: "a restarted broker until the node answers again".into(),
            value: back,
            unit: Unit::Seconds,
            floor: Some((bare, "connecting and subscribing with TLS")),
            budget: None,
        },
    ])
}

fn start(chorister: &Path, site: &Site) -> Result<Child> {
    let folder = site.home.path().join("checks");
    std::fs::create_dir_all(&folder)?;
    // Those that the distribution has itself.
    for at in 7..CHECKS {
        let text =
            format!("checks:\n  disk_{at}: {{class: disk, with: {{path: /}}, interval: 5s}}\n");
        std::fs::write(folder.join(format!("{at}.yaml")), text)?;
    }
    let child = Command::new(chorister)
        .args(["run", "--events", "jsonl", "--state-dir"])
        .arg(site.home.path().join("state"))
        .arg("--checks")
        .arg(folder)
        .arg("--config")
        .arg(site.configuration()?)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(child)
}

async fn client(site: &Site) -> Result<Asking> {
    let options = ConnectOptions::new()
        .require_tls(true)
        .add_root_certificates(site.home.path().join("ca.pem"));
    Asking::with(options, &site.broker.host()).await
}

/// Asks until the node answers.
async fn answers(site: &Site) -> Result<()> {
    let signer = site.signer(Version::V2)?;
    let subject = format!("{COLLECTIVE}.broadcast.agent.discovery");
    let mut asking = client(site).await?;
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let ping = Bytes::from(request(&signer, "discovery", b"ping")?);
        let within = Duration::from_millis(20);
        if asking.is_answered(&subject, ping, within).await? {
            return Ok(());
        }
        ensure!(Instant::now() < until, "the node does not answer");
    }
}

fn end(child: &mut Child) -> Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}
