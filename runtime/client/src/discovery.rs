//! Finding nodes by asking all of them.

use core::time::Duration;

use chorister_proto::{Filter, body};
use jiff::Timestamp;

use crate::exchange::Exchange;
use crate::plan::{Plan, Reach};
use crate::progress::Observer;
use crate::{Client, ClientError};

/// The agent that every node has.
const AGENT: &str = "discovery";

/// Finds the nodes that a filter fits, by asking all of them.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    filter: Filter,
    timeout: Option<Duration>,
    window: Option<Duration>,
    enough: Option<usize>,
}

/// A node that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pong {
    /// The node.
    pub sender: String,
    /// Whether it signed that it is there. What is not signed could be from anybody who may publish replies.
    pub signed: bool,
    /// When it says that it answered.
    pub time: Timestamp,
    /// How long after the request was sent its answer came.
    pub elapsed: Duration,
}

/// Nodes that say that they are there, in the order in which they do. Dropping this ends it.
#[derive(Debug)]
pub struct Pongs {
    exchange: Exchange,
    client: Client,
}

// === impl Discovery ===

impl Discovery {
    /// How long after one answer another one is usually waited for, see [`Discovery::window`].
    pub const WINDOW: Duration = Duration::from_millis(300);

    /// Finds the nodes that this filter fits.
    #[must_use]
    pub fn new(filter: Filter) -> Self {
        Self {
            filter,
            ..Self::default()
        }
    }

    /// Gives nodes so long, and not what the profile says.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Ends earlier, when nobody else has answered for so long.
    #[must_use]
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// Ends earlier, when so many nodes have answered.
    #[must_use]
    pub const fn enough(mut self, nodes: usize) -> Self {
        self.enough = Some(nodes);
        self
    }

    /// Which nodes are meant.
    #[must_use]
    pub const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The same, for nodes that have an agent.
    pub(crate) fn with_agent(&self, agent: &str) -> Self {
        let mut this = self.clone();
        if !this.filter.agents.iter().any(|it| it == agent) {
            this.filter.agents.push(agent.to_owned());
        }
        this
    }

    /// The nodes, where the filter names them: then nobody has to be asked who there is.
    ///
    /// Compat: go-choria `providers/discovery/broadcast`: filters on agents do not change that.
    #[must_use]
    pub fn named(&self) -> Option<Vec<String>> {
        let filter = &self.filter;
        let is_pattern = |it: &String| it.starts_with('/') && it.ends_with('/');
        let only_names = !filter.identities.is_empty()
            && filter.facts.is_empty()
            && filter.classes.is_empty()
            && filter.compound.is_empty()
            && !filter.identities.iter().any(is_pattern);
        only_names.then(|| filter.identities.clone())
    }

    /// Asks all nodes, and says of each that it is there as soon as it answers.
    ///
    /// # Errors
    /// Nobody could be asked.
    pub async fn ping(&self, client: &Client) -> Result<Pongs, ClientError> {
        let plan = Plan {
            agent: AGENT.to_owned(),
            body: body::PING.to_vec(),
            filter: Some(self.filter.clone()),
            reach: Reach::Everybody {
                enough: self.enough.unwrap_or(usize::MAX),
            },
            timeout: self
                .timeout
                .unwrap_or_else(|| client.profile().discovery_timeout),
            window: self.window,
            batches: None,
            reply_to: None,
            observer: Observer::default(),
        };
        Ok(Pongs {
            exchange: Exchange::begin(client, plan).await?,
            client: client.clone(),
        })
    }

    /// The nodes, in the order in which they answered; `each` hears of one as soon as it is found.
    ///
    /// # Errors
    /// Nobody could be asked.
    pub async fn nodes(
        &self,
        client: &Client,
        mut each: impl FnMut(&str) + Send,
    ) -> Result<Vec<String>, ClientError> {
        let mut nodes = Vec::new();
        if let Some(named) = self.named() {
            named.iter().for_each(|it| each(it));
            return Ok(named);
        }
        let mut pongs = self.ping(client).await?;
        while let Some(pong) = pongs.next().await? {
            each(&pong.sender);
            nodes.push(pong.sender);
        }
        Ok(nodes)
    }
}

// === impl Pongs ===

impl Pongs {
    /// The next node that is there; `None` when the time is over, or enough were found. May be dropped and called again.
    ///
    /// # Errors
    /// The connection was closed.
    pub async fn next(&mut self) -> Result<Option<Pong>, ClientError> {
        while let Some(heard) = self.exchange.next().await? {
            let reply = heard.reply.reply;
            // Whoever could not be asked by name would keep others from being asked.
            let can_be_asked = self.client.subject_of(&reply.sender).is_ok();
            if can_be_asked && reply.payload == body::PONG {
                return Ok(Some(Pong {
                    sender: reply.sender,
                    signed: heard.reply.signed,
                    time: reply.time,
                    elapsed: heard.elapsed,
                }));
            }
            tracing::debug!(sender = %reply.sender, "the answer to a ping is none");
        }
        Ok(None)
    }
}
