//! What a node knows of the agents that it hosts, and they of it.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use chorister_ir::ddl::{Action, ActionRun, Ddl, JobAction, MachineAction};

use crate::exec::execute;
use crate::host::{Fire, Host, Job};
use crate::{Data, Failure, accept, argv, complete};

/// What a request is answered with.
pub type Answer = Result<Data, Failure>;

/// Something that is being done.
pub type Calling<'a, T = Answer> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An agent that a node can ask.
///
/// Generated services implement it; whoever hosts agents sees nothing else of them.
pub trait Agent: Send + Sync {
    /// What it can be asked, which stays as it is while the agent is hosted.
    fn ddl(&self) -> &Ddl;

    /// Whether the node is to host it at all; asked once, before it is.
    fn is_active(&self, _host: &dyn Host) -> bool {
        true
    }

    /// How long it has for an action; zero leaves that to the node. Clients wait as long as its DDL says.
    fn deadline(&self) -> Duration {
        self.ddl().metadata.timeout
    }

    /// Does what is asked; the values of the request are held against its DDL first.
    ///
    /// The future may be dropped at the deadline at any point where it waits.
    fn call<'a>(&'a self, cx: &'a RequestContext, action: &'a str, data: Data) -> Calling<'a>;
}

/// Whoever hosts agents that come and go.
pub trait Hosting: Send + Sync {
    /// Whether an agent of this name is hosted.
    fn hosts(&self, name: &str) -> bool;

    /// Hosts an agent from now on, and says whether it does: some nodes host only services. One of its name gives way;
    /// what that has begun it finishes.
    fn host(&self, agent: Arc<dyn Agent>) -> bool;

    /// Hosts the agent of this name no more; what it has begun it finishes.
    fn dismiss(&self, name: &str);
}

/// What whoever made a request may ask of the node besides.
pub trait Rights: Send + Sync {
    /// Whether they may call an action of an agent that they give nothing.
    fn may_call(&self, agent: &str, action: &str) -> bool;
}

/// The rights of nobody: no action may be called.
struct NoRights;

/// A request beside its values, and what the node lends to those who answer it.
#[derive(Clone)]
#[non_exhaustive]
pub struct RequestContext {
    /// Who asks, such as `choria=rip.mcollective`; verified.
    pub caller: String,
    /// The node from which it is asked.
    pub sender: String,
    /// The collective in which it is asked.
    pub collective: String,
    /// Identifies the request among all.
    pub request_id: String,
    /// When it was asked, in Unix seconds.
    pub time: i64,
    /// For how many seconds after that it counts.
    pub ttl: u64,
    /// When an answer is of no use any more.
    pub deadline: Instant,
    /// What whoever asks may ask for besides.
    pub rights: Arc<dyn Rights>,
    /// The node.
    pub host: Arc<dyn Host>,
}

/// Does an action that is declared and not written in Rust.
///
/// # Errors
/// What is wrong with the request, or what went wrong.
pub async fn declared(cx: &RequestContext, ddl: &Ddl, action: &Action, data: Data) -> Answer {
    let data = validated(action, data)?;
    let mut answer = match &action.run {
        ActionRun::Native => return Err(Failure::unknown_action(&ddl.metadata.name, &action.name)),
        ActionRun::External => cx.host.external(cx, ddl, &action.name, data).await?,
        ActionRun::Exec(exec) => execute(cx, action, exec, &data).await?,
        ActionRun::Job(job) => {
            let job = Job {
                agent: ddl.metadata.name.to_string(),
                action: action.name.to_string(),
                command: argv(action, &job.arguments, &job.environment, &data),
                timeout: job.timeout,
            };
            let id = cx.host.begin(cx, job).await?;
            Data::from_iter([(JobAction::ID.to_owned(), id.into())])
        }
        ActionRun::Machine(machine) => cx.host.fire(fire(machine), cx.deadline).await?,
    };
    complete(action, &mut answer);
    Ok(answer)
}

/// The values of a request for an action that is not written in Rust, held against its DDL.
///
/// # Errors
/// What is wrong with them, as status 1.
pub fn validated(action: &Action, data: Data) -> Answer {
    // Compat: go-choria providers/agent/mcorpc/external/agent.go: the status is 1 here and 4 for agents in Rust.
    accept(action, data).map_err(|error| Failure::aborted(format!("Validation failed: {error}")))
}

fn fire(of: &MachineAction) -> Fire {
    let wait = of.wait.as_ref();
    Fire {
        machine: of.machine.to_string(),
        transition: of.transition.to_string(),
        states: wait.map_or_else(Vec::new, |it| {
            it.states.iter().map(ToString::to_string).collect()
        }),
        timeout: wait.map_or(Duration::ZERO, |it| it.timeout),
    }
}

// === impl NoRights ===

impl Rights for NoRights {
    fn may_call(&self, _agent: &str, _action: &str) -> bool {
        false
    }
}

// === impl RequestContext ===

impl RequestContext {
    /// A request that nobody sent, such as one of the node itself; to be completed.
    pub fn new(deadline: Instant, host: Arc<dyn Host>) -> Self {
        Self {
            caller: String::new(),
            sender: String::new(),
            collective: String::new(),
            request_id: String::new(),
            time: 0,
            ttl: 0,
            deadline,
            rights: Arc::new(NoRights),
            host,
        }
    }
}

impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestContext")
            .field("caller", &self.caller)
            .field("sender", &self.sender)
            .field("collective", &self.collective)
            .field("request_id", &self.request_id)
            .field("time", &self.time)
            .field("ttl", &self.ttl)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
