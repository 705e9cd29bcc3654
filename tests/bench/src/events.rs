//! Events on their way to a stream of a real broker, beside bare publishing with the same library.

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use async_nats::jetstream;
use chorister_bus::{Brokers, Connection, Credentials, Dial};
use chorister_outbox::{Courier, Limits, Line, Spool};
use chorister_peers::Broker;
use nix::sys::resource::UsageWho;

use crate::figure::{Budget, Figure, Unit};
use crate::processor;

/// How many events are told.
const EVENTS: usize = 50_000;

/// How many of the library's messages are on their way; as many as ours.
const WIDTH: usize = 512;

/// How many lines the engine hands over at a time while it is busy.
const BATCH: usize = 64;

/// How often the broker is killed, and how many events are told before and after each time.
const KILLS: usize = 20;
const PART: usize = 500;

const SUBJECT: &str = "choria.machine.transition";

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let Some(mut broker) = Broker::start(home.path(), "") else {
        return Ok(Vec::new());
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = async_nats::connect(format!("nats://{}", broker.host())).await?;
        let streams = jetstream::new(client);
        let stream = jetstream::stream::Config {
            name: "CHORIA_MACHINE".to_owned(),
            subjects: vec!["choria.machine.>".to_owned()],
            ..jetstream::stream::Config::default()
        };
        streams.create_stream(stream).await?;
        let bare = bare(&streams).await?;
        let (write, whole) = ours(&broker, home.path()).await?;
        let told = streams.get_stream("CHORIA_MACHINE").await?.get_info().await?;
        let told = told.state.messages;
        ensure!(told == 2 * EVENTS as u64, "{told} of {} arrived", 2 * EVENTS);
        let lost = lost(&mut broker, home.path(), &streams).await?;
        Ok(vec![
            Figure {
                what: format!("processor time of an event written to the spool, {BATCH} at a time"),
                value: write,
                unit: Unit::Seconds,
                floor: None,
                budget: None,
            },
            Figure {
                what: "processor time of an event through the spool to a stream (20,000/s on one core)".to_owned(),
                value: whole,
                unit: Unit::Seconds,
                floor: Some((bare, "bare JetStream publish")),
                budget: Some(Budget::Value(1.0 / 20_000.0)),
            },
            Figure {
                what: format!(
                    "of {} events, those that are not in the stream once after {KILLS} kills of its broker",
                    2 * KILLS * PART
                ),
                value: lost,
                unit: Unit::Count,
                floor: None,
                budget: Some(Budget::Value(0.0)),
            },
        ])
    })
}

/// An event of the usual size, and its id.
fn event(kind: &str, number: usize) -> (String, Vec<u8>) {
    let id = format!("{kind}-0000-4000-8000-{number:012}");
    let json = format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"io.choria.machine","type":"io.choria.machine.v1.transition","subject":"n1.example.net","datacontenttype":"application/json","time":"2026-11-20T23:21:27Z","data":{{"protocol":"io.choria.machine.v1.transition","identity":"n1.example.net","id":"33333333-3333-4333-8333-333333333333","version":"1.0.0","timestamp":1795216887,"machine":"disk_space","transition":"CRITICAL","from_state":"OK","to_state":"CRITICAL"}}}}"#
    );
    (id, json.into_bytes())
}

/// Seconds of processor time for each event that the library publishes.
async fn bare(streams: &jetstream::Context) -> Result<f64> {
    let begun = processor(UsageWho::RUSAGE_SELF)?;
    let mut waiting = std::collections::VecDeque::new();
    for number in 0..EVENTS {
        let (id, json) = event("00000000", number);
        let mut headers = async_nats::HeaderMap::new();
        headers.insert("Nats-Msg-Id", id);
        let sent = streams.publish_with_headers(SUBJECT, headers, json.into());
        waiting.push_back(sent.await?);
        if waiting.len() == WIDTH
            && let Some(oldest) = waiting.pop_front()
        {
            oldest.await?;
        }
    }
    for left in waiting {
        left.await?;
    }
    Ok((processor(UsageWho::RUSAGE_SELF)? - begun) / EVENTS as f64)
}

/// Seconds of processor time for each event that is written to a spool, and for each that also goes to a stream.
async fn ours(broker: &Broker, home: &Path) -> Result<(f64, f64)> {
    let spool = Arc::new(Spool::open(home.join("events"), Limits::default())?);
    let begun = processor(UsageWho::RUSAGE_SELF)?;
    let mut lines = Vec::new();
    for number in 0..EVENTS {
        let (id, payload) = event("11111111", number);
        let line = Line {
            subject: SUBJECT,
            id: &id,
            payload: &payload,
        };
        line.write(&mut lines);
        lines.push(b'\n');
        if number % BATCH == BATCH - 1 || number == EVENTS - 1 {
            spool.append(&lines);
            lines.clear();
        }
    }
    let written = processor(UsageWho::RUSAGE_SELF)? - begun;
    let connection = Connection::open(dial(broker)?).await?;
    let courier = tokio::spawn(Courier::run(Arc::clone(&spool), connection));
    let emptied = tokio::time::timeout(Duration::from_secs(600), spool.emptied());
    emptied.await.context("the events did not arrive")?;
    courier.abort();
    let whole = processor(UsageWho::RUSAGE_SELF)? - begun;
    Ok((written / EVENTS as f64, whole / EVENTS as f64))
}

/// How many events are not in the stream, or more than once, when its broker was killed again and again meanwhile.
async fn lost(broker: &mut Broker, home: &Path, streams: &jetstream::Context) -> Result<f64> {
    let held = |info: &jetstream::stream::Info| info.state.messages;
    let before = streams
        .get_stream("CHORIA_MACHINE")
        .await?
        .get_info()
        .await?;
    let spool = Arc::new(Spool::open(home.join("killed"), Limits::default())?);
    let connection = Connection::open(dial(broker)?).await?;
    let courier = tokio::spawn(Courier::run(Arc::clone(&spool), connection));
    let mut number = 0;
    let mut tell = || {
        let mut lines = Vec::new();
        for _ in 0..PART {
            let (id, payload) = event("22222222", number);
            let line = Line {
                subject: SUBJECT,
                id: &id,
                payload: &payload,
            };
            line.write(&mut lines);
            lines.push(b'\n');
            number += 1;
        }
        spool.append(&lines);
    };
    for _ in 0..KILLS {
        tell();
        // Some are on their way, and some are there.
        let begun = spool.tally().told;
        while spool.tally().told == begun {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        broker.kill();
        tell();
        broker.restart();
    }
    let emptied = tokio::time::timeout(Duration::from_secs(600), spool.emptied());
    emptied.await.context("the events did not arrive")?;
    courier.abort();
    let after = streams
        .get_stream("CHORIA_MACHINE")
        .await?
        .get_info()
        .await?;
    let arrived = held(&after) - held(&before);
    Ok((number as f64 - arrived as f64).abs())
}

fn dial(broker: &Broker) -> Result<Dial> {
    Ok(Dial {
        name: "bench".to_owned(),
        brokers: Brokers {
            configured: vec![broker.host().parse()?],
            ..Brokers::default()
        },
        credentials: Credentials::None,
        trust: None,
        identity: None,
        inbox: None,
        timeout: Duration::from_secs(60),
        ping: Duration::from_secs(60),
    })
}
