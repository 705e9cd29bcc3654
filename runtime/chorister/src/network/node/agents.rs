//! What the control socket is told of agents, and has done with them.

use std::sync::Arc;

use chorister_ddl::AgentState;
use chorister_engine::EngineHandle;
use chorister_node::{Hosted, Roster};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::network::AGENTS;

/// What is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    /// The agent; all otherwise.
    agent: Option<String>,
    /// What is to become of it.
    paused: Option<bool>,
}

/// An agent as operators see it.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    version: &'a str,
    description: &'a str,
    timeout: u64,
    service: bool,
    state: AgentState,
}

/// Has the control socket ask for the agents of a roster.
pub(super) fn offer(engine: &EngineHandle, roster: Roster) {
    engine.offer(AGENTS, Arc::new(move |question| answer(&roster, question)));
}

fn answer(roster: &Roster, question: Value) -> Result<Value, String> {
    let question: Question = serde_json::from_value(question).map_err(|it| it.to_string())?;
    let agents = roster.now();
    if let Some(name) = &question.agent {
        let found = match question.paused {
            Some(paused) => roster.pause(name, paused),
            None => agents.get(name).is_some(),
        };
        if !found {
            return Err(format!("there is no agent `{name}`"));
        }
    }
    let is_meant = |name: &str| question.agent.as_deref().is_none_or(|it| it == name);
    let shown = agents.iter().filter(|(name, _)| is_meant(name));
    let shown: Vec<_> = shown.map(|(name, it)| Shown::of(name, it)).collect();
    serde_json::to_value(shown).map_err(|error| error.to_string())
}

// === impl Shown ===

impl<'a> Shown<'a> {
    fn of(name: &'a str, hosted: &'a Hosted) -> Self {
        let metadata = &hosted.ddl().metadata;
        Self {
            name,
            version: &metadata.version,
            description: &metadata.description,
            timeout: hosted.deadline().as_secs(),
            service: metadata.service,
            state: hosted.with_breaker(|it| it.state()),
        }
    }
}
