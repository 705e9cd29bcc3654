//! One connection, from the first try to the last message.

mod dialer;
mod introduction;
mod keeper;
mod route;
mod told;

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::Arc;

use async_nats::{Client, ConnectOptions, HeaderMap};
use bytes::Bytes;
use chorister_system::tls::{Identity, Trust, config};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use self::dialer::Dialer;
use self::introduction::Introduction;
use self::keeper::Keeper;
use self::route::Route;
use self::told::{Listener, Told};
use crate::{Brokers, Credentials, Kept, OpenError, PublishError, Remarks, Violations};

/// Messages that wait for one subscription; more are dropped by the library, which says so.
const SUBSCRIPTION: usize = 1024;

/// The same for who asks a fleet, which answers all at once.
const FLEET: usize = 1 << 18;

/// Messages that wait to be sent. Ours wait in the spool of the engine, where they outlive a restart.
const WAITING: usize = 64;

/// The code with which a stream refuses more messages than it may have.
const FULL: u64 = 10_077;

/// Room for what arrives, in bytes; it grows with what does not fit. Most requests have less than this.
const READING: u16 = 4096;

/// How a connection is made.
#[derive(Clone, Debug)]
pub struct Dial {
    /// What we are called in the broker's lists.
    pub name: String,
    /// Where the brokers are.
    pub brokers: Brokers,
    /// Who we say we are.
    pub credentials: Credentials,
    /// Whom a broker has to be vouched for by. `None` is a connection without TLS.
    pub trust: Option<Trust>,
    /// Our certificate, for brokers that ask for one.
    pub identity: Option<Identity>,
    /// What subjects of answers begin with, such as `choria.reply.<unique id>`.
    pub inbox: Option<String>,
    /// How long one broker may take to let us in, and later to take a message.
    pub timeout: Duration,
    /// How often we ask a silent broker whether it is there.
    pub ping: Duration,
}

/// What the connection is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// No broker has let us in yet.
    Connecting {
        /// How often all of them were tried.
        attempts: usize,
        /// Why the last one did not, or why there was none to try.
        reason: Option<String>,
    },
    /// Connected.
    Up {
        /// The broker, without what is secret in its address.
        broker: String,
        /// How many connections there were before this one.
        reconnects: u64,
    },
    /// The broker went away; others are tried.
    Down {
        /// What the last try failed with.
        reason: Option<String>,
    },
    /// Over for good: somebody closed it.
    #[default]
    Closed,
}

impl Link {
    /// The broker as headers of messages name it: `unknown` where none let us in.
    #[must_use]
    pub fn hop(&self) -> String {
        match self {
            Self::Up { broker, .. } => broker.clone(),
            _ => "unknown".to_owned(),
        }
    }
}

/// What went over the connections of a [`Connection`], without what NATS itself has to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages that came.
    pub messages_in: u64,
    /// Messages that went.
    pub messages_out: u64,
    /// Bytes that came.
    pub bytes_in: u64,
    /// Bytes that went.
    pub bytes_out: u64,
}

/// How a connection came to be, and what happened to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How often all brokers were tried before the first let us in, with that time.
    pub initial: u64,
    /// How long that took.
    pub connect_time: Duration,
    /// Whether there was a connection.
    pub connected: bool,
    /// How many connections there were after the first.
    pub reconnections: u64,
    /// How often a broker went away, or the connection was closed.
    pub closed: u64,
    /// What else went wrong.
    pub errors: u64,
    /// How often a name server was asked for brokers.
    pub lookups: u64,
}

/// A message that came.
#[derive(Clone, Debug)]
pub struct Message {
    /// The subject that it came by.
    pub subject: String,
    /// Where an answer would go, as NATS knows it.
    pub reply: Option<String>,
    /// What it says.
    pub payload: Bytes,
}

impl From<async_nats::Message> for Message {
    fn from(message: async_nats::Message) -> Self {
        Self {
            subject: message.subject.into_string(),
            reply: message.reply.map(async_nats::Subject::into_string),
            payload: message.payload,
        }
    }
}

/// What a stream says of a message that it keeps.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Receipt {
    /// The stream.
    pub stream: String,
    /// The number of the message in it.
    #[serde(rename = "seq")]
    pub sequence: u64,
    /// Whether the stream had it already.
    #[serde(default)]
    pub duplicate: bool,
}

/// A connection to one broker after the other. Clones are the same connection.
#[derive(Clone, Debug)]
pub struct Connection {
    client: watch::Receiver<Option<Client>>,
    link: watch::Receiver<Link>,
    /// How long a message may wait to be sent.
    patience: Duration,
    attempts: watch::Receiver<Attempts>,
    violations: watch::Receiver<Violations>,
    /// What the interface of streams begins with.
    pub(crate) api: &'static str,
    /// Ends with the last clone.
    _keeper: Arc<Task>,
}

