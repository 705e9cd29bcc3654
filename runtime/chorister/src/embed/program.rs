//! What everybody can ask a program that has a node inside.

use chorister_ddl::{Failure, RequestContext};
use chorister_std::program::{HealthOutput, InfoOutput, ProgramAgent, ProgramService};
use serde_json::Value;

use super::{Health, HealthCheck};

/// The agent's answers.
pub(super) struct Answers(Option<HealthCheck>);

impl Answers {
    /// The agent of a program that answers for its health in this way.
    pub(super) const fn agent(health: Option<HealthCheck>) -> ProgramService<Self> {
        ProgramService(Self(health))
    }

    /// A program that says nothing of its health is well as long as it answers.
    fn look(&self) -> Health {
        match &self.0 {
            Some(health) => health(),
            None => Health::well(Value::Null),
        }
    }
}

impl ProgramAgent for Answers {
    async fn info(&self, cx: &RequestContext) -> Result<InfoOutput, Failure> {
        let node = cx.host.node();
        Ok(InfoOutput {
            name: Some(node.name),
            version: Some(node.version),
            facts: node.facts.as_object().cloned(),
            healthy: Some(self.look().is_healthy),
        })
    }

    async fn health(&self, _: &RequestContext) -> Result<HealthOutput, Failure> {
        let health = self.look();
        Ok(HealthOutput {
            result: Some(health.result),
            healthy: Some(health.is_healthy),
        })
    }
}
