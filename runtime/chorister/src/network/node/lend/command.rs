//! Commands that actions are.

use std::path::PathBuf;
use std::time::Instant;

use chorister_ddl::{Command, Failure, Finished};
use chorister_system::child::{Exit, Limits, Program, find, run_apart, search_folders};

use super::left;

/// Runs a command in the root directory, with nothing in its environment but the search path and what it is given.
pub(super) async fn run(command: Command, deadline: Instant) -> Result<Finished, Failure> {
    let mut words = command.arguments.into_iter();
    let name = words.next().unwrap_or_default();
    let search = search_folders();
    let cannot = |reason: String| Failure::aborted(format!("The command cannot be run: {reason}"));
    let directory = PathBuf::from("/");
    let mut environment = vec![("PATH".into(), search.clone())];
    let given = command.environment.into_iter();
    environment.extend(given.map(|(name, value)| (name.into(), value.into())));
    let program = Program {
        file: find(&name, &directory, &search).map_err(cannot)?,
        name,
        arguments: words.collect(),
        directory,
        environment,
        timeout: Some(left(deadline)),
        disown: false,
    };
    let ended = run_apart(&program, &Limits::DEFAULT, core::future::pending()).await;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let exit_code = match ended.exit {
        Exit::Code(code) => Some(code),
        Exit::Signal(_) => None,
        Exit::Timeout => return Err(Failure::aborted("The command did not end in time")),
        Exit::Failed(reason) => {
            return Err(Failure::aborted(format!("The command failed: {reason}")));
        }
    };
    if ended.discarded > 0 {
        let most = Limits::DEFAULT.keep;
        let message = format!("The command printed more than {most} bytes");
        return Err(Failure::aborted(message));
    }
    Ok(Finished {
        exit_code,
        stdout: text(ended.output),
        stderr: text(ended.errors),
    })
}