/// The task that keeps the connection. It ends with the last clone.
#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Messages of a subject, in the order in which they came.
#[derive(Debug)]
pub struct Subscription {
    subscriber: async_nats::Subscriber,
}

impl Subscription {
    /// The next message; `None` when the connection was closed.
    pub async fn next(&mut self) -> Option<Message> {
        self.subscriber.next().await.map(Message::from)
    }

    /// The next message that a stream published again, with all that says so; `None` when the connection was closed.
    /// What others publish there is passed over.
    pub async fn next_republished(&mut self) -> Option<Kept> {
        loop {
            let message = self.subscriber.next().await?;
            if let Some(kept) = message
                .headers
                .and_then(|it| republished(&it, message.payload))
            {
                return Some(kept);
            }
        }
    }
}

/// A message as its stream keeps it, where its headers say which one that is.
fn republished(headers: &HeaderMap, payload: Bytes) -> Option<Kept> {
    // Compat: go-choria aagent/watchers/kvwatcher: which headers there have to be.
    const NEEDED: [&str; 5] = [
        "Nats-Stream",
        "Nats-Subject",
        "Nats-Sequence",
        "Nats-Time-Stamp",
        "Nats-Last-Sequence",
    ];
    let first = |name: &str| headers.get(name).map(|it| it.as_str().to_owned());
    let optional = ["KV-Operation", "Nats-Marker-Reason"].into_iter();
    let optional = optional.filter_map(|name| Some((name.to_owned(), first(name)?)));
    let needed = NEEDED.map(|name| Some((name.to_owned(), first(name)?)));
    let needed = needed.into_iter().collect::<Option<Vec<_>>>()?;
    let sequence = first("Nats-Sequence")?.parse().ok()?;
    Some(Kept {
        sequence,
        headers: needed.into_iter().chain(optional).collect(),
        payload,
    })
}

impl Connection {
    /// Begins to connect. It returns at once: [`Connection::link`] tells what becomes of it.
    ///
    /// Must be called on a tokio runtime with time and IO. Reads the files that `dial` names.
    ///
    /// # Errors
    /// A file that `dial` names cannot be used.
    pub async fn open(dial: Dial) -> Result<Self, OpenError> {
        Self::begin(dial, SUBSCRIPTION).await
    }

    /// Does what [`Connection::open`] does, for who asks a fleet: a quarter of a million answers may wait.
    ///
    /// # Errors
    /// A file that `dial` names cannot be used.
    pub async fn open_for_fleet(dial: Dial) -> Result<Self, OpenError> {
        Self::begin(dial, FLEET).await
    }

    async fn begin(dial: Dial, waiting: usize) -> Result<Self, OpenError> {
        let (link_to, link) = watch::channel(Link::Connecting {
            attempts: 0,
            reason: None,
        });
        let (client_to, client) = watch::channel(None);
        let (attempts_to, attempts) = watch::channel(Attempts::default());
        let (told_to, told) = watch::channel(Told::default());
        let (violations_to, violations) = watch::channel(Violations::default());
        let introduction = Arc::<Introduction>::default();
        let route = Arc::new(Route::new(told_to.clone(), Arc::clone(&introduction)));
        let listener = Listener {
            told: told_to,
            violations: violations_to,
            losses: Remarks::default(),
            refusals: Remarks::default(),
        };
        let options = options(&dial, waiting, Arc::clone(&introduction)).await?;
        let next = Arc::clone(&route);
        let options = options
            .event_callback(move |event| {
                listener.hear(event);
                async {}
            })
            .reconnect_to_server_callback(move |pool, _| core::future::ready(next.next(&pool)));
        let keeper = Keeper {
            dialer: Dialer {
                brokers: dial.brokers,
                is_protected: dial.trust.is_some(),
                options,
                route,
                introduction,
            },
            told,
            link: link_to,
            client: client_to,
            attempts: attempts_to,
        };
        let task = tokio::spawn(keeper.run());
        Ok(Self {
            client,
            link,
            patience: dial.timeout,
            attempts,
            violations,
            api: crate::stream::API,
            _keeper: Arc::new(Task(task.abort_handle())),
        })
    }

    /// What the connection is doing, now and from now on.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }

    /// How it came to be, and what happened to it.
    #[must_use]
    pub fn attempts(&self) -> Attempts {
        *self.attempts.borrow()
    }

    /// What the broker does not let us do, now and from now on. Each new connection begins with nothing.
    #[must_use]
    pub fn violations(&self) -> watch::Receiver<Violations> {
        self.violations.clone()
    }

