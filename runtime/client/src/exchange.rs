//! One request and its replies, whatever it is about.

use core::time::Duration;
use std::collections::VecDeque;

use bytes::Bytes;
use chorister_bus::PublishError;
use chorister_proto::Subject;
use chorister_security::VerifiedReply;
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::batches::Queue;
use crate::mailbox::{Letter, Mailbox};
use crate::plan::{Plan, Reach};
use crate::progress::Progress;
use crate::tally::{Taken, Tally};
use crate::{Client, ClientError, Standing};

/// How long what is signed once may count.
const MOST: Duration = Duration::from_secs(5 * 3600);

/// A reply that counts.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) reply: VerifiedReply,
    pub(crate) standing: Standing,
    /// How long after the last request was sent it came.
    pub(crate) elapsed: Duration,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) asked: usize,
    pub(crate) duplicates: usize,
    pub(crate) refused: usize,
    pub(crate) lost: usize,
    pub(crate) publishing: Duration,
    pub(crate) duration: Duration,
}

/// What an exchange is doing.
#[derive(Debug)]
enum Phase {
    /// It sends a batch.
    Sending {
        payload: Bytes,
        subjects: VecDeque<String>,
        begun: Instant,
    },
    /// It waits for replies to a batch.
    Listening { until: Instant },
    /// It waits before the next batch.
    Resting { until: Instant },
    /// Its time is over; what came in time is still looked at.
    Draining,
    /// Nothing any more.
    Over,
}

/// One request and its replies. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Exchange {
    client: Client,
    plan: Plan,
    id: String,
    reply_to: String,
    /// `None` where somebody else listens.
    mailbox: Option<Mailbox>,
    tally: Tally,
    /// Nodes that are still to be asked.
    queue: Queue,
    /// What was signed for all batches, where that is done once.
    signed: Option<Bytes>,
    phase: Phase,
    figures: Figures,
    begun: Instant,
    /// When the last batch was sent.
    sent: Instant,
    /// When the last reply came.
    heard: Option<Instant>,
}

// === impl Exchange ===

impl Exchange {
    /// Listens, and sends the first batch.
    pub(crate) async fn begin(client: &Client, mut plan: Plan) -> Result<Self, ClientError> {
        let id = client.request_id()?;
        let (reply_to, mailbox) = match plan.reply_to.take() {
            Some(elsewhere) => {
                client.ready().await?;
                (elsewhere, None)
            }
            None => {
                let here = client.reply_to(&id)?;
                let subscription = client.listen(&here).await?;
                (here, Some(Mailbox::new(subscription)))
            }
        };
        let (tally, nodes) = match &mut plan.reach {
            Reach::Everybody { enough } => (Tally::of_anybody(*enough), Vec::new()),
            Reach::AnyOne => (Tally::of_anybody(1), Vec::new()),
            Reach::Nodes(nodes) => (Tally::of_nodes(), core::mem::take(nodes)),
        };
        // Before anybody is asked, so that nobody is when one name is wrong.
        for node in &nodes {
            client.subject_of(node)?;
        }
        let now = Instant::now();
        let mut this = Self {
            client: client.clone(),
            id,
            reply_to,
            mailbox,
            tally,
            queue: Queue::new(nodes, plan.batches),
            signed: None,
            plan,
            phase: Phase::Over,
            figures: Figures::default(),
            begun: now,
            sent: now,
            heard: None,
        };
        this.prepare()?;
        this.send().await?;
        Ok(this)
    }

    /// The id of the request.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Who was asked, and who answered.
    pub(crate) const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What was counted so far.
    pub(crate) fn figures(&self) -> Figures {
        Figures {
            lost: self.figures.lost + self.mailbox.as_ref().map_or(0, Mailbox::lost),
            ..self.figures
        }
    }

    /// The next reply that counts; `None` when all came or the time is over. May be dropped and called again.
    pub(crate) async fn next(&mut self) -> Result<Option<Heard>, ClientError> {
        loop {
            let letter = match self.phase {
                Phase::Over => return Ok(None),
                Phase::Sending { .. } => {
                    self.send().await?;
                    continue;
                }
                Phase::Listening { .. } if self.tally.is_complete() || self.mailbox.is_none() => {
                    self.rest_or_end(Phase::Over);
                    continue;
                }
                Phase::Listening { until } => {
                    let until = self.silence().map_or(until, |it| it.min(until));
                    tokio::select! {
                        biased;
                        () = sleep_until(until) => {
                            self.rest_or_end(Phase::Draining);
                            continue;
                        }
                        letter = letter(&mut self.mailbox) => letter.ok_or(ClientError::Closed)?,
                    }
                }
                Phase::Resting { until } => tokio::select! {
                    biased;
                    () = sleep_until(until) => {
                        self.prepare()?;
                        continue;
                    }
                    letter = letter(&mut self.mailbox) => letter.ok_or(ClientError::Closed)?,
                },
                Phase::Draining => match letter(&mut self.mailbox).await {
                    Some(letter) => letter,
                    None => {
                        self.phase = Phase::Over;
                        continue;
                    }
                },
            };
            if let Some(heard) = self.take(&letter) {
                return Ok(Some(heard));
            }
        }
    }

    /// When it has been silent for so long that nobody else will answer.
    fn silence(&self) -> Option<Instant> {
        Some(self.heard? + self.plan.window?)
    }

