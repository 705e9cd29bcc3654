//! What waits to be told, on disk.

use core::time::Duration;
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

use super::Tally;
use crate::files;

/// How many notifications wait at most; the oldest make room.
pub(super) const MOST: usize = 1000;

/// How many wait to be written to disk.
const BURST: usize = 256;

/// The largest file that is taken for a notification, in bytes.
const LARGEST: u64 = 1 << 20;

/// One who is told: the side that takes notifications and never waits.
pub(super) struct Spool {
    writer: Option<SyncSender<Vec<u8>>>,
    queue: Arc<Queue>,
}

/// What waits, oldest first; shared with the one who tells.
pub(super) struct Queue {
    directory: PathBuf,
    state: Mutex<State>,
    /// Something came.
    news: Notify,
    /// The thread that writes has ended.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Entry>,
    tally: Tally,
    is_ended: bool,
}

/// Something that waits.
struct Entry {
    /// When it came, in milliseconds since 1970; unique, and the name of its file.
    number: u64,
    /// What it is, where it could not be written.
    memory: Option<Vec<u8>>,
}

// === impl Spool ===

impl Spool {
    /// Goes on with what lies in a directory, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// What the file system said, with the path; or no thread can be started.
    pub(super) fn open(directory: PathBuf) -> io::Result<Self> {
        files::private_directory(&directory)?;
        let waiting = found(&directory)?;
        let queue = Arc::new(Queue {
            directory,
            state: Mutex::new(State {
                waiting,
                ..State::default()
            }),
            news: Notify::new(),
            ended: Condvar::new(),
        });
        let (writer, notifications) = sync_channel(BURST);
        let theirs = Arc::clone(&queue);
        // It ends by itself when there is nobody to take anything from.
        std::thread::Builder::new()
            .name("notify".to_owned())
            .stack_size(128 << 10)
            .spawn(move || theirs.write_all(&notifications))?;
        Ok(Self {
            writer: Some(writer),
            queue,
        })
    }

    pub(super) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.queue)
    }

    /// Takes a notification; where too many come at once it is dropped and counted.
    pub(super) fn push(&self, json: Vec<u8>) {
        let sent = self.writer.as_ref().map(|it| it.try_send(json));
        if let Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None = sent {
            self.queue.state().tally.dropped += 1;
        }
    }

    /// Waits until everything is written, but no longer than this.
    pub(super) fn finish(&mut self, limit: Duration) {
        self.writer = None;
        let state = self.queue.state();
        let waited = self
            .queue
            .ended
            .wait_timeout_while(state, limit, |it| !it.is_ended);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

// === impl Queue ===

impl Queue {
    /// The oldest that waits, as soon as there is one: its number and what it is.
    pub(super) async fn oldest(&self) -> (u64, Vec<u8>) {
        loop {
            let number = {
                let state = self.state();
                match state.waiting.front() {
                    Some(entry) => match &entry.memory {
                        Some(memory) => return (entry.number, memory.clone()),
                        None => Some(entry.number),
                    },
                    None => None,
                }
            };
            let Some(number) = number else {
                self.news.notified().await;
                continue;
            };
            let path = self.path(number);
            // It fails only while the process ends.
            let read = tokio::task::spawn_blocking(move || read(&path)).await;
            match read {
                Ok(Ok(json)) => return (number, json),
                // Somebody has removed it, or it is none.
                _ => self.drop_one(number),
            }
        }
    }

    /// One was taken.
    pub(super) fn told(&self, number: u64) {
        if self.forget(number) {
            self.state().tally.told += 1;
        }
    }

    /// An attempt has failed.
    pub(super) fn failed(&self) {
        self.state().tally.failures += 1;
    }

    /// Nobody will be told of one.
    pub(super) fn drop_one(&self, number: u64) {
        if self.forget(number) {
            self.state().tally.dropped += 1;
        }
    }

    pub(super) fn tally(&self) -> Tally {
        let state = self.state();
        Tally {
            waiting: state.waiting.len() as u64,
            ..state.tally
        }
    }

    /// Removes one; false where it had to make room meanwhile.
    fn forget(&self, number: u64) -> bool {
        let mut state = self.state();
        let Some(place) = state.waiting.iter().position(|it| it.number == number) else {
            return false;
        };
        state.waiting.remove(place);
        drop(state);
        // One that was never written has no file.
        let _ = fs::remove_file(self.path(number));
        true
    }

    /// The thread: writes what comes until nothing can come any more.
    fn write_all(&self, notifications: &Receiver<Vec<u8>>) {
        let mut is_failing = false;
        for json in notifications {
            let number = self.next_number();
            let written = files::replace(&self.path(number), &json, 0o600);
            if let Err(error) = &written
                && !is_failing
            {
                tracing::warn!(%error, "Notifications are kept in memory");
            }
            is_failing = written.is_err();
            let memory = is_failing.then_some(json);
            let mut state = self.state();
            state.waiting.push_back(Entry { number, memory });
            let surplus = match state.waiting.len() > MOST {
                true => state.waiting.pop_front(),
                false => None,
            };
            if let Some(surplus) = surplus {
                state.tally.dropped += 1;
                drop(state);
                let _ = fs::remove_file(self.path(surplus.number));
            } else {
                drop(state);
            }
            self.news.notify_one();
        }
        self.state().is_ended = true;
        self.ended.notify_all();
    }

    /// The present in milliseconds, or what makes it greater than all before.
    fn next_number(&self) -> u64 {
        let last = self.state().waiting.back().map_or(0, |it| it.number);
        now().max(last.saturating_add(1))
    }

    fn path(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:016}.json"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The present in milliseconds since 1970.
#[allow(
    clippy::disallowed_methods,
    reason = "the age of what waits outlives this process, and nothing else depends on it"
)]
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX))
}

/// What lies in the directory, oldest first; what is too much of it is removed.
fn found(directory: &Path) -> io::Result<VecDeque<Entry>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| files::at(directory, &error))? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|it| it.strip_suffix(".json"));
        numbers.extend(number.and_then(|it| it.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    let surplus = numbers.len().saturating_sub(MOST);
    for number in numbers.drain(..surplus) {
        let _ = fs::remove_file(directory.join(format!("{number:016}.json")));
    }
    let entry = |number| Entry {
        number,
        memory: None,
    };
    Ok(numbers.into_iter().map(entry).collect())
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut content = Vec::new();
    fs::File::open(path)?
        .take(LARGEST)
        .read_to_end(&mut content)?;
    // A loss of power may leave an empty file.
    match content.is_empty() {
        true => Err(io::ErrorKind::UnexpectedEof.into()),
        false => Ok(content),
    }
}
