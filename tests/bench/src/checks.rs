//! Checks that need no plugin: what a run costs beside the bare system calls.

use std::fs;
use std::hint::black_box;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use chorister_checks as checks;
use chorister_engine::native::{NativeCheck, NativeRequest};
use chorister_lang::nagios::Status;
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use crate::figure::{Figure, Unit};

/// How often each check runs alone.
const RUNS: u32 = 500;

/// A check with what it is asked, and the least that would find it out.
struct Subject {
    native: NativeCheck,
    parameters: String,
    floor: Box<dyn Fn()>,
    /// What the floor is.
    of: &'static str,
}

/// Processor time of one run of each kind.
pub(crate) fn figures() -> Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let subjects = subjects(folder.path())?;
    let mut figures = Vec::new();
    for subject in &subjects {
        // Once for what is only done once.
        run(&runtime, subject, folder.path())?;
        let value = processor_time(RUNS, || run(&runtime, subject, folder.path()))?;
        let floor = processor_time(RUNS, || {
            (subject.floor)();
            Ok(())
        })?;
        figures.push(Figure {
            what: format!("native check `{}`, processor time", subject.native.name),
            value,
            unit: Unit::Seconds,
            floor: Some((floor, subject.of)),
            budget: None,
        });
    }
    Ok(figures)
}

fn subjects(folder: &Path) -> Result<Vec<Subject>> {
    let log = folder.join("app.log");
    fs::write(&log, "a line\n".repeat(1000))?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let read = |path: &str| -> Box<dyn Fn()> {
        let path = PathBuf::from(path);
        Box::new(move || drop(black_box(fs::read(&path))))
    };
    let subject = |native, parameters: String, floor, of| Subject {
        native,
        parameters,
        floor,
        of,
    };
    let quiet = r#""warn": 1e9, "crit": 1e9"#;
    let seen = log.clone();
    Ok(vec![
        subject(
            checks::HEARTBEAT,
            "{}".into(),
            Box::new(|| drop(black_box(std::time::SystemTime::UNIX_EPOCH.elapsed()))),
            "the clock",
        ),
        subject(
            checks::LOAD,
            format!("{{{quiet}}}"),
            read("/proc/loadavg"),
            "reading /proc/loadavg",
        ),
        subject(
            checks::MEMORY,
            format!("{{{quiet}}}"),
            read("/proc/meminfo"),
            "reading /proc/meminfo",
        ),
        subject(
            checks::DISK,
            format!("{{{quiet}}}"),
            read("/proc/self/mountinfo"),
            "reading /proc/self/mountinfo",
        ),
        subject(
            checks::PROCESS,
            format!(r#"{{"name": "figures", {quiet}}}"#),
            read("/proc/loadavg"),
            "reading /proc/loadavg",
        ),
        subject(
            checks::FILE_AGE,
            format!(r#"{{"path": {log:?}, {quiet}}}"#),
            Box::new(move || drop(black_box(fs::metadata(&seen)))),
            "statx",
        ),
        subject(
            checks::LOG_PATTERN,
            format!(r#"{{"path": {log:?}, "pattern": "error"}}"#),
            read(&log.to_string_lossy()),
            "reading the log",
        ),
        subject(
            checks::TCP,
            format!(r#"{{"host": "127.0.0.1", "port": {}}}"#, address.port()),
            Box::new(move || drop(black_box(TcpStream::connect(address)))),
            "connect",
        ),
    ])
}

fn run(runtime: &Runtime, subject: &Subject, folder: &Path) -> Result<()> {
    let parameters: Map<String, Value> = serde_json::from_str(&subject.parameters)?;
    let request = NativeRequest {
        parameters: Arc::new(parameters),
        timeout: Duration::from_secs(10),
        directory: folder.join("state"),
    };
    let finding = runtime.block_on((subject.native.run)(request));
    ensure!(finding.status == Status::Ok, "{}", finding.text);
    Ok(())
}

/// Processor time of all threads for one of so many runs, in seconds.
fn processor_time(runs: u32, mut what: impl FnMut() -> Result<()>) -> Result<f64> {
    let used = || -> Result<f64> {
        let usage = getrusage(UsageWho::RUSAGE_SELF)?;
        let seconds =
            |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
        Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
    };
    let before = used()?;
    for _ in 0..runs {
        what()?;
    }
    Ok((used()? - before) / f64::from(runs))
}
