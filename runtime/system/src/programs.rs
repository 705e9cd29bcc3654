//! Asking the programs that manage this machine.
//!
//! They are run without a shell, with an environment of two variables, in a process group of their own that is
//! ended with the question.

use core::time::Duration;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::fs::{Access, access};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

/// How much of an answer is read, in bytes; the program is ended when it says more.
const MOST: u64 = 4 << 20;

/// Where programs are searched when nobody says.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a program answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to its standard output.
    pub text: String,
}

/// The folders in which programs are searched, written like `PATH`.
#[must_use]
pub fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_else(|| USUAL_PATH.into())
}

/// The file of a program in the first of these folders that has it.
#[must_use]
pub fn find(name: &str, search: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(search)
        .filter(|it| it.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| file.is_file() && access(file, Access::EXEC_OK).is_ok())
}

/// Runs a program and takes down what it says.
///
/// # Errors
///
/// It cannot be started, says more than 4 MiB, or takes longer than `deadline` ([`io::ErrorKind::TimedOut`]).
pub async fn ask<A: AsRef<OsStr>>(
    program: &Path,
    arguments: &[A],
    deadline: Duration,
) -> io::Result<Answer> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", search_path())
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    let mut running = Running(command.spawn()?);
    let answer = tokio::time::timeout(deadline, running.answer()).await;
    answer.unwrap_or_else(|_| {
        let text = format!("{} took longer than {deadline:?}", program.display());
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    })
}

/// A program at work; it and its children are ended when nobody waits any more.
struct Running(Child);

// === impl Answer ===

impl Answer {
    /// Whether the program says that all is well.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.code, Some(0))
    }
}

// === impl Running ===

impl Running {
    async fn answer(&mut self) -> io::Result<Answer> {
        let mut bytes = Vec::new();
        if let Some(output) = self.0.stdout.take() {
            output
                .take(MOST.saturating_add(1))
                .read_to_end(&mut bytes)
                .await?;
        }
        if bytes.len() as u64 > MOST {
            return Err(io::Error::other(format!("it said more than {MOST} bytes")));
        }
        Ok(Answer {
            code: self.0.wait().await?.code(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Its number is given away again once it has been waited for.
        let leader = self.0.id().and_then(|it| Pid::from_raw(it.cast_signed()));
        if let Some(leader) = leader {
            // It may have ended by itself meanwhile.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    async fn shell(script: &str, deadline: Duration) -> io::Result<Answer> {
        ask(Path::new("/bin/sh"), &["-c", script], deadline).await
    }

    #[tokio::test]
    async fn the_answer_is_text_and_code() {
        let answer = shell("echo yes; echo no >&2; exit 3", LONG).await.unwrap();
        assert_eq!(
            answer,
            Answer {
                code: Some(3),
                text: "yes\n".to_owned()
            }
        );
        assert_eq!(shell("kill -9 $$", LONG).await.unwrap().code, None);
    }

    #[tokio::test]
    async fn the_environment_is_clean() {
        let answer = shell("/usr/bin/env | cut -d= -f1 | sort", LONG)
            .await
            .unwrap();
        for variable in answer.text.lines() {
            assert!(
                ["LC_ALL", "PATH", "PWD", "_", "OLDPWD", "SHLVL"].contains(&variable),
                "{variable}"
            );
        }
    }

    #[tokio::test]
    async fn whoever_hangs_or_babbles_is_ended() {
        let error = shell("sleep 1000 & sleep 1000", Duration::from_millis(50))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(shell("exec cat /dev/zero", LONG).await.is_err());
    }

    #[test]
    fn programs_are_found_where_they_are() {
        assert_eq!(
            find("sh", OsStr::new("/nowhere:/bin")),
            Some("/bin/sh".into())
        );
        assert_eq!(find("sh", OsStr::new("/nowhere:bin")), None);
        assert_eq!(find("..", OsStr::new("/bin")), None);
    }
}
