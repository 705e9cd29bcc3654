//! The store of a node: what it costs to remember, how rarely the medium is waited for, and how soon a node is back.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chorister_engine::sink::Jsonl;
use chorister_engine::{Engine, EngineHandle, MachineKey};
use chorister_ir::Machine;
use nix::sys::resource::UsageWho;
use tokio::task::JoinSet;

use crate::figure::{Budget, Figure, Unit, time};
use crate::{processor, resident, specs};

/// Machines of which as many change their state at once.
const AT_ONCE: usize = 32;

/// Machines that come back after a crash.
const MANY: usize = 10_000;

/// For how long 100,000 machines are watched.
const WATCHED: Duration = Duration::from_secs(20);

/// All of it; the processes are this program once more.
pub(crate) fn figures() -> Result<Vec<Figure>> {
    let mut figures = costs()?;
    figures.extend(fsyncs()?);
    figures.push(recovery()?);
    figures.extend(timers()?);
    Ok(figures)
}

/// The child's side of [`recovery`] and [`timers`].
pub(crate) fn measure(what: &str, arguments: &[String]) -> Result<Vec<f64>> {
    let first = arguments.first().context("a directory or a count")?;
    match what {
        "crash" => remember(Path::new(first)),
        _ => watch(first.parse()?),
    }
}

fn runtime(paused: bool) -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(paused)
        .build()?)
}

/// Machines that differ in their names.
fn machines(text: &str, count: usize) -> Result<Vec<Machine>> {
    let machine = specs::machine(text)?;
    let named = (0..count).map(|at| Machine {
        name: format!("machine_{at}").into(),
        ..machine.clone()
    });
    Ok(named.collect())
}

async fn insert(handle: &EngineHandle, machines: Vec<Machine>) -> Result<()> {
    let mut inserts: JoinSet<Result<MachineKey, _>> = JoinSet::new();
    for machine in machines {
        if inserts.len() >= AT_ONCE {
            inserts.join_next().await.context("one of them")???;
        }
        let handle = handle.clone();
        inserts.spawn(async move { handle.insert(machine, "/".into()).await });
    }
    while let Some(inserted) = inserts.join_next().await {
        inserted??;
    }
    Ok(())
}

/// Lets the machines make so many steps each; as many at once as given.
async fn walk(handle: &EngineHandle, machines: usize, steps: usize, at_once: usize) -> Result<()> {
    let mut walks: JoinSet<Result<(), chorister_engine::HandleError>> = JoinSet::new();
    for first in 0..at_once {
        let handle = handle.clone();
        walks.spawn(async move {
            for _ in 0..steps {
                for at in (first..machines).step_by(at_once) {
                    handle.fire(&format!("machine_{at}"), "next").await?;
                }
            }
            Ok(())
        });
    }
    while let Some(walk) = walks.join_next().await {
        walk??;
    }
    Ok(())
}

/// Processor time of a transition, fired and answered, in seconds; `durable` or with a store that cannot be made.
fn transition(durable: bool, at_once: usize) -> Result<f64> {
    const MACHINES: usize = 1_000;
    const STEPS: usize = 20;
    let directory = tempfile::tempdir()?;
    if !durable {
        std::fs::create_dir(directory.path().join("store"))?;
    }
    runtime(false)?.block_on(async {
        let engine = Engine::builder("node", directory.path())
            .without_control()
            .build()?;
        let handle = engine.handle();
        let engine = tokio::spawn(engine.run());
        insert(&handle, machines(&specs::ring(64), MACHINES)?).await?;
        let before = processor(UsageWho::RUSAGE_SELF)?;
        walk(&handle, MACHINES, STEPS, at_once).await?;
        let used = processor(UsageWho::RUSAGE_SELF)? - before;
        let status = handle.status().await?;
        ensure!(
            (status.store.failures == 0) == durable,
            "the store is not as it was meant to be"
        );
        handle.stop().await;
        engine.await?;
        Ok(used / (MACHINES * STEPS) as f64)
    })
}

fn costs() -> Result<Vec<Figure>> {
    let directory = tempfile::tempdir()?;
    let mut file = std::fs::File::create(directory.path().join("log"))?;
    let row = [b'x'; 700];
    let floor = time(21, 2_000, || {
        // A disk that is full shows elsewhere.
        let _ = file.write_all(black_box(&row));
    });
    let cost = |at_once| -> Result<f64> {
        let mut costs = Vec::new();
        for _ in 0..5 {
            costs.push(transition(true, at_once)? - transition(false, at_once)?);
        }
        costs.sort_unstable_by(f64::total_cmp);
        costs.get(2).copied().context("five of them")
    };
    let figure = |what: &str, value, budget| Figure {
        what: what.to_owned(),
        value,
        unit: Unit::Seconds,
        floor: Some((floor, "write() of as many bytes")),
        budget,
    };
    Ok(vec![
        figure(
            "store: processor time of a transition, 32 at once",
            cost(AT_ONCE)?,
            Some(Budget::Value(5e-6)),
        ),
        figure(
            "store: processor time of a transition, one at a time",
            cost(1)?,
            None,
        ),
    ])
}

