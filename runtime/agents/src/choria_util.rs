//! `choria_util`: how a node is connected, and its machines.

use core::time::Duration;

use chorister_ddl::{Agent, ConnectionInfo, Data, Failure, MachineInfo, RequestContext};
use chorister_lang::gjson;
pub use chorister_std::choria_util::DDL;
use chorister_std::choria_util::{
    ChoriaUtilAgent, ChoriaUtilService, InfoOutput, MachineStateInput, MachineStateOutput,
    MachineStatesOutput, MachineTransitionInput, MachineTransitionOutput,
};
use serde_json::{Value, json};

use crate::machine::{self, Criteria, MachineState};
use crate::{Standard, object};

/// What the name of a provider is where there is only one.
const CHORIA: &str = "choria";

/// How long it has, of which clients wait for the part that its DDL says.
// Compat: go-choria providers/agent/mcorpc/golang/choriautil: the metadata of the agent, not its DDL.
const DEADLINE: Duration = Duration::from_secs(10);

/// The agent as nodes host it.
#[must_use]
pub fn start() -> Box<dyn Agent> {
    Box::new(Standard {
        agent: ChoriaUtilService(ChoriaUtil),
        condition: |_| true,
        deadline: Some(DEADLINE),
    })
}

struct ChoriaUtil;

impl ChoriaUtilAgent for ChoriaUtil {
    async fn info(&self, cx: &RequestContext) -> Result<InfoOutput, Failure> {
        let node = cx.host.node();
        let connection = cx.host.connection();
        let domain = ["networking.domain", "domain"]
            .iter()
            .find_map(|path| gjson::get(&node.facts, path)?.as_str().map(str::to_owned));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let place = |url: &String| {
            url.split_once("://")
                .map_or(url.as_str(), |it| it.1)
                .to_owned()
        };
        Ok(InfoOutput {
            security: Some(CHORIA.to_owned()),
            connector: Some(CHORIA.to_owned()),
            client_version: Some(connection.library_version.to_owned()),
            client_flavour: Some(connection.library.to_owned()),
            client_options: Some(options(&connection)),
            client_stats: Some(statistics(&connection)),
            connected_server: Some(connection.broker.unwrap_or_default()),
            facter_domain: Some(domain.unwrap_or_default()),
            facter_command: Some(String::new()),
            srv_domain: Some(connection.srv_domain.unwrap_or_default()),
            using_srv: Some(connection.uses_srv),
            middleware_servers: Some(connection.brokers.iter().map(place).collect()),
            path: Some(path.to_string_lossy().into_owned()),
            // Compat: go-choria providers/agent/mcorpc/golang/choriautil: the word before the version.
            choria_version: Some(format!("{CHORIA} {}", node.version)),
            // Nodes of this kind verify whatever is said to them.
            secure_protocol: Some(true),
            connector_tls: Some(connection.is_encrypted),
        })
    }

    async fn machine_states(&self, cx: &RequestContext) -> Result<MachineStatesOutput, Failure> {
        let machines = cx.host.machines().await;
        let machines = machines.map_err(|error| {
            Failure::aborted(format!("Failed to retrieve states: {}", error.message))
        })?;
        let mut output = MachineStatesOutput {
            machine_ids: Some(machines.iter().map(|it| it.id.clone()).collect()),
            machine_names: Some(machines.iter().map(named).collect()),
            states: None,
        };
        let mut states: Vec<_> = machines
            .into_iter()
            .map(|it| (it.id.clone(), told(MachineState::from(it))))
            .collect();
        states.sort_by(|one, other| one.0.cmp(&other.0));
        output.states = Some(states.into_iter().collect());
        Ok(output)
    }

    async fn machine_state(
        &self,
        cx: &RequestContext,
        input: MachineStateInput,
    ) -> Result<MachineStateOutput, Failure> {
        let refuse = |why: &str| Err(Failure::aborted(why).with(&MachineState::unknown()));
        let criteria = Criteria {
            name: input.name.as_deref(),
            path: input.path.as_deref(),
            id: input.instance.as_deref(),
            version: None,
        };
        if criteria.is_empty() {
            return refuse("No search criteria given");
        }
        let mut machines = machine::all(cx).await;
        if machines.is_empty() {
            return refuse("No running machines");
        }
        machines.retain(|it| criteria.fit(it));
        let found = machines.pop();
        if !machines.is_empty() {
            return refuse("Found multiple machines matching criteria");
        }
        let Some(found) = found else {
            return refuse("Could not find a matching machine");
        };
        let state = MachineState::from(found);
        Ok(MachineStateOutput {
            name: Some(state.name),
            version: Some(state.version),
            state: Some(state.state),
            path: Some(state.path),
            id: Some(state.id),
            start_time: Some(state.start_time),
            available_transitions: state.available_transitions,
            scout: Some(state.scout),
            current_state: state.current_state,
        })
    }

    /// Says whether the transition is accepted, which may happen later: whoever asks does not wait for as long.
    async fn machine_transition(
        &self,
        cx: &RequestContext,
        input: MachineTransitionInput,
    ) -> Result<MachineTransitionOutput, Failure> {
        let output = |success| MachineTransitionOutput {
            success: Some(success),
        };
        let transition = &*input.transition;
        let criteria = Criteria {
            name: input.name.as_deref(),
            version: input.version.as_deref(),
            path: input.path.as_deref(),
            id: input.instance.as_deref(),
        };
        let machines = machine::all(cx).await;
        let Some(machine) = machines.iter().find(|it| criteria.fit(it)) else {
            let given = |it: Option<&str>| it.unwrap_or_default().to_owned();
            let message = format!(
                "Could not perform {transition} transition: could not find machine matching criteria \
                 name='{}', version='{}', path='{}', id='{}'",
                given(criteria.name),
                given(criteria.version),
                given(criteria.path),
                given(criteria.id),
            );
            return Err(Failure::aborted(message).with(&output(false)));
        };
        let fired = match machine
            .available_transitions
            .iter()
            .any(|it| it == transition)
        {
            true => {
                cx.host
                    .transition(&machine.name, transition, &cx.caller)
                    .await
            }
            false => Ok(chorister_ddl::Fired::Refused {
                state: machine.state.clone(),
            }),
        };
        fired
            .and_then(|it| it.accepted(transition))
            .map(|()| output(true))
            .map_err(|error| error.with(&output(false)))
    }
}

fn named(machine: &MachineInfo) -> String {
    format!("{} {}", machine.name, machine.version)
}

fn told(state: MachineState) -> Value {
    // Texts, numbers and values always are JSON.
    serde_json::to_value(state).unwrap_or_default()
}

/// Compat: go-choria providers/agent/mcorpc/golang/choriautil: the names, and times in seconds. What is tried for ever and
/// at what intervals is not a number here.
fn options(of: &ConnectionInfo) -> Data {
    object(json!({
        "servers": of.brokers,
        "dont_randomize_servers": false,
        "name": of.client,
        "pedantic": false,
        "secure": of.is_encrypted,
        "allow_reconnect": true,
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 2,
        "connect_timeout": of.connect_timeout.as_secs(),
        "ping_interval": of.ping_interval.as_secs(),
        "max_outstanding_pings": 2,
    }))
}

fn statistics(of: &ConnectionInfo) -> Data {
    object(json!({
        "in_msgs": of.messages_in,
        "out_msgs": of.messages_out,
        "in_bytes": of.bytes_in,
        "out_bytes": of.bytes_out,
        "reconnects": of.reconnects,
    }))
}
