//! Telling a client what changes, as it changes.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::Answer;
use super::server::send;
use crate::{EngineHandle, HandleError};

/// How many clients may watch at once; the other places are for questions.
pub(super) const WATCHERS: usize = 8;

/// How long changes are gathered before they are told.
const GATHER: Duration = Duration::from_millis(150);

/// How often a client hears of the node even when nothing changes.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// Tells a client of changes until it goes away, says something, or does not read.
pub(super) async fn stream(
    reader: &mut (impl AsyncRead + Unpin),
    writer: &mut OwnedWriteHalf,
    engine: &EngineHandle,
    names: Vec<String>,
    places: &Semaphore,
) -> io::Result<()> {
    let Ok(_place) = places.try_acquire() else {
        let text = format!("{WATCHERS} others watch this node already");
        return send(writer, &Answer::Error(text)).await;
    };
    let follow = async {
        let stopped = |error: HandleError| io::Error::other(error);
        let names: Arc<[String]> = names.into();
        let mut revisions = engine.revisions().await.map_err(stopped)?;
        let mut since = 0;
        loop {
            revisions.mark_unchanged();
            let update = engine.update(since, names.clone()).await.map_err(stopped)?;
            since = update.revision;
            send(writer, &Answer::Update(Box::new(update))).await?;
            sleep(GATHER).await;
            if let Ok(Err(_)) = timeout(HEARTBEAT, revisions.changed()).await {
                return Ok(());
            }
        }
    };
    tokio::select! {
        done = follow => done,
        // Whatever it is, there is nothing more to say.
        _ = reader.read_u8() => Ok(()),
    }
}
