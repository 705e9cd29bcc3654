//! A node: its connection, its subscriptions, its life.

use core::time::Duration;
use std::sync::Arc;

use chorister_bus::{Bus, Link, Message, PublishError, Remarks};
use chorister_proto::body;
use chorister_proto::subject;
use chorister_security::{Signer, VerifiedRequest};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::counters::{Count, Counters};
use crate::dispatch::Dispatch;
use crate::ears::{self, Ears};
use crate::lifecycle::{Component, Format, Happening, LifeEvent};
use crate::outbox::Outbox;
use crate::reception::{Received, Reception, pass};
use crate::roster::Agents;
use crate::undecided::Undecided;

/// Messages that wait to be looked at. More wait in the library, and then the broker is told that we are slow.
const QUEUE: usize = 64;

/// How many requests a node works on at a time.
const AT_ONCE: usize = 256;

/// How many minutes there are between two times that a node says that it is still there.
const ALIVE: u64 = 30;

/// How long a node that has said all waits for its connection to be closed.
const FAREWELL: Duration = Duration::from_millis(500);

/// What others see of a node.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Its identity.
    pub identity: String,
    /// Its classes.
    pub classes: Vec<String>,
    /// Its facts, an object.
    pub facts: Arc<Value>,
    /// Whether it waits to be provisioned.
    pub is_provisioning: bool,
}

/// What a node is made of.
pub struct Config {
    /// The version of the program, as events tell it.
    pub version: String,
    /// The collectives that it is in, the main one first.
    pub collectives: Vec<String>,
    /// What it is.
    pub component: Component,
    /// Its connection.
    pub bus: Arc<dyn Bus>,
    /// Whom it lets in.
    pub reception: Reception,
    /// What it signs with.
    pub signer: watch::Receiver<Arc<Signer>>,
    /// Its agents.
    pub dispatch: Arc<Dispatch>,
    /// What others see of it.
    pub view: watch::Receiver<Arc<View>>,
    /// How events of its life are written.
    pub life: Format,
    /// Where they wait for a broker; without it, those for which there is none are lost.
    pub outbox: Option<Arc<dyn Outbox>>,
}

/// A node that runs. It goes on until [`Node::stop`], or is over at once when it is dropped.
#[derive(Debug)]
pub struct Node {
    bus: Arc<dyn Bus>,
    counters: Arc<Counters>,
    outbox: Option<Arc<dyn Outbox>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Node {
    /// Begins to listen, and goes on from there. It returns at once.
    ///
    /// Must be called on a tokio runtime with time.
    #[must_use]
    pub fn start(config: Config) -> Self {
        let counters = Arc::<Counters>::default();
        let (stop, stopping) = watch::channel(false);
        let service = Service {
            bus: Arc::clone(&config.bus),
            counters: Arc::clone(&counters),
            signer: config.signer,
            dispatch: config.dispatch,
            view: config.view,
            version: config.version,
            collectives: config.collectives,
            component: config.component,
            life: config.life,
            outbox: config.outbox.clone(),
            remarks: Reasons::default(),
        };
        let task = tokio::spawn(service.run(config.reception, stopping));
        Self {
            bus: config.bus,
            counters,
            outbox: config.outbox,
            stop,
            task,
        }
    }

    /// What it did how often.
    #[must_use]
    pub const fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// What its connection is doing, now and from now on.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<Link> {
        self.bus.link()
    }

    /// Tells that it ends and answers what it has begun, and is over half a second after `deadline` at the latest.
    pub async fn stop(self, deadline: Duration) {
        self.stop.send_replace(true);
        let end = tokio::time::Instant::now() + deadline;
        let mut task = self.task;
        if tokio::time::timeout_at(end, &mut task).await.is_err() {
            task.abort();
        }
        if let Some(outbox) = &self.outbox
            && self.bus.is_up()
        {
            // What is left is told when the node is back.
            drop(tokio::time::timeout_at(end, outbox.emptied()).await);
        }
        self.bus.close(FAREWELL).await;
    }
}

/// What the task of a node works with.
struct Service {
    bus: Arc<dyn Bus>,
    counters: Arc<Counters>,
    signer: watch::Receiver<Arc<Signer>>,
    dispatch: Arc<Dispatch>,
    view: watch::Receiver<Arc<View>>,
    version: String,
    collectives: Vec<String>,
    component: Component,
    life: Format,
    outbox: Option<Arc<dyn Outbox>>,
    remarks: Reasons,
}

