//! Commands.

use core::future::pending;
use core::time::Duration;

use chorister_goss::matcher::{Found, Source};
use chorister_goss::{Resource, Settings};
pub(super) use chorister_system::child::Ended;
use chorister_system::child::{Exit, Limits, Program, run_apart};

use super::{stream, unknown, value};

/// How much a command may write, in bytes, before it is ended.
const MOST: u64 = 16 << 20;

/// Runs the command of a resource by the shell, in the directory and with the environment of this process.
///
/// # Errors
///
/// It does not run, does not end in time, or writes too much.
pub(super) async fn run(resource: &Resource) -> Result<Ended, String> {
    let Settings::Command { timeout } = resource.settings else {
        return Err("it is not a command".to_owned());
    };
    let program = Program {
        file: "/bin/sh".into(),
        name: "sh".to_owned(),
        arguments: vec!["-c".to_owned(), resource.name().to_owned()],
        directory: std::env::current_dir().map_err(super::told)?,
        environment: std::env::vars_os().collect(),
        timeout: Some(timeout),
        disown: false,
    };
    let limits = Limits {
        keep: usize::try_from(MOST).unwrap_or(usize::MAX),
        most: MOST,
        grace: Duration::from_millis(100),
        // Whoever is left behind may write as long as the command might have.
        linger: timeout,
    };
    let ended = run_apart(&program, &limits, pending()).await;
    match ended.exit {
        Exit::Timeout => Err(late(timeout)),
        _ if ended.leftover.is_some() => Err(late(timeout)),
        Exit::Failed(reason) => Err(reason),
        Exit::Code(_) | Exit::Signal(_) => Ok(ended),
    }
}

pub(super) fn find(ended: &Ended, key: &str) -> Result<Found<'static>, String> {
    match key {
        "exit-status" => Ok(value(match ended.exit {
            Exit::Code(code) => i64::from(code),
            _ => -1,
        })),
        "stdout" => Ok(stream(Source::Command, ended.output.clone())),
        "stderr" => Ok(stream(Source::Command, ended.errors.clone())),
        _ => Err(unknown(key)),
    }
}

fn late(timeout: Duration) -> String {
    format!("Command execution timed out ({timeout:?})")
}
