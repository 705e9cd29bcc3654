//! What a connection and those who use it have in common.

use core::fmt;
use core::pin::pin;
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, watch};

use super::protocol::Saying;
use crate::{Link, Message, PublishError};

/// How many bytes may wait to be sent; a message that is larger waits alone.
const WAITING: usize = 1 << 20;

pub(super) struct Shared {
    pub(super) link: watch::Sender<Link>,
    /// Wakes who keeps the connection: there is something to send.
    pub(super) waker: AtomicWaker,
    state: Mutex<State>,
    /// Something was sent, or heard.
    progress: Notify,
    /// How long it may take until something is sent.
    patience: Duration,
}

#[derive(Default)]
pub(super) struct State {
    is_up: bool,
    /// The largest message that the broker takes, in bytes.
    most: usize,
    pub(super) outgoing: Vec<u8>,
    ears: Vec<Ear>,
    /// The number of the last subscription.
    last: u64,
    /// How often this broker was asked whether it has everything, and how often it said so.
    pings: u64,
    pongs: u64,
}

/// A subject that is listened to.
pub(super) struct Ear {
    pub(super) subscription: u64,
    pub(super) subject: Box<str>,
    pub(super) group: Option<Box<str>>,
    pub(super) to: mpsc::Sender<Box<Message>>,
}

// === impl Shared ===

impl Shared {
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            link: watch::Sender::new(Link::Connecting {
                attempts: 0,
                reason: None,
            }),
            waker: AtomicWaker::new(),
            state: Mutex::default(),
            progress: Notify::new(),
            patience,
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was sent, or heard: those who wait look again.
    pub(super) fn progressed(&self) {
        self.progress.notify_waiters();
    }

    /// Tries until it gives something, whenever something happened, and no longer than who uses the connection has patience.
    pub(super) async fn eventually<T>(
        &self,
        mut attempt: impl FnMut(&mut State) -> Result<Option<T>, PublishError>,
    ) -> Result<T, PublishError> {
        let mut attempt = || {
            let done = attempt(&mut self.state())?;
            self.waker.wake();
            Ok(done)
        };
        // Most wait for nothing.
        if let Some(done) = attempt()? {
            return Ok(done);
        }
        let done = async {
            loop {
                let mut progress = pin!(self.progress.notified());
                // What happens between the attempt and the wait counts.
                progress.as_mut().enable();
                match attempt()? {
                    Some(done) => return Ok(done),
                    None => progress.await,
                }
            }
        };
        let within = tokio::time::timeout(self.patience, done).await;
        within.unwrap_or(Err(PublishError::TimedOut))
    }

    /// Listens from now on, or from the next connection; the number of the subscription.
    pub(super) fn listen(&self, ear: Ear) -> u64 {
        let mut state = self.state();
        state.last += 1;
        let ear = Ear {
            subscription: state.last,
            ..ear
        };
        if state.is_up {
            ear.begins().write(&mut state.outgoing);
        }
        state.ears.push(ear);
        let subscription = state.last;
        drop(state);
        self.waker.wake();
        subscription
    }

    pub(super) fn forget(&self, subscription: u64) {
        let mut state = self.state();
        state.ears.retain(|it| it.subscription != subscription);
        if state.is_up {
            Saying::Unsubscribe(subscription).write(&mut state.outgoing);
        }
        drop(state);
        self.waker.wake();
    }

    /// Asks the broker whether it has everything; the number of the question.
    pub(super) fn ping(&self) -> Result<u64, PublishError> {
        let mut state = self.state();
        if !state.is_up {
            return Err(PublishError::NotConnected);
        }
        state.pings += 1;
        Saying::Ping.write(&mut state.outgoing);
        Ok(state.pings)
    }

    /// What is said to a new broker: what is listened to, and the number of the last subscription in it.
    pub(super) fn subscriptions(&self) -> (Vec<u8>, u64) {
        let state = self.state();
        let mut said = Vec::new();
        state
            .ears
            .iter()
            .for_each(|it| it.begins().write(&mut said));
        (said, state.last)
    }

    /// A broker is there that knows the subscriptions up to a number, and takes messages of so many bytes.
    pub(super) fn up(&self, known: u64, most: usize, link: Link) {
        let mut guard = self.state();
        let state = &mut *guard;
        state.outgoing.clear();
        for ear in state.ears.iter().filter(|it| it.subscription > known) {
            ear.begins().write(&mut state.outgoing);
        }
        (state.is_up, state.most) = (true, most);
        (state.pings, state.pongs) = (0, 0);
        drop(guard);
        tracing::info!(?link, "connected to a broker");
        self.link.send_replace(link);
    }

    /// No broker is there.
    pub(super) fn down(&self, link: Link) {
        let mut state = self.state();
        state.is_up = false;
        state.outgoing = Vec::new();
        drop(state);
        self.link.send_replace(link);
        self.progressed();
    }

    /// The broker has everything that was sent before it was asked.
    pub(super) fn answered(&self) {
        self.state().pongs += 1;
        self.progressed();
    }

    /// Gives a message to whom it is for.
    pub(super) fn deliver(&self, subscription: u64, message: impl FnOnce() -> Message) {
        let state = self.state();
        let Some(ear) = state.ears.iter().find(|it| it.subscription == subscription) else {
            // The broker has not heard yet that nobody listens any more.
            return;
        };
        if let Err(TrySendError::Full(_)) = ear.to.try_send(Box::new(message())) {
            tracing::warn!("messages came faster than they were taken; some are lost");
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Shared")
            .field("link", &*self.link.borrow())
            .finish_non_exhaustive()
    }
}

// === impl State ===

impl State {
    /// Puts a message of a size behind those that wait, if there is room for it.
    pub(super) fn publish(
        &mut self,
        said: &Saying<'_>,
        size: usize,
    ) -> Result<Option<()>, PublishError> {
        if !self.is_up {
            return Err(PublishError::NotConnected);
        }
        if size > self.most {
            let most = self.most;
            return Err(PublishError::TooLarge { size, most });
        }
        if !self.outgoing.is_empty() && self.outgoing.len() + size > WAITING {
            return Ok(None);
        }
        said.write(&mut self.outgoing);
        Ok(Some(()))
    }

    /// Whether the broker has answered a question.
    pub(super) fn has_answered(&self, ping: u64) -> Result<Option<()>, PublishError> {
        match self.is_up {
            true => Ok((self.pongs >= ping).then_some(())),
            false => Err(PublishError::NotConnected),
        }
    }
}

// === impl Ear ===

impl Ear {
    fn begins(&self) -> Saying<'_> {
        Saying::Subscribe {
            subscription: self.subscription,
            subject: &self.subject,
            group: self.group.as_deref(),
        }
    }
}

impl Message {
    /// A message with a copy of what it says.
    pub(super) fn copied(subject: &str, reply: Option<&str>, payload: &[u8]) -> Self {
        Self {
            subject: subject.to_owned(),
            reply: reply.map(str::to_owned),
            payload: Bytes::copy_from_slice(payload),
        }
    }
}
