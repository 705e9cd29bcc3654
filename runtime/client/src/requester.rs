//! Asking agents.

use core::time::Duration;
use std::collections::BTreeSet;

use chorister_ddl::Data;
use chorister_ir::ddl::{Action, Ddl};
use chorister_proto::{Filter, body};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::exchange::Exchange;
use crate::plan::{Plan, Reach};
use crate::progress::{Observer, Progress};
use crate::responses::Found;
use crate::{Batches, Client, ClientError, Discovery, Limit, Pick, Responses};

/// How long an agent may take that does not say how long it takes.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What agents are asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The agent.
    pub agent: String,
    /// The action.
    pub action: String,
    /// Its inputs.
    pub data: Data,
    /// How long the agent may take.
    pub timeout: Duration,
    /// Whether one of all nodes that host the agent is to answer.
    pub service: bool,
}

/// Which nodes are asked.
#[derive(Clone, Debug)]
pub enum Targets {
    /// Those that are found, each by its name.
    Discovered(Discovery),
    /// These, each by its name.
    Nodes(Vec<String>),
    /// All that the filter fits, in one message; nobody is known to be missing.
    Broadcast(Filter),
}

/// Asks agents of nodes. Typed clients ask through it: it is a [`Call`](chorister_ddl::Call).
#[derive(Clone, Debug)]
pub struct Requester {
    client: Client,
    targets: Targets,
    limit: Option<(Limit, Pick)>,
    batches: Option<Batches>,
    timeout: Option<Duration>,
    reply_to: Option<String>,
    observer: Observer,
}

// === impl Invocation ===

impl Invocation {
    /// An action of an agent, with its inputs.
    #[must_use]
    pub fn new(ddl: &Ddl, action: &Action, data: Data) -> Self {
        let metadata = &ddl.metadata;
        Self {
            agent: metadata.name.to_string(),
            action: action.name.to_string(),
            data,
            timeout: if metadata.timeout.is_zero() {
                TIMEOUT
            } else {
                metadata.timeout
            },
            service: metadata.service,
        }
    }

    fn body(&self) -> Vec<u8> {
        let call = body::Request {
            agent: self.agent.clone(),
            action: self.action.clone(),
            data: self.data.clone(),
        };
        call.encode()
    }
}

// === impl Requester ===

impl Requester {
    /// Asks these nodes.
    #[must_use]
    pub fn new(client: Client, targets: Targets) -> Self {
        Self {
            client,
            targets,
            limit: None,
            batches: None,
            timeout: None,
            reply_to: None,
            observer: Observer::default(),
        }
    }

    /// Asks only some of them. A broadcast reaches all.
    #[must_use]
    pub const fn limit(mut self, limit: Limit, pick: Pick) -> Self {
        self.limit = Some((limit, pick));
        self
    }

    /// Asks them group by group. A broadcast is one group.
    #[must_use]
    pub const fn batches(mut self, batches: Batches) -> Self {
        self.batches = Some(batches);
        self
    }

    /// Gives nodes so long for their replies, and not what agent and profile say together.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Leaves the replies to whoever listens to this subject: [`Responses`] end once all nodes were asked, and know the id
    /// that replies refer to.
    #[must_use]
    pub fn reply_to(mut self, subject: impl Into<String>) -> Self {
        self.reply_to = Some(subject.into());
        self
    }

    /// Tells of progress. `observe` must not wait.
    #[must_use]
    pub fn observe(mut self, observe: impl Fn(Progress<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(observe);
        self
    }

    /// Finds the nodes, and asks the first of them. A service is asked wherever it is: no nodes are looked for.
    ///
    /// # Errors
    /// Nobody could be asked.
    pub async fn ask(&self, invocation: &Invocation) -> Result<Responses, ClientError> {
        let started = Timestamp::now();
        let agent = &invocation.agent;
        let (reach, filter, found) = match &self.targets {
            // Compat: go-choria client/client.go: whoever answers was the node that is found.
            _ if invocation.service => (
                Reach::AnyOne,
                None,
                Found {
                    whoever_answers: true,
                    ..Found::default()
                },
            ),
            Targets::Broadcast(filter) => {
                self.check_filter(filter)?;
                let all = Discovery::new(filter.clone()).with_agent(agent);
                let reach = Reach::Everybody { enough: usize::MAX };
                (reach, Some(all.filter().clone()), Found::default())
            }
            Targets::Nodes(nodes) => self.by_name(agent, nodes.clone(), Found::default())?,
            Targets::Discovered(discovery) => {
                let (nodes, found) = self.discover(agent, discovery).await?;
                self.by_name(agent, nodes, found)?
            }
        };
        let together = || invocation.timeout + self.client.profile().discovery_timeout;
        let plan = Plan {
            agent: agent.clone(),
            body: invocation.body(),
            filter,
            reach,
            timeout: self.timeout.unwrap_or_else(together),
            window: None,
            batches: self.batches,
            reply_to: self.reply_to.clone(),
            observer: self.observer.clone(),
        };
        let exchange = Exchange::begin(&self.client, plan).await?;
        let observer = self.observer.clone();
        Ok(Responses::new(exchange, started, found, observer))
    }

    /// Finds the nodes that have the agent.
    async fn discover(
        &self,
        agent: &str,
        discovery: &Discovery,
    ) -> Result<(Vec<String>, Found), ClientError> {
        self.check_filter(discovery.filter())?;
        let begun = Instant::now();
        let tell = |node: &str| self.observer.tell(Progress::Found { node });
        let discovery = discovery.with_agent(agent);
        let found = discovery.nodes(&self.client, tell).await?;
        let (nodes, took) = (found.len(), begun.elapsed());
        self.observer.tell(Progress::Discovered { nodes, took });
        Ok((
            found,
            Found {
                nodes,
                took,
                ..Found::default()
            },
        ))
    }

    /// Asks nodes by their names, each once, and no more of them than the limit.
    fn by_name(
        &self,
        agent: &str,
        mut nodes: Vec<String>,
        found: Found,
    ) -> Result<(Reach, Option<Filter>, Found), ClientError> {
        let mut seen = BTreeSet::new();
        nodes.retain(|it| seen.insert(it.clone()));
        if let Some((limit, pick)) = self.limit {
            nodes = limit.apply(nodes, pick)?;
        }
        if nodes.is_empty() {
            return Err(ClientError::NobodyFound);
        }
        Ok((Reach::Nodes(nodes), Some(Filter::agent(agent)), found))
    }

    fn check_filter(&self, filter: &Filter) -> Result<(), ClientError> {
        if self.client.profile().filter_required && filter.is_empty() {
            return Err(ClientError::Unfiltered);
        }
        Ok(())
    }
}
