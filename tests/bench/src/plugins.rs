//! Checks: a run of a plugin beside the bare system calls, thousands of them in one process, and their memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chorister_engine::Engine;
use chorister_engine::sink::Jsonl;
use chorister_fsm::{Check, CheckProbe, Exit, JobResult, offset};
use chorister_ir::{Machine, Policy, Publish, Retry, Watcher, list, scout, text};
use chorister_lang::nagios::perfdata;
use chorister_system::child::{self, Limits, Program};
use nix::sys::resource::UsageWho::{RUSAGE_CHILDREN, RUSAGE_SELF};

use crate::figure::{Budget, Figure, Unit, time};
use crate::fleet::Bench;
use crate::{processor, resident};

/// How many plugins run each minute, in one process.
const PLUGINS: usize = 5_000;

/// How many checks are kept in memory.
const KEPT: usize = 10_000;

/// How many results a check remembers.
const HISTORY: u32 = 15;

pub(crate) const IDENTITY: &str = "node.example.net";

const MINUTE: Duration = Duration::from_mins(1);

static WATCHERS: [Watcher; 1] = [scout::check(MINUTE, Duration::from_secs(10))];

/// The machine of a class of checks, as the compiler writes it.
pub(crate) static MACHINE: Machine =
    scout::machine(text("plugin"), text(""), text("1.0.0"), list(&WATCHERS));

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    figures.extend(plugin()?);
    figures.extend(many()?);
    figures.push(memory()?);
    Ok(figures)
}

/// A check that runs a plugin each minute.
fn check(name: String, argv: &[&str]) -> Arc<Check> {
    let probe = CheckProbe::Plugin {
        argv: argv.iter().map(|it| (*it).to_owned()).collect(),
        environment: Vec::new(),
    };
    Arc::new(check_of(name, probe, MINUTE))
}

/// A check without anything special.
pub(crate) fn check_of(name: String, probe: CheckProbe, interval: Duration) -> Check {
    Check {
        name: name.into(),
        class: text("plugin"),
        probe,
        interval,
        timeout: Duration::from_secs(10),
        retry: Retry {
            attempts: 1,
            interval: None,
        },
        flapping: None,
        active: None,
        depends_on: Vec::new(),
        remedy: None,
        annotations: Arc::default(),
        publish: Publish {
            policy: Policy::All,
            summary: None,
        },
    }
}