    /// Whether a broker is there.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(*self.link.borrow(), Link::Up { .. })
    }

    /// The largest message that the broker takes, in bytes; 1 MiB before it said.
    #[must_use]
    pub fn max_payload(&self) -> usize {
        let said = self.client.borrow().as_ref().map(Client::max_payload);
        said.filter(|it| *it > 0).unwrap_or(1 << 20)
    }

    /// What went over it so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let client = self.client.borrow();
        let Some(counted) = client.as_ref().map(Client::statistics) else {
            return Traffic::default();
        };
        Traffic {
            messages_in: counted.in_messages.load(Ordering::Relaxed),
            messages_out: counted.out_messages.load(Ordering::Relaxed),
            bytes_in: counted.in_bytes.load(Ordering::Relaxed),
            bytes_out: counted.out_bytes.load(Ordering::Relaxed),
        }
    }

    /// Waits for the first broker that lets us in.
    pub(crate) async fn client(&self) -> Option<Client> {
        let mut client = self.client.clone();
        let found = client.wait_for(Option::is_some).await.ok()?;
        found.clone()
    }

    /// The client, if its broker is there and takes messages of this size.
    fn ready(&self, size: usize) -> Result<Client, PublishError> {
        if !self.is_up() {
            return Err(PublishError::NotConnected);
        }
        let client = self.client.borrow().clone();
        let client = client.ok_or(PublishError::NotConnected)?;
        let most = self.max_payload();
        if size > most {
            return Err(PublishError::TooLarge { size, most });
        }
        Ok(client)
    }

    /// Sends a message to whoever listens.
    ///
    /// # Errors
    /// There is no broker, it takes no messages any more, or the message is too large for it. What was taken may still be
    /// lost with the broker.
    pub async fn publish(
        &self,
        subject: impl Into<String>,
        payload: impl Into<Bytes>,
    ) -> Result<(), PublishError> {
        let payload = payload.into();
        let client = self.ready(payload.len())?;
        self.within(client.publish(subject.into(), payload)).await
    }

    /// The end of something that waits for a place in the queue of what is sent. A broker that reads nothing any more takes
    /// nobody's time but this.
    async fn within<T, E: ToString>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, PublishError> {
        match tokio::time::timeout(self.patience, work).await {
            Ok(done) => done.map_err(|error| PublishError::Other(error.to_string())),
            Err(_) => Err(PublishError::TimedOut),
        }
    }

    /// Sends a message with headers to whoever listens.
    ///
    /// # Errors
    /// As those of [`Connection::publish`].
    pub async fn publish_with(
        &self,
        subject: impl Into<String>,
        headers: &[(&str, &str)],
        payload: impl Into<Bytes>,
    ) -> Result<(), PublishError> {
        let payload = payload.into();
        let client = self.ready(payload.len())?;
        let all = all_headers(headers.iter().copied());
        self.within(client.publish_with_headers(subject.into(), all, payload))
            .await
    }

    /// Sends a message to a stream and waits until the stream has it.
    ///
    /// A stream takes messages of one `id` once within its window, so that trying again doubles nothing.
    ///
    /// # Errors
    /// The stream did not say within `deadline` that it has the message.
    pub async fn publish_to_stream(
        &self,
        subject: impl Into<String>,
        payload: impl Into<Bytes>,
        id: &str,
        headers: &[(&str, &str)],
        deadline: Duration,
    ) -> Result<Receipt, PublishError> {
        let payload = payload.into();
        let client = self.ready(payload.len())?;
        let own = [("Nats-Msg-Id", id)].into_iter();
        let headers = all_headers(own.chain(headers.iter().copied()));
        let request = async_nats::Request::new().payload(payload).headers(headers);
        let answer = ask(&client, subject.into(), request, deadline).await?;
        receipt(&answer.payload)
    }

    /// Asks whoever answers first.
    ///
    /// # Errors
    /// Nobody did within `deadline`, or there is no broker.
    pub async fn request(
        &self,
        subject: impl Into<String>,
        payload: impl Into<Bytes>,
        deadline: Duration,
    ) -> Result<Message, PublishError> {
        let payload = payload.into();
        let client = self.ready(payload.len())?;
        let request = async_nats::Request::new().payload(payload);
        ask(&client, subject.into(), request, deadline).await
    }

    /// Listens to a subject, as one of a `group` of which one gets each message, if one is named. Waits for the first broker
    /// that lets us in; after that the subscription outlives every broker.
    ///
    /// # Errors
    /// The subject is none, the broker takes nothing any more, or the connection was closed.
    pub async fn subscribe(
        &self,
        subject: impl Into<String>,
        group: Option<&str>,
    ) -> Result<Subscription, PublishError> {
        let client = self.client().await.ok_or(PublishError::NotConnected)?;
        let subject = subject.into();
        let made = async {
            match group {
                None => client.subscribe(subject).await,
                Some(group) => client.queue_subscribe(subject, group.to_owned()).await,
            }
        };
        let subscriber = self.within(made).await?;
        Ok(Subscription { subscriber })
    }

    /// Waits until all that was published is on its way to the broker.
    ///
    /// # Errors
    /// There is no broker, or it takes nothing any more.
    pub async fn flush(&self) -> Result<(), PublishError> {
        let client = self.ready(0)?;
        self.within(client.flush()).await
    }

    /// Ends the connection: what was published is sent, what came is given to its subscriptions, which then end. It
    /// takes at most `deadline`.
    pub async fn close(self, deadline: Duration) {
        let client = self.client.borrow().clone();
        let Some(client) = client else { return };
        let closed = async {
            if self.is_up() && client.drain().await.is_ok() {
                let mut link = self.link.clone();
                drop(link.wait_for(|it| *it == Link::Closed).await);
            }
        };
        drop(tokio::time::timeout(deadline, closed).await);
    }
}

