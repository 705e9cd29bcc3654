//! Agents, and who may ask them.

use core::time::Duration;
use std::sync::Arc;

use chorister_bus::Remarks;
use chorister_ddl::{Data, Failure, Host, RequestContext, Rights};
use chorister_policy::{Authorizer, Decision, Request as Question};
use chorister_proto::Filter;
use chorister_proto::body::{self, Status};
use chorister_proto::filter::Node;
use chorister_security::VerifiedRequest;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

use crate::node::View;
use crate::roster::{Agents, Hosted, Roster};

/// How long an agent without a timeout may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What whoever may not ask is told.
///
/// Compat: go-choria `providers/agent/mcorpc/agent.go`: the text.
const NOT_AUTHORIZED: &str = "You are not authorized to call this agent or action";

/// Somebody who keeps who asked for what.
pub trait Audit: Send + Sync {
    /// Keeps a request. Must not wait.
    fn record(&self, record: &Record<'_>);
}

/// A request as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The request, and who made it.
    pub request: &'a VerifiedRequest,
    /// The action.
    pub action: &'a str,
    /// Its inputs.
    pub data: &'a Data,
    /// Whether it was allowed, and why.
    pub decision: &'a Decision,
    /// When it was decided.
    pub time: Timestamp,
}

/// Has the agents of a node do what is asked of them.
pub struct Dispatch {
    roster: Roster,
    authorizer: watch::Receiver<Arc<Authorizer>>,
    audit: Option<Arc<dyn Audit>>,
    host: Arc<dyn Host>,
    denials: Remarks,
}

impl Dispatch {
    /// Agents, what decides who may ask them, who keeps that, and what the node lends them.
    #[must_use]
    pub fn new(
        roster: Roster,
        authorizer: watch::Receiver<Arc<Authorizer>>,
        audit: Option<Arc<dyn Audit>>,
        host: Arc<dyn Host>,
    ) -> Self {
        Self {
            roster,
            authorizer,
            audit,
            host,
            denials: Remarks::default(),
        }
    }

    /// The agents.
    #[must_use]
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// What the node lends to them.
    #[must_use]
    pub fn host(&self) -> &dyn Host {
        &*self.host
    }

    /// Answers a request. There always is an answer, and it takes no longer than the agent's timeout.
    pub async fn answer(
        &self,
        asked: &Arc<VerifiedRequest>,
        view: &Arc<View>,
        now: Timestamp,
    ) -> body::Reply {
        let call = match body::Request::decode(&asked.request.body()) {
            Ok(call) => call,
            Err(error) => {
                return body::Reply::failed(
                    "",
                    Status::InvalidData,
                    format!("{UNREADABLE}: {error}"),
                );
            }
        };
        let action = call.action.clone();
        match self.call(asked, call, view, now).await {
            Ok(data) => body::Reply::ok(&action, Value::Object(data)),
            Err(failure) => body::Reply {
                action,
                status: Status::from_code(failure.code as i64),
                message: failure.message,
                data: Value::Object(failure.data),
            },
        }
    }

    /// Whether somebody may comes before whether there is such an action: those who may not learn nothing.
    async fn call(
        &self,
        asked: &Arc<VerifiedRequest>,
        call: body::Request,
        view: &Arc<View>,
        now: Timestamp,
    ) -> Result<Data, Failure> {
        let name = &asked.request.agent;
        let asker = Asker {
            asked: Arc::clone(asked),
            view: Arc::clone(view),
            agents: self.roster.now(),
            authorizer: Arc::clone(&self.authorizer.borrow()),
        };
        let agents = Arc::clone(&asker.agents);
        let decision = asker.decide(name, &call.action, &call.data);
        let action = &call.action;
        if let Some(audit) = &self.audit {
            audit.record(&Record {
                request: asked,
                action,
                data: &call.data,
                decision: &decision,
                time: now,
            });
        }
        if !decision.allow {
            if let Some(withheld) = self.denials.admit() {
                let (caller, by) = (&asked.caller.id, &decision.by);
                tracing::warn!(agent = %name, %action, %caller, ?by, withheld, "request denied");
            }
            return Err(Failure::aborted(NOT_AUTHORIZED));
        }
        let hosted = agents
            .get(name)
            .filter(|it| it.ddl().action(action).is_some())
            .ok_or_else(|| Failure::unknown_action(name, action))?;
        if !hosted.with_breaker(|it| it.admit(now)) {
            return Err(Failure::aborted(format!(
                "The agent {name} is not in service"
            )));
        }
        let timeout = match hosted.deadline() {
            Duration::ZERO => TIMEOUT,
            some => some,
        };
        let result = self.run(hosted, asker, call, timeout).await;
        hosted.with_breaker(|it| match &result {
            Err(Trouble::Overrun | Trouble::Panicked) => {
                // A clock that is asked for twice is one that was asked for too early.
                let passed = now.saturating_add(timeout).unwrap_or(now);
                it.failed(passed);
            }
            _ => it.succeeded(),
        });
        result.map_err(|trouble| match trouble {
            Trouble::Busy => Failure::aborted(format!("The agent {name} is busy")),
            Trouble::Overrun => Failure::unknown(format!("timeout after {}s", timeout.as_secs())),
            Trouble::Panicked => Failure::unknown(format!("The agent {name} failed unexpectedly")),
            Trouble::Failed(failure) => failure,
        })
    }

