//! `scout`: the checks of a node.

mod goss;

use core::time::Duration;

use chorister_ddl::{Agent, Fired, Host, MachineInfo, RequestContext};
use chorister_ddl::{Data, Failure};
pub use chorister_std::scout::DDL;
use chorister_std::scout::{
    ChecksOutput, GossValidateInput, GossValidateOutput, MaintenanceInput, MaintenanceOutput,
    ResumeInput, ResumeOutput, ScoutAgent, ScoutService, TriggerInput, TriggerOutput,
};
use serde::Serialize;
use serde_json::json;

use crate::{Standard, machine, object};

/// How long it has, of which clients wait for the part that its DDL says.
// Compat: go-choria providers/agent/mcorpc/golang/scout: the metadata of the agent, not its DDL.
const DEADLINE: Duration = Duration::from_secs(20);

/// The agent as nodes host it.
#[must_use]
pub fn start() -> Box<dyn Agent> {
    Box::new(Standard {
        agent: ScoutService(Scout),
        condition: is_active,
        deadline: Some(DEADLINE),
    })
}

/// Compat: go-choria providers/agent/mcorpc/golang/scout: off while the node waits to be provisioned.
fn is_active(host: &dyn Host) -> bool {
    let disabled = host.setting("plugin.scout.agent_disabled");
    !host.node().is_provisioning && disabled.is_none_or(|it| it.value != true)
}

struct Scout;

impl ScoutAgent for Scout {
    async fn checks(&self, cx: &RequestContext) -> Result<ChecksOutput, Failure> {
        let checks = checks(cx).await.into_iter().map(told);
        Ok(ChecksOutput {
            checks: Some(checks.collect()),
        })
    }

    async fn trigger(
        &self,
        cx: &RequestContext,
        input: TriggerInput,
    ) -> Result<TriggerOutput, Failure> {
        let came = steer(cx, input.checks, "FORCE_CHECK").await?;
        Ok(TriggerOutput {
            transitioned: Some(came.transitioned),
            failed: Some(came.failed),
            skipped: Some(came.skipped),
        })
    }

    async fn maintenance(
        &self,
        cx: &RequestContext,
        input: MaintenanceInput,
    ) -> Result<MaintenanceOutput, Failure> {
        let came = steer(cx, input.checks, "MAINTENANCE").await?;
        Ok(MaintenanceOutput {
            transitioned: Some(came.transitioned),
            failed: Some(came.failed),
            skipped: Some(came.skipped),
        })
    }

    async fn resume(
        &self,
        cx: &RequestContext,
        input: ResumeInput,
    ) -> Result<ResumeOutput, Failure> {
        let came = steer(cx, input.checks, "RESUME").await?;
        Ok(ResumeOutput {
            transitioned: Some(came.transitioned),
            failed: Some(came.failed),
            skipped: Some(came.skipped),
        })
    }

    async fn goss_validate(
        &self,
        cx: &RequestContext,
        input: GossValidateInput,
    ) -> Result<GossValidateOutput, Failure> {
        goss::validate(cx, input).await
    }
}

/// What came of a transition of several checks, by their names.
#[derive(Debug, Default, Serialize)]
struct Steered {
    transitioned: Vec<String>,
    failed: Vec<String>,
    skipped: Vec<String>,
}

/// Fires a transition of the checks of these names; none means all.
async fn steer(
    cx: &RequestContext,
    names: Option<Vec<String>>,
    transition: &str,
) -> Result<Steered, Failure> {
    let known = checks(cx).await;
    let names = names.filter(|it| !it.is_empty());
    let are_named = names.is_some();
    let names = names.unwrap_or_else(|| known.iter().map(|it| it.name.clone()).collect());
    let mut came = Steered::default();
    for name in names {
        let Some(check) = known.iter().find(|it| it.name == name) else {
            came.failed.push(name);
            continue;
        };
        let offered = check.available_transitions.iter();
        if !offered.into_iter().any(|it| it == transition) {
            came.skipped.push(name);
            continue;
        }
        match cx.host.transition(&name, transition, &cx.caller).await {
            Ok(Fired::Accepted) => came.transitioned.push(name),
            Ok(Fired::Refused { .. }) => came.skipped.push(name),
            Err(_) => came.failed.push(name),
        }
    }
    match are_named && !came.failed.is_empty() {
        true => Err(Failure::aborted(format!(
            "Some checks could not be transitioned to {transition}"
        ))
        .with(&came)),
        false => Ok(came),
    }
}

/// The machines that are checks.
async fn checks(cx: &RequestContext) -> Vec<MachineInfo> {
    let mut machines = machine::all(cx).await;
    machines.retain(|it| it.check.is_some());
    machines
}

fn told(check: MachineInfo) -> Data {
    object(json!({
        "name": check.name,
        "state": check.state,
        "version": check.version,
        "start_time": check.started,
        "status": check.check,
    }))
}
