//! `backplane`: keeps requests from the agents of a node, and lets them through again.

use chorister_ddl::{Agent, AgentState, Data, Failure, Host, RequestContext};
pub use chorister_std::backplane::DDL;
use chorister_std::backplane::{
    BackplaneAgent, BackplaneService, FlipInput, FlipOutput, InfoOutput, PauseInput, PauseOutput,
    PingOutput, ResumeInput, ResumeOutput,
};

/// The agent as nodes host it.
#[must_use]
pub fn start() -> Box<dyn Agent> {
    Box::new(BackplaneService(Backplane))
}

struct Backplane;

/// What became of the agents.
struct Outcome {
    paused: bool,
    agents: Data,
}

impl BackplaneAgent for Backplane {
    async fn info(&self, cx: &RequestContext) -> Result<InfoOutput, Failure> {
        let Outcome { paused, agents } = outcome(&*cx.host);
        Ok(InfoOutput {
            backplane_version: Some(DDL.metadata.version.to_string()),
            version: Some(cx.host.node().version),
            paused: Some(paused),
            agents: Some(agents),
        })
    }

    async fn ping(&self, cx: &RequestContext) -> Result<PingOutput, Failure> {
        Ok(PingOutput {
            version: Some(cx.host.node().version),
        })
    }

    async fn pause(&self, cx: &RequestContext, input: PauseInput) -> Result<PauseOutput, Failure> {
        let Outcome { paused, agents } = set(cx, input.agent.as_deref(), |_| true)?;
        Ok(PauseOutput {
            paused: Some(paused),
            agents: Some(agents),
        })
    }

    async fn resume(
        &self,
        cx: &RequestContext,
        input: ResumeInput,
    ) -> Result<ResumeOutput, Failure> {
        let Outcome { paused, agents } = set(cx, input.agent.as_deref(), |_| false)?;
        Ok(ResumeOutput {
            paused: Some(paused),
            agents: Some(agents),
        })
    }

    async fn flip(&self, cx: &RequestContext, input: FlipInput) -> Result<FlipOutput, Failure> {
        let flipped = |state| state != AgentState::Paused;
        let Outcome { paused, agents } = set(cx, input.agent.as_deref(), flipped)?;
        Ok(FlipOutput {
            paused: Some(paused),
            agents: Some(agents),
        })
    }
}

/// Pauses or resumes an agent, or all but this one: who paused that could never resume any.
fn set(
    cx: &RequestContext,
    agent: Option<&str>,
    paused: impl Fn(AgentState) -> bool,
) -> Result<Outcome, Failure> {
    let own = DDL.metadata.name.as_ref();
    if agent == Some(own) {
        return Err(Failure::invalid(format!(
            "{own} cannot be paused: nobody could resume it"
        )));
    }
    let mut states = cx.host.agent_states();
    states.remove(own);
    if let Some(name) = agent {
        states.retain(|it, _| it == name);
        if states.is_empty() {
            return Err(Failure::aborted(format!("There is no agent {name}")));
        }
    }
    for (name, state) in states {
        cx.host.pause_agent(&name, paused(state));
    }
    Ok(outcome(&*cx.host))
}

fn outcome(host: &dyn Host) -> Outcome {
    let states = host.agent_states();
    let shown = |state| serde_json::to_value(state).unwrap_or_default();
    Outcome {
        paused: states.values().any(|it| *it == AgentState::Paused),
        agents: states
            .into_iter()
            .map(|(name, state)| (name, shown(state)))
            .collect(),
    }
}