/// How often a minute the medium is waited for, in ten minutes of virtual time each.
fn fsyncs() -> Result<Vec<Figure>> {
    const MINUTES: u64 = 10;
    let directory = tempfile::tempdir()?;
    let flushes: Result<[u64; 2]> = runtime(true)?.block_on(async {
        let engine = Engine::builder("node", directory.path())
            .without_control()
            .build()?;
        let handle = engine.handle();
        let engine = tokio::spawn(engine.run());
        insert(&handle, machines(&specs::ring(64), 100)?).await?;
        for _ in 0..MINUTES * 60 {
            walk(&handle, 10, 1, 10).await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let busy = handle.status().await?.store.flushes;
        // What is left over of that.
        tokio::time::sleep(Duration::from_secs(120)).await;
        let before = handle.status().await?.store.flushes;
        tokio::time::sleep(Duration::from_secs(MINUTES * 60)).await;
        let idle = handle.status().await?.store.flushes - before;
        handle.stop().await;
        engine.await?;
        Ok([busy, idle])
    });
    let figure = |what: &str, flushes: u64, budget| Figure {
        what: what.to_owned(),
        // Each takes three at most: of the log, of the file, and of the head of the log with the next commit.
        value: (3 * flushes) as f64 / MINUTES as f64,
        unit: Unit::Count,
        floor: None,
        budget: Some(Budget::Value(budget)),
    };
    let [busy, idle] = flushes?;
    Ok(vec![
        figure(
            "store: fsyncs a minute at 10 transitions a second",
            busy,
            4.0,
        ),
        figure("store: fsyncs a minute while nothing changes", idle, 0.0),
    ])
}

/// A node of which the process is killed, and how long the next takes to have all machines where they were.
fn recovery() -> Result<Figure> {
    let directory = tempfile::tempdir()?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--measure", "crash"])
        .arg(directory.path())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let stdout = child.stdout.take().context("the child's output")?;
    BufReader::new(stdout).read_line(&mut line)?;
    child.kill()?;
    child.wait()?;
    ensure!(line.trim() == "ready", "the child says {line:?}");
    let start = Instant::now();
    let mut bytes = 0;
    for name in ["store", "store-wal"] {
        bytes += black_box(std::fs::read(directory.path().join(name))?).len();
    }
    let floor = start.elapsed();
    ensure!(bytes > MANY * 100, "the store is too small");

    let machines: &'static [Machine] = machines(&specs::ring(64), MANY)?.leak();
    let (elapsed, state) = runtime(false)?.block_on(async {
        let start = Instant::now();
        let mut builder = Engine::builder("node", directory.path()).without_control();
        for machine in machines {
            builder = builder.machine(machine, &[]);
        }
        let engine = builder.build()?;
        let elapsed = start.elapsed();
        let handle = engine.handle();
        let engine = tokio::spawn(engine.run());
        let last = format!("machine_{}", MANY - 1);
        let state = handle.machine(&last).await?.map(|it| it.state);
        handle.stop().await;
        engine.await?;
        anyhow::Ok((elapsed, state))
    })?;
    ensure!(state.as_deref() == Some("s1"), "it came back in {state:?}");
    Ok(Figure {
        what: format!("store: recovery of {MANY} machines after a kill"),
        value: elapsed.as_secs_f64(),
        unit: Unit::Seconds,
        floor: Some((floor.as_secs_f64(), "reading its files")),
        budget: Some(Budget::Value(2.0)),
    })
}

/// Has machines remembered, says so, and waits to be killed.
#[expect(clippy::print_stdout, reason = "the parent waits for it")]
fn remember(directory: &Path) -> Result<Vec<f64>> {
    let machines: &'static [Machine] = machines(&specs::ring(64), MANY)?.leak();
    runtime(false)?.block_on(async {
        let mut builder = Engine::builder("node", directory).without_control();
        for machine in machines {
            builder = builder.machine(machine, &[]);
        }
        let engine = builder.build()?;
        let handle = engine.handle();
        let engine = tokio::spawn(engine.run());
        walk(&handle, MANY, 1, AT_ONCE).await?;
        println!("ready");
        engine.await?;
        Ok(Vec::new())
    })
}

/// Machines with a timer of ten seconds each, with their events and their store.
fn timers() -> Result<Vec<Figure>> {
    const COUNT: usize = 100_000;
    let values = crate::ask("timers", COUNT)?;
    let [cores, memory, per_second] = values[..] else {
        anyhow::bail!("the child says {values:?}");
    };
    ensure!(
        per_second > 0.9 * COUNT as f64 / 10.0,
        "{per_second} a second"
    );
    let what = format!("{COUNT} machines with a timer of 10 s each, with events and store");
    Ok(vec![
        Figure {
            what: format!("{what}: cores"),
            value: cores,
            unit: Unit::Count,
            floor: None,
            budget: Some(Budget::Value(0.5)),
        },
        Figure {
            what: format!("{what}: resident memory of each"),
            value: memory,
            unit: Unit::Bytes,
            floor: None,
            budget: Some(Budget::Value(2048.0)),
        },
    ])
}

/// The cores that they take, the memory of each in bytes, and their transitions in a second.
fn watch(count: usize) -> Result<Vec<f64>> {
    let directory = tempfile::tempdir()?;
    let machines = machines(&specs::clockwork(), count)?;
    runtime(false)?.block_on(async {
        let engine = Engine::builder("node", directory.path())
            .without_control()
            .sink(Jsonl::file("/dev/null")?)
            .build()?;
        let handle = engine.handle();
        let engine = tokio::spawn(engine.run());
        let before = resident()?;
        insert(&handle, machines).await?;
        // Until all have gone from one state to the next.
        tokio::time::sleep(Duration::from_secs(11)).await;
        let (used, start) = (processor(UsageWho::RUSAGE_SELF)?, Instant::now());
        let transitions = handle.status().await?.counts.transitions;
        tokio::time::sleep(WATCHED).await;
        let elapsed = start.elapsed().as_secs_f64();
        let transitions = handle.status().await?.counts.transitions - transitions;
        let used = processor(UsageWho::RUSAGE_SELF)? - used;
        let memory = (resident()? - before) / count as f64;
        handle.stop().await;
        engine.await?;
        Ok(vec![used / elapsed, memory, transitions as f64 / elapsed])
    })
}
