//! Thousands of checks without plugins in one process: what they take, and how late they start.

use std::sync::Arc;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use chorister_checks::LOAD;
use chorister_engine::Engine;
use chorister_engine::native::{FindingFuture, NativeCheck, NativeRequest};
use chorister_engine::sink::Jsonl;
use chorister_fsm::CheckProbe;
use chorister_ir::text;
use nix::sys::resource::UsageWho::RUSAGE_SELF;
use serde_json::json;

use crate::figure::{Figure, Unit};
use crate::plugins::{IDENTITY, MACHINE, check_of, delays, late_figures, summary};
use crate::{processor, resident};

/// How many checks there are, and how often each runs.
const CHECKS: usize = 10_000;
const INTERVAL: Duration = Duration::from_secs(10);

/// For how long they are watched.
const WATCHED: Duration = Duration::from_secs(30);

/// Reads the load, and takes down when it did.
const TIMED: NativeCheck = NativeCheck {
    name: "load",
    run: timed,
};

static STARTS: Mutex<Vec<(String, f64)>> = Mutex::new(Vec::new());

fn timed(mut request: NativeRequest) -> FindingFuture {
    let parameters = Arc::make_mut(&mut request.parameters);
    if let Some(serde_json::Value::String(name)) = parameters.remove("name") {
        STARTS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((name, now()));
    }
    (LOAD.run)(request)
}

fn now() -> f64 {
    jiff::Timestamp::now().as_duration().as_secs_f64()
}

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let values = crate::ask("natives", CHECKS)?;
    let [cores, memory, late, later, latest] = values[..] else {
        bail!("the child says {values:?}");
    };
    let what = format!("{CHECKS} native checks each {INTERVAL:?} in one process, all told");
    let figure = |which: &str, value, unit| Figure {
        what: format!("{what}: {which}"),
        value,
        unit,
        floor: None,
        budget: None,
    };
    let mut figures = vec![
        figure("cores", cores, Unit::Count),
        figure("resident memory", memory, Unit::Bytes),
    ];
    figures.extend(late_figures(&what, [late, later, latest]));
    Ok(figures)
}

/// The child's side of [`figures`]: cores, memory in bytes, and how late checks start.
pub(crate) fn measure(count: usize) -> Result<Vec<f64>> {
    let directory = tempfile::tempdir()?;
    let sink = Jsonl::file(directory.path().join("events.jsonl"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut values, began) = runtime.block_on(async {
        let engine = Engine::builder(IDENTITY, directory.path())
            .without_control()
            .drivers(&[chorister_engine::drivers::NAGIOS])
            .natives([TIMED])
            .sink(sink)
            .build()?;
        let handle = engine.handle();
        let engine = tokio::spawn(engine.run());
        for at in 0..count {
            let name = format!("check_{at}");
            let parameters = json!({"name": name, "warn": 1e9, "crit": 1e9});
            let probe = CheckProbe::Native {
                name: text("load"),
                parameters: Arc::new(parameters.as_object().cloned().unwrap_or_default()),
            };
            let check = Arc::new(check_of(name, probe, INTERVAL));
            handle.insert_check(&MACHINE, check, "/".into()).await?;
        }
        // The first runs come soon, and not at the times that names give.
        tokio::time::sleep(INTERVAL * 2).await;
        let (began, before, start) = (now(), processor(RUSAGE_SELF)?, Instant::now());
        tokio::time::sleep(WATCHED).await;
        let cores = (processor(RUSAGE_SELF)? - before) / start.elapsed().as_secs_f64();
        let memory = resident()?;
        handle.stop().await;
        engine.await?;
        anyhow::Ok((vec![cores, memory], began))
    })?;
    let starts = std::mem::take(&mut *STARTS.lock().unwrap_or_else(PoisonError::into_inner));
    let late = delays(starts, INTERVAL, began);
    let expected = count * WATCHED.as_secs() as usize / INTERVAL.as_secs() as usize;
    ensure!(
        late.len() > expected * 9 / 10,
        "{} of {expected} ran",
        late.len()
    );
    values.extend(summary(&late)?);
    Ok(values)
}
