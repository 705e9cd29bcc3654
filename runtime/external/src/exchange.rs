//! One run of a program: a file that asks, a file that answers.

use core::time::Duration;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_system::child::{self, Ended, Exit, Limits, Program};
use serde_json::Value;
use tempfile::{NamedTempFile, TempPath};

use crate::document::Protocol;

/// Most bytes of an answer.
pub(crate) const ANSWER: u64 = 8 << 20;

/// How often it is looked whether a program writes more than that.
const LOOK: Duration = Duration::from_millis(200);

/// What a program may print: 64 KiB of it go to the log.
const OUTPUT: Limits = Limits {
    keep: 64 << 10,
    ..Limits::DEFAULT
};

/// What is asked of a program.
#[derive(Debug)]
pub(crate) struct Question {
    /// The program.
    pub(crate) program: PathBuf,
    /// The agent that it is.
    pub(crate) agent: String,
    /// What kind of question it is.
    pub(crate) protocol: Protocol,
    /// The question, as JSON.
    pub(crate) request: Vec<u8>,
    /// The facts of the node; none while it is asked whether it wants to be active.
    pub(crate) facts: Option<Arc<Value>>,
    /// The agent's own configuration, which need not be there.
    pub(crate) configuration: PathBuf,
    /// How long it may take.
    pub(crate) timeout: Duration,
}

/// The files of a question, which go with it.
struct Files {
    request: TempPath,
    reply: TempPath,
    facts: TempPath,
    folder: PathBuf,
}

/// Asks, and gives back what was answered. Dropping the future ends the program at once.
///
/// # Errors
/// Why there is no answer, as callers are told.
pub(crate) async fn ask(question: Question) -> Result<Vec<u8>, String> {
    let (question, files) = offload(move || {
        let files = Files::write(&question)?;
        Ok((question, files))
    })
    .await
    .map_err(|error| format!("its files cannot be written: {error}"))?;
    let name = question.program.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let program = Program {
        name: question.program.to_string_lossy().into_owned(),
        arguments: vec![
            shown(&files.request),
            shown(&files.reply),
            // Compat: go-choria `external/agent.go`: so also where it is asked for its activation.
            Protocol::Request.name().to_owned(),
        ],
        directory: files.folder.clone(),
        environment: environment(&question, &files),
        timeout: Some(question.timeout),
        disown: false,
        file: question.program,
    };
    let ended = child::run_apart(&program, &OUTPUT, overflow(&files.reply)).await;
    log(&question.agent, &ended);
    let answer = offload(move || files.answer()).await;
    let too_large = || format!("failed to read reply json: it has more than {ANSWER} bytes");
    match ended.exit {
        Exit::Code(0) => match answer {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(too_large()),
            Err(error) => Err(format!("failed to read reply json: {error}")),
        },
        Exit::Failed(_) if matches!(answer, Ok(None)) => Err(too_large()),
        exit => Err(format!("executing {name} failed: {}", why(&exit))),
    }
}

/// Does what waits for a disk.
async fn offload<T: Send + 'static>(
    act: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(act)
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}

// === impl Files ===

impl Files {
    fn write(question: &Question) -> io::Result<Self> {
        let folder = std::env::temp_dir();
        let file = |name: &str| {
            tempfile::Builder::new()
                .prefix(name)
                .suffix("")
                .tempfile_in(&folder)
        };
        let (mut request, reply, mut facts) = (file("request")?, file("reply")?, file("facts")?);
        request.write_all(&question.request)?;
        if let Some(of_node) = &question.facts {
            serde_json::to_writer(&mut facts, of_node)?;
        }
        Ok(Self {
            request: NamedTempFile::into_temp_path(request),
            reply: NamedTempFile::into_temp_path(reply),
            facts: NamedTempFile::into_temp_path(facts),
            folder,
        })
    }

    /// What was answered; `None` where that is more than may be.
    fn answer(self) -> io::Result<Option<Vec<u8>>> {
        // The program may have put another file in its place, and a pipe must not hold us up.
        let found = std::fs::metadata(&self.reply)?;
        if !found.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let file: File = OpenOptions::new().read(true).open(&self.reply)?;
        let mut bytes = Vec::new();
        file.take(ANSWER + 1).read_to_end(&mut bytes)?;
        Ok((bytes.len() as u64 <= ANSWER).then_some(bytes))
    }
}

/// Everything that a program finds in its environment.
///
/// Compat: go-choria `external/agent.go`: these, and no others.
fn environment(question: &Question, files: &Files) -> Vec<(OsString, OsString)> {
    let of = |name: &str, value: &Path| (name.into(), value.into());
    vec![
        (
            "CHORIA_EXTERNAL_PROTOCOL".into(),
            question.protocol.name().into(),
        ),
        of("CHORIA_EXTERNAL_REQUEST", &files.request),
        of("CHORIA_EXTERNAL_REPLY", &files.reply),
        of("CHORIA_EXTERNAL_FACTS", &files.facts),
        of("CHORIA_EXTERNAL_CONFIG", &question.configuration),
        ("PATH".into(), child::search_folders()),
    ]
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Completes when a program has written more than an answer may have.
async fn overflow(reply: &Path) {
    loop {
        tokio::time::sleep(LOOK).await;
        if std::fs::metadata(reply).is_ok_and(|it| it.len() > ANSWER) {
            return;
        }
    }
}

/// Why a program that ended did not do its work.
pub(crate) fn why(exit: &Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit status {code}"),
        Exit::Signal(number) => format!("ended by signal {number}"),
        Exit::Timeout => "it did not end in time".to_owned(),
        Exit::Failed(reason) => reason.clone(),
    }
}

/// Puts what a program printed into the log.
pub(crate) fn log(agent: &str, ended: &Ended) {
    for line in String::from_utf8_lossy(&ended.output).lines() {
        tracing::info!(agent, "{}", line.escape_debug());
    }
    for line in String::from_utf8_lossy(&ended.errors).lines() {
        tracing::error!(agent, "{}", line.escape_debug());
    }
}
