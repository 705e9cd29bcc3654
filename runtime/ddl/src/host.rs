//! What a node lends to its agents.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chorister_ir::ddl::Ddl;
use serde::Serialize;
use serde_json::Value;

use crate::agent::{Calling, RequestContext};
use crate::{Data, Failure};

/// What a node does for its agents, and tells them of itself.
///
/// Everything is provided: a host that is asked for what it does not have says so, and knows nothing.
pub trait Host: Send + Sync {
    /// What the node is now.
    fn node(&self) -> NodeInfo {
        NodeInfo::default()
    }

    /// What it has done with messages since it was started.
    fn messages(&self) -> MessageCounts {
        MessageCounts::default()
    }

    /// How it is connected.
    fn connection(&self) -> ConnectionInfo {
        ConnectionInfo::default()
    }

    /// Whether requests reach its agents, by their names.
    fn agent_states(&self) -> BTreeMap<String, AgentState> {
        BTreeMap::new()
    }

    /// Lets no request reach an agent any more, or lets them again; false where it hosts no such agent.
    fn pause_agent(&self, _agent: &str, _paused: bool) -> bool {
        false
    }

    /// A setting by its name in either form of the configuration, or any key of a plugin; `None` where there is none.
    fn setting(&self, _name: &str) -> Option<Setting> {
        None
    }

    /// Its machines, in order of name.
    fn machines(&self) -> Calling<'_, Result<Vec<MachineInfo>, Failure>> {
        refuse("There are no machines here")
    }

    /// Fires a transition of a machine, both by name, for somebody, and waits for nothing: what is accepted may happen
    /// later.
    fn transition<'a>(
        &'a self,
        _machine: &'a str,
        _transition: &'a str,
        _caller: &'a str,
    ) -> Calling<'a, Result<Fired, Failure>> {
        refuse("There are no machines here")
    }

    /// Asks a data plugin; the answer is its own, whatever the plugin is.
    fn data<'a>(&'a self, _source: &'a str, _query: Option<&'a Value>) -> Calling<'a> {
        refuse("Unknown data plugin")
    }

    /// Runs a command to its end, until the deadline at most.
    fn run(&self, _command: Command, _deadline: Instant) -> Calling<'_, Result<Finished, Failure>> {
        refuse("Commands cannot be run here")
    }

    /// Starts a command that outlives the request, and the node, and waits for nothing: its id.
    fn begin<'a>(
        &'a self,
        _cx: &'a RequestContext,
        _job: Job,
    ) -> Calling<'a, Result<String, Failure>> {
        refuse("Jobs cannot be started here")
    }

    /// Fires a transition of a machine and waits for what is to be waited for, until the deadline at most.
    ///
    /// Answers `state`, which the machine has reached or was in last.
    fn fire(&self, _fire: Fire, _deadline: Instant) -> Calling<'_> {
        refuse("There are no machines here")
    }

    /// Asks the program that an external agent is.
    fn external<'a>(
        &'a self,
        _cx: &'a RequestContext,
        _ddl: &'a Ddl,
        _action: &'a str,
        _data: Data,
    ) -> Calling<'a> {
        refuse("External agents cannot be run here")
    }
}

/// What a node is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeInfo {
    /// Its identity in the network.
    pub identity: String,
    /// The distribution that it runs, and what others call it: `chorister`.
    pub name: String,
    /// The version of that.
    pub version: String,
    /// The file that it is configured by, where there is one.
    pub configuration: Option<PathBuf>,
    /// When it was started, in seconds since 1970.
    pub started: i64,
    /// The collectives that it is in.
    pub collectives: Vec<String>,
    /// The one of them in which it speaks of itself.
    pub main_collective: String,
    /// Its agents, in order of name.
    pub agents: Arc<[Ddl]>,
    /// How long those have for an action who have another time than their DDLs say.
    pub deadlines: Arc<BTreeMap<String, Duration>>,
    /// Its classes, in order of name.
    pub classes: Vec<String>,
    /// Its facts, an object.
    pub facts: Arc<Value>,
    /// Its data plugins, in order of name.
    pub data_plugins: Vec<String>,
    /// Whether it waits to be provisioned.
    pub is_provisioning: bool,
}

/// Whether requests reach an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AgentState {
    /// They do.
    Active,
    /// It failed too often; it is asked again soon.
    Tripped,
    /// Somebody does not want it to be asked.
    Paused,
}

