//! Who keeps a connection: connects, sends, reads, and begins anew.

use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Interval, interval_at};

use super::protocol::{Connect, Info, LINE, Nonsense, Said, Saying, read};
use super::state::Shared;
use crate::{Backoff, BrokerUrl, Dial, Link, Message};

/// The largest message that is taken from any broker, in bytes, whatever it says of itself.
const MOST: usize = 64 << 20;

/// What is read at a time, in bytes.
const READING: usize = 64 << 10;

thread_local! {
    /// Where bytes arrive. All connections of a thread have it in common: what is not said to its end they keep themselves.
    static ARRIVALS: RefCell<Box<[u8]>> = RefCell::new(vec![0; READING].into());
}

pub(super) struct Keeper {
    pub(super) shared: Arc<Shared>,
    pub(super) dial: Dial,
}

/// A broker that has let us in.
struct Line {
    stream: TcpStream,
    /// What was read, but not to its end.
    rest: Vec<u8>,
    /// The largest message that the broker takes, in bytes.
    most: usize,
    broker: String,
    /// The last subscription that it knows.
    known: u64,
}

// === impl Keeper ===

impl Keeper {
    /// Never gives up.
    pub(super) async fn run(self) {
        let (mut attempts, mut connections) = (0, 0);
        loop {
            // What connecting needs shall not stay for as long as the connection.
            match Box::pin(self.connect()).await {
                Ok(line) => {
                    let link = Link::Up {
                        broker: line.broker.clone(),
                        reconnects: connections,
                    };
                    self.shared.up(line.known, line.most, link);
                    (attempts, connections) = (0, connections + 1);
                    let reason = self.serve(line).await;
                    tracing::warn!(%reason, "the broker went away");
                    self.shared.down(Link::Down {
                        reason: Some(reason),
                    });
                }
                Err(reason) if connections == 0 => {
                    tracing::warn!(attempts, %reason, "no broker lets us in");
                    self.shared.down(Link::Connecting {
                        attempts: attempts + 1,
                        reason: Some(reason),
                    });
                }
                Err(reason) => self.shared.down(Link::Down {
                    reason: Some(reason),
                }),
            }
            attempts += 1;
            let backoff = match connections {
                0 => Backoff::FiveSeconds,
                _ => Backoff::TwentySeconds,
            };
            tokio::time::sleep(backoff.wait(attempts, fastrand::f64())).await;
        }
    }

    /// The first broker that lets us in.
    async fn connect(&self) -> Result<Line, String> {
        let mut reason = "no broker is configured, and DNS knows none".to_owned();
        for broker in self.dial.brokers.find(|| ()).await {
            let greeted = tokio::time::timeout(self.dial.timeout, self.greet(&broker));
            match greeted.await {
                Ok(Ok(line)) => return Ok(line),
                Ok(Err(error)) => reason = format!("{broker}: {error}"),
                Err(_) => reason = format!("{broker}: no answer in time"),
            }
        }
        Err(reason)
    }

    /// Says who we are and what we listen to, and waits until the broker has understood.
    async fn greet(&self, broker: &BrokerUrl) -> Result<Line, String> {
        let stream = TcpStream::connect(broker.place()).await;
        let mut line = Line {
            stream: stream.map_err(text)?,
            rest: Vec::new(),
            most: LINE,
            broker: broker.to_string(),
            known: 0,
        };
        line.stream.set_nodelay(true).map_err(text)?;
        let info: Info = line
            .until(|said| match said {
                Said::Info(json) => serde_json::from_str(json).ok().map(Ok),
                _ => None,
            })
            .await?;
        if info.tls_required {
            return Err("the broker speaks only with TLS".to_owned());
        }
        let auth = self.dial.credentials.auth(info.nonce.as_bytes());
        let auth = auth.map_err(text)?;
        let connect = Connect {
            verbose: false,
            pedantic: false,
            tls_required: false,
            name: &self.dial.name,
            lang: "rust",
            version: env!("CARGO_PKG_VERSION"),
            protocol: 1,
            user: auth.username,
            pass: auth.password,
            auth_token: auth.token,
            sig: auth.signature.map(|it| URL_SAFE_NO_PAD.encode(it)),
        };
        let mut said = Vec::new();
        Saying::Connect(&connect).write(&mut said);
        let (subscriptions, known) = self.shared.subscriptions();
        said.extend_from_slice(&subscriptions);
        Saying::Ping.write(&mut said);
        line.stream.write_all(&said).await.map_err(text)?;
        line.most = info.max_payload.min(MOST);
        line.known = known;
        line.until(|said| match said {
            Said::Pong => Some(Ok(())),
            Said::Error(reason) => Some(Err(reason.to_owned())),
            _ => None,
        })
        .await?;
        Ok(line)
    }

