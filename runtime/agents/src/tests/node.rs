//! A node that is none.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chorister_ddl::{
    Agent, AgentState, Calling, ConnectionInfo, Failure, Fired, Host, MachineInfo, MessageCounts,
    NodeInfo, RequestContext, Rights, Setting, StatusCode,
};
use serde_json::Value;

use crate::{data, object};

/// What is known of it can be set; what was fired is kept.
#[derive(Clone, Default)]
pub(super) struct Fake {
    pub(super) info: NodeInfo,
    pub(super) counts: MessageCounts,
    pub(super) connection: ConnectionInfo,
    pub(super) settings: BTreeMap<String, Setting>,
    pub(super) machines: Vec<MachineInfo>,
    pub(super) fired: Arc<Mutex<Vec<String>>>,
    pub(super) states: Arc<Mutex<BTreeMap<String, AgentState>>>,
    /// What whoever asks may call, such as `disk#clean`.
    pub(super) allowed: Vec<&'static str>,
}

impl Fake {
    pub(super) fn with_setting(
        mut self,
        name: &str,
        value: impl Into<Value>,
        is_secret: bool,
    ) -> Self {
        let value = value.into();
        self.settings
            .insert(name.to_owned(), Setting { value, is_secret });
        self
    }

    pub(super) fn with_machine(mut self, name: &str, state: &str, offers: &[&str]) -> Self {
        self.machines.push(MachineInfo {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            id: format!("id-of-{name}-1-2"),
            directory: "/machines".to_owned(),
            state: state.to_owned(),
            available_transitions: offers.iter().map(|it| (*it).to_owned()).collect(),
            ..MachineInfo::default()
        });
        self
    }

    /// What was fired, and for whom.
    pub(super) fn fired(&self) -> Vec<String> {
        self.fired.lock().unwrap().clone()
    }
}

impl Host for Fake {
    fn node(&self) -> NodeInfo {
        self.info.clone()
    }

    fn messages(&self) -> MessageCounts {
        self.counts
    }

    fn connection(&self) -> ConnectionInfo {
        self.connection.clone()
    }

    fn agent_states(&self) -> BTreeMap<String, AgentState> {
        self.states.lock().unwrap().clone()
    }

    fn pause_agent(&self, agent: &str, paused: bool) -> bool {
        let mut states = self.states.lock().unwrap();
        let state = match paused {
            true => AgentState::Paused,
            false => AgentState::Active,
        };
        states.get_mut(agent).map(|it| *it = state).is_some()
    }

    fn setting(&self, name: &str) -> Option<Setting> {
        self.settings.get(name).cloned()
    }

    fn machines(&self) -> Calling<'_, Result<Vec<MachineInfo>, Failure>> {
        Box::pin(core::future::ready(Ok(self.machines.clone())))
    }

    fn transition<'a>(
        &'a self,
        machine: &'a str,
        transition: &'a str,
        caller: &'a str,
    ) -> Calling<'a, Result<Fired, Failure>> {
        let fired = format!("{machine} {transition} for {caller}");
        self.fired.lock().unwrap().push(fired);
        Box::pin(core::future::ready(Ok(Fired::Accepted)))
    }

    fn data<'a>(&'a self, source: &'a str, query: Option<&'a Value>) -> Calling<'a> {
        Box::pin(async move {
            let answer = data::ask(self, source, query).await;
            answer.unwrap_or_else(|| Err(Failure::aborted("Unknown data plugin")))
        })
    }
}

impl Rights for Fake {
    fn may_call(&self, agent: &str, action: &str) -> bool {
        self.allowed.contains(&&*format!("{agent}#{action}"))
    }
}

/// Asks an agent on a node.
pub(super) async fn ask(
    fake: &Fake,
    agent: Box<dyn Agent>,
    action: &str,
    given: Value,
) -> Result<Value, (StatusCode, String, Value)> {
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut cx = RequestContext::new(deadline, Arc::new(fake.clone()));
    "choria=rip.mcollective".clone_into(&mut cx.caller);
    cx.rights = Arc::new(fake.clone());
    agent
        .call(&cx, action, object(given))
        .await
        .map(Value::Object)
        .map_err(|it| (it.code, it.message, Value::Object(it.data)))
}
