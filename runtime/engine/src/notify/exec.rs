//! A command that is told.

use core::time::Duration;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;

use chorister_fsm::Exit;
use tokio::time::timeout;

use super::courier::{PATIENCE, Refusal};
use crate::process::{self, Limits, Program};

/// How long the rest of a notification waits for a reader.
const LINGER: Duration = Duration::from_secs(1);

/// A command that reads a notification from its standard input.
pub(super) struct Command {
    program: Program,
}

// === impl Command ===

impl Command {
    /// The command of these words.
    ///
    /// # Errors
    ///
    /// Why it cannot be run.
    pub(super) fn find(words: &[String], search: &OsStr) -> Result<Self, String> {
        let (name, arguments) = words.split_first().ok_or("the command is empty")?;
        let root = Path::new("/");
        Ok(Self {
            program: Program {
                file: process::find(name, root, search)?,
                name: name.clone(),
                arguments: arguments.to_vec(),
                directory: root.to_owned(),
                environment: vec![(OsString::from("PATH"), search.to_owned())],
                timeout: Some(PATIENCE),
                disown: false,
            },
        })
    }

    /// Gives it less time.
    #[cfg(test)]
    pub(super) fn hurry(&mut self, timeout: Duration) {
        self.program.timeout = Some(timeout);
    }

    pub(super) fn name(&self) -> &str {
        &self.program.name
    }

    pub(super) async fn tell(&self, json: Vec<u8>) -> Result<(), Refusal> {
        let (reader, mut writer) =
            std::io::pipe().map_err(|error| Refusal::Later(format!("no pipe: {error}")))?;
        // It ends at the latest with the command, which has the only other end of the pipe.
        let feeding = tokio::task::spawn_blocking(move || {
            // A command that does not read everything knows enough.
            let _ = writer
                .write_all(&json)
                .and_then(|()| writer.write_all(b"\n"));
        });
        let ended = process::run_fed(
            &self.program,
            reader.into(),
            &Limits::DEFAULT,
            core::future::pending(),
        )
        .await;
        // Only a process that has left the command's group can keep it longer, and that is nobody's business.
        let _ = timeout(LINGER, feeding).await;
        let name = self.name();
        let why = match process::exit(ended.exit) {
            Exit::Code(0) => return Ok(()),
            Exit::Code(code) => format!("`{name}` ended with status {code}"),
            Exit::Signal(signal) => format!("`{name}` was ended by signal {signal}"),
            Exit::Timeout => format!("`{name}` took longer than {PATIENCE:?}"),
            Exit::Failed(reason) => reason,
        };
        let output = String::from_utf8_lossy(&ended.output);
        let last = output.lines().rev().find(|it| !it.trim().is_empty());
        Err(Refusal::Later(match last {
            Some(last) => format!("{why}: {}", last.trim()),
            None => why,
        }))
    }
}