/// What a run of a real plugin costs with everything that is read from it, beside the bare system calls.
fn plugin() -> Result<Option<Figure>> {
    let Some(plugin) = chorister_peers::plugin("check_load") else {
        return Ok(None);
    };
    let arguments = ["-w", "900,900,900", "-c", "999,999,999"];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let program = Program {
        name: plugin.display().to_string(),
        file: plugin.clone(),
        arguments: arguments.map(Into::into).into(),
        directory: "/".into(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        timeout: Some(Duration::from_secs(10)),
        disown: false,
    };
    let mut measured = 0;
    let mut run = || {
        let ended = runtime.block_on(child::run(
            &program,
            &Limits::DEFAULT,
            std::future::pending(),
        ));
        measured = perfdata::parse(&String::from_utf8_lossy(&ended.output)).len();
    };
    let mut floor = || {
        let _ = Command::new(&plugin)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    };
    // In turns, so that whatever else the computer does meets both.
    let mut times: Vec<(f64, f64)> = (0..15)
        .map(|_| (time(1, 40, &mut run), time(1, 40, &mut floor)))
        .collect();
    times.sort_unstable_by(|one, two| (one.0 / one.1).total_cmp(&(two.0 / two.1)));
    ensure!(measured == 3, "check_load measures {measured} things");
    let (value, floor) = times[times.len() / 2];
    Ok(Some(Figure {
        what: "a run of `check_load`, its result read".into(),
        value,
        unit: Unit::Seconds,
        floor: Some((floor, "bare fork, exec and wait of the same plugin")),
        budget: Some(Budget::Ratio(1.25)),
    }))
}

/// What thousands of plugins each minute take in one process, and how late they start.
fn many() -> Result<Vec<Figure>> {
    let values = crate::ask("plugins", PLUGINS)?;
    let [own, children, memory, bare, late, later, latest] = values[..] else {
        anyhow::bail!("the child says {values:?}");
    };
    let what = format!("{PLUGINS} plugins each minute in one process");
    let mut figures = vec![
        Figure {
            what: format!("{what}: cores, with the plugins"),
            value: own + children,
            unit: Unit::Count,
            floor: Some((bare, "as many bare forks, execs and waits")),
            budget: None,
        },
        Figure {
            what: format!("{what}: cores, of the node alone"),
            value: own,
            unit: Unit::Count,
            floor: None,
            budget: None,
        },
        Figure {
            what: format!("{what}: resident memory"),
            value: memory,
            unit: Unit::Bytes,
            floor: None,
            budget: None,
        },
    ];
    figures.extend(late_figures(&what, [late, later, latest]));
    Ok(figures)
}

/// How late checks start: the median, the 99th percentile and the most.
pub(crate) fn late_figures(what: &str, late: [f64; 3]) -> [Figure; 3] {
    let names = [
        ("median", None),
        ("99th percentile", Some(Budget::Value(0.1))),
        ("most", None),
    ];
    let mut late = late.into_iter();
    names.map(|(which, budget)| Figure {
        what: format!("{what}: start delay, {which}"),
        value: late.next().unwrap_or(f64::NAN),
        unit: Unit::Seconds,
        floor: None,
        budget,
    })
}

/// How late checks of this interval were started after a time, in order, by their names and when that was.
pub(crate) fn delays(
    starts: impl IntoIterator<Item = (String, f64)>,
    interval: Duration,
    after: f64,
) -> Vec<f64> {
    let counted = starts.into_iter().filter(|(_, start)| *start > after);
    let delay = |(name, start): (String, f64)| {
        let planned = offset(IDENTITY, &name, "check", interval).as_secs_f64();
        (start - planned).rem_euclid(interval.as_secs_f64())
    };
    let mut late: Vec<f64> = counted.map(delay).collect();
    late.sort_unstable_by(f64::total_cmp);
    late
}

/// Of delays in order: the median, the 99th percentile and the most.
pub(crate) fn summary(late: &[f64]) -> Result<[f64; 3]> {
    let last = late.len().checked_sub(1).context("no check ran")?;
    Ok([0.5, 0.99, 1.0].map(|share| late[((late.len() as f64 * share) as usize).min(last)]))
}

/// When plugins were started; they said so themselves.
fn starts(events: &Path) -> Result<Vec<(String, f64)>> {
    let mut starts = Vec::new();
    for line in std::fs::read_to_string(events)?.lines() {
        let event: serde_json::Value = serde_json::from_str(line)?;
        let data = &event["data"];
        let (Some(name), Some(output)) = (data["machine"].as_str(), data["output"].as_str()) else {
            continue;
        };
        if let Ok(start) = output.trim().parse::<f64>() {
            starts.push((name.to_owned(), start));
        }
    }
    Ok(starts)
}

/// The child's side of [`many`]: cores of the node and of its children, memory in bytes, cores of as many bare
/// children, and how late plugins start: the median, the 99th percentile and the most.
pub(crate) fn measure(count: usize) -> Result<Vec<f64>> {
    let directory = tempfile::tempdir()?;
    let events = directory.path().join("events.jsonl");
    let sink = Jsonl::file(&events)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut values, began) = runtime.block_on(async {
        let engine = Engine::builder(IDENTITY, directory.path())
            .without_control()
            .drivers(&[chorister_engine::drivers::NAGIOS])
            .sink(sink)
            .build()?;
        let handle = engine.handle();
        let engine = tokio::spawn(engine.run());
        for at in 0..count {
            let check = check(format!("check_{at}"), &["/bin/date", "+%s.%N"]);
            handle.insert_check(&MACHINE, check, "/".into()).await?;
        }
        // The first runs come soon, and not at the times that names give.
        tokio::time::sleep(MINUTE + Duration::from_secs(5)).await;
        let began = jiff::Timestamp::now().as_duration().as_secs_f64();
        let (before, start) = (
            [processor(RUSAGE_SELF)?, processor(RUSAGE_CHILDREN)?],
            Instant::now(),
        );
        tokio::time::sleep(MINUTE).await;
        let elapsed = start.elapsed().as_secs_f64();
        let after = [processor(RUSAGE_SELF)?, processor(RUSAGE_CHILDREN)?];
        let memory = resident()?;
        handle.stop().await;
        engine.await?;
        let cores = |at: usize| (after[at] - before[at]) / elapsed;
        anyhow::Ok((vec![cores(0), cores(1), memory], began))
    })?;
    values.push(bare(count)?);
    let late = delays(starts(&events)?, MINUTE, began);
    ensure!(late.len() > count * 9 / 10, "{} of {count} ran", late.len());
    values.extend(summary(&late)?);
    Ok(values)
}

/// The cores that as many bare children each minute take.
fn bare(count: usize) -> Result<f64> {
    const SOME: usize = 500;
    let both = || anyhow::Ok(processor(RUSAGE_SELF)? + processor(RUSAGE_CHILDREN)?);
    let before = both()?;
    for _ in 0..SOME {
        Command::new("/bin/date")
            .arg("+%s.%N")
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()?;
    }
    let used = both()? - before;
    Ok(used / SOME as f64 * count as f64 / MINUTE.as_secs_f64())
}

/// What a further check keeps in memory, with all the results that it remembers.
fn memory() -> Result<Figure> {
    let [ours] = crate::ask("kept", KEPT)?[..] else {
        anyhow::bail!("the child says something else");
    };
    Ok(Figure {
        what: format!("resident memory of a further check with {HISTORY} results, at {KEPT}"),
        value: ours,
        unit: Unit::Bytes,
        floor: None,
        budget: Some(Budget::Value(4096.0)),
    })
}

/// The child's side of [`memory`].
pub(crate) fn measure_kept(count: usize) -> Result<f64> {
    let mut bench = Bench::new();
    let before = resident()?;
    for at in 0..count {
        let name = format!("check_{at}");
        let argv = ["/usr/lib/nagios/plugins/check_disk", "-w", "20%", "-p", "/"];
        bench.insert_check(&MACHINE, check(name, &argv), u32::try_from(at)?);
    }
    for _ in 0..=HISTORY {
        bench.now.mono += MINUTE;
        bench.now.wall += MINUTE;
        for job in bench.tick() {
            let result = JobResult::Exec {
                exit: Exit::Code(0),
                output: b"DISK OK - free space: / 47136MiB (50% inode=96%);| /=48366616576B;243;257;0;270".into(),
                runtime: Duration::from_millis(3),
            };
            bench.finish(job, result);
        }
    }
    let after = resident()?;
    let remembered = bench
        .fleet
        .machines()
        .filter_map(|it| Some(it.check_state()?.history.len()));
    let all = u32::try_from(remembered.sum::<usize>())?;
    ensure!(
        all == HISTORY * u32::try_from(count)?,
        "{all} results are remembered"
    );
    Ok((after - before) / count as f64)
}