/// What a node has done with messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// Messages that arrived.
    pub total: u64,
    /// Requests that were accepted.
    pub validated: u64,
    /// Messages that were refused.
    pub unvalidated: u64,
    /// Requests that were for the node.
    pub passed: u64,
    /// Requests that were for others.
    pub filtered: u64,
    /// Replies that were sent.
    pub replies: u64,
    /// Requests that came too late.
    pub ttl_expired: u64,
    /// Lifecycle events that were sent.
    pub events: u64,
}

/// How a node is connected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The broker, without what is secret in its address; `None` while there is none.
    pub broker: Option<String>,
    /// The brokers that are configured, in the same form.
    pub brokers: Vec<String>,
    /// The domain in which brokers are looked for where none is configured.
    pub srv_domain: Option<String>,
    /// Whether brokers are looked for in the DNS.
    pub uses_srv: bool,
    /// Whether it is encrypted.
    pub is_encrypted: bool,
    /// What it is called in the broker's lists.
    pub client: String,
    /// The library that keeps it.
    pub library: &'static str,
    /// The version of that.
    pub library_version: &'static str,
    /// How long one broker may take to let the node in.
    pub connect_timeout: Duration,
    /// How often a silent broker is asked whether it is there.
    pub ping_interval: Duration,
    /// How many connections there were before this one.
    pub reconnects: u64,
    /// Messages that came.
    pub messages_in: u64,
    /// Messages that went.
    pub messages_out: u64,
    /// Bytes that came.
    pub bytes_in: u64,
    /// Bytes that went.
    pub bytes_out: u64,
}

/// A setting as it is in use.
#[derive(Clone, PartialEq)]
pub struct Setting {
    /// Its value, in its own type; also where it is a secret.
    pub value: Value,
    /// Whether nobody is to be told of it.
    pub is_secret: bool,
}

/// How a machine is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MachineInfo {
    /// Its name, unique on the node.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The UUID of this instance.
    pub id: String,
    /// Its directory.
    pub directory: String,
    /// The state that it is in.
    pub state: String,
    /// When it was started, in seconds since 1970.
    pub started: i64,
    /// The transitions that this state offers.
    pub available_transitions: Vec<String>,
    /// What it would publish of its result now, where it is a check: an object.
    pub check: Option<Value>,
}

/// What came of firing a transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fired {
    /// It happened, or will.
    Accepted,
    /// The state does not offer it.
    Refused {
        /// The state.
        state: String,
    },
}

/// A command to be run; no shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments; never empty.
    pub arguments: Vec<String>,
    /// Variables added to the clean environment.
    pub environment: Vec<(String, String)>,
}

/// A command that outlives the request that started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The agent that starts it.
    pub agent: String,
    /// Its action: whoever may call it may know of the job.
    pub action: String,
    /// What is run.
    pub command: Command,
    /// When it is ended.
    pub timeout: Duration,
}

/// What a command left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; `None` where a signal ended it.
    pub exit_code: Option<i32>,
    /// What it printed, up to the limit of the node.
    pub stdout: String,
    /// What it complained, up to the limit of the node.
    pub stderr: String,
}

/// A transition to be fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fire {
    /// Name of the machine.
    pub machine: String,
    /// Name of the transition.
    pub transition: String,
    /// States that are waited for, one of which is enough; none waits for nothing.
    pub states: Vec<String>,
    /// How long is waited for them at most.
    pub timeout: Duration,
}

fn refuse<'a, T: Send + 'a>(message: &'static str) -> Calling<'a, Result<T, Failure>> {
    Box::pin(core::future::ready(Err(Failure::aborted(message))))
}

// === impl NodeInfo ===

impl NodeInfo {
    /// The names of its agents, in order.
    pub fn agent_names(&self) -> impl Iterator<Item = &str> {
        self.agents.iter().map(|it| it.metadata.name.as_ref())
    }
}

// === impl Setting ===

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_secret {
            true => f.write_str("Setting(secret)"),
            false => f.debug_tuple("Setting").field(&self.value).finish(),
        }
    }
}

// === impl Fired ===

impl Fired {
    /// What whoever asked for this transition is told where it was refused.
    ///
    /// # Errors
    /// It was refused.
    pub fn accepted(self, transition: &str) -> Result<(), Failure> {
        match self {
            Self::Accepted => Ok(()),
            // Compat: go-choria providers/agent/mcorpc/golang/choriautil: the text.
            Self::Refused { state } => Err(Failure::aborted(format!(
                "Could not perform {transition} transition: \
                 transition {transition} is not valid while in {state} state"
            ))),
        }
    }
}
