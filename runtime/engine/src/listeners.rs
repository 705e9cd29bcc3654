//! Listening to what streams publish again, for machines that want that.

use core::time::Duration;
use std::collections::HashMap;

use chorister_fsm::{KvFound, Listening, MachineKey, Republished};
use chorister_ir::WatcherId;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::EngineHandle;
use crate::handle::Request;
use crate::network::LONGEST;

/// How long after a broker refused it is asked again.
const AGAIN: Duration = Duration::from_secs(10);

/// Those who listen, by what for.
#[derive(Debug, Default)]
pub(crate) struct Listeners(HashMap<(MachineKey, WatcherId), Listener>);

/// Listens until it is dropped.
#[derive(Debug)]
struct Listener(AbortHandle);

impl Listeners {
    /// Begins to listen, and tells the engine what is heard.
    pub(crate) fn begin(&mut self, wanted: Listening, engine: EngineHandle) {
        let place = (wanted.machine, wanted.watcher);
        let task = tokio::spawn(listen(wanted, engine));
        self.0.insert(place, Listener(task.abort_handle()));
    }

    /// Ends what was for a machine.
    pub(crate) fn forget(&mut self, machine: MachineKey) {
        self.0.retain(|(it, _), _| *it != machine);
    }
}

async fn listen(wanted: Listening, engine: EngineHandle) {
    loop {
        let network = engine.uplink.there().await;
        let mut news = match network.listen(&wanted.subject).await {
            Ok(news) => news,
            Err(reason) => {
                tracing::debug!(subject = wanted.subject, reason, "Cannot listen yet");
                sleep(AGAIN).await;
                continue;
            }
        };
        while let Some(mut message) = news.recv().await {
            if matches!(&message.found, KvFound::Value { value, .. } if value.len() > LONGEST) {
                message.found = KvFound::Failed(format!("it is longer than {LONGEST} bytes"));
            }
            if !tell(&engine, &wanted, message).await {
                return;
            }
        }
        sleep(AGAIN).await;
    }
}

/// Tells the engine what was heard; false where it has stopped.
async fn tell(engine: &EngineHandle, wanted: &Listening, message: Republished) -> bool {
    let request = Request::Republished(wanted.machine, wanted.watcher, Box::new(message));
    engine.requests.send(request).await.is_ok()
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}