/// What goes with a message, as the library has it.
fn all_headers<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> HeaderMap {
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        all.insert(name, value);
    }
    all
}

/// The first answer to a request.
async fn ask(
    client: &Client,
    subject: String,
    request: async_nats::Request,
    deadline: Duration,
) -> Result<Message, PublishError> {
    use async_nats::RequestErrorKind::{NoResponders, TimedOut};

    let request = request.timeout(Some(deadline));
    // The library's deadline begins when the request has its place in the queue.
    let asked = tokio::time::timeout(deadline, client.send_request(subject, request));
    match asked.await {
        Ok(Ok(message)) => Ok(message.into()),
        Err(_) => Err(PublishError::TimedOut),
        Ok(Err(error)) => Err(match error.kind() {
            TimedOut => PublishError::TimedOut,
            NoResponders => PublishError::NobodyListens,
            _ => PublishError::Other(error.to_string()),
        }),
    }
}

/// What a stream answered.
pub(crate) fn receipt(payload: &[u8]) -> Result<Receipt, PublishError> {
    #[derive(serde::Deserialize)]
    struct Refusal {
        error: Reason,
    }
    #[derive(serde::Deserialize)]
    struct Reason {
        #[serde(default)]
        err_code: u64,
        #[serde(default)]
        code: u16,
        #[serde(default)]
        description: String,
    }
    if let Ok(refusal) = serde_json::from_slice::<Refusal>(payload) {
        let Reason {
            err_code,
            code,
            description,
        } = refusal.error;
        return Err(match (err_code, code) {
            (FULL, _) => PublishError::Full,
            // As in HTTP: it would be refused again.
            (_, 400..500) => PublishError::Unacceptable(description),
            _ => PublishError::Refused(description),
        });
    }
    serde_json::from_slice(payload).map_err(|_| PublishError::NoStream)
}

/// How the library is to connect, whatever the brokers.
async fn options(
    dial: &Dial,
    waiting: usize,
    introduction: Arc<Introduction>,
) -> Result<ConnectOptions, OpenError> {
    let credentials = dial.credentials.clone();
    let mut options = match &credentials {
        Credentials::None => ConnectOptions::new(),
        Credentials::File(path) => {
            ConnectOptions::with_credentials_file(path)
                .await
                .map_err(|error| OpenError::Credentials {
                    path: path.display().to_string(),
                    reason: error.to_string(),
                })?
        }
        _ => {
            let name = dial.name.clone();
            ConnectOptions::with_auth_callback(move |nonce| {
                let auth = credentials.auth(&nonce);
                if let Ok(auth) = &auth {
                    introduction.note(&name, auth);
                }
                async move { auth }
            })
        }
    };
    options = options
        .name(&dial.name)
        .connection_timeout(dial.timeout)
        .ping_interval(dial.ping)
        .subscription_capacity(waiting)
        .client_capacity(WAITING)
        .read_buffer_capacity(READING);
    if let Some(inbox) = &dial.inbox {
        options = options.custom_inbox_prefix(inbox);
    }
    if let Some(trust) = &dial.trust {
        // Also where it is not used: files that are wrong are said now.
        let config = config(trust, dial.identity.as_ref()).map_err(OpenError::Tls)?;
        options = options.require_tls(true);
        let is_held = matches!(dial.identity, Some(Identity::Held(_)));
        options = match trust {
            // The library reads the files at each connection, so that those count that were put in their place. And whoever
            // gives it a configuration has it look for authorities of the system, without which it does not connect.
            Trust::File(authorities) if !is_held => {
                options = options.add_root_certificates(authorities.clone());
                match dial.identity.clone() {
                    Some(Identity::Files { certificate, key }) => {
                        options.add_client_certificate(certificate, key)
                    }
                    Some(Identity::Held(_)) | None => options,
                }
            }
            Trust::File(_) | Trust::System | Trust::Nobody => options.tls_client_config(config),
        };
    }
    Ok(options)
}
