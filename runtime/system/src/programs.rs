//! Asking the programs that manage this machine.
//!
//! They are run as [`child`] runs everything, with an environment of two variables.

use core::future::pending;
use core::time::Duration;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use crate::child::{self, Exit, Limits, Program};

/// What the answer to a question may cost.
const LIMITS: Limits = Limits {
    keep: MOST,
    most: MOST as u64,
    grace: Duration::ZERO,
    linger: Duration::from_secs(1),
};

/// How long an answer may be, in bytes.
const MOST: usize = 4 << 20;

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
    child::search_folders()
}

/// The file of a program in the first of these folders that has it.
#[must_use]
pub fn find(name: &str, search: &OsStr) -> Option<PathBuf> {
    let named = !name.contains('/');
    named.then(|| child::find(name, Path::new("/"), search).ok())?
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
    let text = |it: &OsStr| it.to_string_lossy().into_owned();
    let program = Program {
        file: program.to_owned(),
        name: text(program.as_os_str()),
        arguments: arguments.iter().map(|it| text(it.as_ref())).collect(),
        directory: "/".into(),
        environment: vec![
            ("PATH".into(), search_path()),
            ("LC_ALL".into(), "C".into()),
        ],
        timeout: Some(deadline),
        disown: false,
    };
    let ended = child::run_apart(&program, &LIMITS, pending()).await;
    let code = match ended.exit {
        Exit::Code(code) => Some(code),
        Exit::Signal(_) => None,
        Exit::Timeout => {
            let text = format!("{} took longer than {deadline:?}", program.name);
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        Exit::Failed(why) => return Err(io::Error::other(why)),
    };
    Ok(Answer {
        code,
        text: String::from_utf8_lossy(&ended.output).into_owned(),
    })
}

// === impl Answer ===

impl Answer {
    /// Whether the program says that all is well.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.code, Some(0))
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
