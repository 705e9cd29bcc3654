//! The process that looks after one job.

use core::time::Duration;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chorister_engine::replace;
use chorister_outbox::submission::Folder;
use chorister_system::child::{Exit, Limits, Program, find, run_into, search_folders};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

use super::order::Order;
use super::told::Teller;

/// How often a job shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// How often what it printed is told.
const OUTPUT: Duration = Duration::from_secs(1);

/// How long a full folder is waited for once it has ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a job may print: 10 MiB are kept.
const LIMITS: Limits = Limits {
    keep: 10 << 20,
    most: 1 << 30,
    grace: Duration::from_secs(10),
    linger: Duration::from_secs(2),
};

/// The code of a job that has none.
///
/// Compat: go-choria providers/execution/exec.go: that of what a signal ended.
const NONE: i32 = -1;

/// Looks after the job in the folder that the arguments name, to its end.
pub(super) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.collect();
    let number = |at: usize| arguments.get(at)?.to_str()?.parse().ok();
    let (Some(folder), Some(timeout)) = (arguments.first().map(PathBuf::from), number(1)) else {
        return ExitCode::from(2);
    };
    let submissions = arguments.get(2).map(PathBuf::from);
    let most = number(3).and_then(|it| usize::try_from(it).ok());
    let submissions = submissions.map(|it| Folder::new(it, most.unwrap_or_default()));
    // Whoever started it may end with its terminal and its group.
    let _ = rustix::process::setsid();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let looked_after = runtime.and_then(|it| {
        it.block_on(look_after(
            &folder,
            Duration::from_secs(timeout),
            submissions,
        ))
    });
    match looked_after {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where even this cannot be written there is nobody to be told.
            let _ = ended(&folder, NONE, &error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn look_after(
    folder: &Path,
    timeout: Duration,
    submissions: Option<Folder>,
) -> io::Result<()> {
    let mut order = Order::read(folder)?;
    order.starts(folder, HEARTBEAT);
    order.keep(folder)?;
    let mut teller = Teller::new(submissions, &order, folder);
    teller.tell("spec", order.told());
    let files = [open(folder, "stdout")?, open(folder, "stderr")?];
    let (started, pid) = watch::channel(None);
    let began = |id: u32| {
        // Without it nobody knows the process; its end is seen all the same.
        let _ = replace(&folder.join("pid"), id.to_string().as_bytes(), 0o600);
        started.send_replace(Some(id));
    };
    let program = program(&order, timeout);
    let job = async {
        match program {
            Ok(program) => {
                let never = core::future::pending();
                run_into(&program, files, &LIMITS, began, never).await.exit
            }
            Err(reason) => Exit::Failed(reason),
        }
    };
    let exit = tokio::select! {
        exit = job => exit,
        () = tell(&mut teller, pid) => Exit::Failed("nobody looks after it".to_owned()),
    };
    let (code, why) = said(&exit);
    order.terminate = Timestamp::now();
    let kept = order.keep(folder);
    let exit = ended(folder, code, &why)?;
    finish(&mut teller, &exit).await;
    kept
}

/// The command of a job, in the root directory, with nothing in its environment but the search path and what it is given.
fn program(order: &Order, timeout: Duration) -> Result<Program, String> {
    let search = search_folders();
    let directory = PathBuf::from("/");
    let mut environment = vec![("PATH".into(), search.clone())];
    let given = order.environment.iter();
    environment.extend(given.map(|(name, value)| (name.into(), value.into())));
    Ok(Program {
        file: find(&order.command, &directory, &search)?,
        name: order.command.clone(),
        arguments: order.args.clone(),
        directory,
        environment,
        timeout: Some(timeout),
        disown: false,
    })
}

/// Tells of a job for as long as it runs.
async fn tell(teller: &mut Teller, mut pid: watch::Receiver<Option<u32>>) {
    let started = pid.wait_for(Option::is_some).await.ok().and_then(|it| *it);
    let Some(id) = started else {
        return core::future::pending().await;
    };
    teller.tell("pid", id.to_string().into_bytes());
    let (mut heartbeat, mut output) = (interval(HEARTBEAT), interval(OUTPUT));
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    output.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = heartbeat.tick() => {
                teller.tell("hb", b"true".to_vec());
            }
            _ = output.tick() => {
                teller.tell_output();
            }
        }
    }
}

/// Tells the rest, and that it ended; where too many messages wait, a while later.
async fn finish(teller: &mut Teller, exit: &[u8]) {
    let until = Instant::now() + PATIENCE;
    let told = async {
        while !teller.tell_output() {
            sleep(OUTPUT).await;
        }
        while !teller.tell("exit", exit.to_vec()) {
            sleep(OUTPUT).await;
        }
    };
    // How it ended is in its folder.
    let _ = timeout_at(until, told).await;
}

/// Writes down how a job ended; what was written.
fn ended(folder: &Path, code: i32, why: &str) -> io::Result<Vec<u8>> {
    let exit = serde_json::to_vec(&json!({"code": code, "error": why}))?;
    replace(&folder.join("exit"), &exit, 0o600)?;
    Ok(exit)
}

/// A code, and what is said of it where it is not 0.
fn said(exit: &Exit) -> (i32, String) {
    match exit {
        Exit::Code(0) => (0, String::new()),
        Exit::Code(code) => (*code, format!("exit status {code}")),
        Exit::Signal(number) => (NONE, format!("signal {number}")),
        Exit::Timeout => (NONE, "it did not end in time".to_owned()),
        Exit::Failed(reason) => (NONE, reason.clone()),
    }
}

fn open(folder: &Path, name: &str) -> io::Result<File> {
    let mut new = OpenOptions::new();
    new.write(true).create_new(true).mode(0o600);
    new.open(folder.join(name))
}
