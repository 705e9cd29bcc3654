//! The node's side of the control socket.

use core::time::Duration;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{Answer, LONGEST_REQUEST, Question, stream};
use crate::{EngineHandle, HandleError, files};

/// How many clients are served at once; further ones wait to be accepted.
const CLIENTS: usize = 16;

/// How long a client may be silent, or take to read an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// Makes the socket in a directory that is this node's alone; one that a dead process left is replaced.
///
/// # Errors
///
/// What the operating system said, with the path.
pub(crate) fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(files::at(path, &error));
        }
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(|error| files::at(path, &error))?;
    // Until here others may have connected; whom they are is looked at when they are accepted.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .map_err(|error| files::at(path, &error))?;
    Ok(listener)
}

/// Serves clients, for ever.
pub(crate) async fn serve(listener: UnixListener, engine: EngineHandle) {
    let mut clients = JoinSet::new();
    let places = Arc::new(Semaphore::new(stream::WATCHERS));
    loop {
        tokio::select! {
            accepted = listener.accept(), if clients.len() < CLIENTS => match accepted {
                Ok((stream, _)) if is_allowed(&stream) => {
                    let (engine, places) = (engine.clone(), places.clone());
                    clients.spawn(async move {
                        if let Err(error) = attend(stream, &engine, &places).await {
                            tracing::debug!(%error, "Control connection broke");
                        }
                    });
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "Cannot accept a control connection");
                    sleep(PAUSE).await;
                }
            },
            Some(_) = clients.join_next() => {}
        }
    }
}

/// Whether the peer is root or the user of this process.
fn is_allowed(stream: &UnixStream) -> bool {
    match stream.peer_cred() {
        Ok(peer) => {
            let own = rustix::process::geteuid().as_raw();
            let allowed = peer.uid() == 0 || peer.uid() == own;
            if !allowed {
                tracing::warn!(
                    uid = peer.uid(),
                    "Control connection of another user refused"
                );
            }
            allowed
        }
        Err(error) => {
            tracing::warn!(%error, "Control connection of an unknown user refused");
            false
        }
    }
}

/// Answers one client until it goes away.
async fn attend(stream: UnixStream, engine: &EngineHandle, places: &Semaphore) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = (&mut reader).take(LONGEST_REQUEST as u64);
        timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await??;
        if line.is_empty() {
            return Ok(());
        }
        let is_whole = line.last() == Some(&b'\n');
        let answer = match serde_json::from_slice(&line) {
            Ok(Question::Watch { machines }) if is_whole => {
                return stream::stream(&mut reader, &mut writer, engine, machines, places).await;
            }
            Ok(question) if is_whole => ask(engine, question).await,
            Ok(_) => Answer::Error("the request does not end with a line feed".to_owned()),
            Err(_) if line.len() == LONGEST_REQUEST => Answer::Error(format!(
                "the request is longer than {LONGEST_REQUEST} bytes"
            )),
            Err(error) => Answer::Error(format!("the request makes no sense: {error}")),
        };
        send(&mut writer, &answer).await?;
        if !is_whole {
            // What follows is no request. Were it left unread, the client might not see the answer.
            let mut rest = (&mut reader).take(16 * LONGEST_REQUEST as u64);
            timeout(PATIENCE, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await??;
            return Ok(());
        }
    }
}

/// Writes an answer; a client that does not read it in time is let go.
pub(super) async fn send(writer: &mut OwnedWriteHalf, answer: &Answer) -> io::Result<()> {
    let mut json = serde_json::to_vec(answer)?;
    json.push(b'\n');
    timeout(PATIENCE, writer.write_all(&json)).await??;
    Ok(())
}

async fn ask(engine: &EngineHandle, question: Question) -> Answer {
    let answer = match question {
        Question::Status => engine.status().await.map(|it| Answer::Status(Box::new(it))),
        Question::Machines => engine.machines().await.map(Answer::Machines),
        Question::Machine { name } => match engine.machine(&name).await {
            Ok(Some(machine)) => Ok(Answer::Machine(Box::new(machine))),
            Ok(None) => Err(HandleError::NoMachine { name }),
            Err(error) => Err(error),
        },
        Question::Diagram { name } => engine
            .diagram(&name)
            .await
            .map(|it| Answer::Diagram(Box::new(it))),
        Question::Watch { .. } => return Answer::Error("watching takes a connection".to_owned()),
        Question::Fire {
            machine,
            transition,
        } => engine.fire(&machine, &transition).await.map(Answer::Fired),
        Question::Steer { order, checks } => engine.steer(order, checks).await.map(Answer::Steered),
        Question::Why { machine, since } => engine
            .why(&machine, since)
            .await
            .map(|it| Answer::Why(Box::new(it))),
        Question::Record { machine, since } => engine
            .record(&machine, since)
            .await
            .map(|it| Answer::Record(Box::new(it))),
        Question::Part { part, question } => {
            let answer = engine.parts.ask(&part, question);
            return answer.map_or_else(Answer::Error, Answer::Part);
        }
        Question::Reload => engine.reload().await.map(|()| Answer::Reloading),
    };
    answer.unwrap_or_else(|error| Answer::Error(error.to_string()))
}