    /// Sends and reads until the broker goes away; why it did.
    async fn serve(&self, mut line: Line) -> String {
        let period = self.dial.ping;
        let mut asking = interval_at(Instant::now() + period, period);
        let mut heard = true;
        poll_fn(|cx| self.poll(cx, &mut line, &mut asking, &mut heard)).await
    }

    fn poll(
        &self,
        cx: &mut Context<'_>,
        line: &mut Line,
        asking: &mut Interval,
        heard: &mut bool,
    ) -> Poll<String> {
        self.shared.waker.register(cx.waker());
        while asking.poll_tick(cx).is_ready() {
            // It has not answered the last time.
            if !core::mem::take(heard) {
                return Poll::Ready("the broker is silent".to_owned());
            }
            drop(self.shared.ping());
        }
        loop {
            if let Poll::Ready(Err(error)) = self.poll_send(cx, line) {
                return Poll::Ready(error.to_string());
            }
            match ready!(self.poll_read(cx, line)) {
                Ok(()) => *heard = true,
                Err(reason) => return Poll::Ready(reason),
            }
        }
    }

    /// Sends what waits.
    fn poll_send(&self, cx: &mut Context<'_>, line: &mut Line) -> Poll<io::Result<()>> {
        let mut state = self.shared.state();
        while !state.outgoing.is_empty() {
            let sent = ready!(Pin::new(&mut line.stream).poll_write(cx, &state.outgoing))?;
            match sent < state.outgoing.len() {
                true => drop(state.outgoing.drain(..sent)),
                // Its memory is for others.
                false => state.outgoing = Vec::new(),
            }
            self.shared.progressed();
        }
        Poll::Ready(Ok(()))
    }

    /// Takes what has arrived.
    fn poll_read(&self, cx: &mut Context<'_>, line: &mut Line) -> Poll<Result<(), String>> {
        ARRIVALS.with_borrow_mut(|arrivals| {
            let mut arrived = ReadBuf::new(arrivals);
            let stream = Pin::new(&mut line.stream);
            ready!(stream.poll_read(cx, &mut arrived)).map_err(text)?;
            let arrived = arrived.filled();
            if arrived.is_empty() {
                return Poll::Ready(Err("the broker closed the connection".to_owned()));
            }
            let mut rest = core::mem::take(&mut line.rest);
            let left = match rest.is_empty() {
                true => self.hear(arrived, line.most).map_err(text)?,
                false => {
                    rest.extend_from_slice(arrived);
                    self.hear(&rest, line.most).map_err(text)?
                }
            };
            line.rest = left.to_vec();
            Poll::Ready(Ok(()))
        })
    }

    /// Does what is said; what is not said to its end is left.
    fn hear<'a>(&self, mut bytes: &'a [u8], most: usize) -> Result<&'a [u8], Nonsense> {
        while let Some((said, size)) = read(bytes, most)? {
            match said {
                Said::Message {
                    subscription,
                    subject,
                    reply,
                    payload,
                } => {
                    let message = || Message::copied(subject, reply, payload);
                    self.shared.deliver(subscription, message);
                }
                Said::Ping => Saying::Pong.write(&mut self.shared.state().outgoing),
                Said::Pong => self.shared.answered(),
                Said::Error(reason) => tracing::debug!(reason, "broker"),
                Said::Info(_) | Said::Ok => {}
            }
            bytes = bytes.get(size..).unwrap_or_default();
        }
        Ok(bytes)
    }
}

// === impl Line ===

impl Line {
    /// Reads until something is said that is waited for.
    async fn until<T>(
        &mut self,
        mut wanted: impl FnMut(Said<'_>) -> Option<Result<T, String>>,
    ) -> Result<T, String> {
        loop {
            while let Some((said, size)) = read(&self.rest, self.most).map_err(text)? {
                let found = wanted(said);
                drop(self.rest.drain(..size));
                if let Some(found) = found {
                    return found;
                }
            }
            if self.stream.read_buf(&mut self.rest).await.map_err(text)? == 0 {
                return Err("the broker closed the connection".to_owned());
            }
        }
    }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