    /// After a batch: the next one, or the end.
    fn rest_or_end(&mut self, end: Phase) {
        let now = Instant::now();
        self.figures.duration = now - self.begun;
        self.phase = match self.plan.batches {
            Some(batches) if !self.queue.is_empty() => Phase::Resting {
                until: now + batches.sleep,
            },
            _ => {
                if let Some(mailbox) = &mut self.mailbox {
                    mailbox.close();
                }
                end
            }
        };
    }

    /// Takes the next batch, and signs the request again for it where that costs little.
    fn prepare(&mut self) -> Result<(), ClientError> {
        let collective = &self.client.profile().collective;
        let agent = &self.plan.agent;
        let subjects = match self.plan.reach {
            Reach::Everybody { .. } => vec![Subject::Agent { collective, agent }.checked()?],
            Reach::AnyOne => vec![Subject::Service { collective, agent }.checked()?],
            Reach::Nodes(_) => {
                let nodes = self.queue.next().unwrap_or_default();
                let subjects = nodes.iter().map(|it| self.client.subject_of(it));
                let subjects = subjects.collect::<Result<_, _>>()?;
                self.tally.expect(&nodes);
                self.figures.asked += nodes.len();
                subjects
            }
        };
        let payload = match self.signed.clone() {
            Some(payload) => payload,
            None => self.sign()?,
        };
        if self.client.signs_once() {
            self.signed = Some(payload.clone());
        }
        self.phase = Phase::Sending {
            payload,
            subjects: subjects.into(),
            begun: Instant::now(),
        };
        Ok(())
    }

    /// Signs the request, with the time that it is.
    fn sign(&self) -> Result<Bytes, ClientError> {
        let plan = &self.plan;
        let signed = self.client.sign(
            &self.id,
            &plan.agent,
            plan.filter.clone(),
            &plan.body,
            &self.reply_to,
            self.ttl()?,
        );
        signed.map(Bytes::from)
    }

    /// For how long the request has to count: what is signed once counts for all batches, and the pauses between them.
    fn ttl(&self) -> Result<Duration, ClientError> {
        let ttl = self.client.profile().ttl;
        let (batches, Some(rests)) = (self.queue.batches(), self.plan.batches) else {
            return Ok(ttl);
        };
        if !self.client.signs_once() || batches < 2 {
            return Ok(ttl);
        }
        let each = ttl + self.plan.timeout + rests.sleep;
        let ttl = each.saturating_mul(u32::try_from(batches).unwrap_or(u32::MAX));
        match ttl > MOST {
            true => Err(ClientError::TooLong {
                batches,
                ttl,
                most: MOST,
            }),
            false => Ok(ttl),
        }
    }

    /// Sends what is left of a batch. While the broker is away it waits for another one, for as long as replies may take.
    async fn send(&mut self) -> Result<(), ClientError> {
        let Phase::Sending {
            payload,
            subjects,
            begun,
        } = &mut self.phase
        else {
            return Ok(());
        };
        let nodes = subjects.len();
        let deadline = *begun + self.plan.timeout;
        let connection = self.client.connection();
        while let Some(subject) = subjects.front() {
            let publish = connection.publish(subject.as_str(), payload.clone());
            match timeout_at(deadline, publish).await {
                Ok(Ok(())) => drop(subjects.pop_front()),
                Ok(Err(PublishError::NotConnected)) if self.client.connected(deadline).await => {}
                // A broker that does not read is none.
                Ok(Err(PublishError::NotConnected | PublishError::TimedOut)) | Err(_) => {
                    return Err(self.client.no_broker(self.plan.timeout));
                }
                Ok(Err(error)) => return Err(error.into()),
            }
        }
        let now = Instant::now();
        self.figures.publishing += now - *begun;
        self.sent = now;
        self.phase = Phase::Listening {
            until: now + self.plan.timeout,
        };
        let by_name = matches!(self.plan.reach, Reach::Nodes(_));
        self.plan.observer.tell(Progress::Asked {
            batch: self.queue.begun().max(1),
            of: self.queue.batches().max(1),
            nodes: if by_name { nodes } else { 0 },
        });
        Ok(())
    }

    /// Looks at what arrived.
    fn take(&mut self, letter: &Letter) -> Option<Heard> {
        let verifier = &self.client.profile().verifier;
        let reply = match verifier.verify(&letter.payload, Some(&self.id), Timestamp::now()) {
            Ok(reply) => reply,
            Err(reason) => {
                self.figures.refused += 1;
                self.plan
                    .observer
                    .tell(Progress::Refused { reason: &reason });
                tracing::debug!(request = %self.id, %reason, "a reply is not believed");
                return None;
            }
        };
        match self.tally.take(&reply.reply.sender) {
            Taken::Counts(standing) => {
                self.heard = Some(letter.at);
                let took = letter.at.saturating_duration_since(self.begun);
                self.figures.duration = self.figures.duration.max(took);
                Some(Heard {
                    elapsed: letter.at.saturating_duration_since(self.sent),
                    reply,
                    standing,
                })
            }
            Taken::Duplicate => {
                self.figures.duplicates += 1;
                None
            }
            Taken::TooMany => {
                self.figures.lost += 1;
                None
            }
        }
    }
}

/// The next letter; none ever comes where nobody listens.
async fn letter(mailbox: &mut Option<Mailbox>) -> Option<Letter> {
    match mailbox {
        Some(mailbox) => mailbox.next().await,
        None => core::future::pending().await,
    }
}