    /// Runs an action in a task of its own, so that what happens there happens there.
    async fn run(
        &self,
        hosted: &Hosted,
        asker: Asker,
        call: body::Request,
        timeout: Duration,
    ) -> Result<Data, Trouble> {
        let Ok(_permit) = hosted.permits.try_acquire() else {
            return Err(Trouble::Busy);
        };
        let deadline = std::time::Instant::now() + timeout;
        let mut cx = RequestContext::new(deadline, Arc::clone(&self.host));
        let asked = &asker.asked;
        cx.caller.clone_from(&asked.caller.id);
        cx.sender.clone_from(&asked.request.sender);
        cx.collective.clone_from(&asked.request.collective);
        cx.request_id.clone_from(&asked.request.id);
        cx.time = asked.request.time.as_second();
        cx.ttl = asked.request.ttl;
        cx.rights = Arc::new(asker);
        let agent = Arc::clone(&hosted.agent);
        let mut task = tokio::spawn(async move { agent.call(&cx, &call.action, call.data).await });
        match tokio::time::timeout(timeout, &mut task).await {
            Ok(Ok(answer)) => answer.map_err(Trouble::Failed),
            Ok(Err(_)) => Err(Trouble::Panicked),
            Err(_) => {
                task.abort();
                Err(Trouble::Overrun)
            }
        }
    }
}

/// What somebody is told whose request is no call of an action.
///
/// Compat: go-choria `providers/agent/mcorpc/agent.go`: the text.
const UNREADABLE: &str = "Could not process request: could not parse incoming message as a MCollective SimpleRPC Request";

/// Who made a request, and what decides what they may ask for while it is answered.
struct Asker {
    asked: Arc<VerifiedRequest>,
    view: Arc<View>,
    agents: Arc<Agents>,
    authorizer: Arc<Authorizer>,
}

impl Asker {
    /// Whether they may call an action of an agent with these inputs.
    fn decide(&self, agent: &str, action: &str, data: &Data) -> Decision {
        let request = &self.asked.request;
        let data = Value::Object(data.clone());
        let claims = self
            .asked
            .caller
            .claims()
            .and_then(|it| serde_json::to_value(it).ok());
        let none = Filter::default();
        self.authorizer.decide(&Question {
            agent,
            action,
            caller: &self.asked.caller.id,
            sender: &request.sender,
            collective: &request.collective,
            data: &data,
            ttl: request.ttl,
            time: request.time.as_second(),
            filter: request.filter.as_ref().unwrap_or(&none),
            claims: claims.as_ref(),
            node: self.view.node(self.agents.names()),
            is_provisioning: self.view.is_provisioning,
        })
    }
}

impl Rights for Asker {
    fn may_call(&self, agent: &str, action: &str) -> bool {
        self.decide(agent, action, &Data::new()).allow
    }
}

/// Why an action gave nothing.
enum Trouble {
    /// Too many ask at once.
    Busy,
    /// It was not done in time.
    Overrun,
    /// It has a mistake.
    Panicked,
    /// It says why.
    Failed(Failure),
}

impl std::fmt::Debug for Dispatch {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Dispatch")
            .field("roster", &self.roster)
            .finish_non_exhaustive()
    }
}

impl View {
    /// What filters and policies see of the node while it has these agents.
    #[must_use]
    pub fn node<'a>(&'a self, agents: &'a [String]) -> Node<'a> {
        Node {
            identity: &self.identity,
            agents,
            classes: &self.classes,
            facts: &self.facts,
            data: None,
        }
    }
}
