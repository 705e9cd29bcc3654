//! Child processes: a command of a watcher, a distribution from start to its first check, `buildinfo`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chorister_system::child::{self, Exit, Limits, Program};
use nix::sys::resource::{UsageWho, getrusage};

use crate::figure::{Budget, Figure, Unit, time};

/// What running `/bin/true` costs beside the bare system calls.
pub(crate) fn exec() -> Result<Figure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let program = Program {
        file: PathBuf::from("/bin/true"),
        name: "/bin/true".to_owned(),
        arguments: Vec::new(),
        directory: PathBuf::from("/"),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        timeout: Some(Duration::from_secs(10)),
        disown: false,
    };
    let mut wrong = None;
    let mut run = || {
        let ended = runtime.block_on(child::run(
            &program,
            &Limits::DEFAULT,
            std::future::pending(),
        ));
        if ended.exit != Exit::Code(0) {
            wrong = Some(ended.exit);
        }
    };
    let mut floor = || {
        let _ = Command::new("/bin/true")
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
    ensure!(wrong.is_none(), "/bin/true ended with {wrong:?}");
    let (value, floor) = times[times.len() / 2];
    Ok(Figure {
        what: "`exec` of /bin/true".into(),
        value,
        unit: Unit::Seconds,
        floor: Some((floor, "bare fork, exec and wait")),
        budget: Some(Budget::Ratio(1.25)),
    })
}

/// How many checks `scout` has, with those that are compiled in.
const CHECKS: usize = 50;

/// What the release binary `scout` costs to start, to ask, and to keep.
pub(crate) fn scout(target: &Path) -> Result<Vec<Figure>> {
    let scout = target.join("scout");
    ensure!(
        scout.exists(),
        "{} is missing: run `cargo build --release` first",
        scout.display()
    );
    let buildinfo = time(11, 20, || {
        let _ = Command::new(&scout)
            .arg("buildinfo")
            .stdout(Stdio::null())
            .status();
    });
    let bare = time(11, 20, || {
        let _ = Command::new("/bin/true").stdout(Stdio::null()).status();
    });
    let mut first: Vec<f64> = (0..7).map(|_| first_check(&scout)).collect::<Result<_>>()?;
    first.sort_unstable_by(f64::total_cmp);
    let mut figures = vec![
        Figure {
            what: "`scout buildinfo`, wall time".into(),
            value: buildinfo,
            unit: Unit::Seconds,
            floor: Some((bare, "fork, exec and wait of /bin/true")),
            budget: Some(Budget::Value(3e-3)),
        },
        Figure {
            what: "`scout buildinfo`, peak memory".into(),
            value: peak(&scout, &["buildinfo"])?,
            unit: Unit::Bytes,
            floor: Some((peak(Path::new("/bin/true"), &[])?, "/bin/true")),
            budget: Some(Budget::Value(6.0 * 1024.0 * 1024.0)),
        },
        Figure {
            what: "`scout run`, start to the first check's event".into(),
            value: first[first.len() / 2],
            unit: Unit::Seconds,
            floor: Some((bare, "fork, exec and wait of /bin/true")),
            budget: None,
        },
    ];
    figures.push(Figure {
        what: format!("`scout run` with {CHECKS} checks that have all run: resident memory"),
        value: at_work(&scout)?,
        unit: Unit::Bytes,
        floor: None,
        budget: Some(Budget::Value(7e6)),
    });
    for (name, budget) in [("scout", 8.0), ("chorister", 20.0)] {
        let size = std::fs::metadata(target.join(name))
            .with_context(|| format!("size of {name}"))?
            .len();
        figures.push(Figure {
            what: format!("size of `{name}`"),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a file is smaller than 2^52 bytes"
            )]
            value: size as f64,
            unit: Unit::Bytes,
            floor: None,
            budget: Some(Budget::Value(budget * 1024.0 * 1024.0)),
        });
    }
    Ok(figures)
}

/// Seconds from the start of a fresh node to the first event of a watcher.
fn first_check(scout: &Path) -> Result<f64> {
    let state = tempfile::tempdir()?;
    let start = Instant::now();
    let mut child = Command::new(scout)
        .args(["run", "--events", "jsonl", "--state-dir"])
        .arg(state.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = child
        .stdout
        .take()
        .context("the child has a standard output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let taken = start.elapsed().as_secs_f64();
    child.kill()?;
    child.wait()?;
    ensure!(
        line.contains("io.choria.machine"),
        "the first line is no event: {line}"
    );
    Ok(taken)
}

/// Bytes of memory that a node holds when each of its checks has run, and what is there for all of them is written.
fn at_work(scout: &Path) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let own = 6;
    for at in own..CHECKS {
        let text =
            format!("checks:\n  disk_{at}: {{class: disk, with: {{path: /}}, interval: 5s}}\n");
        std::fs::write(folder.path().join(format!("{at}.yaml")), text)?;
    }
    let mut child = Command::new(scout)
        .args(["run", "--events", "jsonl", "--state-dir"])
        .arg(folder.path().join("state"))
        .arg("--checks")
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // Each has run by then, most of them several times, and the store has been written.
    std::thread::sleep(Duration::from_secs(45));
    let memory = crate::resident_of(&child.id().to_string());
    child.kill()?;
    child.wait()?;
    memory
}

/// Bytes of memory that a process had at most, asked for by a parent that has no other child.
fn peak(program: &Path, arguments: &[&str]) -> Result<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--measure", "peak"])
        .arg(program)
        .args(arguments)
        .output()?;
    String::from_utf8(output.stdout)?
        .trim()
        .parse()
        .context("the child prints a number")
}

/// The child's side of [`peak`].
pub(crate) fn measure_peak(program: &str, arguments: &[String]) -> Result<f64> {
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    #[expect(clippy::cast_precision_loss, reason = "no process has 2^52 kilobytes")]
    Ok(usage.max_rss() as f64 * 1024.0)
}