/// Why something is remarked upon that anybody can cause; one kind does not silence the others.
#[derive(Debug, Default)]
struct Reasons {
    /// A message is refused.
    refused: Remarks,
    /// There is no such agent.
    unknown: Remarks,
    /// A reply is not sent.
    unsent: Remarks,
}

impl Service {
    async fn run(self, mut reception: Reception, mut stopping: watch::Receiver<bool>) {
        let this = Arc::new(self);
        let (to, mut messages) = mpsc::channel(QUEUE);
        let mut ears = Ears::new(Arc::clone(&this.bus), to);
        let mut agents = this.dispatch.roster().changes();
        let wanted = this.subjects(&agents.borrow_and_update());
        let begin = async {
            ears.set(wanted).await;
            // Who listens to nothing yet has not waited for a broker, and would tell nobody.
            let mut link = this.bus.link();
            drop(link.wait_for(|it| matches!(it, Link::Up { .. })).await);
        };
        tokio::select! {
            () = begin => {}
            () = told(&mut stopping) => return,
        }
        let version = this.version.as_str();
        this.tell(Happening::Startup { version }).await;
        // Compat: go-choria server/lifecycle.go: whole minutes.
        let minutes = |count: u64| Duration::from_secs(count * 60);
        let first = tokio::time::Instant::now() + minutes(fastrand::u64(..ALIVE));
        let mut alive = tokio::time::interval_at(first, minutes(ALIVE));
        let mut working = JoinSet::new();
        loop {
            tokio::select! {
                () = told(&mut stopping) => break,
                _ = alive.tick() => this.is_alive().await,
                Ok(()) = agents.changed() => {
                    let wanted = this.subjects(&agents.borrow_and_update());
                    tokio::select! {
                        () = ears.set(wanted) => {}
                        () = told(&mut stopping) => break,
                    }
                }
                Some(_) = working.join_next(), if !working.is_empty() => {}
                message = messages.recv(), if working.len() < AT_ONCE => match message {
                    Some(message) => {
                        if let Some(work) = this.receive(&mut reception, &message) {
                            let this = Arc::clone(&this);
                            working.spawn(async move { this.work(work).await });
                        }
                    }
                    None => break,
                },
            }
        }
        drop((ears, messages));
        // An action may take longer than there is left.
        this.tell(Happening::Shutdown).await;
        while working.join_next().await.is_some() {}
        drop(this.bus.flush().await);
    }

    /// Every subject that a request for this node may come by.
    fn subjects(&self, agents: &Agents) -> Vec<ears::Ear> {
        let identity = &self.view.borrow().identity;
        ears::subjects(self.component, &self.collectives, identity, agents)
    }

    /// Looks at a message; what is to be done about it, if anything.
    fn receive(&self, reception: &mut Reception, message: &Message) -> Option<Work> {
        let view = Arc::clone(&self.view.borrow());
        let now = Timestamp::now();
        let (payload, subject) = (&message.payload, &message.subject);
        let agents = self.dispatch.roster().now();
        let node = view.node(agents.names());
        let received = reception.receive(payload, subject, now, &node, &self.counters);
        match &received {
            Received::Refused(refusal) => {
                if let Some(withheld) = self.remarks.refused.admit() {
                    tracing::warn!(%subject, reason = %refusal, withheld, "refused a message");
                }
            }
            Received::Unanswerable(asked) => {
                if let Some(withheld) = self.remarks.refused.admit() {
                    let (caller, to) = (&asked.caller.id, &asked.transport.reply_to);
                    tracing::warn!(%subject, %caller, ?to, withheld, "refused a message: no reply goes there");
                }
            }
            _ => {}
        }
        self.work_of(received, view, now)
    }

    /// Finds out whether a request is for the node, and what is to be done about it then.
    async fn decide(&self, request: Undecided, view: Arc<View>, now: Timestamp) -> Option<Work> {
        let agents = self.dispatch.roster().now();
        let asked = request.decide(self.dispatch.host(), &view, agents.names());
        match asked.await {
            Some(asked) => self.work_of(pass(asked, agents.names(), &self.counters), view, now),
            None => {
                self.counters.add(Count::Filtered);
                None
            }
        }
    }

    /// What is to be done about what arrived, if anything.
    fn work_of(&self, received: Received, view: Arc<View>, now: Timestamp) -> Option<Work> {
        match received {
            Received::Ping(asked) => Some(Work::Pong(asked)),
            Received::Call(asked) => Some(Work::Call(asked, view, now)),
            Received::Undecided(request) => Some(Work::Decide(request, view, now)),
            Received::NoAgent(asked) => {
                if let Some(withheld) = self.remarks.unknown.admit() {
                    let (agent, caller) = (&asked.request.agent, &asked.caller.id);
                    tracing::warn!(%agent, %caller, withheld, "there is no such agent");
                }
                None
            }
            Received::Filtered | Received::Refused(_) | Received::Unanswerable(_) => None,
        }
    }

    /// Answers.
    async fn work(&self, work: Work) {
        let work = match work {
            Work::Decide(request, view, now) => Box::pin(self.decide(request, view, now)).await,
            decided => Some(decided),
        };
        let (asked, payload) = match work {
            Some(Work::Pong(asked)) => (Arc::from(asked), body::PONG.to_vec()),
            Some(Work::Call(asked, view, now)) => {
                let asked = Arc::from(asked);
                // What this needs, pings need not.
                let reply = Box::pin(self.dispatch.answer(&asked, &view, now)).await;
                (asked, reply.encode())
            }
            Some(Work::Decide(..)) | None => return,
        };
        let Some(to) = asked
            .transport
            .reply_to
            .as_deref()
            .filter(|it| *it != subject::NOBODY)
        else {
            return;
        };
        let sent = match self.send(&asked, to, payload).await {
            // Whoever asked would wait for nothing.
            Err(Unsent::Publish(PublishError::TooLarge { .. })) => {
                self.send(&asked, to, too_large(&asked)).await
            }
            sent => sent,
        };
        match sent {
            Ok(()) => self.counters.add(Count::Replies),
            Err(error) => {
                if let Some(withheld) = self.remarks.unsent.admit() {
                    let request = &asked.request.id;
                    tracing::warn!(%request, %error, withheld, "cannot reply");
                }
            }
        }
    }

    /// Sends a signed reply.
    async fn send(
        &self,
        asked: &VerifiedRequest,
        to: &str,
        payload: Vec<u8>,
    ) -> Result<(), Unsent> {
        let signer = Arc::clone(&self.signer.borrow());
        let identity = self.view.borrow().identity.clone();
        let reply = asked.request.reply(&identity, Timestamp::now(), payload);
        let mut transport = signer
            .reply_transport(&reply, &asked.transport)
            .map_err(|error| Unsent::Sign(error.to_string()))?;
        let broker = self.bus.link().borrow().hop();
        transport.add_hop(&broker, &identity, &broker);
        let payload = transport.encode().into();
        let sent = self.bus.publish(to.to_owned(), payload).await;
        sent.map_err(Unsent::Publish)
    }

    /// Tells that the node is there; nobody needs to know later that it was.
    async fn is_alive(&self) {
        if self.bus.is_up() {
            let version = self.version.as_str();
            self.tell(Happening::Alive { version }).await;
        }
    }

    /// Tells what happens to the node.
    async fn tell(&self, happening: Happening<'_>) {
        let identity = self.view.borrow().identity.clone();
        let event = LifeEvent {
            identity: &identity,
            component: self.component.name(),
            id: fastrand::u128(..).to_be_bytes(),
            time: Timestamp::now(),
            happening,
        };
        let Ok(subject) = event.subject() else {
            return;
        };
        let json = event.json(self.life);
        let told = match &self.outbox {
            Some(outbox) => {
                outbox.put(&subject, &event.id(), &json).await;
                Ok(())
            }
            None => self.bus.publish(subject.clone(), json.into()).await,
        };
        match told {
            Ok(()) => self.counters.add(Count::Events),
            Err(error) => tracing::warn!(%subject, %error, "cannot tell"),
        }
    }
}

/// Why a reply was not sent.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    /// It could not be signed.
    #[error("{0}")]
    Sign(String),
    /// The broker does not take it.
    #[error(transparent)]
    Publish(PublishError),
}

/// What is answered in place of what no broker takes.
fn too_large(asked: &VerifiedRequest) -> Vec<u8> {
    let call = body::Request::decode(&asked.request.body());
    let action = call.map(|it| it.action).unwrap_or_default();
    let message = "The reply is larger than what the broker takes";
    body::Reply::failed(&action, body::Status::UnknownError, message.to_owned()).encode()
}

/// What is to be done about a request.
enum Work {
    Pong(Box<VerifiedRequest>),
    Call(Box<VerifiedRequest>, Arc<View>, Timestamp),
    Decide(Undecided, Arc<View>, Timestamp),
}

/// Waits until the node is to stop, or whoever could say so is gone.
async fn told(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|it| *it).await);
}
